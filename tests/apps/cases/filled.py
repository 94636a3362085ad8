"""Complete assessments, for tests that need one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from entente.apps.cases import queries, services
from entente.apps.cases.models import Assessment
from entente.apps.parties.types import PersonFacts
from tests.world import NOW

WORDS = "Examined with care; harmless stand-in of the suite."


def complete_values(*, outcome: str, true_purpose: str = "none", **changes: Any) -> dict[str, Any]:
    """Return every part of an assessment, filled in."""
    considered = ["artistic", "journalistic"]
    if true_purpose not in {"none", *considered}:
        considered.append(true_purpose)
    values: dict[str, Any] = {
        "ground": "tco.a_incites",
        "purposes_considered": considered,
        "true_purpose": true_purpose,
        "polemic": False,
        "exemption_reasoning": WORDS,
        "danger": WORDS,
        "test_provided_by_law": WORDS,
        "test_legitimate_aim": WORDS,
        "test_necessity": WORDS,
        "factor_context": WORDS,
        "factor_speaker": WORDS,
        "factor_intent": WORDS,
        "factor_content_and_form": WORDS,
        "factor_extent": WORDS,
        "factor_likelihood": WORDS,
        "scope_kind": "countries",
        "scope_countries": ["DE", "FR"],
        "scope_reasoning": WORDS,
        "language": "en",
        "understood_by": "reviewer",
        "outcome": outcome,
        "reasoning": WORDS,
    }
    return {**values, **changes}


def assess(
    case_id: UUID, person: PersonFacts, *, road: str, outcome: str, at: datetime = NOW, **changes: Any
) -> Assessment:
    """Complete an assessment of the first address of a case."""
    (item, *_rest) = queries.items_of(case_id)
    draft = services.save_assessment_draft(
        case_id=case_id,
        item_id=item.id,
        values=complete_values(outcome=outcome, **changes),
        road=road,
        person_id=person.id,
        at=at,
    )
    return services.complete_assessment(assessment_id=draft.id, actor=person.actor, at=at)
