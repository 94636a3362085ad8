"""Where upper layers answer what this low room cannot know.

- `person_leaving`: whoever gives people work says how much of it is open and hands it over. `cases`
  registers "cases". Called by `services.deactivate_person`, inside its transaction.
- `register_changed`: whoever keeps a record of the register of authorities (the public log, the overseer's
  copies) is told of each change. `tlog` registers "tlog" (append a leaf of `change.kind` with
  `change.public_facts`), `oversight` registers "oversight" (a copy of kind `register_change`). Every handler
  is called, inside the caller's transaction.
- `host_changed`: whoever computed something from the host's profile is told that it was written anew, inside the
  caller's transaction. `orders` registers "orders".
- `person_letters`: whoever writes and posts mail to people (links need addresses of pages, which no app
  knows) answers by letter kind. `web.accounts` registers one handler per kind, which enqueues a delivery.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from entente.apps.kernel.actors import Actor
from entente.apps.kernel.jsontypes import JSONValue
from entente.apps.kernel.registries import Registry


class LeavingHandler(Protocol):
    """Knows the open work of a person in one room."""

    def open_items(self, person_id: UUID) -> int:
        """Return how many open items wait for this person."""

    def hand_over(self, *, person_id: UUID, to_person_id: UUID, actor: Actor, at: datetime) -> int:
        """Give all open items to somebody else and return how many there were."""


RegisterChangeKind = Literal[
    "authority_registered",
    "authority_changed",
    "authority_status_set",
    "key_registered",
    "key_rotated",
    "key_revoked",
    "certificate_registered",
    "certificate_removed",
]


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """One change of the register. `public_facts` name institutions and keys, never a person."""

    kind: RegisterChangeKind
    authority_id: UUID
    subject_id: UUID
    public_facts: dict[str, JSONValue]
    actor: Actor
    at: datetime


LetterKind = Literal[
    "invitation", "recovery_requested", "recovery_to_confirm", "recovery_link", "account_closed"
]


@dataclass(frozen=True, slots=True)
class PersonLetter:
    """A mail that has to leave; `token` is the one-time secret of a link, nowhere else in clear."""

    kind: LetterKind
    subject_id: UUID
    to_address: str
    to_name: str
    language: str
    at: datetime
    token: str = ""
    expires_at: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


person_leaving: Registry[str, LeavingHandler] = Registry("parties.person_leaving")
register_changed: Registry[str, Callable[[RegisterChange], None]] = Registry("parties.register_changed")
host_changed: Registry[str, Callable[[datetime], None]] = Registry("parties.host_changed")
person_letters: Registry[LetterKind, Callable[[PersonLetter], None]] = Registry("parties.person_letters")


def tell_register_changed(change: RegisterChange) -> None:
    """Tell every layer that keeps a record of the register."""
    for handler in register_changed:
        handler(change)


def tell_host_changed(at: datetime) -> None:
    """Tell every layer that computed something from the host's profile."""
    for handler in host_changed:
        handler(at)


def post_letter(letter: PersonLetter) -> None:
    """Hand a letter to whoever writes letters of its kind; without a writer (a library use) nothing leaves."""
    handler = person_letters.find(letter.kind)
    if handler is not None:
        handler(letter)
