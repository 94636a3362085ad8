"""How long something is kept: longer where somebody with the right asks, shorter where the ground was the house's own.

One copy, or every copy of a case: a case may hold a thousand, so many are a few statements and one audit event.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.evidence.errors import NoSuchPreservation, NotExtendable, NotReleasable
from entente.apps.evidence.models import Preservation, PreservationExtension, PreservationState
from entente.apps.evidence.services.keeping import ground_of, note
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.rows import insert_rows
from entente.apps.kernel.transitions import compare_and_set

_AT_ONCE = 500
"""Subjects named in one statement."""

HOUSE = "house"
"""The `article` of grounds that are the house's own, and that the house may therefore end early."""


@transaction.atomic
def extend_preservation(
    *, preservation_id: UUID, until: datetime, requested_by: str, basis: str, actor: Actor, at: datetime
) -> Preservation:
    """Keep longer because somebody with the right asked (TCO Art. 6(2)).

    `requested_by` is a word of the law data ("competent_authority", "court", "host"), `basis` their request in words.
    Raises NoSuchPreservation, NotExtendable.
    """
    preservation = Preservation.objects.select_for_update().filter(pk=preservation_id).first()
    if preservation is None:
        raise NoSuchPreservation(_("There is no such preservation."))
    _check_request(preservation.ground_id, requested_by, basis)
    if until <= preservation.until:
        raise NotExtendable(_("The new date is not later than the present one."), field="until")
    before = preservation.until
    compare_and_set(preservation, expected=PreservationState.ACTIVE, to=PreservationState.ACTIVE, until=until)
    PreservationExtension.objects.create(
        preservation=preservation,
        requested_by=requested_by,
        basis=basis.strip()[:1000],
        until_before=before,
        until=until,
        recorded_by_name=actor.name,
        at=at,
    )
    note(preservation, "extended", actor, at, {"until": until.isoformat(), "requested_by": requested_by})
    return preservation


@transaction.atomic
def extend_preservations(
    *,
    case_id: UUID,
    ground_id: str,
    until: datetime,
    requested_by: str,
    basis: str,
    actor: Actor,
    at: datetime,
    subject_ids: Iterable[UUID],
) -> int:
    """Keep many copies of a case longer on one ground and one request, as `extend_preservation` does; return how many.

    A few statements and one audit event whatever their number. What is kept longer anyway stays as it is. Raises
    NotExtendable, UnknownGround.
    """
    _check_request(ground_id, requested_by, basis)
    extended, subjects = 0, list(subject_ids)
    for start in range(0, len(subjects), _AT_ONCE):
        shorter = Preservation.objects.select_for_update().filter(
            subject_id__in=subjects[start : start + _AT_ONCE],
            case_id=case_id,
            ground_id=ground_id,
            state=PreservationState.ACTIVE,
            until__lt=until,
        )
        found = list(shorter)
        insert_rows(
            [
                PreservationExtension(
                    preservation=one,
                    requested_by=requested_by,
                    basis=basis.strip()[:1000],
                    until_before=one.until,
                    until=until,
                    recorded_by_name=actor.name,
                    at=at,
                )
                for one in found
            ]
        )
        extended += Preservation.objects.filter(pk__in=[one.pk for one in found]).update(until=until)
    if not extended:
        raise NotExtendable(_("The new date is not later than the present one."), field="until")
    audit.record(
        kind="evidence:preservation:extended",
        subject_kind="case",
        subject_id=case_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={
            "ground": ground_id,
            "until": until.isoformat(),
            "requested_by": requested_by,
            "copies": extended,
        },
    )
    return extended


def _check_request(ground_id: str, requested_by: str, basis: str) -> None:
    if not ground_of(ground_id).may_extend(requested_by):
        raise NotExtendable(
            _("On this ground nobody of this kind may ask for longer."),
            ground=ground_id,
            requested_by=requested_by,
        )
    if not basis.strip():
        raise NotExtendable(_("Write down the request: who asked, for which proceedings."), field="basis")


@transaction.atomic
def release_preservation(
    *,
    subject_kind: str,
    subject_id: UUID,
    case_id: UUID,
    ground_id: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> bool:
    """Let a ground of the house's own end now, because the case is over; return whether one was running.

    Its items are destroyed by the next `end_due_preservations`, unless another ground keeps them. Grounds of the law
    run to their date. Raises NotReleasable, UnknownGround.
    """
    _refuse_law(ground_id)
    running = Preservation.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, case_id=case_id, ground_id=ground_id, state="active"
    ).first()
    if running is None or running.until <= at:
        return False
    until = max(at, running.starts_at + running.starts_at.resolution)
    compare_and_set(running, expected=PreservationState.ACTIVE, to=PreservationState.ACTIVE, until=until)
    note(running, "released", actor, at, {"reason": reason[:200]})
    return True


@transaction.atomic
def release_preservations(
    *,
    subject_kind: str,
    subject_ids: Iterable[UUID],
    case_id: UUID,
    ground_id: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Let a ground of the house's own end now for many subjects of a case, as `release_preservation` does; return how many.

    A few statements and one audit event whatever their number: a case may hold a thousand. Raises NotReleasable,
    UnknownGround.
    """
    _refuse_law(ground_id)
    released, subjects = 0, list(subject_ids)
    for start in range(0, len(subjects), _AT_ONCE):
        running = Preservation.objects.filter(
            subject_kind=subject_kind,
            subject_id__in=subjects[start : start + _AT_ONCE],
            case_id=case_id,
            ground_id=ground_id,
            state=PreservationState.ACTIVE,
            until__gt=at,
        )
        # An end lies after its start, also where both are now.
        released += running.filter(starts_at__gte=at).update(until=F("starts_at") + timedelta.resolution)
        released += running.filter(starts_at__lt=at).update(until=at)
    if released:
        audit.record(
            kind="evidence:preservation:released",
            subject_kind="case",
            subject_id=case_id,
            case_id=case_id,
            actor=actor,
            at=at,
            facts={"ground": ground_id, "reason": reason[:200], "copies": released},
        )
    return released


def _refuse_law(ground_id: str) -> None:
    if ground_of(ground_id).article != HOUSE:
        raise NotReleasable(
            _("The law says until when this is kept; nobody here may end it earlier."), ground=ground_id
        )
