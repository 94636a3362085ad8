"""What this room says in the public log and to the overseer: what restricts, and what leaves this instance.

A leaf names no bank and no signal: they are committed to. The overseer's copy holds grounds and figures, no address.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from entente.apps.banks.models import Bank, RestrictProposal, SharingProposal, Signal
from entente.apps.oversight import services as oversight
from entente.apps.tlog import services as tlog


def state_policy(
    bank: Bank, *, policy: str, reason: str, at: datetime, proposal: RestrictProposal | None = None
) -> None:
    """State that a bank restricts, or does not any more."""
    people = (
        {"proposed_by": proposal.proposed_by_id_text, "confirmed_by": proposal.decided_by_id_text}
        if proposal
        else {}
    )
    tlog.append_leaf(
        kind="bank_policy_set",
        public_facts={"policy": policy, "owner": bank.owner_kind, "day": tlog.day(at)},
        commitments={
            "bank": str(bank.pk),
            "name": bank.name,
            "basis": bank.basis,
            "reference": bank.basis_reference,
            "reason": reason,
            **people,
        },
        at=at,
    )
    oversight.copy_to_overseer(
        kind="bank_policy",
        subject_id=bank.pk,
        summary={
            "policy": policy,
            "owner_kind": bank.owner_kind,
            "basis": bank.basis,
            "reference": bank.basis_reference,
            "reason": reason,
            "radii": bank.radii,
            "share_of_traffic": bank.share_of_traffic,
            "provisional_hours": bank.provisional_hours,
            "signals": bank.standing_count,
        },
        at=at,
    )


def state_adopted(
    *, owner_kind: str, bank: Bank, signal_ids: Sequence[int], reason: str, actor_id: str, at: datetime
) -> None:
    """State that signals of somebody else were made this service's own."""
    tlog.append_leaf(
        kind="signals_adopted",
        public_facts={"owner": owner_kind, "count": len(signal_ids), "day": tlog.day(at)},
        commitments={
            "bank": str(bank.pk),
            "signals": digest_of(signal_ids),
            "reason": reason,
            "adopted_by": actor_id,
        },
        at=at,
    )
    oversight.copy_to_overseer(
        kind="signals_adopted",
        subject_id=bank.pk,
        summary={"owner_kind": owner_kind, "count": len(signal_ids), "reason": reason, "policy": bank.policy},
        at=at,
    )


def state_shared(proposal: SharingProposal, *, at: datetime) -> None:
    """State that signals left this instance."""
    tlog.append_leaf(
        kind="signals_shared",
        public_facts={
            "use": proposal.use_at_most,
            "ground": proposal.ground_id,
            "count": len(proposal.signal_ids),
            "day": tlog.day(at),
        },
        commitments={
            "proposal": str(proposal.pk),
            "bank": str(proposal.bank_id),
            "signals": digest_of(proposal.signal_ids),
            "statement": proposal.statement,
            "proposed_by": proposal.proposed_by_id_text,
            "confirmed_by": proposal.decided_by_id_text,
        },
        at=at,
    )
    oversight.copy_to_overseer(
        kind="signals_shared",
        subject_id=proposal.pk,
        summary={
            "use": proposal.use_at_most,
            "ground": proposal.ground_id,
            "count": len(proposal.signal_ids),
            "statement": proposal.statement,
            "is_unlawful_in_any_setting": proposal.is_unlawful_in_any_setting,
        },
        at=at,
    )


def state_sharing_ended(signals: Sequence[Signal], reason: str, at: datetime) -> None:
    """State that shared signals were taken back; nothing for none."""
    if not signals:
        return
    ids = [signal.pk for signal in signals]
    tlog.append_leaf(
        kind="sharing_ended",
        public_facts={"count": len(ids), "day": tlog.day(at)},
        commitments={"signals": digest_of(ids), "reason": reason},
        at=at,
    )
    oversight.copy_to_overseer(
        kind="sharing_ended",
        subject_id=signals[0].bank_id,
        summary={"count": len(ids), "reason": reason},
        at=at,
    )


def digest_of(signal_ids: Sequence[int]) -> str:
    """Return one text that stands for a set of signals: SHA-256 of their numbers in order, with commas between."""
    return hashlib.sha256(",".join(map(str, sorted(signal_ids))).encode()).hexdigest()
