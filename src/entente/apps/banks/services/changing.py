"""What people do about the standing of a signal: retract, reinstate, disable until a date, end, quarantine, release.

Each writes the row, its number in the change sequence, and an audit event in one transaction. A retraction reaches the
copies: what was shared from the signal is retracted with it, what was adopted from it is quarantined until a person of
this service has looked.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import (
    NoSuchSignal,
    NotForThisBank,
    NotInThisStanding,
    SignalInvalid,
    SignalRetracted,
    TooManySignals,
)
from entente.apps.banks.models import ChangeKind, RetractedBy, Signal, SignalState
from entente.apps.banks.registries import tell_retracted
from entente.apps.banks.services.numbering import Turn, write_changes
from entente.apps.banks.services.people import refuse_program, require_person_of_this_service, words
from entente.apps.banks.services.recording import listed, record_bank, record_signal
from entente.apps.banks.services.stating import state_sharing_ended
from entente.apps.banks.standing import next_turn, state_of
from entente.apps.kernel.actors import SYSTEM, Actor

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

MOST_RETRACTED: Final = 1000
"""One call; more of them is several calls."""

LONGEST_DISABLED: Final = timedelta(days=5 * 366)
SOURCE_RETRACTED: Final = "What it was adopted from was retracted."
_TOLD_AT_ONCE: Final = 500
_OF_STANDING: Final = (
    *("state", "due_at", "disabled_until", "expires_at", "quarantined_at", "quarantine_reason"),
    *("retracted_at", "retracted_by", "retract_reason"),
    *("confirmed_at", "confirmed_by_id_text", "confirmed_by_name"),
)


@transaction.atomic
def retract_signals(*, signal_ids: Iterable[int], reason: str, actor: Actor, at: datetime) -> int:
    """Take signals back for good, with a reason; return how many that changed. Those retracted already stay so.

    The rooms that decided because of them hear of it.
    Raises ReasonMissing, NoSuchSignal, TooManySignals, PersonNeeded (`people.refuse_program`).
    """
    why = words(reason)
    wanted = sorted(set(signal_ids))
    if len(wanted) > MOST_RETRACTED:
        raise TooManySignals(_("At most %(most)s signals at once.") % {"most": MOST_RETRACTED})
    signals = locked(wanted)
    if len(signals) < len(wanted):
        raise NoSuchSignal(_("There is no such signal."))
    for bank in {signal.bank_id: signal.bank for signal in signals}.values():
        refuse_program(actor, bank)
    return take_back(signals, by=RetractedBy.PERSON, reason=why, actor=actor, at=at)


@transaction.atomic
def end_order_signals(*, order_id: UUID, reason: str, at: datetime, actor: Actor = SYSTEM) -> int:
    """Retract everything that was born of an order, because the order ceased; return how many.

    Part of the transaction that ends the order. A signal that another decision has since confirmed on a ground of its
    own is not born of the order any more and stays.
    """
    signals = list(
        Signal.objects.filter(born_of_order=order_id, retracted_at__isnull=True)
        .select_related("bank")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    return take_back(signals, by=RetractedBy.ORDER_ENDED, reason=words(reason), actor=actor, at=at)


def take_back(signals: Sequence[Signal], *, by: RetractedBy, reason: str, actor: Actor, at: datetime) -> int:
    """Retract locked signals and what was shared from them, inside the caller's transaction; return how many."""
    standing = [signal for signal in signals if signal.retracted_at is None]
    if not standing:
        return 0
    shared, adopted = _copies(standing)
    own = {signal.pk for signal in standing}
    _write_retracted(standing, by, reason, actor, at)
    followers = [copy for copy in shared if copy.pk not in own]
    if followers:
        _write_retracted(followers, RetractedBy.ORIGINAL, reason, actor, at)
    waiting = [copy for copy in adopted if copy.pk not in own]
    for copy in waiting:
        _quarantine(copy, SOURCE_RETRACTED, actor, at)
    gone = [*standing, *followers]
    state_sharing_ended([signal for signal in gone if signal.bank.is_shared], reason, at)
    by_bank: dict[UUID, list[int]] = {}
    for signal in gone:
        by_bank.setdefault(signal.bank_id, []).append(signal.pk)
    for bank_id, ids in by_bank.items():
        facts: JSONObject = {"by": by.value, "reason": reason, "count": len(ids), "signals": listed(ids)}
        record_bank(bank_id, "signals_retracted", actor=actor, at=at, facts=facts)
    numbers = [signal.pk for signal in gone]
    for start in range(0, len(numbers), _TOLD_AT_ONCE):
        tell_retracted(numbers[start : start + _TOLD_AT_ONCE], reason, at)
    return len(gone)


@transaction.atomic
def reinstate_signal(*, signal_id: int, reason: str, actor: Actor, at: datetime) -> Signal:
    """Bring back a signal that was retracted by mistake; nobody has confirmed it then.

    In a shared bank only a new proposal does: two people publish, never one.
    Raises PersonNeeded, ReasonMissing, NoSuchSignal, NotInThisStanding, NotForThisBank.
    """
    require_person_of_this_service(actor)
    why = words(reason)
    signal = locked_one(signal_id)
    if signal.bank.is_shared:
        raise NotForThisBank(_("Share it again: one person proposes it, another confirms it."))
    if signal.retracted_at is None:
        raise NotInThisStanding(_("This signal is not retracted."))
    signal.retracted_at, signal.retracted_by, signal.retract_reason = None, "", ""
    signal.confirmed_at, signal.confirmed_by_id_text, signal.confirmed_by_name = None, "", ""
    return _settle(signal, was=False, kind=ChangeKind.REINSTATED, reason=why, actor=actor, at=at)


@transaction.atomic
def disable_signal(*, signal_id: int, until: datetime, reason: str, actor: Actor, at: datetime) -> Signal:
    """Let a signal match nothing until a moment.

    Raises ReasonMissing, SignalInvalid, NoSuchSignal, SignalRetracted, PersonNeeded (`people.refuse_program`).
    """
    why = words(reason)
    if not at < until <= at + LONGEST_DISABLED:
        raise SignalInvalid(_("Disable it until a date within five years."), field="until")
    signal = _standing_one(signal_id)
    refuse_program(actor, signal.bank)
    was = signal.state == SignalState.STANDING
    signal.disabled_until = until
    return _settle(signal, was=was, kind=ChangeKind.DISABLED, reason=why, actor=actor, at=at)


@transaction.atomic
def enable_signal(*, signal_id: int, actor: Actor, at: datetime) -> Signal:
    """Let a disabled signal match again. Raises NoSuchSignal, SignalRetracted, NotInThisStanding, PersonNeeded."""
    signal = _standing_one(signal_id)
    refuse_program(actor, signal.bank, is_stronger=True)
    if signal.disabled_until is None or signal.disabled_until <= at:
        raise NotInThisStanding(_("This signal is not disabled."))
    was = signal.state == SignalState.STANDING
    signal.disabled_until = None
    return _settle(signal, was=was, kind=ChangeKind.ENABLED, reason="", actor=actor, at=at)


@transaction.atomic
def set_signal_end(
    *, signal_id: int, expires_at: datetime | None, reason: str, actor: Actor, at: datetime
) -> Signal:
    """Give a signal another end, or none. Raises ReasonMissing, NoSuchSignal, SignalRetracted."""
    why = words(reason)
    signal = _standing_one(signal_id)
    was = signal.state == SignalState.STANDING
    signal.expires_at = expires_at
    kind = ChangeKind.EXPIRED if expires_at is not None and expires_at <= at else ChangeKind.PROLONGED
    return _settle(signal, was=was, kind=kind, reason=why, actor=actor, at=at)


@transaction.atomic
def quarantine_signal(*, signal_id: int, reason: str, actor: Actor, at: datetime) -> Signal:
    """Let a signal match nothing until a person released it, because it suddenly matches far too much.

    Doing it again changes nothing. Raises ReasonMissing, NoSuchSignal, SignalRetracted.
    """
    why = words(reason)
    signal = _standing_one(signal_id)
    if signal.quarantined_at is None:
        _quarantine(signal, why, actor, at)
    return signal


@transaction.atomic
def release_signal(*, signal_id: int, reason: str, actor: Actor, at: datetime) -> Signal:
    """Let a quarantined signal match again, because a person looked at what it matched.

    Raises PersonNeeded, ReasonMissing, NoSuchSignal, SignalRetracted, NotInThisStanding.
    """
    require_person_of_this_service(actor)
    why = words(reason)
    signal = _standing_one(signal_id)
    if signal.quarantined_at is None:
        raise NotInThisStanding(_("This signal is not in quarantine."))
    signal.quarantined_at, signal.quarantine_reason = None, ""
    return _settle(signal, was=False, kind=ChangeKind.RELEASED, reason=why, actor=actor, at=at)


def locked(signal_ids: Iterable[int]) -> list[Signal]:
    """Lock and return signals, in the order in which every act locks them."""
    rows = Signal.objects.filter(pk__in=list(signal_ids)).select_related("bank").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def locked_one(signal_id: int) -> Signal:
    """Lock and return one signal. Raises NoSuchSignal."""
    found = locked([signal_id])
    if not found:
        raise NoSuchSignal(_("There is no such signal."))
    return found[0]


def _standing_one(signal_id: int) -> Signal:
    """Lock and return a signal that is not retracted. Raises NoSuchSignal, SignalRetracted."""
    signal = locked_one(signal_id)
    if signal.retracted_at is not None:
        raise SignalRetracted(_("This signal was retracted; reinstate it first, with a reason."))
    return signal


def _copies(signals: Sequence[Signal]) -> tuple[list[Signal], list[Signal]]:
    """Lock what was copied from these signals: first what was shared, then what was adopted."""
    rows = Signal.objects.filter(copied_from__in=[signal.pk for signal in signals], retracted_at__isnull=True)
    copies = list(rows.select_related("bank").order_by("pk").select_for_update(of=("self",), no_key=True))
    shared = [copy for copy in copies if copy.bank.is_shared]
    return shared, [copy for copy in copies if not copy.bank.is_shared and copy.quarantined_at is None]


def _write_retracted(
    signals: Sequence[Signal], by: RetractedBy, reason: str, actor: Actor, at: datetime
) -> None:
    """Write a retraction on rows and into the sequence."""
    turns = [Turn.of(signal, stands=False) for signal in signals if signal.state == SignalState.STANDING]
    values = {
        "retracted_at": at,
        "retracted_by": by,
        "retract_reason": reason,
        "state": SignalState.RETRACTED,
        "due_at": None,
    }
    Signal.objects.filter(pk__in=[signal.pk for signal in signals]).update(**values)
    for signal in signals:
        for name, value in values.items():
            setattr(signal, name, value)
    write_changes(turns, kind=ChangeKind.RETRACTED, at=at, reason=reason, by_name=actor.name)


def _quarantine(signal: Signal, reason: str, actor: Actor, at: datetime) -> None:
    was = signal.state == SignalState.STANDING
    signal.quarantined_at, signal.quarantine_reason = at, reason
    _settle(signal, was=was, kind=ChangeKind.QUARANTINED, reason=reason, actor=actor, at=at)


def _settle(
    signal: Signal, *, was: bool, kind: ChangeKind, reason: str, actor: Actor, at: datetime
) -> Signal:
    """Save a changed signal, number the change if it stands now and did not, or the reverse, and record the act."""
    signal.state, signal.due_at = state_of(signal, at), next_turn(signal, at)
    signal.save(update_fields=_OF_STANDING)
    stands = signal.state == SignalState.STANDING
    if stands != was:
        turn = Turn.of(signal, stands=stands)
        write_changes([turn], kind=kind, at=at, reason=reason, by_name=actor.name)
    facts = {"bank": str(signal.bank_id), "reason": reason, "state": str(signal.state)}
    record_signal(signal.pk, kind.value, actor=actor, at=at, facts=facts)
    return signal
