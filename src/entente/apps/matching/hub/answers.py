"""What the hub is asked, what it answers, and how it says that it is."""

from dataclasses import dataclass

BEHIND = "behind"
NOT_READY = "not_ready"
NO_DATABASE = "no_database"


@dataclass(frozen=True, slots=True)
class Query:
    """One canonical value of a signal type to look for."""

    signal_type: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A standing signal within the radius of a query. `query` is the place of the query among those asked."""

    signal_id: int
    signal_type: str
    distance: int
    query: int


@dataclass(frozen=True, slots=True)
class HubAnswer:
    """What was found, and the number of the last change that is certainly taken into account.

    `unknown` is empty, `behind`, `not_ready` or `no_database`. Unless it is empty nothing was looked for, and that
    `found` holds nothing means nothing.
    """

    found: tuple[Found, ...]
    reached: int
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStatus:
    """How the index of one type is.

    `state` is `ready`, `building`, `failed` (see `problem`; it is tried again), or `not_installed` for a type that
    signals have and this process does not. `segment` is the name of its file, empty where all of it is in memory.
    """

    name: str
    state: str
    size: int = 0
    reached: int = 0
    in_memory: int = 0
    segment: str = ""
    refused: int = 0
    refused_examples: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubStatus:
    """How the hub of one process is. `seconds_behind` is None while it never had read everything."""

    types: tuple[TypeStatus, ...]
    reached: int
    unknown: str
    seconds_behind: float | None
    trouble: str = ""
