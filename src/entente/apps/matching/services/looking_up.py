"""Looking up: does a thing meet a known signal, for askers whose interface knows no content, no case and no policy.

Nothing is kept of what was asked about, whatever was found: only the counts. So a lookup opens no case, and what its
asker does about the answer is the asker's own decision.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from entente.apps.banks import queries as banks
from entente.apps.banks.queries import SignalFacts
from entente.apps.matching import counts
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import IndexHub, Query, hub
from entente.apps.matching.rules import Met
from entente.apps.matching.services.checking import MOST_SIGNALS, content_key, met_signals
from entente.apps.matching.types import Asker, CheckedContent
from entente.core.signals.registry import signal_types

EVERYTHING: Final = None
"""In place of a seed: every bank looks at this thing, whatever its share of traffic."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a lookup met, the nearest first; with `unknown` nothing may be concluded (`CheckAnswer.why`)."""

    met: tuple[Met, ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Near:
    """A standing signal near to what was asked about, whatever its bank is set to."""

    signal: SignalFacts
    distance: int


@dataclass(frozen=True, slots=True)
class RawLookup:
    """What lies near, the nearest first; with `unknown` nothing may be concluded."""

    near: tuple[Near, ...] = ()
    unknown: str = ""


def look_up(
    *,
    queries: Sequence[Query],
    asker: Asker,
    at: datetime,
    seed: str | None = "",
    only: Collection[UUID] | None = None,
    index: IndexHub | None = None,
) -> Lookup:
    """Say which signals one thing meets, as far as their banks look at it now.

    `seed` draws the share of traffic: the same for the same seed; without one, the same for the same thing. `only`
    names the banks to look in. An authority's bank is looked in where it is named: what it lists are referrals, which
    a program must not take for a judgement by not looking. A thing that meets a protective bank meets nothing here,
    because this answer has no word for "leave it to a person". Raises CheckUnreadable.
    """
    known = index or hub()
    found = known.search(_checked(queries))
    met = met_signals(found, known, queries, _key(seed, queries), at) if found.found else []
    if any(one.bank.is_negative for one in met):
        met = []
    met = [one for one in met if _is_asked(one.bank.id, only, is_referral=one.bank.is_referral)]
    counts.note(asker.id, "unknown" if found.unknown else "match" if met else "no_match", queries, at)
    return Lookup(tuple(met), found.unknown)


def look_up_raw(
    *,
    query: Query,
    asker: Asker,
    at: datetime,
    only: Collection[UUID] | None = None,
    index: IndexHub | None = None,
) -> RawLookup:
    """Say which signals lie within the default radius of their type, whatever their banks are set to.

    Radius, share of traffic, end and pause of a bank do not count. What does not stand is in no index and is not found;
    protective banks are left out, and an authority's unless `only` names it. Raises CheckUnreadable.
    """
    known = index or hub()
    radius = signal_types()[query.signal_type].default_radius
    found = known.search(_checked([query]), radii=lambda _name: radius)
    nearest = {one.signal_id: one.distance for one in found.found if one.distance <= radius}
    facts = banks.signals_facts(nearest)
    policies = known.policies()
    near = [
        Near(facts[signal_id], distance)
        for signal_id, distance in nearest.items()
        if signal_id in facts
        and (bank := policies.get(facts[signal_id].bank_id)) is not None
        and not bank.is_negative
        and _is_asked(bank.id, only, is_referral=bank.is_referral)
    ]
    counts.note(asker.id, "unknown" if found.unknown else "match" if near else "no_match", [query], at)
    return RawLookup(tuple(sorted(near, key=lambda one: (one.distance, one.signal.id))), found.unknown)


def _checked(queries: Sequence[Query]) -> Sequence[Query]:
    if not 0 < len(queries) <= MOST_SIGNALS:
        raise CheckUnreadable(f"A lookup asks about 1 to {MOST_SIGNALS} signals.", field="signals")
    return queries


def _key(seed: str | None, queries: Sequence[Query]) -> str | None:
    """Return by what the share of traffic is drawn."""
    if seed is EVERYTHING:
        return None
    content = replace(CheckedContent(), id=f"seed {seed}") if seed else CheckedContent()
    return content_key(content, queries)


def _is_asked(bank_id: UUID, only: Collection[UUID] | None, *, is_referral: bool) -> bool:
    return not is_referral if only is None else bank_id in only
