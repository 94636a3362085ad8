"""The loop closes: a decision to disable offers its signals to a bank of this service, with one click of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import SignalInvalid, TooManySignals
from entente.apps.banks.models import ChangeKind, Provenance, ProvenanceKind, Signal, SignalState
from entente.apps.banks.services.adding import prepare
from entente.apps.banks.services.adopting import added, own_bank
from entente.apps.banks.services.inserting import Common, Ready, write_signals
from entente.apps.banks.services.numbering import Turn, write_changes
from entente.apps.banks.services.people import require_person_of_this_service
from entente.apps.banks.services.recording import record_bank
from entente.apps.banks.standing import next_turn, state_of
from entente.apps.banks.types import Added, NewSignal
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

MOST_OFFERED: Final = 200
"""The signals of one decision: one content item has a handful."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision that signals are offered from.

    `order_id` names the order it carried out, if it did; `not_shared_before` is then the end of the window in which the
    order may be scrutinised.
    """

    case_id: UUID
    decision_id: UUID
    order_id: UUID | None = None
    not_shared_before: datetime | None = None
    reason: str = ""


@transaction.atomic
def offer_from_decision(
    *, bank_id: UUID, signals: Sequence[NewSignal], decided: Decided, actor: Actor, at: datetime
) -> Added:
    """Keep the signals of what was disabled in a bank of this service; who clicks confirms them.

    A signal that the bank holds already is confirmed with it; one that was retracted stands again, on the ground of
    this decision; one that was born of an order stands on its own as soon as a decision without an order offers it.
    Raises PersonNeeded, TooManySignals, SignalInvalid, NotForThisBank, NoSuchBank, BankClosed, ChangedMeanwhile.
    """
    require_person_of_this_service(actor)
    if len(signals) > MOST_OFFERED:
        raise TooManySignals(_("At most %(most)s signals at once.") % {"most": MOST_OFFERED})
    if (decided.order_id is None) != (decided.not_shared_before is None):
        raise SignalInvalid(
            _("A signal born of an order says until when the order may be scrutinised."), field="order_id"
        )
    ready, wrong = prepare(signals, at=at)
    bank = own_bank(bank_id)
    provenance = Provenance.objects.create(
        bank=bank,
        how=ProvenanceKind.DECISION,
        reason=decided.reason,
        case_id=decided.case_id,
        decision_id=decided.decision_id,
        added_by_kind=actor.kind,
        added_by_id_text=actor.id,
        added_by_name=actor.name,
        at=at,
    )
    held = _held(ready, bank.pk)
    fresh = list({(row.signal_type, row.key): row for row in ready if _name(row) not in held}.values())
    back = _take_over(list(held.values()), decided, provenance, actor, at)
    common = Common(
        by_name=actor.name,
        confirmed_by_id=actor.id,
        confirmed_by_name=actor.name,
        born_of_order=decided.order_id,
        not_shared_before=decided.not_shared_before,
    )
    written = write_signals(fresh, provenance=provenance, common=common, at=at)
    if written.known:
        raise ChangedMeanwhile(_("Somebody added the same signals a moment ago. Offer them again."))
    facts: JSONObject = {
        "decision": str(decided.decision_id),
        "count": len(ready),
        "provenance": str(provenance.pk),
    }
    record_bank(bank.pk, "signals_offered", actor=actor, at=at, facts=facts, case_id=decided.case_id)
    result = added(written, provenance, "")
    return Added(
        added=result.added,
        known=len(ready) - len(fresh) - back.count,
        reinstated=back.count,
        bad=tuple(wrong),
        provenance_id=provenance.pk,
        last_change=max(result.last_change, back.last_change),
    )


@dataclass(frozen=True, slots=True)
class _Back:
    count: int
    last_change: int


def _name(row: Ready) -> tuple[str, bytes]:
    return row.signal_type, row.key


def _held(rows: Sequence[Ready], bank_id: UUID) -> dict[tuple[str, bytes], Signal]:
    """Lock and return what the bank holds of these rows."""
    names = {_name(row) for row in rows}
    found = (
        Signal.objects.filter(
            bank_id=bank_id,
            signal_type__in={row.signal_type for row in rows},
            value_key__in=[row.key for row in rows],
        )
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    by_name = {(signal.signal_type, bytes(signal.value_key)): signal for signal in found}
    return {name: signal for name, signal in by_name.items() if name in names}


def _take_over(
    signals: Sequence[Signal], decided: Decided, provenance: Provenance, actor: Actor, at: datetime
) -> _Back:
    """Let what the bank holds rest on this decision as well; return what stands again because of it."""
    turns = []
    count = 0
    for signal in signals:
        was = signal.state
        if signal.retracted_at is not None:
            signal.retracted_at, signal.retracted_by, signal.retract_reason = None, "", ""
            signal.confirmed_at, signal.provenance = None, provenance
            signal.born_of_order, signal.not_shared_before = decided.order_id, decided.not_shared_before
            count += 1
        elif decided.order_id is None or signal.born_of_order is not None:
            signal.born_of_order, signal.not_shared_before = decided.order_id, decided.not_shared_before
        if signal.confirmed_at is None:
            signal.confirmed_at, signal.confirmed_by_id_text = at, actor.id
            signal.confirmed_by_name = actor.name
        signal.state, signal.due_at = state_of(signal, at), next_turn(signal, at)
        signal.save()
        if signal.state == SignalState.STANDING != was:
            turns.append(Turn.of(signal, stands=True))
    last = write_changes(turns, kind=ChangeKind.REINSTATED, at=at, by_name=actor.name)
    return _Back(count, last)
