"""The whole story: one short one in this process, and the exercise as `entente demo --auto` plays it."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.test import Client
from examples.agora.app import create_app
from examples.agora.config import Settings
from werkzeug.serving import BaseWSGIServer, make_server

from entente.apps.cases import queries as cases
from entente.apps.content import services as content
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.config import reset_cache
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from examples.agora import store
from tests import world
from tests.api.test_orders import post, signed_headers
from tests.world import ALL_YES, Office

ROOT = Path(__file__).resolve().parents[2]
STORY_SECONDS = 180
SECRET = "whsec_" + base64.b64encode(b"a secret of the suite only, long").decode()
POST = "bridge"


@dataclass
class Agora:
    """A running agora and what a visitor from Germany sees there."""

    server: BaseWSGIServer
    data: Path

    def status(self, path: str = f"/p/{POST}") -> int:
        """Return what a visitor gets."""
        return self.get(path).status_code

    def get(self, path: str = f"/p/{POST}") -> httpx.Response:
        """Return the whole answer."""
        address = f"http://127.0.0.1:{self.server.server_port}{path}"
        return httpx.get(address, headers={"X-Agora-Country": "DE"}, trust_env=False)

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Read agora's own database."""
        with store.opened(self.data) as db:
            return [dict(row) for row in db.execute(query)]


@pytest.fixture
def agora(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agora]:
    """Run agora on loopback with one post, and point Entente's webhook at it."""
    settings = Settings(data=tmp_path / "agora", webhook_secret=SECRET, entente_token="t0ken", country="DE")
    app = create_app(settings, courier=False)
    with store.opened(settings.data) as db:
        db.execute(
            "INSERT INTO users (name, password, language, created_at) VALUES ('ada', '!', 'fr', ?)",
            (store.now_text(),),
        )
        db.execute(
            "INSERT INTO posts (id, user_id, title, body, language, published_at) VALUES (?, 1, 'T', 'B', 'en', ?)",
            (POST, store.now_text()),
        )
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("ENTENTE_PLATFORM__KIND", "webhook")
    monkeypatch.setenv(
        "ENTENTE_PLATFORM__WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/entente/webhook"
    )
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_SECRET", SECRET)
    reset_cache()
    yield Agora(server, settings.data)
    monkeypatch.undo()
    reset_cache()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def office(db: None) -> Office:
    now = datetime.now(UTC)
    world.host(at=now)
    return world.office(at=now)


def work(*, later: timedelta = timedelta(seconds=1)) -> None:
    """Do what the worker does, until the outbox is quiet."""
    at = datetime.now(UTC) + later
    content.run_due_snapshots(at=at)
    for _turn in range(5):
        if not deliveries.attempt_due(at=at):
            return


@pytest.mark.django_db
def test_an_order_from_signature_to_the_post_restored(client: Client, office: Office, agora: Agora) -> None:
    assert agora.status() == 200
    body = json.dumps(world.order_form(f"https://agora.example/p/{POST}")).encode()
    response = post(client, body, signed_headers(office, body))
    assert response.status_code == 201, response.content
    order_id = UUID(response.json()["id"])
    work()
    assert agora.status() == 200, "nothing happens before a person has answered the five questions"
    assert [row["post_id"] for row in agora.rows("SELECT post_id FROM pushes")] == [POST]

    order_services.execute_order(
        order_id=order_id, answers=ALL_YES, actor=world.actor("on_call"), at=datetime.now(UTC)
    )
    work()
    work()
    order = orders.order(order_id)
    assert order.execution == "executed"
    blocked = agora.get()
    assert blocked.status_code == 451
    assert "blocked-by" in blocked.headers["link"]
    (answer,) = orders.answers_of(order_id)
    assert (answer.kind, answer.recipient) == ("feedback", "desk@office.example")
    (letter,) = cases.statements_of(order.case_id)
    assert (letter.form, letter.state) == ("tco11", "sent")
    (message,) = agora.rows("SELECT * FROM messages")
    assert message["letter_url"].endswith(letter.token)

    at = datetime.now(UTC)
    order_services.end_order(
        order_id=order_id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="a letter",
        happened_at=at,
        actor=world.actor("senior_reviewer"),
        at=at,
    )
    work()
    work()
    assert agora.status() == 200
    assert cases.case_by_id(order.case_id).state == "closed"
    assert [line["read_at"] for line in agora.rows("SELECT * FROM messages")] == [None, None]


@pytest.mark.django_db
def test_a_post_that_is_not_there_is_refused_and_reported(
    client: Client, office: Office, agora: Agora
) -> None:
    body = json.dumps(world.order_form("https://agora.example/p/nothing")).encode()
    order_id = UUID(post(client, body, signed_headers(office, body)).json()["id"])
    person = world.actor("on_call")
    order_services.execute_order(order_id=order_id, answers=ALL_YES, actor=person, at=datetime.now(UTC))
    work()
    (item,) = cases.items_of(orders.order(order_id).case_id)
    assert item.action is not None
    assert (item.action.state, item.action.failure) == ("failed", "not_found")
    order_services.declare_impossible(
        order_id=order_id,
        ground="manifest_error",
        explanation="No post has this address.",
        actor=person,
        at=datetime.now(UTC),
    )
    assert orders.order(order_id).execution == "impossible"


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


TITLES = (
    "One order, from signature to feedback",
    "A wrong order: satire",
    "An order that cannot be executed",
    "An order that asks for silence",
    "A notice about a news report",
    "A decision after a notice",
    "Six months later",
    "The whole exercise was played.",
)


@pytest.mark.long
def test_the_exercise_plays_itself_to_the_end(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ENTENTE_", "DJANGO_"))}
    command = [
        *(sys.executable, "-c", "import sys; from entente.cli.main import main; sys.exit(main())"),
        *("demo", "--auto", "--data", str(tmp_path / "demo")),
        *("--port", str(free_port()), "--agora-port", str(free_port())),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**kept, "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _nothing = process.communicate(timeout=STORY_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            said, _nothing = process.communicate(timeout=30)
            pytest.fail(f"not finished after {STORY_SECONDS} s:\n{said}")
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    log = tmp_path / "demo" / "services.log"
    assert process.returncode == 0, f"{said}\n{log.read_text()[-4000:] if log.exists() else ''}"
    for title in TITLES:
        assert title in said
    assert "Traceback" not in log.read_text()
