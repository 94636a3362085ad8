"""Banks as matchers and as people see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import NoSuchBank
from entente.apps.banks.models import Bank, BankState, ProposalState, RestrictProposal, SharingProposal
from entente.apps.banks.rules import BankPolicy


@dataclass(frozen=True, slots=True)
class BankLine:
    """One bank in a list. `precision` is the share of its judged matches that were right; None before the first."""

    policy: BankPolicy
    basis: str
    basis_reference: str
    standing_count: int
    judged_right: int
    judged_wrong: int
    created_by_name: str
    created_at: datetime
    retired_at: datetime | None
    retired_reason: str
    exchange_id: UUID | None

    @property
    def id(self) -> UUID:
        """The identifier."""
        return self.policy.id

    @property
    def precision(self) -> float | None:
        """The share of judged matches that were right."""
        return precision_of(self.judged_right, self.judged_wrong)


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """Something that takes two people: a bank that would restrict, or signals that would be shared."""

    id: UUID
    bank_id: UUID
    bank_name: str
    state: str
    ground: str
    proposed_by_id: str
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    decision_note: str
    settings: dict[str, Any]
    signal_ids: tuple[int, ...] = ()
    use_at_most: str = ""
    statement: str = ""
    is_unlawful_in_any_setting: bool | None = None


@dataclass(frozen=True, slots=True)
class BankPage:
    """One bank with what was proposed for it, newest first."""

    line: BankLine
    proposals: tuple[ProposalLine, ...]

    @property
    def waiting(self) -> ProposalLine | None:
        """The proposal that waits for a second person."""
        return next((one for one in self.proposals if one.state == ProposalState.PROPOSED), None)


def bank_policies() -> dict[UUID, BankPolicy]:
    """Return what a matcher has to know of every bank, retired ones included: their signals are in indexes still."""
    return {row.pk: _policy(row) for row in Bank.objects.all()}


def bank(bank_id: UUID) -> BankPolicy:
    """Return one bank. Raises NoSuchBank."""
    return _policy(_row(bank_id))


def banks(*, include_retired: bool = False) -> list[BankLine]:
    """Return the banks in use, or all there ever were, by name, with their counts."""
    rows = Bank.objects.select_related("exchange").order_by("state", "name")
    return [_line(row) for row in rows if include_retired or row.state == BankState.IN_USE]


def bank_page(bank_id: UUID) -> BankPage:
    """Return one bank as its page shows it. Raises NoSuchBank."""
    return BankPage(_line(_row(bank_id)), tuple(proposals_of(bank_id)))


def proposals_of(bank_id: UUID, *, limit: int = 50) -> list[ProposalLine]:
    """Return what was proposed for a bank: that it restricts, newest first."""
    rows = RestrictProposal.objects.filter(bank_id=bank_id).select_related("bank")
    return [_proposal(row) for row in rows.order_by("-proposed_at", "-id")[:limit]]


def restrict_proposals() -> list[ProposalLine]:
    """Return the proposals that a bank restricts, of all banks, that wait for a second person, oldest first."""
    rows = RestrictProposal.objects.filter(state=ProposalState.PROPOSED).select_related("bank")
    return [_proposal(row) for row in rows.order_by("proposed_at", "id")]


def sharing_proposals(*, waiting_only: bool = True, limit: int = 100) -> list[ProposalLine]:
    """Return proposals to share signals: those that wait, oldest first, or all of them, newest first."""
    rows = SharingProposal.objects.select_related("bank").order_by("-proposed_at", "-id")
    if waiting_only:
        rows = rows.filter(state=ProposalState.PROPOSED).order_by("proposed_at", "id")
    return [_proposal(row) for row in rows[:limit]]


def precision_of(right: int, wrong: int) -> float | None:
    """Return the share that was right; None when nothing was judged."""
    return right / (right + wrong) if right + wrong else None


def _row(bank_id: UUID) -> Bank:
    row = Bank.objects.select_related("exchange").filter(pk=bank_id).first()
    if row is None:
        raise NoSuchBank(_("There is no such bank."))
    return row


def _policy(row: Bank) -> BankPolicy:
    return BankPolicy(
        id=row.pk,
        name=row.name,
        owner_kind=row.owner_kind,
        owner=row.owner,
        authority_id=row.authority_id,
        policy=row.policy,
        negative_kind=row.negative_kind,
        is_shared=row.is_shared,
        share_of_traffic=row.share_of_traffic,
        provisional_hours=row.provisional_hours,
        state=row.state,
        disabled_until=row.disabled_until,
        expires_at=row.expires_at,
        radii=dict(row.radii),
    )


def _line(row: Bank) -> BankLine:
    exchange = getattr(row, "exchange", None)
    return BankLine(
        policy=_policy(row),
        basis=row.basis,
        basis_reference=row.basis_reference,
        standing_count=row.standing_count,
        judged_right=row.judged_right,
        judged_wrong=row.judged_wrong,
        created_by_name=row.created_by_name,
        created_at=row.created_at,
        retired_at=row.retired_at,
        retired_reason=row.retired_reason,
        exchange_id=exchange.pk if exchange else None,
    )


def _proposal(row: RestrictProposal | SharingProposal) -> ProposalLine:
    shared: dict[str, Any] = {"ground": "", "settings": {}}
    if isinstance(row, SharingProposal):
        shared |= {
            "ground": row.ground_id,
            "signal_ids": tuple(row.signal_ids),
            "use_at_most": row.use_at_most,
            "statement": row.statement,
            "is_unlawful_in_any_setting": row.is_unlawful_in_any_setting,
        }
    else:
        shared |= {"ground": row.ground, "settings": dict(row.settings)}
    return ProposalLine(
        id=row.pk,
        bank_id=row.bank_id,
        bank_name=row.bank.name,
        state=row.state,
        proposed_by_id=row.proposed_by_id_text,
        proposed_by_name=row.proposed_by_name,
        proposed_at=row.proposed_at,
        decided_by_name=row.decided_by_name,
        decided_at=row.decided_at,
        decision_note=row.decision_note,
        **shared,
    )
