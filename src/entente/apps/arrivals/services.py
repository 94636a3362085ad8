"""Recording a message and settling what it is."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.arrivals import registries
from entente.apps.arrivals.errors import AlreadySettled, KindUnknown, ProofMissing, SomethingFollowed
from entente.apps.arrivals.models import Arrival, ArrivalKind
from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.parties import queries as parties
from entente.core.law import intake
from entente.core.law.orders import RemovalOrderForm


@dataclass(frozen=True, slots=True)
class ArrivalDraft:
    """A message as a door hands it in."""

    door: str
    received_at: datetime
    receipt_proof: str
    sender: str = ""
    sender_mail: str = ""
    subject: str = ""
    text: str = ""
    language: str = ""
    urls: tuple[str, ...] = ()
    form: dict[str, Any] | None = None
    signature: dict[str, Any] = field(default_factory=dict)
    raw: bytes = b""


def _propose(draft: ArrivalDraft) -> intake.Proposal:
    """Propose what a message is, from its words, its form and who sent it."""
    domain = draft.sender_mail.rpartition("@")[2].lower()
    return intake.propose(
        intake.IntakeFacts(
            text=f"{draft.subject}\n{draft.text}",
            form=RemovalOrderForm.from_json(draft.form) if draft.form is not None else None,
            sender_domain=domain,
            sender_in_register=bool(draft.signature.get("valid"))
            or bool(domain and parties.authorities_for_mail_domain(domain)),
            through_notice_form=draft.door == "public_form",
        )
    )


def _wake(arrival: Arrival, at: datetime) -> None:
    """Wake who is on call for a message that may be an order or a threat, and ring until it is settled."""
    if arrival.proposed_kind in {ArrivalKind.REMOVAL_ORDER, ArrivalKind.THREAT}:
        # The hour runs from receipt, not from the moment somebody reads the message: people are woken now.
        cases.page_people(
            role="on_call",
            subject_kind="arrival",
            subject_id=arrival.id,
            text=_("A message that looks like %(kind)s has arrived.")
            % {"kind": arrival.get_proposed_kind_display()},
            at=at,
            key=f"arrival-{arrival.id}",
        )
        # A page is lost easily; the clock room rings again until somebody has said what the message is.
        deadlines.start_deadline(
            subject_kind="arrival",
            subject_id=arrival.id,
            rule_id="house.order.triage",
            trigger_at=arrival.received_at,
            at=at,
        )


@transaction.atomic
def record_arrival(*, draft: ArrivalDraft, actor: Actor, at: datetime) -> Arrival:
    """Record a message with when and how it arrived, and propose what it is; nothing else happens yet.

    Raises ProofMissing.
    """
    if draft.received_at > at:
        raise ProofMissing(
            _("A message cannot have arrived in the future. Check the date, the time and the time zone.")
        )
    if draft.door != "api" and not draft.receipt_proof.strip():
        raise ProofMissing(
            _("Say what shows when the message arrived: mail headers, a delivery note, a fax line.")
        )
    proposal = _propose(draft)
    arrival = Arrival.objects.create(
        door=draft.door,
        received_at=draft.received_at,
        recorded_at=at,
        recorded_by_name=actor.name,
        receipt_proof=draft.receipt_proof,
        sender=draft.sender[:300],
        sender_mail=draft.sender_mail[:254],
        subject=draft.subject[:300],
        text=draft.text,
        language=draft.language,
        urls=list(draft.urls),
        form=draft.form,
        signature=draft.signature,
        digest=hashlib.sha256(draft.raw or draft.text.encode()).hexdigest(),
        proposed_kind=proposal.kind,
        proposed_reasons=[
            {"code": r.code, "message": r.message, "params": dict(r.params)} for r in proposal.reasons
        ],
    )
    _wake(arrival, at)
    audit.record(
        kind="arrivals:arrival:recorded",
        subject_kind="arrival",
        subject_id=arrival.id,
        actor=actor,
        at=at,
        facts={"door": draft.door, "received_at": draft.received_at.isoformat(), "proposed": proposal.kind},
    )
    notify_worker_on_commit()
    return arrival


@transaction.atomic
def settle_arrival(*, arrival_id: UUID, kind: str, actor: Actor, at: datetime) -> Arrival:
    """Settle what a message is; the room that answers for the kind opens its case in the same transaction.

    Raises AlreadySettled, KindUnknown, and what the room raises.
    """
    if kind not in ArrivalKind.values:
        raise KindUnknown(_("Choose one of the kinds."))
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    if arrival.settled_at is not None:
        raise AlreadySettled(_("%(name)s settled this message already.") % {"name": arrival.settled_by_name})
    compare_and_set(
        arrival, field="settled_kind", expected="", to=kind, settled_at=at, settled_by_name=actor.name
    )
    deadlines.meet_deadline(
        subject_kind="arrival", subject_id=arrival.id, rule_id="house.order.triage", met_at=at, at=at
    )
    arrival.case_id = registries.arrival_settled.get(kind)(arrival, actor, at)
    arrival.save(update_fields=["case_id"])
    audit.record(
        kind="arrivals:arrival:settled",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=arrival.case_id,
        actor=actor,
        at=at,
        facts={"kind": kind, "proposed": arrival.proposed_kind},
    )
    return arrival


@transaction.atomic
def unsettle_arrival(*, arrival_id: UUID, actor: Actor, at: datetime) -> Arrival:
    """Take a settling back while nothing followed: its case closes, and the message waits at the desk again.

    An order is not taken back: it stays an order until it is filed as information, with a reason. Raises
    SomethingFollowed.
    """
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    if arrival.case_id is None or not arrival.settled_kind:
        raise SomethingFollowed(_("This message is not settled."))
    case = case_queries.case_by_id(arrival.case_id)
    if case.intake_kind == "removal_order":
        raise SomethingFollowed(
            _("An order is not taken back. If it does not bind us, file it as information.")
        )
    if case.state != "open" or case_queries.decisions_of(case.pk):
        raise SomethingFollowed(_("Something followed already; the settling can not be taken back."))
    deadlines.cancel_deadlines_of(
        subject_kind=case.intake_kind, subject_id=case.intake_id, reason="settled_again", at=at
    )
    cases.close_case(case_id=case.pk, actor=actor, at=at, outcome="settled_again")
    was = arrival.settled_kind
    compare_and_set(arrival, field="settled_kind", expected=was, to="", settled_at=None, settled_by_name="")
    arrival.case_id = None
    arrival.save(update_fields=["case_id"])
    audit.record(
        kind="arrivals:arrival:unsettled",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=case.pk,
        actor=actor,
        at=at,
        facts={"was": was},
    )
    return arrival


@transaction.atomic
def conclude_case(*, case_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """Close a plain case (request for data, threat to life, unclear) after a person did what its route says.

    Raises KindUnknown for a case of another room.
    """
    case = case_queries.case_by_id(case_id)
    if case.intake_kind != "arrival":
        raise KindUnknown(_("This case belongs to another road."))
    for line in deadline_queries.of_subject("arrival", case.intake_id):
        if line.state in {"running", "expired"}:
            deadlines.meet_deadline(
                subject_kind="arrival", subject_id=case.intake_id, rule_id=line.rule_id, met_at=at, at=at
            )
    audit.record(
        kind="arrivals:case:concluded",
        subject_kind="case",
        subject_id=case.pk,
        case_id=case.pk,
        actor=actor,
        at=at,
        facts={"note": note.strip()[:1000]},
    )
    cases.close_case(case_id=case.pk, actor=actor, at=at, outcome="concluded")
