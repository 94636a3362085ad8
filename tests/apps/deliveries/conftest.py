"""A programmable transport, a programmable platform, and messages to send."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from typing_extensions import override

from entente.apps.deliveries import registries, services
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.schedules import Purpose
from entente.apps.deliveries.types import Outcome, Parcel
from entente.apps.kernel.config import reset_cache
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.kernel.registries import Registry
from tests.apps.deliveries.filedb import database_file, empty_database_file

__all__ = ["database_file", "empty_database_file"]

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class FakeTransport:
    """Answers as the test says; remembers what it was given."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome | BaseException | Callable[[Parcel], Outcome]] = []
        self.sent: list[Parcel] = []
        self.unreachable = ""

    def check(self, *, destination: str, payload: JSONObject) -> str:  # noqa: ARG002 - the protocol's signature
        return destination

    def address(self, destination: str) -> str:
        if self.unreachable:
            raise registries.Unreachable(self.unreachable)
        return f"address of {destination}"

    def send(self, parcel: Parcel) -> Outcome:
        self.sent.append(parcel)
        outcome = self.outcomes.pop(0) if self.outcomes else Outcome("delivered")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome(parcel) if callable(outcome) else outcome


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """Send everything of the transport "fake" through a FakeTransport; start with empty registries."""
    transport = FakeTransport()
    known: Registry[str, Any] = Registry("transports of the test")
    for name in registries.transports.keys():  # noqa: SIM118 - a registry is no mapping
        known.register(name, registries.transports.get(name))
    known.register("fake", transport)
    monkeypatch.setattr(registries, "transports", known)
    for name in ("delivery_acknowledged", "delivery_failing", "purposes"):
        monkeypatch.setattr(registries, name, Registry(f"{name} of the test"))
    return transport


@pytest.fixture
def answers(fake: FakeTransport) -> list[tuple[UUID, dict[str, Any]]]:
    """Collect what the handler of "action.apply" is told."""
    told: list[tuple[UUID, dict[str, Any]]] = []
    registries.delivery_acknowledged.register(
        "action.apply", lambda delivery, _at, facts: told.append((delivery.id, dict(facts)))
    )
    return told


@pytest.fixture
def alarms(fake: FakeTransport) -> list[UUID]:
    """Collect the deliveries whose alarm rings."""
    rung: list[UUID] = []
    for purpose in ("action.apply", "letter"):
        registries.delivery_failing.register(purpose, lambda delivery, _at: rung.append(delivery.id))
    return rung


def enqueue(**changes: Any) -> Delivery:
    """Put a message for the fake transport in the outbox."""
    values: dict[str, Any] = {
        "transport": "fake",
        "purpose": "action.apply",
        "destination": "platform",
        "payload": {"type": "action.apply"},
        "subject_kind": "action",
        "subject_id": new_id(),
        "at": AT,
    }
    return services.enqueue(**(values | changes))


def purpose(**changes: Any) -> Purpose:
    """Register a purpose of the test and return it."""
    made = Purpose(**changes)
    registries.purposes.register("letter", made)
    return made


@pytest.fixture
def configure(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set configuration as an operator would, by environment."""

    def set_(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"ENTENTE_{name.upper()}", value)
        reset_cache()

    return set_


class Platform:
    """A real HTTP server on the loopback whose behaviour the test sets."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.respond: Callable[[BaseHTTPRequestHandler], None] = self.plain(204)
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                platform.requests.append((headers, body))
                platform.respond(self)

            @override
            def log_message(self, *_args: object) -> None:
                """Stay silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @staticmethod
    def plain(
        status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Callable[[BaseHTTPRequestHandler], None]:
        """Return a respond function with one fixed answer."""

        def respond(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in {"content-length": str(len(body)), **(headers or {})}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        return respond

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    """Run a platform."""
    running = Platform()
    yield running
    running.close()
