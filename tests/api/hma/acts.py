"""What the tests of this folder share: hashes of invented words, an index that says how it is, a site with one file."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typing_extensions import override

from entente.apps.banks import queries, services
from entente.apps.banks.models import Exchange
from entente.apps.kernel import http
from entente.apps.matching.hub import HubStatus, TypeStatus
from tests.apps.banks import acts as banks
from tests.apps.matching.acts import ComparedHub
from tests.world import NOW

ALL = ("checks:ask", "banks:read", "banks:write")


class StatedHub(ComparedHub):
    """The compared index, which also says how it is."""

    def __init__(self, folder: Path, unknown: str = "") -> None:
        super().__init__(unknown)
        self.folder = folder
        self.types: tuple[TypeStatus, ...] = ()

    @override
    def start(self) -> None:
        """Have begun already."""

    @override
    def stop(self) -> None:
        """Have nothing to end."""

    @override
    def status(self) -> HubStatus:
        """Say what the test prepared."""
        behind = None if self.unknown == "not_ready" else 0.5
        return HubStatus(
            types=self.types, reached=queries.last_change(), unknown=self.unknown, seconds_behind=behind
        )


def pdq(word: str, *flipped: int) -> str:
    """Return the PDQ hash of an invented word, some of its bits flipped."""
    value = bytearray(hashlib.sha256(word.encode()).digest())
    for bit in flipped:
        value[bit // 8] ^= 128 >> bit % 8
    return value.hex()


def hold(bank_id: object, *words: str) -> list[int]:
    """Add the PDQ hashes of words to a bank and return their numbers."""
    numbers = []
    for word in words:
        value = bytes.fromhex(pdq(word))
        services.add_signals(
            bank_id=bank_id,  # type: ignore[arg-type] # a UUID
            signals=[services.NewSignal("pdq", value)],
            source=services.Source(how="import", words="list.csv"),
            actor=banks.reviewer(),
            at=NOW,
        )
        numbers += [one.id for one in queries.find_signals("pdq", value) if one.bank_id == bank_id]
    return numbers


def connected(name: str = "PARTNER") -> Exchange:
    """Connect an exchange, as a person does, to a partner's bank of the same name."""
    return services.create_exchange(
        bank_id=banks.bank(name, owner="partner").id,
        name=name,
        kind="ncmec",
        settings={"username": "agora", "password": "a secret of the suite"},
        every_minutes=60,
        actor=banks.senior(),
        at=NOW,
    )


@contextmanager
def site(
    monkeypatch: pytest.MonkeyPatch, body: bytes, kind: str = "image/jpeg", status: int = 200
) -> Iterator[str]:
    """Serve one file at an address that only the guarded client of this test reaches."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    overrides = {"pictures.example": f"127.0.0.1:{server.server_address[1]}"}
    monkeypatch.setattr(http, "client", lambda: http.GuardedClient(overrides=overrides))
    try:
        yield "http://pictures.example/file"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
