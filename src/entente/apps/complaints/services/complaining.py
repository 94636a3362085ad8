"""Lodging and deciding complaints."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import Ruling
from entente.apps.complaints.errors import (
    ComplaintDecided,
    ComplaintEmpty,
    ComplaintTooLate,
    NotForYou,
    WrongRoad,
)
from entente.apps.complaints.models import Complaint, ComplaintState
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.tlog import services as tlog
from entente.core.law import clocks, rules

if TYPE_CHECKING:
    from entente.apps.cases.models import Decision

MIN_TEXT = 10
ALARM_AFTER = timedelta(hours=4)
"""An answer that has not left by then wakes the senior reviewers, in the six months that its roads are open."""


def complaint_until(informed_at: datetime) -> datetime:
    """Return until when a complaint may be lodged: six months from being informed (DSA 20(1), 20(2))."""
    return clocks.due_at(rules.deadline_rule("dsa.complaint.access"), informed_at, zone=config().zone)


@transaction.atomic
def lodge_complaint(
    *,
    decision: "Decision",
    complainant: str,
    informed_at: datetime | None,
    text: str,
    contact_mail: str,
    language: str,
    actor: Actor,
    at: datetime,
) -> Complaint:
    """Take in a complaint. Against an order it goes to the legal desk, which may challenge.

    Without `informed_at` nobody knows that the person was told, and their time has not begun. Raises ComplaintEmpty,
    ComplaintTooLate.
    """
    if len(text.strip()) < MIN_TEXT:
        raise ComplaintEmpty(_("Say in your own words why the decision is wrong."))
    if informed_at is not None and at > complaint_until(informed_at):
        raise ComplaintTooLate(
            _("Complaints are possible for six months. Out-of-court settlement and the courts remain open.")
        )
    complaint = Complaint.objects.create(
        decision=decision,
        case=decision.case,
        complainant=complainant,
        road=decision.redress_road or "complaint",
        text=text.strip(),
        contact_mail=contact_mail.strip(),
        language=language,
        token=new_token(),
        lodged_at=at,
    )
    deadlines.start_deadline(
        subject_kind="complaint",
        subject_id=complaint.id,
        rule_id=_rule_of(complaint),
        trigger_at=at,
        at=at,
        case_id=complaint.case_id,
    )
    opening.reopen_case(case_id=decision.case_id, stage="follow", actor=actor, at=at)
    _record(complaint, "lodged", {"by": complainant, "road": complaint.road}, actor, at)
    tlog.append_leaf(
        kind="complaint_lodged",
        public_facts={"road": complaint.road, "by": complainant, "day": tlog.day(at)},
        commitments={
            "complaint": str(complaint.id),
            "decision": str(decision.id),
            "lodged_at": at.isoformat(),
        },
        at=at,
    )
    notify_worker_on_commit()
    return complaint


def _rule_of(complaint: Complaint) -> str:
    """Return the clock of a complaint: two weeks against our own decision, a working day against an order."""
    return "house.challenge_answer" if complaint.road == "challenge" else "house.complaint.decide"


def _load(complaint_id: UUID, *states: str) -> Complaint:
    complaint = (
        Complaint.objects.select_for_update(of=("self",))
        .select_related("decision__item__content_item", "decision__item__decision", "case")
        .get(pk=complaint_id)
    )
    if complaint.state not in states:
        raise ComplaintDecided(_("This complaint is decided already."))
    return complaint


def _refuse_first_decider(complaint: Complaint, actor: Actor) -> None:
    if actor.id == complaint.decision.decided_by_id_text:
        raise NotForYou(_("You took the decision this complaint is about. Somebody else decides about it."))


@transaction.atomic
def uphold_complaint(*, complaint_id: UUID, reasons: str, actor: Actor, at: datetime) -> Complaint:
    """Uphold a complaint against the host's own decision: what was restricted is restored at once.

    Raises WrongRoad for an order (the host may not restore while it stands), NotForYou, ComplaintEmpty.
    """
    complaint = _load(complaint_id, ComplaintState.OPEN, ComplaintState.REJECTION_PROPOSED)
    if complaint.road == "challenge":
        raise WrongRoad(
            _(
                "The host may not restore what a binding order holds down. Use the complaint to challenge the order, or say why not."
            )
        )
    _refuse_first_decider(complaint, actor)
    _need_reasons(reasons)
    compare_and_set(
        complaint,
        expected=[ComplaintState.OPEN, ComplaintState.REJECTION_PROPOSED],
        to=ComplaintState.UPHELD,
        reasons=reasons,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    current = complaint.decision.item.decision
    if complaint.complainant == "affected" and current is not None and current.pk == complaint.decision_id:
        restored = cases.issue_decision(
            case=complaint.case,
            item=complaint.decision.item,
            ruling=Ruling(outcome="restore", basis_id=current.basis_id, reasons=reasons),
            actor=actor,
            at=at,
            supersedes=current,
        )
        cases.inform_person(decision=restored, at=at)
        opening.start_second_look(case_id=complaint.case_id, at=at)
    elif complaint.complainant == "notifier":
        _assess_again(complaint, at)
    _finish(complaint, "upheld", actor, at)
    return complaint


def _assess_again(complaint: Complaint, at: datetime) -> None:
    """Open the assessment of a notice again, with a clock of its own."""
    opening.move_stage(case_id=complaint.case_id, stage="assess")
    deadlines.start_deadline(
        subject_kind=complaint.case.intake_kind,
        subject_id=complaint.case.intake_id,
        rule_id="house.notice.assess",
        trigger_at=at,
        at=at,
        case_id=complaint.case_id,
    )


@transaction.atomic
def propose_rejection(*, complaint_id: UUID, reasons: str, actor: Actor, at: datetime) -> Complaint:
    """Propose to reject a complaint; it takes a second person to do it (rule 6)."""
    complaint = _load(complaint_id, ComplaintState.OPEN)
    if complaint.road == "challenge":
        raise WrongRoad(
            _("A complaint about an order is used to challenge it, or answered with the reasons why not.")
        )
    _refuse_first_decider(complaint, actor)
    _need_reasons(reasons)
    compare_and_set(
        complaint,
        expected=ComplaintState.OPEN,
        to=ComplaintState.REJECTION_PROPOSED,
        reasons=reasons,
        proposed_by_id_text=actor.id,
        proposed_by_name=actor.name,
    )
    _record(complaint, "rejection_proposed", {"reasons": reasons}, actor, at)
    return complaint


@transaction.atomic
def confirm_rejection(*, complaint_id: UUID, actor: Actor, at: datetime) -> Complaint:
    """Reject a complaint as the second person. Raises NotForYou."""
    complaint = _load(complaint_id, ComplaintState.REJECTION_PROPOSED)
    _refuse_first_decider(complaint, actor)
    if actor.id == complaint.proposed_by_id_text:
        raise NotForYou(_("You proposed this rejection. A second person has to confirm it."))
    compare_and_set(
        complaint,
        expected=ComplaintState.REJECTION_PROPOSED,
        to=ComplaintState.REJECTED,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    _finish(complaint, "rejected", actor, at)
    return complaint


@transaction.atomic
def return_proposal(*, complaint_id: UUID, note: str, actor: Actor, at: datetime) -> Complaint:
    """Send a proposed rejection back: the second person does not agree."""
    complaint = _load(complaint_id, ComplaintState.REJECTION_PROPOSED)
    _need_reasons(note)
    compare_and_set(
        complaint,
        expected=ComplaintState.REJECTION_PROPOSED,
        to=ComplaintState.OPEN,
        proposed_by_id_text="",
        proposed_by_name="",
    )
    _record(complaint, "proposal_returned", {"note": note}, actor, at)
    return complaint


@transaction.atomic
def answer_challenge(
    *, complaint_id: UUID, is_used: bool, reasons: str, actor: Actor, at: datetime
) -> Complaint:
    """Say whether a complaint about an order was used to challenge it, with reasons either way."""
    complaint = _load(complaint_id, ComplaintState.OPEN)
    if complaint.road != "challenge":
        raise WrongRoad(
            _("This complaint is about the host's own decision: uphold it, or propose its rejection.")
        )
    _need_reasons(reasons)
    compare_and_set(
        complaint,
        expected=ComplaintState.OPEN,
        to=ComplaintState.USED if is_used else ComplaintState.NOT_USED,
        reasons=reasons,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    _finish(complaint, "used" if is_used else "not_used", actor, at)
    return complaint


def _need_reasons(reasons: str) -> None:
    if len(reasons.strip()) < MIN_TEXT:
        raise ComplaintEmpty(_("Give the reasons, in words the person can understand."))


def _finish(complaint: Complaint, outcome: str, actor: Actor, at: datetime) -> None:
    deadlines.meet_deadline(
        subject_kind="complaint", subject_id=complaint.id, rule_id=_rule_of(complaint), met_at=at, at=at
    )
    _record(complaint, outcome, {"reasons": complaint.reasons}, actor, at)
    tlog.append_leaf(
        kind="complaint_decided",
        public_facts={"road": complaint.road, "outcome": outcome, "day": tlog.day(at)},
        commitments={
            "complaint": str(complaint.id),
            "decided_at": at.isoformat(),
            "reasons": complaint.reasons,
        },
        at=at,
    )
    if outcome in {"rejected", "not_used", "used"}:
        # Another complaint may be open, and the assessment of a living order goes on.
        opening.close_when_done(case_id=complaint.case_id, actor=actor, at=at, outcome=outcome)
    _tell(complaint, at)
    notify_worker_on_commit()


def _tell(complaint: Complaint, at: datetime) -> None:
    if not complaint.contact_mail:
        return
    url = f"{config().base_url.rstrip('/')}/complaints/{complaint.token}"
    with override(complaint.language):
        deliveries.enqueue(
            transport="mail",
            purpose="complaint.answer",
            destination=complaint.contact_mail,
            payload={
                "subject": _("Your complaint is decided"),
                "text": _("The decision, its reasons and what else you can do are here:\n%(url)s\n")
                % {"url": url},
                "language": complaint.language,
            },
            subject_kind="complaint",
            subject_id=complaint.id,
            case_id=complaint.case_id,
            at=at,
            alarm_after=ALARM_AFTER,
            idempotency_key=f"complaint-answer-{complaint.id}",
        )


def _record(complaint: Complaint, what: str, facts: dict[str, str], actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"complaints:complaint:{what}",
        subject_kind="complaint",
        subject_id=complaint.id,
        case_id=complaint.case_id,
        actor=actor,
        at=at,
        facts=facts,
    )
