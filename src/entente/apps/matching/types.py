"""What the services of this room take and give: plain facts, no rows."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from entente.apps.matching.rules import Met


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the token's client, or this service itself. `id` begins with what kind it is."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedContent:
    """How an asker names the thing it asks about; without an address no case can be opened.

    `digest` is the SHA-256 of its bytes, empty where they were not seen by this service.
    """

    id: str = ""
    url: str = ""
    uploader_ref: str = ""
    uploader_language: str = ""
    title: str = ""
    kind: str = ""
    digest: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseState:
    """Where the case of a recognised thing stands; `decided` is the outcome in force, empty while nobody decided."""

    reference: str = ""
    decided: str = ""
    restricted_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What a check is answered with.

    `answer` is `no_match`, `match` or `unknown`; with `unknown`, `why` says what the index lacks (`behind`,
    `not_ready`, `no_database`) and nothing else may be concluded. `policy` is what the matches lead to (`observe`,
    `open_case`, `restrict`; empty where only a negative bank was met). `reached` is the number of the last change of
    signals that the answer takes into account.
    """

    answer: str
    check_id: str
    reached: int
    why: str = ""
    policy: str = ""
    met: tuple[Met, ...] = ()
    recognition_id: UUID | None = None
    case: CaseState = field(default_factory=CaseState)
    notes: tuple[str, ...] = ()
