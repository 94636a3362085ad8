"""The translation catalogs: find the texts, carry them into each language, say what is missing.

Usage: python scripts/catalogs.py extract|update|check|compile

`extract` writes the template (needs GNU gettext: for developers only); `update` extracts and carries every text into
the catalogs, keeping translations; `check` extracts and says what is stale or missing; `compile` makes the .mo files
as `make setup` does. Texts are sorted, name the files that use them without line numbers and carry no date, so that
a diff shows what changed and nothing else. A changed text is a new text: nothing is ever guessed.
"""

import ast
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "entente"
LOCALE = SOURCE / "locale"
TEMPLATE = LOCALE / "django.pot"
COMPLETE, PUBLIC_ONLY = ("fr",), ("es", "de", "ar")
LANGUAGES = (*COMPLETE, *PUBLIC_ONLY)
PUBLIC = (
    *(
        f"web/templates/{room}/"
        for room in ("entente", "public", "demo", "documents", "accounts", "account", "mfa")
    ),
    *("web/public/", "web/documents/", "web/demo/", "web/accounts/", "web/templatetags/"),
    *("web/time_text.py", "apps/cases/letters.py", "apps/notices/", "apps/complaints/"),
    *("web/console/reason_templates.py", "apps/cases/platform.py", "apps/cases/whereabouts.py"),
    *("apps/cases/given_back.py", "apps/cases/services/ending.py"),
    *(f"apps/matching/services/{work}.py" for work in ("restricting", "doubting")),
    *(f"apps/orders/services/{work}.py" for work in ("restoring", "deciding", "answer_mail")),
    *("apps/content/addresses.py", "apps/kernel/errors.py"),
    "core/law/public",
)
"""Where the texts lie that somebody outside the house may read: complete in every language."""

HOUSE_ONLY = (
    *("web/templates/accounts/clients/", "web/templates/accounts/host/", "web/accounts/"),
    *("web/templates/entente/console.html", "web/templates/entente/gallery.html"),
)
"""Rooms under a public one that only the house's own people open; French and English there."""

LAW_PUBLIC, LAW_REST = "core/law/public_texts.py", "core/law/house_texts.py"
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%[sd]|\{[a-z_]*\}")
TAG = re.compile(r"</?[a-z]+[^<>]*>")
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
        "n%100>=11 && n%100<=99 ? 4 : 5);"
    ),
}


def main(arguments: list[str]) -> int:
    """Run the command named; return the exit code."""
    commands = {"extract": extract, "update": update, "check": check, "compile": compile_catalogs}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: catalogs.py {'|'.join(commands)}", file=sys.stderr)
        return 2
    return commands[arguments[0]]()


def extract() -> int:
    """Write the template from the code with its error titles, the page templates and the law data."""
    _write(_extracted(), TEMPLATE)
    template.cache_clear()
    print(f"{len(template())} texts in {TEMPLATE.relative_to(ROOT)}")
    return 0


def update() -> int:
    """Extract, and carry each text into every language; a text nobody uses any more leaves the catalog."""
    extract()
    for language in LANGUAGES:
        known = catalog(language)
        known.update(template(), no_fuzzy_matching=True)
        known.obsolete.clear()
        _write(known, path_of(language), language)
        print(f"{language}: {len(missing(language))} to translate")
    return 0


def check() -> int:
    """Say what is stale, missing or wrong; return 1 if anything is."""
    found, held = (
        {_key(text) for text in texts_of(_extracted())},
        {_key(text) for text in texts_of(template())},
    )
    problems = [
        f"not in the template: {identifier!r}" for _context, identifier in sorted(found - held, key=str)
    ]
    problems += [f"no longer used: {identifier!r}" for _context, identifier in sorted(held - found, key=str)]
    for language in LANGUAGES:
        problems += [f"{language}: untranslated: {text.id!r}" for text in missing(language)]
        problems += [f"{language}: {fault}" for fault in faults(catalog(language))]
    print("\n".join(problems) or "The catalogs are complete.")
    return 1 if problems else 0


def compile_catalogs() -> int:
    """Compile what is newer than its compiled form, by the one function `make setup` uses."""
    sys.path.insert(0, str(ROOT))
    from scripts import setup

    setup.compile_catalogs()
    return 0


def path_of(language: str) -> Path:
    """Return where the catalog of a language lies."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


@cache
def template() -> Catalog:
    """Return the committed template: every text, with the files that use it."""
    return _read(TEMPLATE)


def catalog(language: str) -> Catalog:
    """Return the committed catalog of a language; an empty one for a language that is new."""
    path = path_of(language)
    return _read(path, language) if path.exists() else Catalog(locale=language)


def texts_of(book: Catalog) -> Iterator[Message]:
    """Yield the texts of a catalog, without its header."""
    return (text for text in book if text.id)


def is_public(text: Message) -> bool:
    """Say whether somebody outside the house may read this text."""
    return any(is_public_place(name) for name, _line in text.locations)


def is_public_place(name: str) -> bool:
    """Say whether somebody outside the house may read what this file says; its path counts from the source's top."""
    return name.startswith(PUBLIC) and not name.startswith(HOUSE_ONLY)


def is_translated(text: Message | None) -> bool:
    """Say whether every form of a text has its translation."""
    return text is not None and bool(text.string) and all(forms_of(text))


def forms_of(text: Message) -> tuple[str, ...]:
    """Return the translations of a text: one, or one for each plural form."""
    return _each(text.string)


def missing(language: str) -> list[Message]:
    """Return the texts this language owes and does not have, in the order of the template."""
    known = catalog(language)
    owed = (text for text in texts_of(template()) if language in COMPLETE or is_public(text))
    return [text for text in owed if not is_translated(known.get(_single(text), text.context))]


def faults(known: Catalog) -> Iterator[str]:
    """Yield what is wrong in the translations a catalog has: doubtful ones, placeholders, plural forms, tags."""
    for text in texts_of(known):
        if text.fuzzy:
            yield f"doubtful: {text.id!r}"
        if not is_translated(text):
            continue
        if text.pluralizable and len(forms_of(text)) != known.num_plurals:
            yield f"{len(forms_of(text))} plural forms, not {known.num_plurals}: {text.id!r}"
        if any(not _has_the_same_parts(text, form) for form in forms_of(text)):
            yield f"placeholders or tags differ: {text.id!r}"


def _has_the_same_parts(text: Message, form: str) -> bool:
    """Compare placeholders and tags. A plural form may leave a number out that its words already say."""
    sources = _each(text.id)
    wanted = [sorted({*PLACEHOLDER.findall(source)}) for source in sources]
    got = sorted({*PLACEHOLDER.findall(form)})
    tags = [sorted(TAG.findall(source)) for source in sources]
    if sorted(TAG.findall(form)) not in tags:
        return False
    return got in wanted or (text.pluralizable and any(_lacks_one(got, each) for each in wanted))


def _lacks_one(got: list[str], wanted: list[str]) -> bool:
    return set(got) < set(wanted) and len(wanted) - len(got) == 1


def _extracted() -> Catalog:
    """Run Django's extraction over a copy of the source, with the law's texts beside it as code."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "entente"
        leave = shutil.ignore_patterns("__pycache__", "locale", "static", "migrations", "*.pyc")
        shutil.copytree(SOURCE, copy, ignore=leave)
        (copy / "locale").mkdir()
        _write_law_texts(copy)
        _write_error_titles(copy)
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(
            [
                *(sys.executable, "-m", "django", "makemessages", "--locale", "en", "--keep-pot"),
                *("--add-location", "file", "--verbosity", "0"),
            ],
            cwd=copy,
            env=environment,
            check=True,
        )
        _header, body = (copy / "locale" / "django.pot").read_text(encoding="utf-8").split("\n\n", 1)
        return read_po(io.StringIO(body))


def _write_law_texts(copy: Path) -> None:
    """Write the law's sentences as code the extraction reads; those a citizen meets in a file of their own."""
    sys.path.insert(0, str(ROOT / "src"))
    from entente.core.law.catalogue import messages

    public = set(_law_titles())
    for name, wanted in ((LAW_PUBLIC, True), (LAW_REST, False)):
        lines = (f"gettext_noop({text!r})\n" for text in messages() if (text in public) is wanted)
        (copy / name).write_text("".join(lines), encoding="utf-8")


def _write_error_titles(copy: Path) -> None:
    """Write what each room's errors are called below them, as calls the extraction reads."""
    for path in sorted(copy.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines = "".join(f"gettext_noop({title!r})\n" for title in _error_titles(ast.parse(text)))
        if lines:
            path.write_text(f"{text}\n{lines}", encoding="utf-8")


def _error_titles(module: ast.Module) -> Iterator[str]:
    """Yield the titles of the domain errors a module defines: classes with a `code` and a `title`."""
    for family in (part for part in module.body if isinstance(part, ast.ClassDef)):
        named = dict(_constants(family))
        if {"code", "title"} <= named.keys():
            yield named["title"]


def _constants(family: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for line in family.body:
        target = line.targets[0] if isinstance(line, ast.Assign) else getattr(line, "target", None)
        value = getattr(line, "value", None)
        if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield target.id, value.value


def _law_titles() -> Iterator[str]:
    """Yield what a letter, a document or a public page takes from the law data."""
    from entente.core.law import assessment, bases, orders, scopes
    from entente.core.law.orders import answers, binding, examination
    from entente.core.law.rules import deadline_rules

    for order in orders.order_types().values():
        yield order.title
        yield from (road.title for road in order.redress)
    yield from (basis.title for basis in bases.bases().values())
    yield from (ground.title for ground in bases.grounds(exercise=True).values())
    yield from (rule.title for rule in deadline_rules().values() if rule.id.startswith(("tco.", "dsa.")))
    yield from (*scopes.MESSAGES.values(), *scopes.BOUND_NAMES.values(), scopes.REST_OF_WORLD)
    for module in (examination, answers, binding):
        yield from module.MESSAGES.values()
    yield from (purpose.title for purpose in assessment.assessment_parts().purposes.values())


def _key(text: Message) -> tuple[str | None, str]:
    return text.context, _single(text)


def _single(text: Message) -> str:
    return str(text.id[0] if text.pluralizable else text.id)


def _each(forms: str | Sequence[str] | None) -> tuple[str, ...]:
    return (forms,) if isinstance(forms, str) else tuple(forms or ())


def _read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, ignore_obsolete=True)


def _write(book: Catalog, path: Path, language: str = "") -> None:
    """Write a catalog in its stable form: sorted, undated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = ["Project-Id-Version: Entente", f"Language: {language}", "MIME-Version: 1.0"]
    header += ["Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit"]
    header += [f"Plural-Forms: {PLURALS[language]}"] if language else []
    lines = "\n".join(f'"{line}\\n"' for line in header)
    with path.open("wb") as file:
        file.write(f'msgid ""\nmsgstr ""\n{lines}\n\n'.encode())
        write_po(file, book, width=0, sort_output=True, omit_header=True, include_lineno=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
