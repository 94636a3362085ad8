"""Deciding about what was recognised: the whole assessment first, as for a notice; a match is never a verdict."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks import services as banks
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import PROVISIONAL_REVIEW_RULE
from entente.apps.deadlines import services as deadlines
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.matching.errors import NoSuchRecognition
from entente.apps.matching.models import Match, Recognition
from entente.apps.matching.services.assessing import ASSESS_RULE
from entente.apps.matching.services.restricting import BASIS
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Assessment, Decision
    from entente.apps.cases.services.deciding import Ruling

STAYS = ("keep", "restore")
"""Outcomes of people after which the content is there: the match was not right."""


@transaction.atomic
def decide_match(
    *,
    case_id: UUID,
    item_id: UUID,
    ruling: "Ruling",
    assessment: "Assessment",
    actor: Actor,
    at: datetime,
    supersedes: UUID | None = None,
) -> "Decision":
    """Decide about a recognised thing after its assessment; a provisional restriction gives way to the decision.

    `supersedes` is the decision in force that the person saw. What people decide is what banks and signals are measured
    by. Raises NoSuchRecognition, and what `cases.issue_decision` raises.
    """
    if not Recognition.objects.select_for_update().filter(case_id=case_id).exists():
        raise NoSuchRecognition(_("This case did not begin with a match."))
    item = case_queries.item(item_id)
    before = item.decision
    if before is not None and _is_provisional(before):
        # The person looked: that clock is met by them, before their decision ends what it was about.
        deadlines.meet_deadline(
            subject_kind="decision", subject_id=before.pk, rule_id=PROVISIONAL_REVIEW_RULE, met_at=at, at=at
        )
    decision = cases.issue_decision(
        case=item.case,
        item=item,
        ruling=_given_back(ruling, before),
        actor=actor,
        at=at,
        assessment=assessment,
        supersedes=before if before is not None and _may_replace(before, supersedes) else None,
    )
    _measure(decision, actor, at)
    if decision.outcome in STAYS:
        _preserve(decision, at, actor)
        if decision.outcome == "restore":
            cases.inform_person(decision=decision, at=at)
        _finish(case_id, actor, at)
    else:
        cases.move_stage(case_id=case_id, stage="effect")
    return decision


def _given_back(ruling: "Ruling", before: "Decision | None") -> "Ruling":
    """Return the ruling: what a machine restricted and a person keeps is restored, so that it is told as that."""
    is_back = ruling.outcome == "keep" and before is not None and _is_provisional(before)
    return replace(ruling, outcome="restore") if is_back else ruling


def _may_replace(before: "Decision", seen: UUID | None) -> bool:
    """Say whether a decision gives way: the one the person saw, or a machine's, which any person's replaces."""
    return before.pk == seen or _is_provisional(before)


def _is_provisional(decision: "Decision") -> bool:
    return decision.basis_id == BASIS and decision.outcome != "restore"


def _measure(decision: "Decision", actor: Actor, at: datetime) -> None:
    """Tell every signal that brought this here whether its match was right."""
    rows = Match.objects.filter(
        recognition__case_id=decision.case_id,
        recognition__content_item_id=decision.item.content_item_id,
        is_negative=False,
    )
    for signal_id in rows.values_list("signal_id", flat=True).distinct().order_by("signal_id"):
        banks.record_judgement(
            signal_id=signal_id,
            item_id=decision.item.content_item_id,
            is_right=decision.outcome not in STAYS,
            decision_id=decision.pk,
            case_id=decision.case_id,
            actor=actor,
            at=at,
        )


def hear_effect(action: "Action", at: datetime) -> None:
    """Go on after a measure took effect or was taken back: preserve, tell the person, end the clocks."""
    decision = action.decision
    if action.state == "applied":
        _preserve(decision, action.effect_at or at, SYSTEM)
        cases.inform_person(decision=decision, at=at)
    if _is_provisional(decision) and action.state != "undone":
        return  # a person has not decided yet
    if action.state in {"applied", "failed"}:
        _finish(decision.case_id, SYSTEM, at)
    else:
        opening.close_when_done(case_id=decision.case_id, actor=SYSTEM, at=at, outcome="restored")


def _preserve(decision: "Decision", starts_at: datetime, actor: Actor) -> None:
    evidence.preserve(
        subject_kind="content_item",
        subject_id=decision.item.content_item_id,
        case_id=decision.case_id,
        ground_id=bases.basis(decision.basis_id).preservation_ground,
        starts_at=starts_at,
        actor=actor,
        at=starts_at,
    )


def _finish(case_id: UUID, actor: Actor, at: datetime) -> None:
    """Meet the clock of the assessment, and close the case once nothing is on its way."""
    if case_queries.item_states(case_id).failed:
        cases.move_stage(case_id=case_id, stage="effect")
        return
    for recognition in Recognition.objects.filter(case_id=case_id):
        deadlines.meet_deadline(
            subject_kind="recognition", subject_id=recognition.pk, rule_id=ASSESS_RULE, met_at=at, at=at
        )
    opening.close_when_done(case_id=case_id, actor=actor, at=at, outcome="decided")
