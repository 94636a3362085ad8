"""Annex I as values: round trips, tolerance, and the schema beside it."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.law.forms import complete_order

from entente.core.law.orders import (
    Annex,
    ContentAddress,
    ContentType,
    RemovalOrderForm,
    SectionA,
    SectionB,
    annex_schema,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
SECTION_NAMES = [f"section_{letter}" for letter in "abcdefg"]
FORMS = st.dictionaries(
    st.sampled_from([*SECTION_NAMES, "legal_basis", "language", "exercise", "other"]),
    JSON
    | st.dictionaries(
        st.sampled_from(
            ["contents", "types", "reasons", "issued_at", "non_disclosure", "copy_sent", "stamp"]
        ),
        JSON,
    ),
    max_size=6,
)


def test_a_complete_form_goes_through_unchanged() -> None:
    form = RemovalOrderForm.from_json(complete_order())
    assert form.to_json() == complete_order()
    assert form.unread == ()
    assert RemovalOrderForm.from_json(form.to_json()) == form


def test_an_empty_form_is_a_form() -> None:
    assert RemovalOrderForm.from_json({}) == RemovalOrderForm()
    assert RemovalOrderForm.from_json(RemovalOrderForm().to_json()) == RemovalOrderForm()


def test_what_cannot_be_placed_is_named_and_the_rest_is_kept() -> None:
    form = RemovalOrderForm.from_json(
        {
            "section_a": {"reference": 7, "addressee": True, "planet": "Mars"},
            "section_b": {
                "contents": [{"url": "https://agora.example/1", "colour": "red"}, 5],
                "types": ["z", "b"],
            },
            "section_c": "yes please",
            "section_d": {"other_state": "x", "copy_sent": None},
            "section_e": {"stamp": "perhaps", "date": ["2026"]},
            "legal_basis": {"x": 1},
            "surprise": 1,
        }
    )
    assert form.section_a == SectionA(reference="7")
    assert form.section_b.contents == (ContentAddress(url="https://agora.example/1"), ContentAddress())
    assert form.section_b.types == (ContentType.SOLICITS_COMMIT,)
    assert form.section_d.other_state is True
    assert form.section_d.copy_sent is None
    assert set(form.unread) == {
        "section_a.addressee",
        "section_a.planet",
        "section_b.contents[0].colour",
        "section_b.contents[1]",
        "section_b.types: z",
        "section_c",
        "section_e.stamp",
        "section_e.date",
        "legal_basis",
        "surprise",
    }


@pytest.mark.parametrize("section_b", ["nonsense", 3, ["x"]])
def test_a_section_of_the_wrong_shape_is_unread(section_b: Any) -> None:
    form = RemovalOrderForm.from_json({"section_b": section_b})
    assert form.section_b == SectionB()
    assert form.unread == ("section_b",)


def test_bare_addresses_and_letters_are_understood() -> None:
    form = RemovalOrderForm.from_json(
        {"section_b": {"contents": "https://agora.example/1", "types": "e", "reasons": " because "}}
    )
    assert form.section_b.contents == (ContentAddress("https://agora.example/1"),)
    assert form.section_b.types == (ContentType.THREATENS,)
    assert form.section_b.reasons == "because"
    twice = RemovalOrderForm.from_json({"section_b": {"types": ["a", "a_incites"]}})
    assert twice.section_b.types == (ContentType.INCITES,)


@pytest.mark.parametrize(
    ("written", "read"), [("yes", True), ("X", True), (1, True), ("no", False), (0, False), ("", False)]
)
def test_boxes_are_read_as_people_tick_them(written: object, read: object) -> None:
    form = RemovalOrderForm.from_json({"section_c": {"non_disclosure": written}})
    assert form.section_c.non_disclosure is read


def test_the_time_of_issue_is_an_instant_or_nothing() -> None:
    assert SectionA(issued_at="2026-11-23T11:00:00+01:00").issued_at_time == datetime(
        2026, 11, 23, 10, tzinfo=UTC
    )
    for text in ("", "today", "2026-11-23T11:00:00", "0001-01-01T00:00:00+14:00"):
        assert SectionA(issued_at=text).issued_at_time is None


@settings(deadline=None)
@given(FORMS)
def test_no_json_breaks_the_reading_and_what_is_kept_round_trips(written: dict[str, Any]) -> None:
    form = RemovalOrderForm.from_json(written)
    again = RemovalOrderForm.from_json(form.to_json())
    assert again.to_json() == form.to_json()
    assert again.unread == ()


def _same_fields(schema: dict[str, Any], kind: type[Any]) -> None:
    names = [field.name for field in fields(kind) if field.name != "unread"]
    assert list(schema["properties"]) == names
    for field in fields(kind):
        if is_dataclass(field.type):
            _same_fields(schema["properties"][field.name], field.type)  # type: ignore[arg-type]


def test_the_schema_of_annex_i_has_the_same_fields_and_requires_none() -> None:
    schema = dict(annex_schema(Annex.REMOVAL_ORDER))
    ordered = {name: schema["properties"][name] for name in complete_order()}
    assert set(schema["properties"]) == set(ordered)
    _same_fields({"properties": ordered}, RemovalOrderForm)
    _same_fields(schema["$defs"]["content_address"], ContentAddress)
    assert "required" not in schema
    assert schema["properties"]["section_b"]["properties"]["types"]["items"]["enum"] == list(ContentType)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
