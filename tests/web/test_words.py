"""Codes, days and provisions as a reader reads them, whatever the language."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from entente.web import law_text
from entente.web.console import order_words
from entente.web.public import places
from entente.web.templatetags import entente_console as tags
from tests.world import NOW


def test_a_sentence_of_the_law_names_countries_and_days() -> None:
    said = law_text.sentence("%(country)s since %(since)s.", {"country": "FR", "since": "2022-06-07"})
    assert said == "France since 7 Jun 2022."
    assert law_text.sentence("", {"country": "FR"}) == ""
    with translation.override("fr"):
        assert law_text.readable("countries", "DE, FR") == "Allemagne, France"
        assert law_text.readable("tie", "established there") == "qui y est établi"
        instrument = law_text.readable("instrument", "Regulation (EU) 2021/784, Art. 3")
        assert instrument == "Règlement (UE) 2021/784, art. 3"


@pytest.mark.parametrize("value", [7, "2022-06-99", "Belmara", "EX-1"])
def test_what_is_no_code_stays_as_it_was_written(value: object) -> None:
    assert law_text.readable("since", value) == value
    assert law_text.readable("country", value) == value


def test_a_provision_is_cited_in_the_readers_language() -> None:
    article = "Regulation (EU) 2022/2065, Arts 14 and 17(3)(e)"
    assert places.citation(article) == article
    with translation.override("fr"):
        assert places.citation(article) == "Règlement (UE) 2022/2065, art. 14 et 17(3)(e)"
        assert places.citation("Terrorism Act 2006, s. 1") == "Terrorism Act 2006, s. 1"
        assert places.citation(places._OWN_TERMS) != places._OWN_TERMS


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (", ?", '<span class="nowrap">ABCD-EFGH</span>'),
        ("Office, EX-1", 'Office, <span class="nowrap">EX-1</span>'),
        ("https://agora.example/p/a-b", "https://agora.example/p/a-b"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_case_has_a_name_even_if_nobody_gave_one(title: str, name: str) -> None:
    assert tags.called(SimpleNamespace(title=title, reference="ABCD-EFGH")) == name


def test_the_record_is_said_in_words() -> None:
    assert tags.subject("removal_order") == "removal order"
    assert tags.subject("new_thing") == "new thing"
    assert tags.actor("affected") == "the person affected"
    assert tags.scope("checks:ask") == "Ask whether something is known"
    assert tags.scope("nothing:known") == "nothing:known"
    assert tags.countries(["FR", "XA"]) == "France, Arvenia"
    assert tags.languages(["fr", "ar"]) == "French, Arabic"
    assert tags.language("") == ""


def test_under_a_minute_nobody_counts() -> None:
    assert tags.arrived(NOW - timedelta(seconds=59), NOW) == "arrived just now"
    assert tags.arrived(NOW - timedelta(minutes=5), NOW).replace("\xa0", " ") == "arrived 5 minutes ago"


def test_a_moment_nobody_can_read_stays_as_the_form_has_it() -> None:
    assert order_words._written("issued_at", "yesterday") == "yesterday"
    assert order_words._written("authority_type", "other") == "other competent authority"
