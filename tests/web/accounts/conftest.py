"""People, signed in or not, for the tests of the account screens."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import Client

from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import services
from entente.apps.parties.models import Person
from entente.apps.parties.roles import Role

PASSWORD = "four words said aloud"
SignIn = Callable[[Person], Client]


@pytest.fixture
def staff(db: None) -> SimpleNamespace:
    """Return one person per role of a small host, each with a password."""

    def make(name: str, role: Role) -> Person:
        return services.create_person(
            email=f"{name.split(maxsplit=1)[0].lower()}@host.example",
            name=name,
            actor=SYSTEM,
            at=datetime.now(UTC),
            roles=[role],
            password=PASSWORD,
        )

    return SimpleNamespace(
        ada=make("Ada Berg", Role.ADMINISTRATOR),
        lea=make("Lea Caron", Role.LEGAL),
        rui=make("Rui Esteves", Role.REVIEWER),
    )


@pytest.fixture
def sign_in(settings: SimpleNamespace) -> SignIn:
    """Return a way to open a browser in which somebody is signed in, second factor apart."""
    settings.SECOND_FACTOR_REQUIRED = False

    def open_browser(person: Person) -> Client:
        browser = Client()
        browser.force_login(person)
        return browser

    return open_browser
