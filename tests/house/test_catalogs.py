"""The committed catalogs: nothing missing, nothing doubtful, every placeholder where it was.

Extraction needs GNU gettext, which a test machine may lack. So these tests read the committed files, and find for
themselves what the law data and the page templates say today.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.template import Engine
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from scripts import catalogs

from entente.core.law.catalogue import messages
from tests.house.tree import SOURCE

TEMPLATES = SOURCE / "web" / "templates"
UPDATE = "run `python scripts/catalogs.py update`, then translate"


def in_template(path: Path) -> Iterator[str]:
    """Yield each text a template marks for translation, in the form the catalogs hold it."""
    nodes = Engine.get_default().get_template(str(path.relative_to(TEMPLATES))).nodelist
    for node in nodes.get_nodes_by_type(Node):
        if isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]
        elif isinstance(node, TranslateNode) and (literal := node.filter_expression.var.literal):
            yield str(literal).replace("%", "%%")


@cache
def catalog(language: str) -> Catalog:
    return catalogs.catalog(language)


def untranslated(texts: Iterable[str], language: str) -> list[str]:
    known = catalog(language)
    return sorted({text for text in texts if not catalogs.is_translated(known.get(text))})


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_a_language_has_every_text_it_owes(language: str) -> None:
    assert [text.id for text in catalogs.missing(language)] == []


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_no_translation_is_doubtful_or_lost_a_part(language: str) -> None:
    assert list(catalogs.faults(catalog(language))) == []


def test_french_says_every_sentence_of_the_law_data() -> None:
    assert untranslated(messages(), "fr") == [], UPDATE


@pytest.mark.parametrize("language", catalogs.LANGUAGES)
def test_the_page_templates_are_translated(language: str) -> None:
    found = {}
    for path in sorted((*TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt"))):
        name = str(path.relative_to(SOURCE))
        owed = language in catalogs.COMPLETE or catalogs.is_public_place(name)
        if owed and (lacking := untranslated(in_template(path), language)):
            found[name] = lacking
    assert found == {}, UPDATE


@pytest.mark.parametrize(("language", "forms"), [("fr", 2), ("es", 2), ("de", 2), ("ar", 6)])
def test_plural_forms_are_those_of_the_language(language: str, forms: int) -> None:
    known = catalog(language)
    assert known.num_plurals == forms
    plural = [text for text in catalogs.texts_of(known) if text.pluralizable and catalogs.is_translated(text)]
    assert plural
    assert {len(catalogs.forms_of(text)) for text in plural} == {forms}


@pytest.mark.parametrize(
    ("source", "translation", "is_right"),
    [
        ("Until %(day)s", "Jusqu’au %(day)s", True),
        ("Until %(day)s", "Jusqu’au %(jour)s", False),
        ("{count} selected", "sélectionnés", False),
        ("as <strong>%(name)s</strong>", "%(name)s", False),
        (("%(n)s file", "%(n)s files"), ("un fichier", "%(n)s fichiers"), True),
        (("%(n)s file", "%(n)s files"), ("%(n)s fichier", "%(m)s fichiers"), False),
        (("%(n)s of %(all)s", "%(n)s of %(all)s"), ("rien", "%(n)s sur %(all)s"), False),
    ],
)
def test_a_lost_placeholder_is_found(
    source: str | tuple[str, str], translation: str | tuple[str, str], *, is_right: bool
) -> None:
    book = Catalog(locale="fr")
    book.add(source, translation)
    assert (list(catalogs.faults(book)) == []) is is_right


def test_a_doubtful_translation_is_found() -> None:
    book = Catalog(locale="fr")
    book.add("Open", "Ouvert", flags=["fuzzy"])
    assert list(catalogs.faults(book)) == ["doubtful: 'Open'"]
