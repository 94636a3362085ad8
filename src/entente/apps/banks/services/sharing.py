"""Giving signals to partners: proposed by one person with ground and statement, confirmed by another (rule 6).

What is confirmed is copied into a shared bank, which is what partners get. What depends on its setting (a text, praise,
a picture from the news) is shared to open cases only. What was born of an order is not shared before the order's
scrutiny window has passed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import (
    AlreadyProposed,
    NoSuchProposal,
    NotForThisBank,
    NotShareable,
    ProposalDecided,
    SignalInvalid,
)
from entente.apps.banks.models import (
    Bank,
    OwnerKind,
    ProposalState,
    Provenance,
    ProvenanceKind,
    RetractedBy,
    SharingProposal,
    SharingUse,
    Signal,
    SignalState,
)
from entente.apps.banks.services.adopting import copy_of
from entente.apps.banks.services.changing import locked
from entente.apps.banks.services.inserting import Common, write_signals
from entente.apps.banks.services.keeping import open_bank
from entente.apps.banks.services.people import require_person, require_second_person, words
from entente.apps.banks.services.recording import listed, record_bank
from entente.apps.banks.services.stating import state_shared
from entente.apps.banks.values import UnusableValue, known_type
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.transitions import compare_and_set
from entente.core.law import bases
from entente.core.law.errors import LawError
from entente.core.signals.signal_type import Medium

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

MOST_SHARED: Final = 200
_TEXTUAL: Final = frozenset({Medium.TEXT, Medium.URL})


@transaction.atomic
def propose_sharing(
    *,
    bank_id: UUID,
    signal_ids: Sequence[int],
    use_at_most: str,
    ground_id: str,
    statement: str,
    is_unlawful_in_any_setting: bool,
    actor: Actor,
    at: datetime,
) -> SharingProposal:
    """Propose to copy confirmed signals of this service into a shared bank.

    `use_at_most` is `open_case`, or `restrict`, which asks for the statement that the content is unlawful whatever its
    setting, and for a ground and types for which that can be said.
    Raises PersonNeeded, ReasonMissing, SignalInvalid, NotShareable, NotForThisBank, NoSuchBank, BankClosed.
    """
    require_person(actor)
    said = words(statement)
    if use_at_most not in SharingUse.values:
        raise SignalInvalid(_("Say for what partners may use it."), field="use_at_most")
    ids = sorted(set(signal_ids))
    if not 0 < len(ids) <= MOST_SHARED:
        raise SignalInvalid(_("Choose 1 to %(most)s signals.") % {"most": MOST_SHARED}, field="signal_ids")
    proposal = SharingProposal(
        bank=_shared_bank(bank_id),
        signal_ids=ids,
        use_at_most=use_at_most,
        ground_id=ground_id,
        statement=said,
        is_unlawful_in_any_setting=is_unlawful_in_any_setting,
        proposed_by_id_text=actor.id,
        proposed_by_name=actor.name,
        proposed_at=at,
    )
    _check(proposal, locked(ids), at)
    proposal.save(force_insert=True)
    _record(proposal, "sharing_proposed", actor, at)
    return proposal


@transaction.atomic
def confirm_sharing(*, proposal_id: UUID, actor: Actor, at: datetime) -> SharingProposal:
    """Share what was proposed, as the second person; everything is checked again. Leaf and overseer's copy go with it.

    Raises NoSuchProposal, ProposalDecided, PersonNeeded, SecondPersonNeeded, NotShareable, NotForThisBank, BankClosed.
    """
    proposal = _waiting(proposal_id)
    require_second_person(actor, proposal.proposed_by_id_text)
    signals = locked(proposal.signal_ids)
    bank = _shared_bank(proposal.bank_id)
    _check(proposal, signals, at)
    _decide(proposal, ProposalState.CONFIRMED, "", actor, at)
    _copy(proposal, bank, signals, actor, at)
    _record(proposal, "sharing_confirmed", actor, at)
    state_shared(proposal, at=at)
    return proposal


@transaction.atomic
def refuse_sharing(*, proposal_id: UUID, note: str, actor: Actor, at: datetime) -> SharingProposal:
    """Refuse a proposal, with a note; who proposed takes it back the same way.

    Raises NoSuchProposal, ProposalDecided, PersonNeeded, ReasonMissing.
    """
    require_person(actor)
    why = words(note)
    proposal = _waiting(proposal_id)
    _decide(proposal, ProposalState.REFUSED, why, actor, at)
    _record(proposal, "sharing_refused", actor, at)
    return proposal


def depends_on_context(signal_types: Sequence[str], ground_id: str) -> bool:
    """Say whether signals of these types, on this ground, can be right in one setting and wrong in another.

    Texts and addresses do. Of the grounds only those of TCO Art. 2(7)(b) to (e) do not: incitement and glorification
    (a) need a danger, national law has exceptions of its own, and a host's terms are not law.
    """
    if any(_TEXTUAL & known_type(name).media for name in signal_types):
        return True
    ground = bases.ground(ground_id, exercise=config().demo)
    return ground.kind is not bases.GroundKind.TCO_TYPE or ground.needs_danger


def _check(proposal: SharingProposal, signals: Sequence[Signal], at: datetime) -> None:
    """Refuse what may not leave, or not yet, or not for this use. Raises NotShareable, AlreadyProposed, SignalInvalid."""
    if len(signals) < len(proposal.signal_ids):
        raise NotShareable(_("One of the signals does not exist."))
    for signal in signals:
        reason = _why_not(signal, at)
        if reason:
            raise NotShareable(reason, signal_id=signal.pk)
    if _are_shared(proposal.bank_id, signals):
        raise AlreadyProposed(
            _("One of the signals lies in this shared bank already. Retract it there first.")
        )
    types = sorted({signal.signal_type for signal in signals})
    try:
        is_contextual = depends_on_context(types, proposal.ground_id)
    except LawError:
        raise SignalInvalid(_("Choose one of the grounds of the law data."), field="ground_id") from None
    except UnusableValue as error:
        raise NotShareable(str(error)) from None
    if proposal.use_at_most == SharingUse.OPEN_CASE:
        return
    if not proposal.is_unlawful_in_any_setting:
        raise NotShareable(
            _("Say that the content is unlawful whatever its setting, or share it to open cases only.")
        )
    if is_contextual:
        raise NotShareable(
            _("Whether this is unlawful depends on its setting. It can be shared to open cases only.")
        )


def _why_not(signal: Signal, at: datetime) -> str:
    """Return why a signal cannot leave, or nothing."""
    if signal.bank.owner_kind != OwnerKind.OWN or signal.bank.is_shared or signal.bank.negative_kind:
        return _("Only signals of this service's own banks are shared.")
    if signal.state != SignalState.STANDING:
        return _("A signal that does not stand is not shared.")
    if signal.confirmed_at is None:
        return _("A person of this service confirms a signal before it is shared.")
    if signal.not_shared_before is not None and signal.not_shared_before > at:
        return _("This signal was born of an order that may still be scrutinised.")
    return ""


def _are_shared(bank_id: UUID, signals: Sequence[Signal]) -> bool:
    """Lock what the shared bank holds of these signals, and say whether any of it is not retracted."""
    names = {(signal.signal_type, bytes(signal.value_key)) for signal in signals}
    there = (
        Signal.objects.filter(
            bank_id=bank_id,
            signal_type__in={kind for kind, _key in names},
            value_key__in=[key for _kind, key in names],
        )
        .only("pk", "signal_type", "value_key", "retracted_at")
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return any(
        signal.retracted_at is None and (signal.signal_type, bytes(signal.value_key)) in names
        for signal in there
    )


def _copy(
    proposal: SharingProposal, bank: Bank, signals: Sequence[Signal], actor: Actor, at: datetime
) -> None:
    """Copy signals into the shared bank, each with the order it was born of."""
    provenance = Provenance.objects.create(
        bank=bank,
        how=ProvenanceKind.SHARING,
        source=str(proposal.pk),
        reason=proposal.statement,
        added_by_kind=actor.kind,
        added_by_id_text=actor.id,
        added_by_name=actor.name,
        at=at,
    )
    by_origin: dict[tuple[UUID | None, datetime | None, str, str], list[Signal]] = {}
    for signal in signals:
        origin = (
            signal.born_of_order,
            signal.not_shared_before,
            signal.confirmed_by_id_text,
            signal.confirmed_by_name,
        )
        by_origin.setdefault(origin, []).append(signal)
    for (order_id, window, confirmed_by_id, confirmed_by_name), some in by_origin.items():
        common = Common(
            by_name=actor.name,
            confirmed_by_id=confirmed_by_id,
            confirmed_by_name=confirmed_by_name,
            born_of_order=order_id,
            not_shared_before=window,
            use_at_most=proposal.use_at_most,
            revives=frozenset(RetractedBy),
        )
        rows = [copy_of(signal, place) for place, signal in enumerate(some)]
        write_signals(rows, provenance=provenance, common=common, at=at)


def _shared_bank(bank_id: UUID) -> Bank:
    bank = open_bank(bank_id)
    if not bank.is_shared:
        raise NotForThisBank(_("Partners get what lies in a shared bank. Choose one."))
    return bank


def _waiting(proposal_id: UUID) -> SharingProposal:
    proposal = SharingProposal.objects.select_for_update(no_key=True).filter(pk=proposal_id).first()
    if proposal is None:
        raise NoSuchProposal(_("There is no such proposal."))
    if proposal.state != ProposalState.PROPOSED:
        raise ProposalDecided(_("This proposal is decided already."))
    return proposal


def _decide(proposal: SharingProposal, state: ProposalState, note: str, actor: Actor, at: datetime) -> None:
    compare_and_set(
        proposal,
        expected=ProposalState.PROPOSED,
        to=state,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
        decision_note=note,
    )


def _record(proposal: SharingProposal, what: str, actor: Actor, at: datetime) -> None:
    facts: JSONObject = {
        "proposal": str(proposal.pk),
        "use": proposal.use_at_most,
        "ground": proposal.ground_id,
        "statement": proposal.statement,
        "signals": listed(proposal.signal_ids),
        "note": proposal.decision_note,
    }
    record_bank(proposal.bank_id, what, actor=actor, at=at, facts=facts)
