"""People, keys and listeners for the tests of the parties."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.registries import Registry
from entente.apps.parties import registries, services
from entente.apps.parties.models import Person
from entente.apps.parties.registries import PersonLetter, RegisterChange
from entente.apps.parties.roles import Role

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MakePerson = Callable[..., Person]


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture(autouse=True)
def letters(monkeypatch: pytest.MonkeyPatch) -> list[PersonLetter]:
    """Catch the letters instead of posting them."""
    caught: list[PersonLetter] = []
    registry: Registry[Any, Any] = Registry("letters of the test")
    for kind in (
        "invitation",
        "recovery_requested",
        "recovery_to_confirm",
        "recovery_link",
        "account_closed",
    ):
        registry.register(kind, caught.append)
    monkeypatch.setattr(registries, "person_letters", registry)
    return caught


@pytest.fixture(autouse=True)
def changes(monkeypatch: pytest.MonkeyPatch) -> list[RegisterChange]:
    """Catch what layers above would be told about the register."""
    caught: list[RegisterChange] = []
    registry: Registry[Any, Any] = Registry("changes of the test")
    registry.register("test", caught.append)
    monkeypatch.setattr(registries, "register_changed", registry)
    return caught


@pytest.fixture(autouse=True)
def leaving(monkeypatch: pytest.MonkeyPatch) -> Registry[str, Any]:
    """Give the test an empty registry of open work."""
    registry: Registry[str, Any] = Registry("work of the test")
    monkeypatch.setattr(registries, "person_leaving", registry)
    return registry


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """Return a maker of people with roles."""

    def make(name: str, *roles: str, password: str | None = None) -> Person:
        return services.create_person(
            email=f"{name.split(maxsplit=1)[0].lower()}@host.example",
            name=name,
            actor=SYSTEM,
            at=AT,
            roles=roles,
            password=password,
        )

    return make


@pytest.fixture
def staff(make_person: MakePerson) -> SimpleNamespace:
    """Return one person per role of a small host."""
    return SimpleNamespace(
        ada=make_person("Ada Berg", Role.ADMINISTRATOR),
        lea=make_person("Lea Caron", Role.LEGAL),
        sam=make_person("Sam Drey", Role.SENIOR_REVIEWER),
        rui=make_person("Rui Esteves", Role.REVIEWER),
    )


@pytest.fixture
def public_key() -> Callable[[], tuple[Ed25519PrivateKey, str]]:
    """Return a maker of key pairs: the private key, and the public one in PEM."""

    def make() -> tuple[Ed25519PrivateKey, str]:
        private = Ed25519PrivateKey.generate()
        pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return private, pem.decode()

    return make
