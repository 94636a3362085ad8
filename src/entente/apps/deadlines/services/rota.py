"""The on-call rota: shifts put on, handed over, swapped, taken off. Who had which shift is in the audit record."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deadlines.errors import NoSuchShift, ShiftInvalid, ShiftOverlaps
from entente.apps.deadlines.models import OnCallShift
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.parties import queries as parties

POSITIONS = (0, 1)


@transaction.atomic
def add_shift(
    *,
    person_id: UUID,
    starts_at: datetime,
    ends_at: datetime,
    actor: Actor,
    at: datetime,
    position: int = 0,
) -> OnCallShift:
    """Put somebody on call, first (position 0) or as backup (1), from `starts_at` until just before `ends_at`.

    Raises ShiftInvalid (no length, unknown position, somebody without the on-call role), ShiftOverlaps.
    """
    if ends_at <= starts_at or position not in POSITIONS:
        raise ShiftInvalid(_("A shift has a length, and a place: 0 for first, 1 for backup."))
    _check_person(person_id)
    shift = OnCallShift(person_id=person_id, starts_at=starts_at, ends_at=ends_at, position=position)
    _check_free(shift)
    shift.save(force_insert=True)
    _audit(shift, "added", actor, at, {})
    return shift


@transaction.atomic
def hand_shift(*, shift_id: UUID, to_person_id: UUID, actor: Actor, at: datetime) -> OnCallShift:
    """Give a shift to somebody else. Raises NoSuchShift, ShiftInvalid, ShiftOverlaps."""
    shift = _shift(shift_id)
    _check_person(to_person_id)
    from_person_id = shift.person_id
    shift.person_id = to_person_id
    _check_free(shift)
    shift.save(update_fields=["person"])
    _audit(shift, "handed_over", actor, at, {"from": str(from_person_id)})
    return shift


@transaction.atomic
def swap_shifts(*, shift_id: UUID, other_shift_id: UUID, actor: Actor, at: datetime) -> None:
    """Let two people take each other's shifts. Raises NoSuchShift, ShiftInvalid, ShiftOverlaps."""
    one, other = _shift(shift_id), _shift(other_shift_id)
    for shift in (one, other):
        _check_person(shift.person_id)
    one.person_id, other.person_id = other.person_id, one.person_id
    for shift, partner in ((one, other), (other, one)):
        _check_free(shift, but=partner)
        shift.save(update_fields=["person"])
        _audit(shift, "swapped", actor, at, {"with": str(partner.id)})


@transaction.atomic
def remove_shift(*, shift_id: UUID, actor: Actor, at: datetime) -> None:
    """Take a shift off the rota; `queries.rota_gaps` then shows the hole. Raises NoSuchShift."""
    shift = _shift(shift_id)
    _audit(shift, "removed", actor, at, {})
    shift.delete()


class ShiftsOfALeaver:
    """What a leaving person holds here (`parties.registries.person_leaving`)."""

    def open_items(self, person_id: UUID) -> int:
        """Count the shifts that run or are still to come."""
        return OnCallShift.objects.filter(person_id=person_id, ends_at__gt=clock.now()).count()

    def hand_over(self, *, person_id: UUID, to_person_id: UUID, actor: Actor, at: datetime) -> int:
        """Give them to the successor; what the successor may not or cannot take falls free and shows as a gap.

        A shift that runs ends now, so that it stays on record who had it until then.
        """
        held = OnCallShift.objects.select_for_update().filter(person_id=person_id, ends_at__gt=at)
        shifts = list(held.order_by("starts_at"))
        for shift in shifts:
            ends_at, starts_at = shift.ends_at, max(shift.starts_at, at)
            if shift.starts_at < at:
                shift.ends_at = at
                shift.save(update_fields=["ends_at"])
                _audit(shift, "ended", actor, at, {"because": "left"})
            else:
                _audit(shift, "removed", actor, at, {"because": "left"})
                shift.delete()
            with suppress(ShiftInvalid, ShiftOverlaps):
                add_shift(
                    person_id=to_person_id,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    position=shift.position,
                    actor=actor,
                    at=at,
                )
        return len(shifts)


def _shift(shift_id: UUID) -> OnCallShift:
    shift = OnCallShift.objects.select_for_update().filter(pk=shift_id).first()
    if shift is None:
        raise NoSuchShift(_("This shift is not on the rota."))
    return shift


def _check_person(person_id: UUID) -> None:
    """Refuse somebody who may not be woken: only the on-call role is. Raises ShiftInvalid."""
    if person_id not in {person.id for person in parties.people_with_role("on_call")}:
        raise ShiftInvalid(_("Only somebody with the on-call role can be on call."))


def _check_free(shift: OnCallShift, *, but: OnCallShift | None = None) -> None:
    """Refuse two people in one place, and one person in both places, at the same time. Raises ShiftOverlaps."""
    others = OnCallShift.objects.filter(starts_at__lt=shift.ends_at, ends_at__gt=shift.starts_at)
    others = others.exclude(pk__in=[shift.pk, *([but.pk] if but is not None else [])])
    if others.filter(position=shift.position).exists():
        raise ShiftOverlaps(_("Somebody has this place of the rota at that time."))
    if others.filter(person_id=shift.person_id).exists():
        raise ShiftOverlaps(_("This person is on call in the other place at that time."))


def _audit(shift: OnCallShift, what: str, actor: Actor, at: datetime, facts: JSONObject) -> None:
    audit.record(
        kind=f"deadlines:shift:{what}",
        subject_kind="shift",
        subject_id=shift.id,
        actor=actor,
        at=at,
        facts={
            "person": str(shift.person_id),
            "starts_at": shift.starts_at.isoformat(),
            "ends_at": shift.ends_at.isoformat(),
            "position": shift.position,
            **facts,
        },
    )
