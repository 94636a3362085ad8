"""What a search sees: replaced as a whole by the follower, never altered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.banks.queries import BankPolicy

if TYPE_CHECKING:
    from entente.core.matching.indexes import SignalIndex

NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class View:
    """The indexes that answer, and since when.

    At `known_at` (seconds since the machine started) everything that was committed was in them. `building` are the
    types of which signals stand that cannot be found yet. `radii` are the widest that any enforced bank asks for.
    """

    has_begun: bool = False
    known_at: float = NEVER
    reached: int = 0
    indexes: "Mapping[str, SignalIndex]" = field(default_factory=lambda: MappingProxyType({}))
    building: frozenset[str] = frozenset()
    radii: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    policies: Mapping[UUID, BankPolicy] = field(default_factory=lambda: MappingProxyType({}))
    trouble: str = ""
    """What went wrong the last time the database was asked; empty when it answered."""
    is_cut_off: bool = False
    """Whether that was the database itself."""
