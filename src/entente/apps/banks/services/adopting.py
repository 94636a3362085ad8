"""Making somebody else's signals one's own: one by one, or a batch with a reason.

What an authority or a partner sends stays in its bank, under that bank's policy. Only an adopted copy, in a bank of this
service, is this service's judgement; whoever adopts a single signal has looked at it and confirms it with that.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import (
    NoSuchSignal,
    NotForThisBank,
    NotInThisStanding,
    SignalInvalid,
    TooManySignals,
)
from entente.apps.banks.models import Bank, OwnerKind, Provenance, ProvenanceKind, Signal, SignalState
from entente.apps.banks.services.inserting import Common, Ready, Written, write_signals
from entente.apps.banks.services.keeping import open_bank
from entente.apps.banks.services.people import require_person_of_this_service, words
from entente.apps.banks.services.recording import listed, record_bank
from entente.apps.banks.services.stating import state_adopted
from entente.apps.banks.types import Added, BadSignal
from entente.apps.kernel.actors import Actor

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

MOST_ADOPTED: Final = 1000
_RETRACTED: Final = "it was retracted in your bank; reinstate it there, with a reason"


@transaction.atomic
def adopt_signals(
    *, signal_ids: Sequence[int], into_bank_id: UUID, reason: str, actor: Actor, at: datetime
) -> Added:
    """Copy signals of one partner's or authority's bank into a bank of this service, with a reason and provenance.

    A copy of a signal that stands in the own bank already is not made. Bad ones come back with their place in
    `signal_ids`. Leaf and overseer's copy go with it.
    Raises PersonNeeded, ReasonMissing, TooManySignals, NoSuchSignal, NotInThisStanding, SignalInvalid, NotForThisBank,
    NoSuchBank, BankClosed.
    """
    require_person_of_this_service(actor)
    why = words(reason)
    signals = _adoptable(signal_ids)
    origin = signals[0].bank
    bank = own_bank(into_bank_id)
    provenance = Provenance.objects.create(
        bank=bank,
        how=ProvenanceKind.ADOPTION,
        source=origin.name,
        reason=why,
        added_by_kind=actor.kind,
        added_by_id_text=actor.id,
        added_by_name=actor.name,
        at=at,
    )
    common = Common(by_name=actor.name)
    if len(signals) == 1:
        common = Common(by_name=actor.name, confirmed_by_id=actor.id, confirmed_by_name=actor.name)
    places = {number: place for place, number in enumerate(signal_ids)}
    rows = [copy_of(signal, places[signal.pk]) for signal in signals]
    written = write_signals(rows, provenance=provenance, common=common, at=at)
    ids = [signal.pk for signal in signals]
    facts: JSONObject = {"from": str(origin.pk), "reason": why, "count": len(ids), "signals": listed(ids)}
    record_bank(bank.pk, "signals_adopted", actor=actor, at=at, facts=facts)
    state_adopted(
        owner_kind=origin.owner_kind, bank=bank, signal_ids=ids, reason=why, actor_id=actor.id, at=at
    )
    return added(written, provenance, _RETRACTED)


def own_bank(bank_id: UUID) -> Bank:
    """Return a bank of this service that people fill. Raises NoSuchBank, BankClosed, NotForThisBank."""
    bank = open_bank(bank_id)
    if bank.owner_kind != OwnerKind.OWN or bank.is_shared or bank.negative_kind:
        raise NotForThisBank(_("Choose a bank of this service that is neither shared nor protective."))
    return bank


def copy_of(signal: Signal, place: int) -> Ready:
    """Return a signal as a row for another bank."""
    return Ready(
        place,
        signal.signal_type,
        bytes(signal.value),
        bytes(signal.value_key),
        signal.partner_ref,
        signal.note,
        signal.entity_id,
        signal.labels,
        signal.expires_at,
        signal.pk,
    )


def added(written: Written, provenance: Provenance, retracted: str) -> Added:
    """Return what one transaction wrote as the answer of a service."""
    return Added(
        added=written.added,
        known=written.known,
        bad=tuple(BadSignal(place, retracted) for place in written.retracted),
        provenance_id=provenance.pk,
        last_change=written.last_change,
    )


def _adoptable(signal_ids: Sequence[int]) -> list[Signal]:
    """Lock and return signals that may be adopted together."""
    wanted = set(signal_ids)
    if not wanted:
        raise SignalInvalid(_("Choose the signals to adopt."), field="signal_ids")
    if len(wanted) > MOST_ADOPTED:
        raise TooManySignals(_("At most %(most)s signals at once.") % {"most": f"{MOST_ADOPTED:,}"})
    signals = list(
        Signal.objects.filter(pk__in=wanted)
        .select_related("bank")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    if len(signals) < len(wanted):
        raise NoSuchSignal(_("There is no such signal."))
    if any(signal.state != SignalState.STANDING for signal in signals):
        raise NotInThisStanding(_("Only signals that stand can be adopted."))
    bank = signals[0].bank
    if any(signal.bank_id != bank.pk for signal in signals):
        raise SignalInvalid(_("Adopt the signals of one bank at a time."), field="signal_ids")
    if bank.owner_kind == OwnerKind.OWN:
        raise NotForThisBank(_("These signals are this service's own."))
    return signals
