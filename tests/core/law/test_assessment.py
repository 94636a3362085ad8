"""The full assessment: every gap, on both roads, and the five questions."""

from dataclasses import replace
from typing import Any

import pytest

from entente.core.law.assessment import (
    MESSAGES,
    AssessmentForm,
    Understanding,
    execution_check,
    gaps,
    purposes,
    rabat_factors,
    three_part_test,
)
from entente.core.law.orders import ImpossibilityGround
from entente.core.law.scopes import Scope

COMPLETE = AssessmentForm(
    ground="tco.a_incites",
    purposes_considered=frozenset({"artistic", "journalistic"}),
    true_purpose="none",
    polemic=False,
    exemption_reasoning="No frame of art or news around the call.",
    danger="It names a place and a day.",
    test={
        "provided_by_law": "Art. 2(7)(a)",
        "legitimate_aim": "life of others",
        "necessity": "a label would not do",
    },
    factors=dict.fromkeys(
        ("context", "speaker", "intent", "content_and_form", "extent", "likelihood"), "assessed"
    ),
    scope=Scope.of("FR"),
    scope_reasoning="It is unlawful there.",
    language="fr",
    understood_by=Understanding.REVIEWER,
    outcome="disable",
    reasoning="It calls for violence.",
)
ON_ORDER = replace(COMPLETE, outcome="accept", scope=None, scope_reasoning="")


def codes(form: AssessmentForm, road: str = "notice") -> list[str]:
    return [gap.code for gap in gaps(form, road=road)]


def test_complete_assessments_have_no_gap() -> None:
    assert codes(COMPLETE) == []
    assert codes(ON_ORDER, "order") == []


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"ground": ""}, "ground.missing", "ground"),
    ({"ground": "whim"}, "ground.unknown", "ground"),
    ({"ground": "xa.public_call"}, "ground.unknown", "ground"),
    ({"danger": " "}, "danger.missing", "danger"),
    ({"purposes_considered": frozenset()}, "exemption.none_considered", "purposes_considered"),
    ({"purposes_considered": frozenset({"fun"})}, "exemption.purpose_unknown", "purposes_considered"),
    ({"true_purpose": ""}, "exemption.true_purpose_missing", "true_purpose"),
    ({"true_purpose": "fun"}, "exemption.purpose_unknown", "true_purpose"),
    ({"true_purpose": "research"}, "exemption.true_purpose_not_considered", "true_purpose"),
    ({"true_purpose": "artistic"}, "exemption.contradicts", "outcome"),
    ({"polemic": None}, "exemption.polemic_missing", "polemic"),
    ({"exemption_reasoning": ""}, "exemption.reasoning_missing", "exemption_reasoning"),
    ({"test": {"provided_by_law": "x", "necessity": "y"}}, "test.missing", "test.legitimate_aim"),
    ({"factors": {}}, "factor.missing", "factors.context"),
    ({"scope": None}, "scope.missing", "scope"),
    ({"scope_reasoning": ""}, "scope.reasoning_missing", "scope_reasoning"),
    ({"language": ""}, "language.missing", "language"),
    ({"understood_by": None}, "language.understood_missing", "understood_by"),
    (
        {"understood_by": Understanding.LINGUIST, "understood_by_note": "L. Example"},
        "language.linguist_missing",
        "linguist_id",
    ),
    ({"understood_by": Understanding.MACHINE_TRANSLATION}, "language.note_missing", "understood_by_note"),
    ({"outcome": ""}, "outcome.missing", "outcome"),
    ({"outcome": "accept"}, "outcome.unknown", "outcome"),
    ({"reasoning": ""}, "reasoning.missing", "reasoning"),
]


@pytest.mark.parametrize(("changes", "code", "field"), CASES)
def test_each_gap_is_named_where_it_is(changes: dict[str, Any], code: str, field: str) -> None:
    found = gaps(replace(COMPLETE, **changes), road="notice")
    assert (code, field) in {(gap.code, gap.field) for gap in found}
    assert all("%(" not in gap.text for gap in found)


def test_every_message_has_a_case() -> None:
    assert {code for _, code, _ in CASES} | {"exemption.contradicts_order"} == set(MESSAGES)


def test_each_part_and_factor_is_asked_for_by_itself() -> None:
    for part in three_part_test():
        kept = {key: value for key, value in COMPLETE.test.items() if key != part}
        assert [gap.field for gap in gaps(replace(COMPLETE, test=kept), road="notice")] == [f"test.{part}"]
    for factor in rabat_factors():
        kept = {key: value for key, value in COMPLETE.factors.items() if key != factor}
        assert [gap.field for gap in gaps(replace(COMPLETE, factors=kept), road="notice")] == [
            f"factors.{factor}"
        ]


def test_keeping_asks_for_less() -> None:
    kept = replace(COMPLETE, outcome="keep", danger="", test={}, factors={}, scope=None, scope_reasoning="")
    assert codes(kept) == []
    assert codes(replace(kept, true_purpose="artistic")) == []
    assert codes(replace(kept, language="", reasoning="")) == ["language.missing", "reasoning.missing"]


def test_an_exempt_purpose_means_an_order_is_challenged_and_not_accepted() -> None:
    exempt = replace(ON_ORDER, true_purpose="artistic", polemic=True)
    assert codes(exempt, "order") == ["exemption.contradicts_order"]
    for outcome in ("ask_for_scrutiny", "go_to_court", "ask_to_withdraw"):
        challenged = replace(exempt, outcome=outcome, danger="", test={}, factors={})
        assert codes(challenged, "order") == []
    assert codes(replace(exempt, outcome="disable"), "order") == [
        "exemption.contradicts_order",
        "outcome.unknown",
    ]


def test_the_exemption_does_not_bar_other_grounds() -> None:
    own_terms = replace(COMPLETE, ground="terms.terrorism", true_purpose="artistic")
    assert codes(own_terms) == []


def test_invented_grounds_are_known_in_exercises_and_notes_fill_the_language_gap() -> None:
    assert codes(replace(COMPLETE, ground="xa.public_call", exercise=True)) == []
    translated = replace(
        COMPLETE, understood_by=Understanding.MACHINE_TRANSLATION, understood_by_note="machine, idioms unsure"
    )
    assert codes(translated) == []
    read = replace(COMPLETE, understood_by=Understanding.LINGUIST, linguist="L. Example")
    assert codes(read) == []


def test_a_road_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="path"):
        gaps(COMPLETE, road="path")


def test_what_assessments_consist_of() -> None:
    assert set(purposes()) == {
        "educational",
        "journalistic",
        "artistic",
        "research",
        "preventing_or_countering_terrorism",
    }
    assert len(three_part_test()) == 3
    assert len(rabat_factors()) == 6
    assert all(item.help for item in rabat_factors().values())


def test_the_five_questions_and_where_a_no_leads() -> None:
    leads = {question.id: (question.if_no, question.annex3_ground) for question in execution_check()}
    assert leads == {
        "authentic": ("impossible", ImpossibilityGround.INSUFFICIENT_INFORMATION),
        "addressed": ("file_as_information", None),
        "elements": ("impossible", ImpossibilityGround.INSUFFICIENT_INFORMATION),
        "address": ("impossible", ImpossibilityGround.MANIFEST_ERROR),
        "nothing_wrong": ("impossible", ImpossibilityGround.MANIFEST_ERROR),
    }
    assert all(question.question and question.help and question.if_no_text for question in execution_check())
