"""The exercise's own pages: one click to be somebody, a clock that goes forward, a mailbox, further orders."""

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.test import Client
from typing_extensions import override

from entente.apps.deliveries import services as deliveries
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config, reset_cache
from entente.apps.parties import services as parties
from entente.web.demo import sending
from tests import world
from tests.web import stories

pytestmark = pytest.mark.django_db


@pytest.fixture
def exercise(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make this instance an exercise with a data directory of its own."""
    monkeypatch.setenv("ENTENTE_DEMO", "true")
    reset_cache()
    yield data_dir
    clock._mapped.pop(str(data_dir / "clock-offset"), None)


@pytest.fixture
def reviewer(exercise: Path) -> Any:
    """Return an invented person."""
    return parties.create_person(
        email="nadia@agora.example", name="Nadia Brook", actor=SYSTEM, at=clock.now(), roles=["reviewer"]
    )


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("address", ["/demo/", "/demo/mailbox/", "/demo/orders/"])
def test_outside_an_exercise_none_of_it_exists(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.content == client.get("/demo/nothing/at/all").content


def test_outside_an_exercise_nobody_becomes_somebody(client: Client) -> None:
    person = parties.create_person(
        email="real@agora.example", name="Real", actor=SYSTEM, at=world.NOW, roles=["legal"]
    )
    assert client.post(f"/demo/be/{person.pk}").status_code == 404
    assert "_auth_user_id" not in client.session
    assert client.post("/demo/clock", {"step": "day"}).status_code == 404


def test_one_click_makes_a_visitor_somebody_and_nobody_again(client: Client, reviewer: Any) -> None:
    page = text_of(client, "/demo/")
    assert "Nadia Brook" in page
    assert "EXERCISE" in page
    assert f"/demo/be/{reviewer.pk}" in page
    assert client.get(f"/demo/be/{reviewer.pk}").status_code == 405
    answer = client.post(f"/demo/be/{reviewer.pk}")
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(reviewer.pk)
    assert "this is you now" in text_of(client, "/demo/")
    client.post("/demo/leave")
    assert "_auth_user_id" not in client.session
    assert client.post("/demo/be/01900000-0000-7000-8000-000000000000").status_code == 404


@pytest.mark.parametrize(("step", "days"), [("day", 1), ("two_days", 2), ("half_year", 184)])
def test_the_clock_goes_forward(client: Client, exercise: Path, step: str, days: int) -> None:
    before = clock.now()
    assert client.post("/demo/clock", {"step": step})["Location"] == "/demo/"
    assert timedelta(days=days) <= clock.now() - before < timedelta(days=days, minutes=5)
    assert "ahead of this machine" in text_of(client, "/demo/")
    assert client.post("/demo/clock", {"step": "back"}).status_code == 404


def test_the_story_and_the_open_cases_are_told(client: Client, exercise: Path) -> None:
    world.host(at=clock.now())
    stories.given_notice(at=clock.now())
    page = text_of(client, "/demo/")
    assert "A notice arrived" in page
    assert "https://agora.example/p/1" in page


def test_mails_stay_in_the_mailbox_and_their_links_live(client: Client, exercise: Path) -> None:
    world.host(at=clock.now())
    notice = stories.given_notice(at=clock.now())
    deliveries.attempt_due(at=clock.now() + timedelta(seconds=1), limit=20)
    page = text_of(client, "/demo/mailbox/")
    assert "We have received your notice" in page
    assert "reader@mail.example" in page
    (address, *_rest) = [part for part in page.split('"') if part.startswith("/demo/mailbox/01")]
    assert f"/notices/{notice.token}" in text_of(client, address)
    assert "No mail" in text_of(client, "/demo/mailbox/?to=nobody@mail.example")
    unknown = "01900000-0000-7000-8000-000000000000"
    assert client.get(f"/demo/mailbox/{unknown}").status_code == 404
    assert client.get(f"/demo/mailbox/files/{unknown}").status_code == 404


def test_without_keys_or_posts_the_page_says_so(client: Client, exercise: Path) -> None:
    assert "No invented authority can sign here" in text_of(client, "/demo/orders/")


class Neighbour:
    """A stand-in for both services over HTTP: agora's posts, and this instance's own door."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 201
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                rows = [
                    {
                        "id": "tide",
                        "title": "The tide",
                        "author": "herald",
                        "language": "de",
                        "url": "https://agora.example/p/tide",
                    }
                ]
                self._answer(200, rows)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.received.append((dict(self.headers), body))
                self._answer(
                    outer.status, {"case": "ABCD-1234", "title": "Not like this", "detail": "refused"}
                )

            def _answer(self, status: int, value: Any) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            @override
            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]


@pytest.fixture
def neighbour(exercise: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neighbour]:
    """Start the stand-in and point the configuration at it."""
    running = Neighbour()
    thread = Thread(target=running.server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("ENTENTE_SERVER__PORT", str(running.port))
    monkeypatch.setenv("ENTENTE_PLATFORM__KIND", "webhook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_URL", f"http://127.0.0.1:{running.port}/hook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_SECRET", "whsec_" + "A" * 43 + "=")
    reset_cache()
    yield running
    running.server.shutdown()
    running.server.server_close()
    thread.join()


def test_an_invented_authority_signs_and_sends_through_the_front_door(
    client: Client, neighbour: Neighbour
) -> None:
    world.host(at=clock.now(), established_in="XA")
    office = world.office("Belmara Office (EXERCISE)", "XB", at=clock.now(), exercise=True)
    folder = sending.secrets_folder()
    assert folder == config().data_dir.parent / "secrets"
    folder.mkdir()
    pem = office.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "belmara.pem").write_bytes(pem)
    (folder / "belmara.keyid").write_text(office.key_id, encoding="ascii")
    assert "The tide" in text_of(client, "/demo/orders/")
    words = {
        "sender": "belmara",
        "url": "https://agora.example/p/tide",
        "kind": "a_incites",
        "reasons": "It calls for force.",
        "is_silent": "on",
    }
    assert client.post("/demo/orders/", words)["Location"] == "/demo/orders/"
    ((headers, form),) = neighbour.received
    assert office.key_id in headers["Signature-Input"]
    assert "Content-Digest" in {name.title() for name in headers}
    assert form["exercise"] is True
    assert form["section_b"]["contents"] == [{"url": "https://agora.example/p/tide"}]
    assert form["section_b"]["reasons"].startswith("EXERCISE.")
    assert form["section_c"] == {"non_disclosure": True}
    assert "ABCD-1234" in text_of(client, "/demo/orders/")
    neighbour.status = 422
    refused = client.post("/demo/orders/", words)
    assert refused.status_code == 422
    assert "Not like this" in refused.content.decode()


def test_when_agora_does_not_answer_there_are_no_posts(
    exercise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sending.posts() == []
    monkeypatch.setattr(sending, "agora_address", lambda: "http://127.0.0.1:9")
    assert sending.posts() == []
