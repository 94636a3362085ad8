"""Letting a bank restrict: one person proposes it with a ground, another confirms what was proposed (rule 6)."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.banks.errors import AlreadyProposed, BankInvalid, NoSuchProposal, ProposalDecided
from entente.apps.banks.models import BankPolicy, ProposalState, RestrictProposal
from entente.apps.banks.services.keeping import locked_bank, refuse_to_restrict, settings_of
from entente.apps.banks.services.people import require_person, require_second_person, words
from entente.apps.banks.services.recording import record_bank
from entente.apps.banks.services.stating import state_policy
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.transitions import compare_and_set


@transaction.atomic
def propose_restrict(*, bank_id: UUID, ground: str, actor: Actor, at: datetime) -> RestrictProposal:
    """Propose that matches with a bank may restrict provisionally, as the bank is set now.

    Raises PersonNeeded, ReasonMissing, NoSuchBank, BankClosed, NeverRestricts, BankInvalid, AlreadyProposed.
    """
    require_person(actor)
    why = words(ground)
    bank = locked_bank(bank_id)
    refuse_to_restrict(bank)
    if bank.policy == BankPolicy.RESTRICT:
        raise AlreadyProposed(_("This bank restricts already."))
    if not bank.basis_reference:
        raise BankInvalid(
            _("A bank that restricts names the law or the term it rests on. Add it first."),
            field="basis_reference",
        )
    proposal = RestrictProposal(
        bank=bank,
        ground=why,
        settings=settings_of(bank),
        proposed_by_id_text=actor.id,
        proposed_by_name=actor.name,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError:
        raise AlreadyProposed(_("This is waiting for a second person already.")) from None
    facts = {"proposal": str(proposal.pk), "ground": why}
    record_bank(bank.pk, "restrict_proposed", actor=actor, at=at, facts=facts)
    return proposal


@transaction.atomic
def confirm_restrict(*, proposal_id: UUID, actor: Actor, at: datetime) -> RestrictProposal:
    """Let a bank restrict, as the second person; leaf and overseer's copy go with it.

    Raises NoSuchProposal, ProposalDecided, PersonNeeded, SecondPersonNeeded, NoSuchBank, BankClosed.
    """
    proposal = _waiting(proposal_id)
    require_second_person(actor, proposal.proposed_by_id_text)
    bank = locked_bank(proposal.bank_id)
    _decide(proposal, ProposalState.CONFIRMED, "", actor, at)
    bank.policy, bank.restricted_by = BankPolicy.RESTRICT, proposal
    bank.save(update_fields=["policy", "restricted_by"])
    facts = {"proposal": str(proposal.pk), "proposed_by": proposal.proposed_by_name}
    record_bank(bank.pk, "restrict_confirmed", actor=actor, at=at, facts=facts)
    state_policy(bank, policy=bank.policy, reason=proposal.ground, at=at, proposal=proposal)
    return proposal


@transaction.atomic
def refuse_restrict(*, proposal_id: UUID, note: str, actor: Actor, at: datetime) -> RestrictProposal:
    """Refuse a proposal, with a note; who proposed takes it back the same way.

    Raises NoSuchProposal, ProposalDecided, PersonNeeded, ReasonMissing.
    """
    require_person(actor)
    why = words(note)
    proposal = _waiting(proposal_id)
    _decide(proposal, ProposalState.REFUSED, why, actor, at)
    facts = {"proposal": str(proposal.pk), "note": why}
    record_bank(proposal.bank_id, "restrict_refused", actor=actor, at=at, facts=facts)
    return proposal


def _waiting(proposal_id: UUID) -> RestrictProposal:
    """Return a proposal that waits, its bank locked: whoever changes the bank holds the same lock."""
    bank_id = RestrictProposal.objects.filter(pk=proposal_id).values_list("bank_id", flat=True).first()
    if bank_id is None:
        raise NoSuchProposal(_("There is no such proposal."))
    locked_bank(bank_id)
    proposal = RestrictProposal.objects.get(pk=proposal_id)
    if proposal.state != ProposalState.PROPOSED:
        raise ProposalDecided(_("This proposal is decided already, or the bank was changed since."))
    return proposal


def _decide(proposal: RestrictProposal, state: ProposalState, note: str, actor: Actor, at: datetime) -> None:
    compare_and_set(
        proposal,
        expected=ProposalState.PROPOSED,
        to=state,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
        decision_note=note,
    )
