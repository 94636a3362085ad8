"""A browser per role, a host, an authority with a key, and a clock that stands where a test puts it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from entente.apps.kernel import clock
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.world import NOW, Office

Browser = Callable[..., Client]


class Visitor(Client):
    """A browser that knows who sits in front of it."""

    person: PersonFacts


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Let the clock of the views stand five minutes after the world's moment."""
    moment = NOW + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


@pytest.fixture
def office(db: None, at: datetime) -> Office:
    world.host()
    return world.office()


@pytest.fixture
def as_role(db: None, at: datetime, settings: pytest.FixtureRequest) -> Callable[..., Visitor]:
    """Return a maker of signed-in browsers."""
    settings.SECOND_FACTOR_REQUIRED = False  # type: ignore[attr-defined]

    def make(*roles: str, name: str = "Ada Example") -> Visitor:
        visitor = Visitor()
        visitor.person = world.person(name, *roles)
        visitor.force_login(get_user_model().objects.get(pk=visitor.person.id))
        return visitor

    return make
