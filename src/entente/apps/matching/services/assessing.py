"""The clock of the assessment that every recognised thing with a case waits for."""

from datetime import datetime
from typing import Final
from uuid import UUID

from entente.apps.cases import services as cases
from entente.apps.deadlines import services as deadlines

ASSESS_RULE: Final = "house.match.assess"


def start_assessment(*, recognition_id: UUID, case_id: UUID, at: datetime) -> None:
    """Ask people to assess a recognised thing, by the clock of the law data; part of a larger act."""
    cases.move_stage(case_id=case_id, stage="assess")
    deadlines.start_deadline(
        subject_kind="recognition",
        subject_id=recognition_id,
        rule_id=ASSESS_RULE,
        trigger_at=at,
        at=at,
        case_id=case_id,
    )
