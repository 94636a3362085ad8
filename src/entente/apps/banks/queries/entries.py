"""A bank as a list: what stands in it with what is said of it, for a file or for an index of this bank alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import NoSuchBank
from entente.apps.banks.fields import split_labels
from entente.apps.banks.models import Bank, Signal, SignalState
from entente.apps.banks.queries.banks import BankLine, bank_page

ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One standing signal of a bank. `not_shared_before` is set where it was born of an order."""

    signal_id: int
    signal_type: str
    value: bytes
    labels: tuple[str, ...]
    entity: str
    note: str
    partner_ref: str
    added_at: datetime
    expires_at: datetime | None
    not_shared_before: datetime | None


def bank_named(name: str) -> BankLine:
    """Return the bank of a name, retired ones included. Raises NoSuchBank."""
    bank_id = Bank.objects.filter(name=name).values_list("pk", flat=True).first()
    if bank_id is None:
        raise NoSuchBank(_("There is no such bank."))
    return bank_page(bank_id).line


def entries_of_bank(bank_id: UUID, *, at: datetime) -> Iterator[BankEntry]:
    """Yield what stands in a bank at a moment, by number, some thousands read at a time.

    Nothing is locked: what is added or retracted meanwhile may be in it or not.
    """
    after = 0
    while True:
        rows = Signal.objects.filter(bank_id=bank_id, pk__gt=after).order_by("pk")
        page = list(
            rows.values_list(
                *("pk", "signal_type", "value", "labels", "entity__name", "note", "partner_ref"),
                *("added_at", "expires_at", "not_shared_before", "state"),
            )[:ROWS_AT_ONCE]
        )
        if not page:
            return
        after = page[-1][0]
        for number, kind, value, labels, entity, note, ref, added_at, end, not_before, state in page:
            if state == SignalState.STANDING and (end is None or end > at):
                yield BankEntry(
                    signal_id=number,
                    signal_type=kind,
                    value=bytes(value),
                    labels=split_labels(labels),
                    entity=entity or "",
                    note=note,
                    partner_ref=ref,
                    added_at=added_at,
                    expires_at=end,
                    not_shared_before=not_before,
                )
