"""What one page of an exchange brings: new signals, retractions, opinions, and where to begin the next time.

A page is applied in short transactions, and the checkpoint moves with the last of them. A kill in between loses
nothing: the same page comes again, and what it says twice changes nothing.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import BankClosed, NoSuchExchange
from entente.apps.banks.models import (
    BankState,
    Exchange,
    ExchangeRun,
    Provenance,
    ProvenanceKind,
    RetractedBy,
    Signal,
)
from entente.apps.banks.services.adding import in_batches, prepare
from entente.apps.banks.services.changing import locked, take_back
from entente.apps.banks.services.hearing import hear_opinions
from entente.apps.banks.services.inserting import Common, write_signals
from entente.apps.banks.services.recording import record_exchange
from entente.apps.banks.types import BadSignal, NewSignal, PageResult
from entente.apps.banks.values import key_of
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from entente.core.exchange.deltas import Known, superseded
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.opinions import Opinion

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH: Final = 20_000
"""Entries that are looked at together, so that what is said twice counts once; each transaction takes fewer."""

_RETRACTED_AT_ONCE: Final = 300
_ASKED_AT_ONCE: Final = 1000
_READ_AT_ONCE: Final = 10_000
_BAD_KEPT: Final = 1000
_SAMPLES: Final = 20
_T = TypeVar("_T")
_WORDS: Final = "The partner took it back."


def record_page(
    *,
    exchange_id: UUID,
    entries: Iterable[Entry | Bad],
    checkpoint: str | None,
    at: datetime,
    run_id: UUID | None = None,
    whole_refs: frozenset[str] = frozenset(),
    opinions: Sequence[Opinion] = (),
) -> PageResult:
    """Apply a page; call it outside any transaction.

    Retractions reach the change sequence before what is new. `whole_refs` are the references of which the page says
    everything. `checkpoint` None leaves the one that is stored. Raises NoSuchExchange, BankClosed, and whatever reading
    the entries raises: what was read before stands then, and the checkpoint does not move.
    """
    exchange = _open_exchange(exchange_id)
    applied = _Applied(exchange, at)
    if whole_refs:
        # A page that speaks of whole records is bounded (MAX_PAGE_ENTRIES), and is understood as a whole only.
        applied.take(list(enumerate(entries)), whole_refs)
    counted = enumerate(() if whole_refs else entries)
    while batch := list(itertools.islice(counted, BATCH)):
        applied.take(batch, frozenset())
    hear_opinions(bank_id=exchange.bank_id, exchange=exchange, opinions=opinions, at=at)
    result = applied.result()
    with transaction.atomic():
        if checkpoint is not None:
            Exchange.objects.filter(pk=exchange_id).update(checkpoint=checkpoint)
        if run_id is not None:
            _count_in_run(run_id, result)
        if result.added or result.retracted:
            facts = {"added": result.added, "retracted": result.retracted, "bad": result.bad_count}
            record_exchange(exchange_id, "page_recorded", actor=partner_of(exchange), at=at, facts=facts)
    return result


def partner_of(exchange: Exchange) -> Actor:
    """Return who acts when an exchange brings something."""
    return Actor(kind="system", id=str(exchange.pk), name=exchange.name)


def known_signals(bank_id: UUID) -> Iterator[Known]:
    """Yield what stands or waits in a bank, for finding out what a whole list does not hold any more."""
    last = 0
    while True:
        rows = list(
            Signal.objects.filter(bank_id=bank_id, pk__gt=last, retracted_at__isnull=True)
            .order_by("pk")
            .values_list("pk", "signal_type", "value", "partner_ref")[:_READ_AT_ONCE]
        )
        if not rows:
            return
        for _number, signal_type, value, partner_ref in rows:
            yield Known(signal_type, bytes(value), partner_ref)
        last = rows[-1][0]


def _open_exchange(exchange_id: UUID) -> Exchange:
    exchange = Exchange.objects.select_related("bank").filter(pk=exchange_id).first()
    if exchange is None:
        raise NoSuchExchange(_("There is no such exchange."))
    if exchange.bank.state == BankState.RETIRED:
        raise BankClosed(_("The bank of this exchange is retired."))
    return exchange


@dataclass(slots=True)
class _Said:
    """What a batch says in the end: of several entries about one value the last one counts."""

    new: dict[tuple[str, bytes], tuple[int, Entry]] = field(default_factory=dict)
    gone: dict[tuple[str, bytes], Entry] = field(default_factory=dict)
    gone_refs: dict[str, None] = field(default_factory=dict)
    bad: list[BadSignal] = field(default_factory=list)
    _new_of_ref: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: Sequence[tuple[int, Entry | Bad]]) -> "_Said":
        """Sort the entries of a batch, in their order."""
        found = cls()
        for place, entry in batch:
            if isinstance(entry, Bad):
                found.bad.append(BadSignal(place, entry.reason))
            elif not entry.signal_type:
                found.gone_refs[entry.partner_ref] = None
                found._forget(entry.partner_ref)
            else:
                found._about(place, entry)
        return found

    def _forget(self, ref: str) -> None:
        """Drop what this batch said under a reference that is then taken back."""
        for name in self._new_of_ref.pop(ref, ()):
            held = self.new.get(name)
            if held is not None and held[1].partner_ref == ref:
                del self.new[name]

    def _about(self, place: int, entry: Entry) -> None:
        name = (entry.signal_type, key_of(entry.value))
        if entry.is_retracted:
            self.new.pop(name, None)
            self.gone[name] = entry
        else:
            self.gone.pop(name, None)
            self.new[name] = (place, entry)
            if entry.partner_ref:
                self._new_of_ref.setdefault(entry.partner_ref, []).append(name)


class _Applied:
    """One page on its way into the bank."""

    def __init__(self, exchange: Exchange, at: datetime) -> None:
        self._exchange, self._at = exchange, at
        self._partner = partner_of(exchange)
        self._provenance: Provenance | None = None
        self._added = self._known = self._retracted = 0
        self._bad: list[BadSignal] = []
        self._bad_count = 0

    def result(self) -> PageResult:
        """Return what came of it."""
        return PageResult(
            added=self._added,
            known=self._known,
            retracted=self._retracted,
            bad=tuple(self._bad),
            bad_count=self._bad_count,
        )

    def take(self, batch: Sequence[tuple[int, Entry | Bad]], whole_refs: frozenset[str]) -> None:
        """Apply some entries: what is taken back first."""
        said = _Said.of(batch)
        for entry in self._superseded(batch, whole_refs):
            name = (entry.signal_type, key_of(entry.value))
            if name not in said.new:
                said.gone[name] = entry
        self._note_bad(said.bad)
        self._take_back(list(said.gone), list(said.gone_refs))
        self._add(said)

    def _signals(self) -> "QuerySet[Signal]":
        return Signal.objects.filter(bank_id=self._exchange.bank_id, retracted_at__isnull=True)

    def _under(self, refs: Sequence[str]) -> "QuerySet[Signal]":
        """Return what came under these references; said in the words of the index that holds them."""
        return self._signals().filter(partner_ref__in=refs).exclude(partner_ref="")

    def _superseded(
        self, batch: Sequence[tuple[int, Entry | Bad]], whole_refs: frozenset[str]
    ) -> Iterator[Entry]:
        """Yield a retraction of what a record of this page does not name any more."""
        said = [entry for _place, entry in batch]
        for asked in _portions(sorted(whole_refs), _ASKED_AT_ONCE):
            rows = self._under(asked)
            known = [
                Known(kind, bytes(value), ref)
                for kind, value, ref in rows.values_list("signal_type", "value", "partner_ref")
            ]
            yield from superseded(said, frozenset(asked), known, at=self._at)

    def _take_back(self, names: Sequence[tuple[str, bytes]], refs: Sequence[str]) -> None:
        wanted = set(names)
        numbers: list[int] = []
        for some in _portions(names, _ASKED_AT_ONCE):
            found = self._signals().filter(
                signal_type__in={kind for kind, _key in some}, value_key__in=[key for _kind, key in some]
            )
            numbers += [
                number
                for number, kind, key in found.values_list("pk", "signal_type", "value_key")
                if (kind, bytes(key)) in wanted
            ]
        for asked in _portions(refs, _ASKED_AT_ONCE):
            numbers += self._under(asked).values_list("pk", flat=True)
        for portion in _portions(sorted(set(numbers)), _RETRACTED_AT_ONCE):
            with transaction.atomic():
                self._retracted += take_back(
                    locked(portion), by=RetractedBy.EXCHANGE, reason=_WORDS, actor=self._partner, at=self._at
                )

    def _add(self, said: _Said) -> None:
        places = list(said.new.values())
        ready, wrong = prepare([_new(entry) for _place, entry in places], at=self._at)
        self._note_bad([BadSignal(places[one.index][0], one.reason) for one in wrong])
        common = Common(by_name=self._exchange.name, revives=frozenset({RetractedBy.EXCHANGE}))
        for rows in in_batches(ready):
            with transaction.atomic():
                written = write_signals(rows, provenance=self._occasion(), common=common, at=self._at)
            self._added += written.added + written.reinstated
            self._known += written.known + len(written.retracted)

    def _occasion(self) -> Provenance:
        """Return the provenance of what this page brings; written with the first of it."""
        if self._provenance is None:
            self._provenance = Provenance.objects.create(
                id=new_id(),
                bank_id=self._exchange.bank_id,
                how=ProvenanceKind.EXCHANGE,
                source=self._exchange.name,
                added_by_kind=self._partner.kind,
                added_by_id_text=self._partner.id,
                added_by_name=self._partner.name,
                at=self._at,
            )
        return self._provenance

    def _note_bad(self, some: Sequence[BadSignal]) -> None:
        self._bad_count += len(some)
        self._bad += some[: _BAD_KEPT - len(self._bad)]


def _new(entry: Entry) -> NewSignal:
    return NewSignal(
        entry.signal_type,
        value=entry.value,
        note=entry.note,
        entity=entry.entity,
        labels=entry.labels,
        partner_ref=entry.partner_ref,
    )


def _portions(some: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(some), size):
        yield some[start : start + size]


def _count_in_run(run_id: UUID, result: PageResult) -> None:
    samples = [one.reason for one in result.bad[:_SAMPLES]]
    run = ExchangeRun.objects.select_for_update().get(pk=run_id)
    run.bad_samples = [*run.bad_samples, *samples][:_SAMPLES]
    run.pages += 1
    run.added += result.added
    run.known += result.known
    run.retracted += result.retracted
    run.bad += result.bad_count
    run.save(update_fields=["bad_samples", "pages", "added", "known", "retracted", "bad"])
