"""New rows of signals, thousands in a transaction: the one statement that a million of them goes through.

Django would prepare each of thirty columns of each row; here only what differs from row to row is bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F

from entente.apps.banks.bulk import Insertion
from entente.apps.banks.models import ChangeKind, Provenance, RetractedBy, Signal, SignalState
from entente.apps.banks.services.numbering import Turn, take_signal_numbers, write_changes
from entente.apps.banks.standing import next_turn, state_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROWS_AT_ONCE: Final = 1500
"""So many rows keep a transaction of SQLite under 100 ms, an unsorted bank of a million signals included."""

_COLUMNS: Final = (
    *(
        "id",
        "bank_id",
        "signal_type",
        "value",
        "value_key",
        "provenance_id",
        "added_at",
        "partner_ref",
        "note",
    ),
    *("entity_id", "labels", "state", "due_at", "expires_at"),
    *("confirmed_by_id_text", "confirmed_by_name", "confirmed_at"),
    *("born_of_order", "not_shared_before", "copied_from_id", "use_at_most"),
)
_CONSTANT: Final = {
    **dict.fromkeys(("disabled_until", "quarantined_at", "retracted_at"), "NULL"),
    **dict.fromkeys(("quarantine_reason", "retracted_by", "retract_reason"), "''"),
    **dict.fromkeys(("confirms", "contests", "judged_right", "judged_wrong"), "0"),
}
_INSERTION: Final = Insertion(Signal, _COLUMNS, _CONSTANT, unless=("bank_id", "signal_type", "value_key"))


class Ready(NamedTuple):
    """A signal that was checked and can be written. `place` is where it stood in what was given."""

    place: int
    signal_type: str
    value: bytes
    key: bytes
    partner_ref: str = ""
    note: str = ""
    entity_id: UUID | None = None
    labels: str = ""
    expires_at: datetime | None = None
    copied_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What all signals of one act have in common.

    `revives` says whose retractions it overcomes: a partner may send again what it took back itself, and two people
    may share again. Nothing else brings back what was taken away.
    """

    confirmed_by_id: str = ""
    confirmed_by_name: str = ""
    born_of_order: UUID | None = None
    not_shared_before: datetime | None = None
    use_at_most: str = ""
    revives: frozenset[RetractedBy] = frozenset()
    by_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What one transaction wrote; `retracted` are the places of those that stay retracted here."""

    added: int = 0
    known: int = 0
    reinstated: int = 0
    retracted: tuple[int, ...] = ()
    last_change: int = 0


def write_signals(rows: Sequence[Ready], *, provenance: Provenance, common: Common, at: datetime) -> Written:
    """Insert what the bank does not hold yet, inside the caller's transaction; at most ROWS_AT_ONCE rows.

    What it holds already stays as it is, unless it was retracted and `common.revives` says that this act may bring it
    back.
    """
    back = _revivable(rows, provenance, common)  # locked before the counter: see `numbering`
    first = take_signal_numbers(len(rows))
    _INSERTION.run(_bound(rows, first, provenance, common, at))
    numbers = Signal.objects.filter(pk__gte=first, pk__lt=first + len(rows)).values_list("pk", flat=True)
    new = set(numbers)
    turns = [
        Turn(number, row.signal_type, provenance.bank_id, stands=True)
        for number, row in enumerate(rows, start=first)
        if number in new
    ]
    last = write_changes(turns, kind=ChangeKind.ADDED, at=at, by_name=common.by_name)
    there = [row for number, row in enumerate(rows, start=first) if number not in new]
    last = _reinstate(back, rows, provenance, common, at) or last
    retracted = _still_retracted(there, provenance) if there else ()
    if new or back:
        Provenance.objects.filter(pk=provenance.pk).update(count=F("count") + len(new) + len(back))
    return Written(
        added=len(new),
        known=len(there) - len(back) - len(retracted),
        reinstated=len(back),
        retracted=retracted,
        last_change=last,
    )


def _bound(
    rows: Sequence[Ready], first: int, provenance: Provenance, common: Common, at: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows as the statement wants them, in the forms that this database stores."""
    prepared = _Prepared()
    bank, source = prepared.uuid(provenance.bank_id), prepared.uuid(provenance.pk)
    moment = prepared.time(at)
    confirmed_at = moment if common.confirmed_by_id else None
    shared = (
        common.confirmed_by_id,
        common.confirmed_by_name,
        confirmed_at,
        prepared.uuid(common.born_of_order),
        prepared.time(common.not_shared_before),
    )
    standing = SignalState.STANDING.value
    return [
        (
            number,
            bank,
            row.signal_type,
            row.value,
            row.key,
            source,
            moment,
            row.partner_ref,
            row.note,
            row.entity_id and prepared.uuid(row.entity_id),
            row.labels,
            standing,
            *((end := row.expires_at and prepared.time(row.expires_at)), end),
            *shared,
            row.copied_from,
            common.use_at_most,
        )
        for number, row in enumerate(rows, start=first)
    ]


class _Prepared:
    """Values as the fields of the model hand them to this database."""

    def __init__(self) -> None:
        self._uuid = Signal._meta.get_field("provenance").target_field  # noqa: SLF001 - documented by Django
        self._known: dict[UUID, Any] = {}

    def uuid(self, value: UUID | None) -> Any:
        if value is None:
            return None
        if value not in self._known:
            self._known[value] = self._uuid.get_db_prep_value(value, connection)
        return self._known[value]

    def time(self, value: datetime | None) -> Any:
        return None if value is None else connection.ops.adapt_datetimefield_value(value)


def _held(rows: Sequence[Ready], provenance: Provenance) -> "QuerySet[Signal]":
    """Return the retracted signals of the bank under the keys of these rows."""
    return Signal.objects.filter(
        bank_id=provenance.bank_id,
        signal_type__in={row.signal_type for row in rows},
        value_key__in=[row.key for row in rows],
        retracted_at__isnull=False,
    ).order_by("pk")


def _named(signal: Signal) -> tuple[str, bytes]:
    return signal.signal_type, bytes(signal.value_key)


def _revivable(rows: Sequence[Ready], provenance: Provenance, common: Common) -> list[Signal]:
    """Lock what this act may bring back."""
    if not common.revives:
        return []
    names = {(row.signal_type, row.key) for row in rows}
    found = _held(rows, provenance).filter(retracted_by__in=common.revives).select_for_update(no_key=True)
    return [signal for signal in found if _named(signal) in names]


def _still_retracted(rows: Sequence[Ready], provenance: Provenance) -> tuple[int, ...]:
    """Return the places of those that are retracted here, and stay so."""
    held = {_named(signal) for signal in _held(rows, provenance)}
    return tuple(row.place for row in rows if (row.signal_type, row.key) in held)


def _reinstate(
    signals: Sequence[Signal], rows: Sequence[Ready], provenance: Provenance, common: Common, at: datetime
) -> int:
    """Bring back what was retracted, on the ground of the new act alone: what confirmed it before is over.

    A quarantine stays what it is.
    """
    by_name = {(row.signal_type, row.key): row for row in rows}
    turns = []
    for signal in signals:
        row = by_name[_named(signal)]
        signal.retracted_at, signal.retracted_by, signal.retract_reason = None, "", ""
        signal.provenance, signal.expires_at = provenance, row.expires_at
        signal.copied_from_id = row.copied_from  # type: ignore[assignment] # the column may be null
        signal.confirmed_by_id_text = common.confirmed_by_id
        signal.confirmed_by_name = common.confirmed_by_name
        signal.confirmed_at = at if common.confirmed_by_id else None
        signal.born_of_order, signal.not_shared_before = common.born_of_order, common.not_shared_before
        signal.use_at_most = common.use_at_most
        signal.state, signal.due_at = state_of(signal, at), next_turn(signal, at)
        signal.save()
        if signal.state == SignalState.STANDING:
            turns.append(Turn.of(signal, stands=True))
    return write_changes(turns, kind=ChangeKind.REINSTATED, at=at, by_name=common.by_name)
