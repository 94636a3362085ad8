"""Annex II and III: complete, contradictory, and the same as their schemas."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from entente.core.law.orders import Annex, Feedback, Impossibility, ImpossibilityGround, Measure, annex_schema

RECEIVED = datetime(2026, 11, 23, 10, tzinfo=UTC)
FEEDBACK = Feedback(
    addressee="Agora",
    issuing_authority="Office of Belmara",
    authority_reference="BEL-2026-7",
    addressee_reference="E-1",
    received_at=RECEIVED,
    measure=Measure.DISABLED,
    measure_at=RECEIVED + timedelta(minutes=12),
    host_name="Agora",
    host_state="XA",
    authorised_person="P. Invented",
    contact_email="orders@agora.example",
    date=RECEIVED + timedelta(minutes=13),
    addresses=("https://agora.example/p/17",),
)
IMPOSSIBILITY = Impossibility(
    addressee="Agora",
    issuing_authority="Office of Belmara",
    authority_reference="BEL-2026-7",
    addressee_reference="E-1",
    received_at=RECEIVED,
    grounds=(ImpossibilityGround.MANIFEST_ERROR,),
    further_information="",
    errors_or_clarification="The address leads to no post of ours.",
    host_name="Agora",
    authorised_person="P. Invented",
    contact_email="orders@agora.example",
    signature="P. Invented",
    at=RECEIVED + timedelta(minutes=9),
    addresses=("https://agora.example/p/17", "https://agora.example/p/18"),
)


def _matches(value: Any, schema: dict[str, Any]) -> None:
    if "enum" in schema:
        assert value in schema["enum"]
    kinds = {"object": dict, "string": str, "boolean": bool, "array": list}
    if "type" in schema:
        assert isinstance(value, kinds[schema["type"]])
    if schema.get("format") == "date-time":
        assert datetime.fromisoformat(value).utcoffset() == timedelta(0)
    for item in value if isinstance(value, list) else ():
        _matches(item, schema["items"])
    if isinstance(value, dict):
        assert list(value) == list(schema["properties"]) == schema["required"]
        for name, inner in value.items():
            _matches(inner, schema["properties"][name])


@pytest.mark.parametrize(
    ("answer", "annex"), [(FEEDBACK, Annex.FEEDBACK), (IMPOSSIBILITY, Annex.IMPOSSIBILITY)]
)
def test_a_complete_answer_is_valid_and_has_the_shape_of_its_schema(
    answer: Feedback | Impossibility, annex: Annex
) -> None:
    assert answer.validate() == ()
    _matches(answer.to_json(), dict(annex_schema(annex)))


@pytest.mark.parametrize("answer", [FEEDBACK, IMPOSSIBILITY])
def test_an_answer_names_its_addresses(answer: Feedback | Impossibility) -> None:
    (finding,) = replace(answer, addresses=()).validate()
    assert (finding.code, finding.field) == ("answer.no_address", "addresses")


def test_times_are_written_in_utc() -> None:
    elsewhere = replace(
        FEEDBACK, measure_at=datetime(2026, 11, 23, 12, 12, tzinfo=timezone(timedelta(hours=2)))
    )
    assert elsewhere.to_json()["section_b"]["measure_at"] == "2026-11-23T10:12:00+00:00"


@pytest.mark.parametrize(
    "name",
    [
        "addressee",
        "issuing_authority",
        "authority_reference",
        "addressee_reference",
        "host_name",
        "host_state",
        "authorised_person",
        "contact_email",
    ],
)
def test_an_empty_box_of_the_feedback_is_named(name: str) -> None:
    (finding,) = replace(FEEDBACK, **{name: "  "}).validate()  # type: ignore[arg-type]
    assert (finding.code, finding.field) == ("answer.missing", name)
    assert name in finding.text


def test_a_measure_before_receipt_or_without_an_instant_is_refused() -> None:
    (early,) = replace(FEEDBACK, measure_at=RECEIVED - timedelta(seconds=1)).validate()
    assert early.code == "answer.before_receipt"
    naive = replace(FEEDBACK, date=datetime(2026, 11, 23))  # noqa: DTZ001
    assert [finding.code for finding in naive.validate()] == ["answer.naive"]
    assert naive.to_json()["section_c"]["date"] == "2026-11-23T00:00:00"


def test_an_impossibility_needs_a_ground_and_its_words() -> None:
    def found(**changes: Any) -> list[str]:
        return [finding.code for finding in replace(IMPOSSIBILITY, **changes).validate()]

    assert found(grounds=()) == ["answer.no_ground"]
    assert found(errors_or_clarification=" ") == ["answer.no_question"]
    assert found(grounds=(ImpossibilityGround.INSUFFICIENT_INFORMATION,), errors_or_clarification="") == [
        "answer.no_question"
    ]
    assert found(grounds=(ImpossibilityGround.FORCE_MAJEURE,)) == ["answer.no_explanation"]
    assert found(grounds=(ImpossibilityGround.FORCE_MAJEURE,), further_information="Power cut") == []
    assert found(signature="") == ["answer.missing"]
    assert found(at=datetime(2026, 11, 23)) == ["answer.naive"]  # noqa: DTZ001
