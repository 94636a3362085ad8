"""What an index follows: the change sequence, and everything that stands, for building one anew.

How an index is built anew while changes go on: ask `last_change`, read all pages of `standing`, then apply
`changes_after` that number. A signal that changed while the pages were read comes again among the changes, each with
its state at that change, so the end is right whichever state a page showed.
"""

from dataclasses import dataclass
from uuid import UUID

from entente.apps.banks.models import Bank, BankState, ChangeCounter, Signal, SignalChange, SignalState


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


def changes_after(number: int, limit: int = 5000) -> list[ChangeFacts]:
    """Return the changes behind a number, in their order, without a gap."""
    rows = SignalChange.objects.filter(number__gt=number).order_by("number")
    return [
        ChangeFacts(row[0], row[1], row[2], bytes(row[4]) if row[3] else None)
        for row in rows.values_list("number", "signal_type", "signal_id", "stands", "signal__value")[:limit]
    ]


def standing(signal_type: str, after_id: int = 0, limit: int = 10_000) -> list[StandingFacts]:
    """Return what stands of one type, by number, behind one; signals of retired banks are left out."""
    retired = list(Bank.objects.filter(state=BankState.RETIRED).values_list("pk", flat=True))
    rows = (
        Signal.objects.filter(signal_type=signal_type, state=SignalState.STANDING, pk__gt=after_id)
        .exclude(bank_id__in=retired)
        .order_by("pk")
    )
    return [
        StandingFacts(number, bytes(value), bank_id)
        for number, value, bank_id in rows.values_list("pk", "value", "bank_id")[:limit]
    ]
