"""Documentation says what the code does: commands, words, states, tables, functions, examples."""

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from scripts import docs_tables

from entente.cli.main import COMMANDS
from tests import world
from tests.house.test_documents import documents
from tests.house.tree import ROOT

DOCS = ROOT / "docs"
LIFECYCLES = DOCS / "lifecycles"
RENEW = "renew with: .venv/bin/python scripts/docs_tables.py"


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def code_in(text: str) -> Iterator[str]:
    """Yield what stands in backticks or indented blocks of commands."""
    yield from re.findall(r"`([^`\n]+)`", text)
    for block in re.findall(r"```(?:console|bash|ini)\n(.*?)```", text, re.DOTALL):
        yield from block.splitlines()


def is_a_thing(name: str) -> bool:
    """Tell whether a dotted name leads to a module of ours or something in one."""
    module: Any = None
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(module, part):
                return False
            module = getattr(module, part)
        return True
    return False


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {
        (page.name, word)
        for page in documents()
        for line in code_in(text_of(page))
        for word in re.findall(r"(?:^|[\s$])make ([a-z-]+)", f" {line}")
    }
    assert [one for one in sorted(named) if one[1] not in targets] == []
    assert {"demo", "test"} <= {word for _page, word in named}


def test_every_command_in_the_documents_exists() -> None:
    named = {
        (page.name, word)
        for page in documents()
        if "examples" not in page.parts
        for line in code_in(text_of(page))
        for word in re.findall(r"(?:^|bin/)entente ([a-z]+)\b", line.strip())
    }
    assert [one for one in sorted(named) if one[1] not in COMMANDS] == []
    assert named


def test_every_function_and_module_in_the_documents_exists() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in documents()
        for name in re.findall(
            r"`((?:entente|apps|core|api|cli|kernel)\.(?!toml|sqlite3)[a-z_.]+[A-Za-z_]*)`", text_of(page)
        )
        if not any(is_a_thing(f"{prefix}{name}") for prefix in ("", "entente.", "entente.apps."))
    ]
    assert wrong == []


def test_every_path_of_ours_in_the_documents_exists() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {path}"
        for page in documents()
        for path in re.findall(
            r"`((?:src|tests|scripts|bench|requirements|docs|examples)/[\w./-]+)`", text_of(page)
        )
        if not (ROOT / path).exists()
    ]
    assert wrong == []


def test_parts_made_from_the_code_are_as_the_code_has_them() -> None:
    """In a process of its own: another test may have filled a registry of this one."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "docs_tables.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), f"{RENEW}\n{done.stderr}"


def test_a_stale_part_would_be_noticed() -> None:
    page = "<!-- made by scripts/docs_tables.py: worker_steps -->\nan old table\n<!-- end -->"
    assert "an old table" not in docs_tables.renewed(page)
    with pytest.raises(KeyError):
        docs_tables.renewed("<!-- made by scripts/docs_tables.py: nothing -->\n<!-- end -->")


def test_every_registry_is_described() -> None:
    assert {registry.name for registry in docs_tables.declared_registries()} == set(docs_tables.REGISTRIES)


def states_on_pages() -> Iterator[tuple[str, str, list[str]]]:
    """Yield page, field and the states in the first column of the table that follows the mark."""
    mark = re.compile(r"<!-- states: ([\w.]+) -->\n\n((?:\|.*\n)+)")
    for page in sorted(LIFECYCLES.glob("*.md")):
        for field, table in mark.findall(text_of(page)):
            cells = [row.split("|")[1] for row in table.splitlines()[2:]]
            yield page.name, field, [state for cell in cells for state in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize(
    ("page", "name", "states"), list(states_on_pages()), ids=lambda value: str(value)[:40]
)
def test_lifecycle_pages_have_the_states_of_the_code(page: str, name: str, states: list[str]) -> None:
    app, model, field = name.split(".")
    choices = apps.get_model(app, model)._meta.get_field(field).choices or []
    assert sorted(states) == sorted(str(value) for value, _label in choices if value), page


def test_every_object_with_a_clock_has_its_page() -> None:
    wanted = {
        "order",
        "case",
        "decision",
        "action",
        "delivery",
        "deadline",
        "snapshot",
        "complaint",
        "preservation",
        "bank",
        "signal",
    }
    assert wanted <= {page.stem for page in LIFECYCLES.glob("*.md")}
    assert {page for page, _name, _states in states_on_pages()} == {f"{name}.md" for name in wanted}


def test_every_word_of_the_glossary_names_something_that_exists() -> None:
    wrong = []
    for row in re.findall(r"^\|.*\|$", text_of(DOCS / "glossary.md"), re.MULTILINE):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) != 8 or not cells[3].startswith("`"):
            continue
        assert all(cells), f"{cells[0]} lacks a word"
        name = cells[3].strip("`")
        label = name.split(".")
        is_model = len(label) == 2 and label[1][0].isupper() and name in MODELS
        if not is_model and not any(is_a_thing(f"entente.{prefix}{name}") for prefix in ("", "apps.")):
            wrong.append(name)
    assert wrong == []


MODELS = {model._meta.label for model in apps.get_models()}


def test_decisions_are_numbered_listed_and_whole() -> None:
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    numbers = [page.name[:4] for page in pages]
    assert numbers == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    listed = text_of(DOCS / "decisions" / "README.md")
    for page in pages:
        headings = re.findall(r"^## (.+)$", text_of(page), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Rejected"], page.name
        assert text_of(page).startswith(f"# {page.name[:4]}: "), page.name
        assert f"]({page.name})" in listed, f"{page.name} is not listed"


def example(name: str) -> str:
    found = re.search(
        rf"<!-- example: {name} -->\n\n```python\n(.*?)```", text_of(DOCS / "api.md"), re.DOTALL
    )
    assert found, name
    return found[1]


@pytest.mark.django_db
def test_the_worked_example_of_a_signed_order_is_accepted(client: Client) -> None:
    now = datetime.now(UTC)
    world.host(at=now)
    office = world.office(at=now)
    (form,) = [
        json.loads(block)
        for block in re.findall(r"```json\n(.*?)```", text_of(DOCS / "api.md"), re.DOTALL)
        if "section_b" in block
    ]
    namespace: dict[str, Any] = {}
    exec(compile(example("sign"), "docs/api.md", "exec"), namespace)  # noqa: S102 - our own page, run on purpose
    body = json.dumps(form).encode()
    url = "http://127.0.0.1:8700/api/v1/orders"
    headers = namespace["signed"](body, url, office.key, office.key_id)
    response = client.post("/api/v1/orders", data=body, content_type="application/json", headers=headers)
    assert response.status_code == 201, response.content
    assert set(response.json()) >= {
        "id",
        "case",
        "binding",
        "related_to",
        "status_url",
        "receipt",
        "duplicate",
    }
    replayed = client.post("/api/v1/orders", data=body, content_type="application/json", headers=headers)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "signature_refused")
