"""What an overseer does, what is done about overseers, and the copies they see.

Every act here is recorded. An overseer sees, checks, opens with a reason, recommends; never answers for the overseen.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.oversight.copying import copy_to_overseer
from entente.apps.oversight.errors import (
    AlreadyAnswered,
    AlreadyAppointed,
    AnotherBodyAppointed,
    NoSuchAppointment,
    NoSuchCopy,
    NoSuchRecommendation,
    NotTheOverseer,
    OverseerMayNot,
    ReasonMissing,
)
from entente.apps.oversight.models import FileOpening, OverseerAppointment, OverseerCopy, Recommendation
from entente.apps.oversight.sealing import unseal
from entente.apps.parties import queries as parties
from entente.apps.tlog import services as tlog

__all__ = [
    "answer_recommendation",
    "appoint_overseer",
    "check_copy",
    "copy_to_overseer",
    "end_appointment",
    "make_recommendation",
    "open_file",
    "read_copy",
    "replace_overseer",
]

SHORTEST_REASON = 15
FILE_OPEN_FOR = timedelta(hours=8)
_ROLE = "overseer"


@transaction.atomic
def appoint_overseer(
    *, person_id: UUID, body: str, ground: str, actor: Actor, at: datetime
) -> OverseerAppointment:
    """Appoint an overseer, in the name of a body ("platform", "court" ...); audit event and leaf go with it.

    The person must hold the overseer role, which goes with no other. Raises NotTheOverseer, AlreadyAppointed,
    ReasonMissing, OverseerMayNot.
    """
    _refuse_overseer(actor)
    _require_words(ground)
    person = parties.person(person_id)
    if _ROLE not in person.roles or not person.is_active:
        raise NotTheOverseer(_("Give this person the overseer role first; it goes with no other."))
    try:
        with transaction.atomic():
            appointment = OverseerAppointment.objects.create(
                person_id=person_id,
                name=person.name,
                body=body,
                appointed_at=at,
                appointed_by_name=actor.name,
                ground=ground,
            )
    except IntegrityError:
        raise AlreadyAppointed(_("This person is the overseer already.")) from None
    _state(appointment, "appointed", ground, actor, at)
    return appointment


@transaction.atomic
def end_appointment(
    *, appointment_id: UUID, body: str, ground: str, actor: Actor, at: datetime
) -> OverseerAppointment:
    """End an appointment, by the body that made it and with its ground (DESIGN.md rule 7).

    Raises NoSuchAppointment, AnotherBodyAppointed, ReasonMissing, OverseerMayNot.
    """
    _refuse_overseer(actor)
    _require_words(ground)
    appointment = (
        OverseerAppointment.objects.select_for_update()
        .filter(pk=appointment_id, ended_at__isnull=True)
        .first()
    )
    if appointment is None:
        raise NoSuchAppointment(_("There is no such appointment in force."))
    if appointment.body != body:
        raise AnotherBodyAppointed(_("Only whoever appointed the overseer may end the appointment."))
    appointment.ended_at, appointment.ended_by_name, appointment.end_ground = at, actor.name, ground
    appointment.save(update_fields=["ended_at", "ended_by_name", "end_ground"])
    _state(appointment, "ended", ground, actor, at)
    return appointment


@transaction.atomic
def replace_overseer(
    *, appointment_id: UUID, person_id: UUID, body: str, ground: str, actor: Actor, at: datetime
) -> OverseerAppointment:
    """End one appointment and make another, so that nobody is without an overseer in between."""
    end_appointment(appointment_id=appointment_id, body=body, ground=ground, actor=actor, at=at)
    return appoint_overseer(person_id=person_id, body=body, ground=ground, actor=actor, at=at)


@transaction.atomic
def read_copy(*, copy_id: UUID, overseer: Actor, at: datetime) -> dict[str, Any]:
    """Return the summary of a copy to the overseer; the look is recorded. Raises NotTheOverseer, NoSuchCopy, CopyUnreadable."""
    _require_overseer(overseer)
    copy = _copy(copy_id)
    _audit("copy_read", copy.id, overseer, at, {"kind": copy.kind})
    return unseal(bytes(copy.summary_sealed), copy_id=copy.id, kind=copy.kind)


@transaction.atomic
def check_copy(*, copy_id: UUID, overseer: Actor, at: datetime, remark: str = "") -> OverseerCopy:
    """Note that the overseer checked a copy; the first check stays. Raises NotTheOverseer, NoSuchCopy."""
    _require_overseer(overseer)
    copy = _copy(copy_id)
    if copy.checked_at is None:
        copy.checked_at, copy.checked_by_name, copy.remark = at, overseer.name, remark
        copy.save(update_fields=["checked_at", "checked_by_name", "remark"])
        _audit("copy_checked", copy.id, overseer, at, {"kind": copy.kind})
    return copy


@transaction.atomic
def open_file(*, copy_id: UUID, overseer: Actor, reason: str, at: datetime) -> FileOpening:
    """Open the file behind a copy for FILE_OPEN_FOR, with a written reason that is recorded first.

    The rooms above ask `queries.may_read_file` before they show anything. Raises NotTheOverseer, ReasonMissing,
    NoSuchCopy.
    """
    _require_overseer(overseer)
    _require_words(reason)
    copy = _copy(copy_id)
    opening = FileOpening.objects.create(
        copy=copy,
        overseer_id=overseer.id,
        overseer_name=overseer.name,
        reason=reason,
        at=at,
        until=at + FILE_OPEN_FOR,
    )
    _audit("file_opened", copy.id, overseer, at, {"kind": copy.kind, "reason": reason})
    return opening


@transaction.atomic
def make_recommendation(*, copy_id: UUID, text: str, overseer: Actor, at: datetime) -> Recommendation:
    """Recommend something about a copied act; it stays open until answered. Raises NotTheOverseer, ReasonMissing, NoSuchCopy."""
    _require_overseer(overseer)
    _require_words(text)
    copy = _copy(copy_id)
    recommendation = Recommendation.objects.create(
        copy=copy, text=text, made_by_id=overseer.id, made_by_name=overseer.name, made_at=at
    )
    _audit("recommendation_made", recommendation.id, overseer, at, {"kind": copy.kind, "copy": str(copy.id)})
    return recommendation


@transaction.atomic
def answer_recommendation(
    *, recommendation_id: UUID, text: str, followed: bool, actor: Actor, at: datetime
) -> Recommendation:
    """Answer a recommendation in words, and say whether it is followed.

    Raises NoSuchRecommendation, AlreadyAnswered, ReasonMissing, OverseerMayNot (an overseer does not answer).
    """
    _refuse_overseer(actor)
    _require_words(text)
    recommendation = Recommendation.objects.select_for_update().filter(pk=recommendation_id).first()
    if recommendation is None:
        raise NoSuchRecommendation(_("There is no such recommendation."))
    if recommendation.state != Recommendation.State.OPEN:
        raise AlreadyAnswered(_("This recommendation was answered."))
    compare_and_set(
        recommendation,
        expected=Recommendation.State.OPEN,
        to=Recommendation.State.ANSWERED,
        answer=text,
        answered_by_name=actor.name,
        answered_at=at,
        is_followed=followed,
    )
    _audit("recommendation_answered", recommendation.id, actor, at, {"followed": followed})
    return recommendation


def _copy(copy_id: UUID) -> OverseerCopy:
    copy = OverseerCopy.objects.select_for_update().filter(pk=copy_id).first()
    if copy is None:
        raise NoSuchCopy(_("There is no such copy."))
    return copy


def _require_overseer(actor: Actor) -> None:
    """Let only an overseer in force through: the role alone is not an appointment. Raises NotTheOverseer."""
    running = OverseerAppointment.objects.filter(ended_at__isnull=True)
    appointed = {str(person_id) for person_id in running.values_list("person_id", flat=True)}
    if not actor.has_role(_ROLE) or actor.id not in appointed:
        raise NotTheOverseer(_("Only the appointed overseer may do this."))


def _refuse_overseer(actor: Actor) -> None:
    """Keep overseers from acting for the overseen. Raises OverseerMayNot."""
    if actor.has_role(_ROLE):
        raise OverseerMayNot(_("An overseer sees, checks and recommends; somebody else does this."))


def _require_words(text: str) -> None:
    """Ask for words, not a mark. Raises ReasonMissing."""
    if len(text.strip()) < SHORTEST_REASON:
        raise ReasonMissing(_("Write at least %(limit)s characters.") % {"limit": SHORTEST_REASON})


def _state(appointment: OverseerAppointment, what: str, ground: str, actor: Actor, at: datetime) -> None:
    """Record an act on overseers where it can be seen: audit event and public leaf."""
    _audit(f"overseer_{what}", appointment.id, actor, at, {"body": appointment.body, "ground": ground})
    tlog.append_leaf(
        kind=f"overseer_{what}",
        public_facts={"body": appointment.body, "day": tlog.day(at)},
        commitments={"overseer": appointment.name, "ground": ground},
        at=at,
    )


def _audit(what: str, subject_id: UUID, actor: Actor, at: datetime, facts: JSONObject) -> None:
    subject_kind, _underscore, happened = what.partition("_")
    audit.record(
        kind=f"oversight:{subject_kind}:{happened}",
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor=actor,
        at=at,
        facts=facts,
    )
