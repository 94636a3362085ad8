"""What time alone changes: signals expire, and disabled ones stand again. The worker calls this."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from entente.apps.banks.models import ChangeKind, Signal, SignalState
from entente.apps.banks.services.numbering import Turn, write_changes
from entente.apps.banks.services.recording import record_bank
from entente.apps.banks.standing import next_turn, state_of
from entente.apps.kernel.actors import SYSTEM

BATCH: Final = 500
_OF_TIME: Final = ("state", "due_at", "disabled_until", "expires_at", "quarantined_at", "retracted_at")


def end_due_signals(*, at: datetime, limit: int = BATCH) -> int:
    """End, or let stand again, the signals whose time has come, soonest first; return how many were handled.

    Call it outside any transaction. A full return value says that more may be due.
    """
    if not Signal.objects.filter(due_at__lte=at).exists():
        return 0  # the writer's lock is not for looking
    with transaction.atomic():
        signals = _due(at, limit)
        ended: list[Turn] = []
        begun: list[Turn] = []
        for signal in signals:
            was = signal.state
            signal.state, signal.due_at = state_of(signal, at), next_turn(signal, at)
            if SignalState.STANDING == was != signal.state:
                ended.append(Turn.of(signal, stands=False))
            elif SignalState.STANDING == signal.state != was:
                begun.append(Turn.of(signal, stands=True))
        Signal.objects.bulk_update(signals, ["state", "due_at"])
        _write(ended, ChangeKind.EXPIRED, at)
        _write(begun, ChangeKind.ENABLED, at)
    return len(signals)


def _due(at: datetime, limit: int) -> list[Signal]:
    """Lock the signals that are due, in the order of their numbers, as everywhere."""
    soonest = Signal.objects.filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)[:limit]
    return list(
        Signal.objects.filter(pk__in=list(soonest), due_at__lte=at)
        .only("pk", "bank_id", "signal_type", *_OF_TIME)
        .order_by("pk")
        .select_for_update(no_key=True)
    )


def _write(turns: Sequence[Turn], kind: ChangeKind, at: datetime) -> None:
    write_changes(turns, kind=kind, at=at, by_name=SYSTEM.name)
    by_bank: dict[UUID, list[int]] = {}
    for turn in turns:
        by_bank.setdefault(turn.bank_id, []).append(turn.signal_id)
    for bank_id, numbers in by_bank.items():
        record_bank(bank_id, f"signals_{kind.value}", actor=SYSTEM, at=at, facts={"signals": numbers})
