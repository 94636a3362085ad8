"""Fixtures: an Agora in a temporary directory, signed webhooks, and a stand-in for Entente on loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import itertools
import json
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from examples.agora.app import create_app
from examples.agora.config import Settings
from jinja2 import BytecodeCache
from PIL import Image
from typing_extensions import override

from examples.agora import couriers, store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from jinja2.bccache import Bucket
    from werkzeug.test import TestResponse

SECRET = "whsec_" + base64.b64encode(b"a secret of the exercise only").decode()
BASE = "https://agora.example"


class TemplatesOfTheRun(BytecodeCache):
    """Compiled templates, shared by every Agora of the run."""

    compiled: ClassVar[dict[str, bytes]] = {}

    @override
    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    @override
    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


@dataclass
class Received:
    """One request that the stand-in got."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """A tiny Entente: remembers what it got, answers what the test wants."""

    url: str
    answers: list[tuple[int, Any]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)


@pytest.fixture
def entente() -> Iterator[StandIn]:
    """Run a stand-in for Entente; without prepared answers it says 201 with a receipt."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand_in.received.append(
                Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            status, document = stand_in.answers.pop(0) if stand_in.answers else (201, RECEIPT)
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stand_in
    server.shutdown()
    thread.join()
    server.server_close()


RECEIPT = {"status_url": "https://entente.example/n/abc", "receipt": {"digest": "d1", "leaf_hash": "l1"}}


@dataclass
class Agora:
    """One Agora under test and what a test does with it."""

    app: Flask
    settings: Settings
    client: FlaskClient
    later_s: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def db(self) -> sqlite3.Connection:
        """Open its database; the caller closes it."""
        return store.connect(self.settings.data)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Read rows."""
        with store.opened(self.settings.data) as db:
            return [dict(row) for row in db.execute(query, values)]

    def tell(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        message_id: str | None = None,
        sent_at: float | None = None,
        secret: str = SECRET,
    ) -> TestResponse:
        """Send a signed webhook as Entente would."""
        body = json.dumps({"type": kind, "timestamp": "2026-11-23T18:00:00Z", "data": data}).encode()
        headers = sign(body, message_id or f"msg_{next(self.numbers)}", sent_at, secret)
        return self.app.test_client().post("/entente/webhook", data=body, headers=headers)

    def hold(self, post_id: str = "first", **changes: Any) -> TestResponse:
        """Send action.apply for a post: disabled everywhere unless told otherwise."""
        return self.tell("action.apply", action(post_id, **changes))

    def undo(self, action_id: str, post_id: str = "first") -> TestResponse:
        """Send action.undo."""
        return self.tell("action.undo", action(post_id, action_id=action_id, measure="restore"))

    def see(self, path: str, country: str = "FR", who: FlaskClient | None = None) -> TestResponse:
        """Look at a page from a country."""
        return (who or self.client).get(path, headers={"X-Agora-Country": country}, buffered=True)

    def as_user(self, name: str) -> FlaskClient:
        """Give a browser that is logged in."""
        client = self.app.test_client()
        assert client.get(f"/exercise/login/{name}").status_code == 302
        return client

    def carry(self) -> int:
        """Carry what is due, each time ten thousand seconds later than before."""
        self.later_s += 10_000
        return couriers.carry_due(self.settings, time.time() + self.later_s)


def sign(body: bytes, message_id: str, sent_at: float | None = None, secret: str = SECRET) -> dict[str, str]:
    """Sign as Standard Webhooks describes."""
    seconds = str(int(sent_at if sent_at is not None else time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
        "content-type": "application/json",
    }


def action(post_id: str = "first", **changes: Any) -> dict[str, Any]:
    """Make the data of an action on a post."""
    return {
        "action_id": "a-1",
        "content": {"url": f"{BASE}/p/{post_id}", "platform_ref": None},
        "measure": "disable",
        "countries": None,
        "label": None,
        "basis": {"authority": "Bureau of Lowmere", "legal_basis": "Regulation (EU) 2021/784, Article 3"},
        "explanation_url": "https://entente.example/why/a-1",
        "silent": False,
        "exercise": True,
        **changes,
    }


def tiny_png() -> bytes:
    """Make a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 5), "#4b3f8f").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def make_agora(tmp_path: Path) -> Callable[..., Agora]:
    """Make an Agora with two authors (ada, ben) and two posts of ada's (first with a picture, second)."""

    def make(**changes: Any) -> Agora:
        wanted = Settings(
            data=tmp_path / "agora", webhook_secret=SECRET, entente_token="t0ken", exercise=True
        )
        settings = replace(wanted, **changes)
        app = create_app(settings, courier=False)
        app.testing = True
        app.jinja_env.bytecode_cache = TemplatesOfTheRun()
        with store.opened(settings.data) as db:
            for name, language in (("ada", "en"), ("ben", "ar")):
                person = (name, "!", language, store.now_text())
                db.execute(
                    "INSERT INTO users (name, password, language, created_at) VALUES (?, ?, ?, ?)", person
                )
            for key in ("first", "second"):
                row = (1, f"Title of {key}", f"Text of {key}", "en", store.now_text())
                db.execute(
                    "INSERT INTO posts (id, user_id, title, body, language, published_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (key, *row),
                )
            path = store.media_path(settings.data, "first", 1)
            path.parent.mkdir(parents=True)
            path.write_bytes(tiny_png())
            db.execute(
                "INSERT INTO media VALUES ('first', 1, 'hill.png', 'image/png', ?)", (len(tiny_png()),)
            )
        return Agora(app, settings, app.test_client())

    return make


@pytest.fixture
def agora(make_agora: Callable[..., Agora]) -> Agora:
    """Give an Agora whose Entente is away (nobody listens on port 9)."""
    return make_agora(entente="http://127.0.0.1:9")
