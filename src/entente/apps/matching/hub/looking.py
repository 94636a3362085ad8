"""How a follower is, for the pages and the doctor."""

from typing import TYPE_CHECKING, Final

from entente.apps.matching.hub.answers import HubStatus, TypeStatus
from entente.apps.matching.hub.following import Follower
from entente.apps.matching.hub.view import NEVER

if TYPE_CHECKING:
    from entente.apps.matching.hub.holding import Holding

_MOST_EXAMPLES: Final = 5


def status_of(follower: Follower, *, unknown: str, now: float) -> HubStatus:
    """Return the status of a follower at a moment (seconds since the machine started)."""
    view, holdings, problems = follower.view, follower.holdings, dict(follower.problems)
    types = [_ready(held) for held in holdings.values()]
    types += [
        TypeStatus(
            name=name, state="failed" if name in problems else "building", problem=problems.get(name, "")
        )
        for name in view.building - holdings.keys()
    ]
    types += [TypeStatus(name=name, state="not_installed") for name in set(follower.not_installed)]
    return HubStatus(
        types=tuple(sorted(types, key=lambda one: one.name)),
        reached=view.reached,
        unknown=unknown,
        seconds_behind=None if view.known_at == NEVER else max(0.0, now - view.known_at),
        trouble=view.trouble,
    )


def _ready(held: "Holding") -> TypeStatus:
    refused = dict(held.index.refused)
    return TypeStatus(
        name=held.name,
        state="ready",
        size=len(held.index),
        reached=held.index.reached,
        in_memory=held.index.in_memory,
        segment="" if held.segmented is None else held.segmented.mapped,
        refused=len(refused),
        refused_examples=tuple(
            f"{row}: {reason}" for row, reason in sorted(refused.items())[:_MOST_EXAMPLES]
        ),
    )
