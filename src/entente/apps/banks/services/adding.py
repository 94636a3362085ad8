"""Adding signals by hand or from a file: one, or a million in batches; what is wrong is told, the rest is kept."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import BankClosed, NoSuchBank, NotForThisBank, SignalInvalid, TooManySignals
from entente.apps.banks.fields import join_labels
from entente.apps.banks.models import Bank, BankState, EntityLabel, Provenance, ProvenanceKind
from entente.apps.banks.services.inserting import ROWS_AT_ONCE, Common, Ready, Written, write_signals
from entente.apps.banks.services.people import refuse_program
from entente.apps.banks.services.recording import record_bank
from entente.apps.banks.types import Added, BadSignal, NewSignal, Source
from entente.apps.banks.values import UnusableValue, bad, key_of, value_of
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.ids import new_id
from entente.core.exchange.entries import Entry
from entente.core.exchange.errors import MalformedEntry

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

MOST_AT_ONCE: Final = 100_000
"""The more are given at once, the faster they are kept: they are sorted, and a sorted run touches few pages."""

_BY_HAND: Final = (ProvenanceKind.MANUAL, ProvenanceKind.IMPORT)
_BARE: Final = NewSignal("")[3:]
RETRACTED: Final = "it was retracted here; a person may reinstate it, with a reason"


def add_signals(
    *,
    bank_id: UUID,
    signals: Sequence[NewSignal],
    source: Source,
    actor: Actor,
    at: datetime,
    provenance_id: UUID | None = None,
) -> Added:
    """Add signals to a bank, ROWS_AT_ONCE in a transaction, so that nobody waits for a long import.

    Bad ones come back with their place and the reason, all others are kept; what the bank holds already stays as it is.
    Nobody has confirmed them yet. The same call again adds nothing. A large import is several calls: give each the
    `provenance_id` that the first returned. Call it outside any transaction.
    Raises NoSuchBank, BankClosed, NotForThisBank, PersonNeeded, SignalInvalid, TooManySignals.
    """
    if source.how not in _BY_HAND:
        raise SignalInvalid(_("Say whether this is added by hand or imported."), field="how")
    if len(signals) > MOST_AT_ONCE:
        raise TooManySignals(_("At most %(most)s signals at once.") % {"most": f"{MOST_AT_ONCE:,}"})
    _open_bank(bank_id, actor)
    ready, bad_ones = prepare(signals, at=at)
    provenance = (
        _known_provenance(provenance_id, bank_id, actor)
        if provenance_id
        else Provenance(
            id=new_id(),
            bank_id=bank_id,
            how=source.how,
            source=source.words[:300],
            reason=source.reason,
            added_by_kind=actor.kind,
            added_by_id_text=actor.id,
            added_by_name=actor.name,
            at=at,
        )
    )
    total = Added(bad=tuple(bad_ones), provenance_id=provenance.pk if ready or provenance_id else None)
    for rows in in_batches(ready):
        with transaction.atomic():
            _open_bank(bank_id, actor)
            if provenance._state.adding:  # noqa: SLF001 - set by Django on every row
                provenance.save(force_insert=True)
                facts: JSONObject = {
                    "how": source.how,
                    "offered": len(ready),
                    "provenance": str(provenance.pk),
                }
                record_bank(bank_id, "signals_added", actor=actor, at=at, facts=facts)
            written = write_signals(rows, provenance=provenance, common=Common(by_name=actor.name), at=at)
        total = _summed(total, written)
    return total


def prepare(signals: Iterable[NewSignal], *, at: datetime) -> tuple[list[Ready], list[BadSignal]]:
    """Check signals; return those that can be kept, sorted, and those that cannot, with the reason."""
    ready: list[Ready] = []
    wrong: list[BadSignal] = []
    entities: dict[str, UUID] = {}
    for index, signal in enumerate(signals):
        try:
            ready.append(_ready(index, signal, entities, at))
        except (UnusableValue, MalformedEntry) as error:
            wrong.append(bad(index, error))
    ready.sort(key=lambda row: (row.signal_type, row.key))
    return ready, wrong


def in_batches(rows: Sequence[Ready]) -> Iterator[Sequence[Ready]]:
    """Yield rows in the portions that one transaction takes."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def _ready(index: int, signal: NewSignal, entities: dict[str, UUID], at: datetime) -> Ready:
    """Return one checked signal. Raises UnusableValue, MalformedEntry for texts that are too long or not readable."""
    value = value_of(signal)
    if signal[3:] == _BARE:
        return Ready(index, signal.signal_type, value, key_of(value))
    if signal.expires_at is not None and signal.expires_at <= at:
        raise UnusableValue("it has expired already")
    if signal.note or signal.entity or signal.labels or signal.partner_ref:
        # The limits of an exchange's entries are those of ours: what comes in can go out again.
        Entry(signal.signal_type, value, signal.labels, signal.entity, signal.note, signal.partner_ref)
    return Ready(
        index,
        signal.signal_type,
        value,
        key_of(value),
        signal.partner_ref,
        signal.note,
        entity_id(signal.entity, entities, at) if signal.entity else None,
        join_labels(signal.labels),
        signal.expires_at,
    )


def entity_id(name: str, known: dict[str, UUID], at: datetime) -> UUID:
    """Return the label of a name, made where there is none yet: a name, which nobody is said to have designated."""
    if name not in known:
        label, _made = EntityLabel.objects.get_or_create(name=name, defaults={"created_at": at})
        known[name] = label.pk
    return known[name]


def _open_bank(bank_id: UUID, actor: Actor) -> None:
    """Refuse what takes no signals by this road. Raises NoSuchBank, BankClosed, NotForThisBank, PersonNeeded."""
    bank = Bank.objects.select_related("exchange").filter(pk=bank_id).first()
    if bank is None:
        raise NoSuchBank(_("There is no such bank."))
    if bank.state == BankState.RETIRED:
        raise BankClosed(_("This bank is retired; nothing is added to it any more."))
    if getattr(bank, "exchange", None) is not None:
        raise NotForThisBank(_("An exchange fills this bank. Add signals to a bank of this service instead."))
    if bank.is_shared:
        raise NotForThisBank(
            _("Signals come into a shared bank by a proposal that a second person confirms.")
        )
    refuse_program(actor, bank)


def _known_provenance(provenance_id: UUID, bank_id: UUID, actor: Actor) -> Provenance:
    found = Provenance.objects.filter(
        pk=provenance_id, bank_id=bank_id, how__in=_BY_HAND, added_by_id_text=actor.id
    ).first()
    if found is None:
        raise SignalInvalid(_("This is no import of yours into this bank."), field="provenance_id")
    return found


def _summed(total: Added, written: Written) -> Added:
    return Added(
        added=total.added + written.added,
        known=total.known + written.known,
        reinstated=total.reinstated + written.reinstated,
        bad=total.bad + tuple(BadSignal(index, RETRACTED) for index in written.retracted),
        provenance_id=total.provenance_id,
        last_change=max(total.last_change, written.last_change),
    )
