"""What an index follows: the change sequence, and everything that stands, for building one anew.

How an index is built anew while changes go on: ask `last_change`, read all pages of `standing`, then apply
`changes_after` that number. A signal that changed while the pages were read comes again among the changes, each with
its state at that change, so the end is right whichever state a page showed.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.banks.models import Bank, BankState, ChangeCounter, Signal, SignalChange, SignalState

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class ChangeFacts:
    """One change of standing. `value` is the canonical value where the signal stands from now on, else None."""

    number: int
    signal_type: str
    signal_id: int
    value: bytes | None


@dataclass(frozen=True, slots=True)
class StandingFacts:
    """One signal that stands."""

    signal_id: int
    value: bytes
    bank_id: UUID


def last_change() -> int:
    """Return the number of the last change that is committed; 0 before the first."""
    return ChangeCounter.objects.values_list("last_change", flat=True).first() or 0


def changes_after(number: int, limit: int = 5000, *, signal_type: str = "") -> list[ChangeFacts]:
    """Return the changes behind a number, in their order, without a gap; or those of one type alone."""
    rows = SignalChange.objects.filter(number__gt=number).order_by("number")
    if signal_type:
        rows = rows.filter(signal_type=signal_type)
    return [
        ChangeFacts(row[0], row[1], row[2], bytes(row[4]) if row[3] else None)
        for row in rows.values_list("number", "signal_type", "signal_id", "stands", "signal__value")[:limit]
    ]


def change_mark(number: int) -> str:
    """Return what tells this change from one of another history under the same number; empty where there is none.

    A database that was restored from a copy gives out the numbers behind the copy a second time. Whoever kept the mark
    of the last change it read can tell.
    """
    names = ("signal_id", "signal_type", "stands", "kind", "reason", "by_name", "at")
    row = SignalChange.objects.filter(number=number).values_list(*names, "signal__value").first()
    if row is None:
        return ""
    told = "\n".join([*(repr(part) for part in row[:-2]), row[-2].isoformat(), bytes(row[-1]).hex()])
    return hashlib.sha256(told.encode()).hexdigest()


def types_standing() -> set[str]:
    """Return the types that the banks in use hold signals of, those that are not installed any more included."""
    found: set[str] = set()
    for bank_id in Bank.objects.exclude(state=BankState.RETIRED).values_list("pk", flat=True):
        name: str | None = ""
        while name is not None:
            found.add(name)
            # One look into the index for each type that the bank holds; DISTINCT would read all signals.
            of_bank = Signal.objects.filter(bank_id=bank_id, signal_type__gt=name)
            name = of_bank.order_by("signal_type").values_list("signal_type", flat=True).first()
    return found - {""}


def standing_count(signal_type: str) -> int:
    """Return how many signals of one type stand; it reads them all, so it is for a page or a status."""
    return _standing(signal_type, 0).order_by().count()


def standing(signal_type: str, after_id: int = 0, limit: int = 10_000) -> list[StandingFacts]:
    """Return what stands of one type, by number, behind one; signals of retired banks are left out."""
    rows = _standing(signal_type, after_id).values_list("pk", "value", "bank_id")
    return [StandingFacts(number, bytes(value), bank_id) for number, value, bank_id in rows[:limit]]


def standing_values(signal_type: str, after_id: int = 0, limit: int = 10_000) -> list[tuple[int, bytes]]:
    """Return the same as numbers and values alone, for whoever reads a million of them."""
    rows = _standing(signal_type, after_id).values_list("pk", "value")
    return [(number, bytes(value)) for number, value in rows[:limit]]


def _standing(signal_type: str, after_id: int) -> "QuerySet[Signal]":
    retired = list(Bank.objects.filter(state=BankState.RETIRED).values_list("pk", flat=True))
    rows = Signal.objects.filter(signal_type=signal_type, state=SignalState.STANDING, pk__gt=after_id)
    return rows.exclude(bank_id__in=retired).order_by("pk")
