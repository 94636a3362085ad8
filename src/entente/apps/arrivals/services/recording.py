"""Recording a message: as it came, with its file sealed, its proposal, and people rung where a clock may run."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.arrivals.errors import AlreadySettled, ProofMissing, SignedAsItCame
from entente.apps.arrivals.models import Arrival, ArrivalKind
from entente.apps.arrivals.services import originals
from entente.apps.audit import services as audit
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.parties import queries as parties
from entente.core.law import intake
from entente.core.law.orders import RemovalOrderForm

TRIAGE_RULES = ("house.order.triage", "house.threat.triage")
"""The clocks that ring until somebody has said what a message is."""

OWN_DOORS = frozenset({"api", "public_form"})
"""Doors of this program: it knows by itself when something came through them."""


@dataclass(frozen=True, slots=True)
class ArrivalDraft:
    """A message as a door hands it in; `raw` is its file, `problems` say what of it could not be read."""

    door: str
    received_at: datetime
    receipt_proof: str
    sender: str = ""
    sender_mail: str = ""
    authority_id: UUID | None = None
    subject: str = ""
    text: str = ""
    language: str = ""
    urls: tuple[str, ...] = ()
    form: dict[str, Any] | None = None
    signature: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    raw: bytes = b""
    notice_case_id: UUID | None = None


def propose(
    *,
    text: str,
    form: Mapping[str, Any] | None = None,
    sender_mail: str = "",
    from_register: bool = False,
    through_notice_form: bool = False,
) -> intake.Proposal:
    """Propose what a message is, from its words, its form and who sent it; nothing is settled by it."""
    domain = sender_mail.rpartition("@")[2].lower()
    return intake.propose(
        intake.IntakeFacts(
            text=text,
            form=RemovalOrderForm.from_json(form) if form is not None else None,
            sender_domain=domain,
            sender_in_register=from_register or bool(domain and parties.authorities_for_mail_domain(domain)),
            through_notice_form=through_notice_form,
            order_type=str((form or {}).get("order_type") or ""),
        )
    )


def _propose_for(arrival: Arrival) -> intake.Proposal:
    proposal = propose(
        text=f"{arrival.subject}\n{arrival.text}",
        form=arrival.form,
        sender_mail=arrival.sender_mail,
        from_register=arrival.authority_id is not None,
        through_notice_form=arrival.notice_case_id is not None,
    )
    arrival.proposed_kind = proposal.kind
    arrival.proposed_order_type = proposal.order_type
    arrival.proposed_reasons = [
        {"code": r.code, "message": r.message, "params": dict(r.params)} for r in proposal.reasons
    ]
    return proposal


def ring(arrival: Arrival, at: datetime) -> None:
    """Ring whoever is on call, and louder and louder, until somebody has said what a message is.

    The hour is presumed to run from receipt, not from the moment somebody reads the message.
    """
    is_threat = arrival.proposed_kind == ArrivalKind.THREAT
    started = deadlines.start_deadline(
        subject_kind="arrival",
        subject_id=arrival.id,
        rule_id=TRIAGE_RULES[is_threat],
        trigger_at=arrival.received_at,
        at=at,
    )
    arrival.due_at = started.due_at
    arrival.save(update_fields=["due_at"])


def record_arrival(*, draft: ArrivalDraft, actor: Actor, at: datetime) -> Arrival:
    """Record a message with when and how it arrived, seal its file, and propose what it is; nothing else happens yet.

    A message with a file is not recorded inside a transaction: the vault is written first. A vault that takes
    nothing keeps no message out: what is missing is noted with it. Raises ProofMissing.
    """
    if draft.received_at > at:
        raise ProofMissing(
            _("A message cannot have arrived in the future. Check the date, the time and the time zone.")
        )
    if draft.door not in OWN_DOORS and not draft.receipt_proof.strip():
        raise ProofMissing(
            _("Say what shows when the message arrived: mail headers, a delivery note, a fax line.")
        )
    with originals.sealed(draft.raw) as (blob, problems):
        return _record(draft, originals.Sealed(blob, problems), actor, at)


@transaction.atomic
def _record(draft: ArrivalDraft, file: originals.Sealed, actor: Actor, at: datetime) -> Arrival:
    arrival = Arrival(
        door=draft.door,
        received_at=draft.received_at,
        recorded_at=at,
        recorded_by_name=actor.name,
        receipt_proof=draft.receipt_proof,
        sender=draft.sender[:300],
        sender_mail=draft.sender_mail[:254],
        authority_id=_issuer(draft),
        subject=draft.subject[:300],
        text=draft.text,
        language=draft.language,
        urls=list(draft.urls),
        form=draft.form,
        signature=draft.signature,
        problems=[*draft.problems, *file.problems],
        digest=hashlib.sha256(draft.raw or draft.text.encode()).hexdigest(),
        notice_case_id=draft.notice_case_id,
    )
    proposal = _propose_for(arrival)
    arrival.save(force_insert=True)
    originals.keep(arrival, file, draft.raw, actor, at)
    if proposal.is_urgent:
        ring(arrival, at)
    audit.record(
        kind="arrivals:arrival:recorded",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=arrival.notice_case_id,
        actor=actor,
        at=at,
        facts={"door": draft.door, "received_at": draft.received_at.isoformat(), "proposed": proposal.kind},
    )
    notify_worker_on_commit()
    return arrival


def _issuer(draft: ArrivalDraft) -> UUID | None:
    """Return the entry of the register a message comes from: as signed, as a person says, or by its mail domain alone."""
    if draft.signature.get("valid") and draft.signature.get("authority_id"):
        return UUID(str(draft.signature["authority_id"]))
    if draft.authority_id is not None:
        return parties.authority(draft.authority_id).id
    domain = draft.sender_mail.rpartition("@")[2]
    found = parties.authority_for_mail_domain(domain) if domain else None
    return found.id if found is not None else None


@dataclass(frozen=True, slots=True)
class Completion:
    """What a person typed of a message that was recorded in a hurry, or whose file could not be read."""

    subject: str
    text: str
    language: str
    urls: tuple[str, ...]
    form: dict[str, Any] | None


@transaction.atomic
def complete_arrival(*, arrival_id: UUID, completion: Completion, actor: Actor, at: datetime) -> Arrival:
    """Write down more of a message nobody has settled yet, and propose anew what it is.

    Raises AlreadySettled; SignedAsItCame for the form and the addresses of a form with a valid signature.
    """
    arrival = Arrival.objects.select_for_update().get(pk=arrival_id)
    refuse_settled(arrival)
    wanted: dict[str, Any] = {
        "subject": completion.subject[:300],
        "text": completion.text,
        "language": completion.language,
        "urls": list(completion.urls),
        "form": completion.form,
    }
    changed = sorted(name for name, value in wanted.items() if getattr(arrival, name) != value)
    if arrival.is_form_signed and {"form", "urls"} & set(changed):
        raise SignedAsItCame(_("The form carries a valid signature. It is read as it was signed."))
    for name in changed:
        setattr(arrival, name, wanted[name])
    proposal = _propose_for(arrival)
    arrival.save()
    if proposal.is_urgent:
        ring(arrival, at)
    audit.record(
        kind="arrivals:arrival:completed",
        subject_kind="arrival",
        subject_id=arrival.id,
        case_id=arrival.notice_case_id,
        actor=actor,
        at=at,
        facts={"changed": changed, "proposed": proposal.kind},
    )
    return arrival


def refuse_settled(arrival: Arrival) -> None:
    """Refuse to touch what somebody has settled. Raises AlreadySettled."""
    if arrival.settled_at is not None:
        raise AlreadySettled(_("%(name)s settled this message already.") % {"name": arrival.settled_by_name})
