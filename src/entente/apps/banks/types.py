"""What the services of this room take and give: plain facts, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """What a person sets on a bank. `radii`: signal type -> distance; a type that is not named has its own default.

    `share_of_traffic` is from 0 to 1. `provisional_hours` is after how long a provisional restriction ends by itself.
    """

    name: str
    basis: str
    basis_reference: str = ""
    policy: str = "observe"
    radii: Mapping[str, int] = field(default_factory=dict)
    share_of_traffic: float = 1.0
    provisional_hours: int = 24
    disabled_until: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankOwner:
    """Whose bank it is. `authority_id` names an entry of the register, where the owner has one."""

    kind: str = "own"
    name: str = ""
    authority_id: UUID | None = None


class NewSignal(NamedTuple):
    """A signal that is to be added: its canonical value, or as it is written (`written`), which is then parsed.

    `entity` is the name of an entity label; one that is not known yet is made, without any designation. A tuple,
    because a million of them arrive in a minute.
    """

    signal_type: str
    value: bytes = b""
    written: str = ""
    note: str = ""
    entity: str = ""
    labels: tuple[str, ...] = ()
    partner_ref: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where signals come from: how (`manual` or `import`), and in words (a file's name, a colleague, a report)."""

    how: str = "manual"
    words: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BadSignal:
    """One that could not be added: its place in what was given, from 0, and why. What was written is not repeated."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What came of adding: how many are new, stood there already, were reinstated, and which were not taken.

    `last_change` is the number at which all of it is enforced; 0 when nothing changed.
    """

    added: int = 0
    known: int = 0
    reinstated: int = 0
    bad: tuple[BadSignal, ...] = ()
    provenance_id: UUID | None = None
    last_change: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """What came of one page of an exchange. `bad` names the first of those that `bad_count` counts."""

    added: int = 0
    known: int = 0
    retracted: int = 0
    bad: tuple[BadSignal, ...] = ()
    bad_count: int = 0
