"""Deciding about a notice: the whole assessment first, then decision, effect, letter, answer."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import Ruling
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.notices.models import Notice
from entente.apps.notices.services.receiving import ALARM_AFTER, status_url
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Assessment, Decision


@transaction.atomic
def decide_notice(
    *,
    notice_id: UUID,
    item_id: UUID,
    ruling: Ruling,
    assessment: "Assessment",
    actor: Actor,
    at: datetime,
    supersedes: UUID | None = None,
) -> "Decision":
    """Decide about one address of a notice, or of what is looked at of our own accord. Raises what `issue_decision` raises: no effect without assessment.

    `supersedes` is the decision in force that the person saw and replaces: of two people who decide at once about the
    same address, the second learns of the first decision instead of undoing it unseen (CaseAlreadyDecided).
    """
    notice = Notice.objects.select_for_update(of=("self",)).select_related("case").get(pk=notice_id)
    item = case_queries.item(item_id)
    decision = cases.issue_decision(
        case=notice.case,
        item=item,
        ruling=ruling,
        actor=actor,
        at=at,
        assessment=assessment,
        supersedes=item.decision if item.decision_id == supersedes else None,
    )
    if decision.outcome == "keep":
        # The notifier may complain for six months; somebody must then be able to see what was kept.
        evidence.preserve(
            subject_kind="content_item",
            subject_id=item.content_item_id,
            case_id=notice.case_id,
            ground_id=bases.basis(decision.basis_id).preservation_ground,
            starts_at=at,
            actor=actor,
            at=at,
        )
        _answered_when_done(notice, actor, at)
    else:
        cases.move_stage(case_id=notice.case_id, stage="effect")
    return decision


def hear_effect(action: "Action", at: datetime) -> None:
    """Go on after a measure took effect: preserve for the time of redress, tell the person, answer the notifier."""
    decision = action.decision
    if action.state == "applied":
        evidence.preserve(
            subject_kind="content_item",
            subject_id=decision.item.content_item_id,
            case_id=decision.case_id,
            ground_id=bases.basis(decision.basis_id).preservation_ground,
            starts_at=action.effect_at or at,
            actor=SYSTEM,
            at=at,
        )
        cases.inform_person(decision=decision, at=at)
    notice = (
        Notice.objects.select_for_update(of=("self",)).select_related("case").get(pk=decision.case.intake_id)
    )
    if action.state in {"applied", "failed"}:
        _answered_when_done(notice, SYSTEM, at)
    else:
        opening.close_when_done(case_id=notice.case_id, actor=SYSTEM, at=at, outcome="restored")


def _answered_when_done(notice: Notice, actor: Actor, at: datetime) -> None:
    if case_queries.undecided_items(notice.case_id, limit=1):
        cases.move_stage(case_id=notice.case_id, stage="assess")
        return
    states = case_queries.item_states(notice.case_id)
    if states.failed:
        cases.move_stage(case_id=notice.case_id, stage="effect")
        return
    if any(
        view.action is not None and view.action.state == "pending"
        for view in case_queries.items_of(notice.case_id)
    ):
        return
    deadlines.meet_deadline(
        subject_kind="notice", subject_id=notice.id, rule_id="house.notice.assess", met_at=at, at=at
    )
    if notice.answered_at is None and not notice.is_own:
        notice.answered_at = at
        notice.save(update_fields=["answered_at"])
        _tell_notifier(notice, at)
        audit.record(
            kind="notices:notice:answered",
            subject_kind="notice",
            subject_id=notice.id,
            case_id=notice.case_id,
            actor=actor,
            at=at,
        )
    cases.close_case(case_id=notice.case_id, actor=actor, at=at, outcome="decided")


def _tell_notifier(notice: Notice, at: datetime) -> None:
    """Tell the notifier the decision and the roads of redress (DSA 16(5)); never who is behind the content."""
    recipient = notice.notifier_mail or (notice.authority.contact_mail if notice.authority else "")
    if not recipient:
        return
    with override(notice.notifier_language):
        deliveries.enqueue(
            transport="mail",
            purpose="notice.answer",
            destination=recipient,
            payload={
                "subject": _("A decision about your notice"),
                "text": _(
                    "A person has assessed the content you told us about. The result, the reasons and what you can do if you disagree are here:\n%(url)s\n"
                )
                % {"url": status_url(notice)},
                "language": notice.notifier_language,
            },
            subject_kind="notice",
            subject_id=notice.id,
            case_id=notice.case_id,
            at=at,
            alarm_after=ALARM_AFTER,
            idempotency_key=f"notice-answer-{notice.id}",
        )
