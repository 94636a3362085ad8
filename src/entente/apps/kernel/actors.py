"""Who does something: the explicit `actor` every service takes.

An actor is a snapshot (kind, id, name), not a row: an audit event outlives the account it names.
"""

from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["person", "api_client", "authority", "affected", "public", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts; `roles` are the role names held at that moment."""

    kind: ActorKind
    id: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)

    def has_role(self, *roles: str) -> bool:
        """Say whether the actor holds at least one of `roles`."""
        return bool(self.roles.intersection(roles))


SYSTEM = Actor(kind="system", id="system", name="Entente")
"""The program itself: clocks that expire, retries, automatic restores."""

PUBLIC = Actor(kind="public", id="public", name="")
"""A visitor without an account."""
