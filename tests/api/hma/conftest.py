"""The interface turned on, an index that compares one by one, and a client per set of scopes in this process."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from entente.api import tokens
from entente.apps.kernel.config import config, reset_cache
from entente.apps.matching import counts
from entente.apps.matching.hub import process
from entente.web.wsgi import application
from tests import world
from tests.api.clients import token
from tests.api.hma.acts import ALL, StatedHub
from tests.api.hma.peer_client import PeerClient

Asking = Callable[..., PeerClient]


@pytest.fixture
def turned_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Turn the interface on, as an administrator does."""
    monkeypatch.setenv("ENTENTE_MATCHING__HMA", "true")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


@pytest.fixture
def index() -> Iterator[StatedHub]:
    """Let this process compare one by one."""
    hub = StatedHub(config().data_dir / process.FOLDER)
    before, process._hub = process._hub, hub
    yield hub
    process._hub = before


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Let no request that begins or ends close the connection that the transaction of a test lives in."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def asking(db: None, turned_on: None, index: StatedHub) -> Iterator[Asking]:
    """Return what makes a client of this process with a token of these scopes."""
    world.host()
    tokens.known_tokens._known.clear()
    counts._COUNTS._held.clear()  # what tests before this one asked
    made: list[PeerClient] = []

    def make(*scopes: str) -> PeerClient:
        secret = token(*scopes, name="coop")
        base = f"http://hma:{secret}@host.example/hma"
        made.append(PeerClient(base, httpx.WSGITransport(app=application)))
        return made[-1]

    yield make
    for one in made:
        one.http.close()


@pytest.fixture
def peer(asking: Asking) -> PeerClient:
    """Return a client that may do everything here."""
    return asking(*ALL)
