"""What a set of matches leads to. Pure: matches and banks in, an answer out, so that a page can show the same."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from entente.apps.banks.queries import BankPolicy, SignalFacts, may_restrict

_RANK: Final = {"observe": 0, "open_case": 1, "restrict": 2}


@dataclass(frozen=True, slots=True)
class Met:
    """One signal that was met and counts, with the bank it lies in.

    `not_restricted` says why it restricts nothing by itself; empty where it may.
    """

    signal: SignalFacts
    bank: BankPolicy
    distance: int
    radius: int
    value: bytes = field(repr=False)
    not_restricted: str = ""

    @property
    def policy(self) -> str:
        """What the bank's policy allows at most."""
        return self.bank.policy


def counted(met: Iterable[Met], *, content_key: str | None, at: datetime) -> list[Met]:
    """Return what counts of what an index found, nearest first: near enough for its bank, standing, in its share.

    Each says whether it may restrict by itself. Without a key, every bank looks at all things whatever its share.
    """
    kept = [
        one
        for one in met
        if one.bank.is_enforced(at)
        and one.distance <= one.radius
        and one.signal.stands_at(at)
        and (content_key is None or is_in_share(one.bank.id, content_key, one.bank.share_of_traffic))
    ]
    judged = [replace(one, not_restricted=_why_not(one, at)) for one in kept]
    return sorted(judged, key=lambda one: (one.distance / max(1, one.radius), one.bank.name, one.signal.id))


def _why_not(one: Met, at: datetime) -> str:
    return may_restrict(
        one.bank,
        stands=one.signal.stands_at(at),
        is_confirmed=one.signal.is_confirmed,
        use_at_most=one.signal.use_at_most,
        at=at,
    ).reason


def is_in_share(bank_id: UUID, content_key: str, share: float) -> bool:
    """Say whether a thing belongs to the share of traffic a bank looks at; always the same answer for the same thing."""
    if share >= 1.0:
        return True
    drawn = hashlib.sha256(bank_id.bytes + content_key.encode()).digest()[:8]
    return int.from_bytes(drawn, "big") / 2**64 < share


def policy_of(met: Sequence[Met]) -> str:
    """Return the strongest thing that these matches lead to: `observe`, `open_case` or `restrict`; empty for none.

    One match with a negative bank (journalism, evidence of crimes, counter-speech) leaves it to a person.
    """
    positive = [one for one in met if not one.bank.is_negative]
    if not positive:
        return ""
    strongest = max((effective(one) for one in positive), key=_RANK.__getitem__)
    if strongest == "restrict" and any(one.bank.is_negative for one in met):
        return "open_case"
    return strongest


def effective(one: Met) -> str:
    """Return what one match may lead to: a bank that restricts only opens a case where this signal may not."""
    return "open_case" if one.policy == "restrict" and one.not_restricted else one.policy
