"""What a match may lead to. Pure, so that the page of a match can show the same answer that the service acted on."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from entente.apps.banks.models import BankPolicy as Policy
from entente.apps.banks.models import BankState, OwnerKind, SharingUse
from entente.apps.banks.values import radius_of


@dataclass(frozen=True, slots=True)
class BankPolicy:
    """What a matcher has to know of a bank; small, so that every process may hold all of them."""

    id: UUID
    name: str
    owner_kind: str
    owner: str
    authority_id: UUID | None
    policy: str
    negative_kind: str
    is_shared: bool
    share_of_traffic: float
    provisional_hours: int
    state: str
    disabled_until: datetime | None = None
    expires_at: datetime | None = None
    radii: dict[str, int] = field(default_factory=dict)

    def is_enforced(self, at: datetime) -> bool:
        """Tell whether matches with this bank count: in use, not disabled, not expired."""
        return (
            self.state == BankState.IN_USE
            and (self.disabled_until is None or self.disabled_until <= at)
            and (self.expires_at is None or self.expires_at > at)
        )

    def radius(self, signal_type: str) -> int:
        """Return how far a match may be, in the unit of the type. Raises UnusableValue for an unknown type."""
        return radius_of(signal_type, self.radii)

    @property
    def is_negative(self) -> bool:
        """Whether a match with it overrules the others."""
        return self.negative_kind != ""

    @property
    def is_referral(self) -> bool:
        """Whether its signals are an authority's referrals: they open cases, and start no scan of what is stored."""
        return self.owner_kind == OwnerKind.AUTHORITY


def is_for_programs(*, owner_kind: str, negative_kind: str, is_shared: bool) -> bool:
    """Say whether an API client may keep such a bank: this service's own, protecting nothing, shared with nobody."""
    return owner_kind == OwnerKind.OWN and not negative_kind and not is_shared


@dataclass(frozen=True, slots=True)
class MayRestrict:
    """Whether a match may lead to a provisional restriction, and if not, the first reason why not.

    `reason` is a stable word: `bank_not_enforced`, `policy`, `negative`, `referral`, `not_standing`, `not_confirmed`,
    `open_cases_only`; empty when it may.
    """

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


def may_restrict(
    bank: BankPolicy, *, stands: bool, is_confirmed: bool, use_at_most: str, at: datetime
) -> MayRestrict:
    """Say whether a match with a signal of this bank may restrict (DESIGN.md rule 2).

    The bank's policy is `restrict`, a person of this service confirmed this signal, and it stands. Where, the entity
    label may limit further (`territories`).
    """
    reasons = {
        "bank_not_enforced": not bank.is_enforced(at),
        "negative": bank.is_negative,
        "referral": bank.is_referral,
        "policy": bank.policy != Policy.RESTRICT,
        "not_standing": not stands,
        "not_confirmed": not is_confirmed,
        "open_cases_only": use_at_most == SharingUse.OPEN_CASE,
    }
    return MayRestrict(next((reason for reason, holds in reasons.items() if holds), ""))
