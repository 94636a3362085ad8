"""Routes out of the ordinary loop: suspected child abuse, threat to life, requests for data.

Who is told and in which words is data by jurisdiction. An imminent threat to life goes to the authorities of the state
concerned (TCO Art. 14(5), DSA Art. 18(1)); where that state is not known, to the contact point of the Member State of
establishment and to Europol (TCO Art. 14(5), DSA Art. 18(2)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from entente.core.law.errors import UnknownRoute
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique
from entente.core.law.rules import deadline_rules
from entente.core.law.texts import Said

ANYWHERE = "*"
UNKNOWN = "unknown"
UNKNOWN_STATE = "?"


class RouteKind(StrEnum):
    """The three routes."""

    SUSPECTED_CHILD_ABUSE = "suspected_child_abuse"
    THREAT_TO_LIFE = "threat_to_life"
    DATA_REQUEST = "data_request"


@dataclass(frozen=True, kw_only=True)
class Recipient(Said):
    """Who is told: ``code`` is a stable id; ``state`` and ``host_state`` are filled in by `advise`."""


@dataclass(frozen=True, slots=True)
class RouteEntry:
    """Who is told in one country (``*`` for any other, ``unknown`` where the state concerned is not known)."""

    country: str
    recipients: tuple[Recipient, ...]
    article: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Route:
    """One route: what to do, step by step, and whom to tell by country.

    ``deadline_rule`` is the clock it starts, or None; ``stops_rules`` are the clocks that count no longer from then on.
    """

    id: str
    title: str
    instruction: str
    steps: tuple[str, ...]
    deadline_rule: str | None
    stops_rules: tuple[str, ...]
    entries: Mapping[str, RouteEntry]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do now. ``is_fallback`` says that no row of the data names this country."""

    route: Route
    recipients: tuple[Recipient, ...]
    article: str
    provenance: Provenance
    is_fallback: bool


def _read_entry(record: Record) -> RouteEntry:
    recipients = []
    for recipient in record.records("recipients"):
        recipients.append(Recipient(code=recipient.text("id"), message=recipient.text("title")))
        recipient.done()
    entry = RouteEntry(
        country=record.text("country"),
        recipients=tuple(recipients),
        article=record.text("article"),
        provenance=record.provenance(),
    )
    record.done()
    return entry


def _read_route(record: Record) -> Route:
    entry_records = record.records("entry")
    entries = [_read_entry(entry) for entry in entry_records]
    unique(entry_records, [entry.country for entry in entries])
    countries = {entry.country for entry in entries}
    if ANYWHERE not in countries:
        record.note('there is no entry for any other country ("*")')
    clock = record.text("deadline_rule", default="") or None
    if clock is not None and clock not in deadline_rules():
        record.note(f"deadline_rule names {clock!r}, which is no deadline rule")
    stopped = record.texts("stops_rules")
    for rule_id in stopped:
        if rule_id not in deadline_rules():
            record.note(f"stops_rules names {rule_id!r}, which is no deadline rule")
    route = Route(
        id=record.text("id"),
        title=record.text("title"),
        instruction=record.text("instruction"),
        steps=record.texts("steps", required=True),
        deadline_rule=clock,
        stops_rules=stopped,
        entries={entry.country: entry for entry in entries},
    )
    record.done()
    return route


def read_routes(table: Mapping[str, object]) -> Mapping[str, Route]:
    """Validate a parsed route file. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "routes", problems)
    records = file.records("route")
    found = [_read_route(record) for record in records]
    unique(records, [route.id for route in found])
    for kind in RouteKind:
        if kind not in {route.id for route in found}:
            file.note(f"there is no route {str(kind)!r}")
    file.done()
    problems.raise_if_any()
    return {route.id: route for route in found}


@cache
def routes() -> Mapping[str, Route]:
    """Return every route by id. Raises LawDataError if the file is wrong."""
    return read_routes(read_data("routes.toml"))


def route(identifier: str) -> Route:
    """Return one route, for example ``threat_to_life``. Raises UnknownRoute."""
    try:
        return routes()[identifier]
    except KeyError:
        raise UnknownRoute(identifier) from None


def advise(kind: RouteKind | str, *, state: str | None, host_state: str | None) -> Advice:
    """Say whom to tell.

    ``state`` is the state concerned (for a threat to life), else None; ``host_state`` the state of the host's
    establishment or representative. For a threat to life the state concerned decides, and where it is not known the
    entry ``unknown`` answers; for the other routes the host's state decides. Raises UnknownRoute.
    """
    found = route(kind)
    has_unknown = UNKNOWN in found.entries
    wanted = (state or UNKNOWN) if has_unknown else (host_state or ANYWHERE)
    entry = found.entries.get(wanted)
    chosen = entry or found.entries[ANYWHERE]
    params = {"state": state or UNKNOWN_STATE, "host_state": host_state or UNKNOWN_STATE}
    return Advice(
        route=found,
        recipients=tuple(replace(recipient, params=params) for recipient in chosen.recipients),
        article=chosen.article,
        provenance=chosen.provenance,
        is_fallback=entry is None or wanted in (ANYWHERE, UNKNOWN),
    )


def advise_states(
    kind: RouteKind | str, *, states: Sequence[str], host_state: str | None
) -> tuple[Advice, ...]:
    """Say whom to tell where several states are concerned: one answer per state, each state once, in their order.

    No state at all means that nobody can tell which one it is. Raises UnknownRoute.
    """
    wanted: tuple[str | None, ...] = tuple(dict.fromkeys(states)) or (None,)
    return tuple(advise(kind, state=state, host_state=host_state) for state in wanted)
