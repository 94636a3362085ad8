"""What goes to Entente: reports and snapshots, none lost, none doubled."""

from __future__ import annotations

import json
import time
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from examples.agora import couriers, describing, store

from .conftest import BASE, tiny_png

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Agora, Received, StandIn

FORM = {
    "ground": "tco.a_incites",
    "explanation": "It calls on people to take the bridge by force.",
    "name": "Ben",
    "email": "ben@mail.example",
    "good_faith": "yes",
}


def parts_of(received: Received) -> list[tuple[str, str | None, str, bytes]]:
    """Read a multipart body: (name, file name, type, bytes)."""
    head = f"Content-Type: {received.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + received.body)
    found = []
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        payload = part.get_payload(decode=True)  # type: ignore[union-attr]
        found.append((str(name), part.get_filename(), part.get_content_type(), payload))  # type: ignore[union-attr]
    return found  # type: ignore[return-value]


def ask_snapshot(agora: Agora, upload_url: str) -> None:
    data = {"snapshot_id": "s-1", "url": f"{BASE}/p/first", "upload_url": upload_url}
    assert agora.tell("snapshot.requested", data).status_code == 202


def test_a_report_carries_the_four_elements_and_shows_the_receipt(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    answer = agora.client.post("/p/first/report", data=FORM, follow_redirects=True)
    [got] = entente.received
    assert got.path == "/api/v1/notices"
    assert got.headers["authorization"] == "Bearer t0ken"
    notice = json.loads(got.body)
    submitted_at = notice.pop("submitted_at")
    assert submitted_at.endswith("Z")
    assert notice == {
        "urls": [f"{BASE}/p/first"],
        "explanation": FORM["explanation"],
        "ground_claimed": "tco.a_incites",
        "notifier_name": "Ben",
        "notifier_mail": "ben@mail.example",
        "good_faith": True,
        "language": "en",
    }
    assert "Your report was received" in answer.text
    assert "https://entente.example/n/abc" in answer.text
    assert "leaf_hash" in answer.text


def test_a_report_waits_for_an_entente_that_is_away(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers = [(503, {"title": "Away"}), (500, {}), (401, {}), (404, {})]
    first = agora.client.post("/p/first/report", data=FORM)
    assert "is kept and will be sent" in agora.client.get(first.location).text
    for _ in range(4):
        assert agora.carry() == 1
    keys = {got.headers["idempotency-key"] for got in entente.received}
    assert (len(entente.received), len(keys)) == (5, 1)
    assert len({got.body for got in entente.received}) == 1
    assert "Your report was received" in agora.client.get(first.location).text
    assert agora.carry() == 0


def test_a_report_survives_when_nobody_listens(agora: Agora) -> None:
    first = agora.client.post("/p/first/report", data=FORM)
    assert "is kept and will be sent" in agora.client.get(first.location).text
    assert agora.rows("SELECT state, attempts FROM reports") == [{"state": "pending", "attempts": 1}]


def test_waiting_doubles_and_has_a_ceiling(agora: Agora) -> None:
    agora.client.post("/p/first/report", data=FORM)
    waits = []
    for attempts in (0, 1, 2, 20):
        with store.opened(agora.settings.data) as db:
            db.execute("UPDATE reports SET attempts = ?, next_attempt_at = 0", (attempts,))
        couriers.carry_due(agora.settings, 1000.0)
        waits.append(int(agora.rows("SELECT next_attempt_at AS at FROM reports")[0]["at"] - 1000.0))
    assert waits == [2, 4, 8, 300]


def test_a_row_taken_by_another_thread_is_left_alone(agora: Agora) -> None:
    agora.client.post("/p/first/report", data=FORM)
    key = agora.rows("SELECT id FROM reports")[0]["id"]
    with store.opened(agora.settings.data) as db:
        db.execute("UPDATE reports SET state = 'sent'")
        assert couriers.carry(agora.settings, db, "reports", key, time.time()) is False


def test_a_refused_report_says_why_and_is_not_repeated(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers = [(422, {"title": "Missing", "detail": "The explanation is too thin."})]
    page = agora.client.post("/p/first/report", data=FORM, follow_redirects=True)
    assert "The explanation is too thin." in page.text
    assert agora.carry() == 0


def test_a_strange_answer_does_not_break_the_receipt(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers = [(200, {"status_url": "javascript:alert(1)"})]
    page = agora.client.post("/p/first/report", data=FORM, follow_redirects=True)
    assert page.status_code == 200
    assert 'href="javascript' not in page.text


def test_who_reported_is_forgotten_here_once_entente_has_it(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    agora.client.post("/p/first/report", data=FORM)
    agora.carry()
    assert agora.rows("SELECT payload FROM reports") == [{"payload": "{}"}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ground": "boring"}, "Choose what it is."),
        ({"explanation": "Bad."}, "Explain in a sentence"),
        ({"email": "nobody"}, "Give your name"),
        ({"name": ""}, "Give your name"),
        ({"good_faith": ""}, "Confirm that your report"),
    ],
)
def test_a_missing_element_is_named(agora: Agora, change: dict[str, str], words: str) -> None:
    answer = agora.client.post("/p/first/report", data=FORM | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert agora.rows("SELECT * FROM reports") == []


def test_child_abuse_is_reported_without_a_name(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    agora.client.post(
        "/p/first/report", data=FORM | {"ground": "child_sexual_abuse", "name": "", "email": ""}
    )
    assert json.loads(entente.received[0].body)["notifier_name"] == ""


def test_a_snapshot_is_pushed_whole_even_when_disabled(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    for _ in range(3):
        agora.see("/p/first")
    agora.hold()
    ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
    assert agora.carry() == 1
    [got] = entente.received
    assert got.path == "/api/v1/snapshots/s-1"
    assert got.headers["authorization"] == "Bearer t0ken"
    assert got.headers["idempotency-key"] == "s-1"
    fields = {name: data for name, file_name, _, data in parts_of(got) if file_name is None}
    meta: dict[str, Any] = json.loads(fields["meta"])
    assert meta.pop("uploader_ref").startswith("u-")
    assert meta.pop("published_at").endswith("Z")
    assert meta == {
        "platform_ref": "first",
        "uploader_language": "en",
        "title": "Title of first",
        "kind": "image",
        "public": True,
    }
    assert json.loads(fields["related"])["views"] == "1-9"
    files = [part for part in parts_of(got) if part[1] is not None]
    assert [(name, file_name, kind) for name, file_name, kind, _ in files] == [
        ("part", "text.txt", "text/plain"),
        ("part", "hill.png", "image/png"),
    ]
    assert files[0][3] == b"Title of first\n\nText of first\n"
    assert files[1][3] == tiny_png()
    assert agora.carry() == 0


def test_the_token_goes_only_to_the_entente_we_know(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    ask_snapshot(agora, "https://evil.example/api/v1/snapshots/s-1?x=1")
    agora.carry()
    assert entente.received[0].path == "/api/v1/snapshots/s-1?x=1"


def test_a_push_is_tried_again_and_gives_up_after_a_week(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers = [(503, {}), (503, {})]
    ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
    agora.carry()
    assert agora.rows("SELECT state FROM pushes") == [{"state": "pending"}]
    with store.opened(agora.settings.data) as db:
        db.execute("UPDATE pushes SET created_at = '2020-01-01T00:00:00.000Z'")
    agora.carry()
    assert agora.rows("SELECT state FROM pushes") == [{"state": "refused"}]


def test_a_push_that_entente_no_longer_wants_ends(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    entente.answers = [(409, {})]
    ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
    agora.carry()
    assert agora.carry() == 0


def test_a_snapshot_asked_for_again_is_sent_again(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    for number in (1, 2):
        ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
        agora.carry()
        assert len(entente.received) == number
    assert agora.carry() == 0


def test_a_post_deleted_while_its_snapshot_waits_is_still_pushed(
    make_agora: Callable[..., Agora], entente: StandIn
) -> None:
    agora = make_agora(entente=entente.url)
    ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
    agora.as_user("ada").post("/p/first/delete")
    agora.carry()
    assert tiny_png() in entente.received[0].body
    agora.carry()
    assert agora.rows("SELECT body FROM posts WHERE id = 'first'") == [{"body": ""}]


def test_authors_are_told_apart_and_not_named(agora: Agora) -> None:
    one, other = (describing.opaque_ref(agora.settings, number) for number in (1, 2))
    assert one != other
    assert one == describing.opaque_ref(agora.settings, 1)
    assert len(one) == 22


@pytest.mark.parametrize(
    ("views", "bucket"), [(0, "0"), (1, "1-9"), (9, "1-9"), (10, "10-99"), (100, "100-999")]
)
def test_views_are_told_by_magnitude(views: int, bucket: str) -> None:
    assert couriers.views_bucket(views) == bucket


def test_the_thread_carries_when_woken_and_stops(make_agora: Callable[..., Agora], entente: StandIn) -> None:
    agora = make_agora(entente=entente.url)
    courier = couriers.Courier(agora.settings)
    courier.start()
    ask_snapshot(agora, f"{entente.url}/api/v1/snapshots/s-1")
    courier.wake()
    ends = time.monotonic() + 10
    while not entente.received and time.monotonic() < ends:
        time.sleep(0.01)
    courier.stop()
    assert len(entente.received) == 1


def test_old_webhooks_are_forgotten(agora: Agora) -> None:
    agora.hold()
    with store.opened(agora.settings.data) as db:
        db.execute("INSERT INTO webhooks VALUES ('old', '2020-01-01T00:00:00.000Z', 200, '{}')")
    agora.carry()
    assert [row["id"] for row in agora.rows("SELECT id FROM webhooks")] == ["msg_1"]
