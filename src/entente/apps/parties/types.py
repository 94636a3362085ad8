"""What queries hand out: frozen facts, no rows."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from entente.apps.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """A person as other rooms see them."""

    id: UUID
    name: str
    email: str
    language: str
    timezone: str
    is_active: bool
    from_outside: bool
    roles: frozenset[str]
    left_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The person as the actor of a service."""
        return Actor(kind="person", id=str(self.id), name=self.name, roles=self.roles)


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """An API client that showed a valid token."""

    id: UUID
    name: str
    kind: str
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        """The client as the actor of a service."""
        return Actor(kind="api_client", id=str(self.id), name=self.name)

    def may(self, scope: str) -> bool:
        """Say whether the token carries `scope`."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """A trusted certificate of an authority, for PAdES verification."""

    id: UUID
    purpose: str
    pem: str
    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class AuthorityFacts:
    """An entry of the register."""

    id: UUID
    name: str
    country: str
    kind: str
    competences: frozenset[str]
    callback_phone: str
    contact_mail: str
    callback_url: str
    languages: tuple[str, ...]
    status: str
    exercise: bool

    @property
    def actor(self) -> Actor:
        """The authority as the actor of a service."""
        return Actor(kind="authority", id=str(self.id), name=self.name)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key of the register with the standing of its owner: all that `key_usable` looks at."""

    id: UUID
    key_id: str
    algorithm: str
    public_key: bytes
    fingerprint: str
    exercise: bool
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    authority: AuthorityFacts


class KeyVerdict(StrEnum):
    """Why a key counts or does not; only `USABLE` is true."""

    USABLE = "usable"
    REVOKED = "revoked"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    AUTHORITY_SUSPENDED = "authority_suspended"
    AUTHORITY_REMOVED = "authority_removed"
    EXERCISE_KEY = "exercise_key"
    NOT_AN_EXERCISE_KEY = "not_an_exercise_key"

    def __bool__(self) -> bool:
        return self is KeyVerdict.USABLE


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What decides whether a law binds this host; countries are ISO 3166-1 alpha-2, None is not known.

    `is_complete`: nothing is missing without which no order can be computed to bind.
    """

    name: str = ""
    established_in: str = ""
    represented_in: str = ""
    offers_in: frozenset[str] = frozenset()
    disseminates_to_public: bool | None = None
    service_hosts: tuple[str, ...] = ()
    contact_point_mail: str = ""
    languages: tuple[str, ...] = ()
    size_class: str = "small"
    terms_url: str = ""
    is_complete: bool = False
