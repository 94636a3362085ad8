"""A host, an authority, and a clock that stands still for the public pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from entente.apps.kernel import clock
from entente.web.public import throttle
from tests import world
from tests.world import NOW


class Watch:
    """The time the pages see; tests move it."""

    def __init__(self) -> None:
        self.at: datetime = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Hold the clock ten minutes after the world's beginning."""
    held = Watch()
    monkeypatch.setattr(clock, "now", lambda: held.at)
    return held


@pytest.fixture(autouse=True)
def _no_memory() -> Iterator[None]:
    """Forget who has sent forms."""
    throttle.notices._seen.clear()
    yield
    throttle.notices._seen.clear()


@pytest.fixture
def office(db: None) -> world.Office:
    """Write the host's profile; register an authority that orders, and the one that scrutinises."""
    world.host()
    world.office(
        "Council of Examples",
        "FR",
        competences=["scrutinise"],
        mail_domains=["council.example"],
        contact_mail="scrutiny@council.example",
    )
    return world.office()
