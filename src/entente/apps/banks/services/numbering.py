"""The change sequence: numbers without a gap, and none that appears below one that somebody has read.

One row gives them out. Whoever changes it holds its lock until the commit (on SQLite nobody else writes at all), so
numbers become visible in their order, and a rollback gives them back. To keep two acts from waiting for each other,
every act locks in this order: signals that exist, then the counter, then the sums of the banks.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F

from entente.apps.banks.bulk import Insertion
from entente.apps.banks.models import Bank, ChangeCounter, ChangeKind, Signal, SignalChange

_SLOT = "signals"
_INSERTION: Final = Insertion(
    SignalChange, ("number", "signal_id", "signal_type", "stands", "kind", "reason", "by_name", "at")
)


class Turn(NamedTuple):
    """One signal whose standing changed, and to what."""

    signal_id: int
    signal_type: str
    bank_id: UUID
    stands: bool

    @classmethod
    def of(cls, signal: Signal, *, stands: bool) -> "Turn":
        """Return the turn of a row."""
        return cls(signal.pk, signal.signal_type, signal.bank_id, stands)


def take_signal_numbers(count: int) -> int:
    """Return the first of `count` new signal numbers; what is not used leaves a hole, which nobody minds."""
    return _take("last_signal", count)


def write_changes(
    turns: Sequence[Turn], *, kind: ChangeKind, at: datetime, reason: str = "", by_name: str = ""
) -> int:
    """Write changes of standing under the next numbers, in the transaction of the act; return the last, 0 for none.

    The counts of the banks follow.
    """
    if not turns:
        return 0
    first = _take("last_change", len(turns))
    moment = connection.ops.adapt_datetimefield_value(at)
    _INSERTION.run(
        [
            (number, turn.signal_id, turn.signal_type, turn.stands, kind.value, reason, by_name, moment)
            for number, turn in enumerate(turns, start=first)
        ]
    )
    _count_in_banks(turns)
    return first + len(turns) - 1


def _take(column: str, count: int) -> int:
    """Move one of the two counters, and return the first number taken."""
    row = ChangeCounter.objects.filter(slot=_SLOT)
    if not row.update(**{column: F(column) + count}):
        ChangeCounter.objects.bulk_create([ChangeCounter(slot=_SLOT)], ignore_conflicts=True)
        row.update(**{column: F(column) + count})
    last: int = row.values_list(column, flat=True).get()
    return last - count + 1


def _count_in_banks(turns: Sequence[Turn]) -> None:
    sums: dict[UUID, int] = {}
    for bank_id, some in itertools.groupby(turns, key=attrgetter("bank_id")):
        sums[bank_id] = sums.get(bank_id, 0) + sum(1 if turn.stands else -1 for turn in some)
    for bank_id in sorted(sums):
        Bank.objects.filter(pk=bank_id).update(standing_count=F("standing_count") + sums[bank_id])
