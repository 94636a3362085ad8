"""Each message of Entente, done once and answered truthfully."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from examples.agora import store

from .conftest import BASE, action, sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Agora


def effect(answer: Any) -> dict[str, Any]:
    """Read the effect out of an answer."""
    found: dict[str, Any] = answer.get_json(force=True)["effect"]
    return found


def test_apply_takes_effect_and_says_since_when(agora: Agora) -> None:
    answer = agora.hold()
    assert answer.status_code == 200
    assert effect(answer)["applied"] is True
    assert effect(answer)["at"].endswith("Z")
    assert agora.see("/p/first").status_code == 451
    assert agora.see("/p/second").status_code == 200


def test_apply_under_a_new_id_keeps_the_first_moment(agora: Agora) -> None:
    first, again = effect(agora.hold()), effect(agora.hold())
    assert again == first
    assert len(agora.rows("SELECT * FROM measures")) == 1


def test_apply_is_on_disk_before_the_answer(agora: Agora) -> None:
    with store.opened(agora.settings.data) as db:
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_undo_restores_and_repeats_its_moment(agora: Agora) -> None:
    agora.hold()
    first = agora.undo("a-1")
    assert effect(first)["applied"] is True
    assert agora.see("/p/first").status_code == 200
    assert effect(agora.undo("a-1")) == effect(first)


def test_undo_leaves_other_measures_alone(agora: Agora) -> None:
    agora.hold(action_id="a-1")
    agora.hold(action_id="a-2")
    agora.undo("a-1")
    assert agora.see("/p/first").status_code == 451
    agora.undo("a-2")
    assert agora.see("/p/first").status_code == 200


def test_an_undo_that_overtakes_its_apply_wins(agora: Agora) -> None:
    agora.undo("a-1")
    late = agora.hold(action_id="a-1")
    assert effect(late)["applied"] is False
    assert effect(late)["reason"] == "already_undone"
    assert agora.see("/p/first").status_code == 200


def test_apply_with_restore_lifts_everything_on_the_post(agora: Agora) -> None:
    agora.hold(action_id="a-1")
    agora.hold(action_id="a-2", measure="restrict_by_country", countries=["DE"])
    assert effect(agora.hold(action_id="a-3", measure="restore"))["applied"] is True
    assert agora.see("/p/first", "DE").status_code == 200


@pytest.mark.parametrize("kind", ["action.apply", "action.undo"])
@pytest.mark.parametrize(
    "url", [f"{BASE}/p/nothing", "https://other.example/p/first", f"{BASE}/", "nonsense", "http://[half"]
)
def test_an_address_that_is_not_here_is_404(agora: Agora, kind: str, url: str) -> None:
    answer = agora.tell(kind, action(content={"url": url, "platform_ref": None}))
    assert answer.status_code in {404, 422}
    assert answer.mimetype == "application/problem+json"
    assert effect(answer)["applied"] is False
    if answer.status_code == 404:
        assert effect(answer)["reason"] == "not_found"
    assert agora.see("/p/first").status_code == 200


@pytest.mark.parametrize(
    "url", [f"{BASE}/p/first", f"{BASE}/p/first/", f"{BASE}/p/first?shown=1#x", f"{BASE}/media/first/1"]
)
def test_every_way_to_name_a_post_finds_it(agora: Agora, url: str) -> None:
    assert agora.tell("action.apply", action(content={"url": url})).status_code == 200
    assert agora.see("/p/first").status_code == 451


def test_our_own_reference_is_enough(agora: Agora) -> None:
    content = {"url": "https://short.example/x", "platform_ref": "first"}
    assert agora.tell("action.apply", action(content=content)).status_code == 200


def test_a_deleted_post_is_not_found(agora: Agora) -> None:
    agora.as_user("ada").post("/p/first/delete")
    assert agora.hold().status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"measure": "vanish"},
        {"countries": []},
        {"countries": ["Europe"]},
        {"measure": "restrict_by_country", "countries": None},
        {"explanation_url": "javascript:alert(1)"},
        {"content": None},
        {"content": {"url": 7}},
        {"action_id": None},
        {"action_id": ["a"]},
    ],
)
def test_what_is_unclear_is_refused_not_guessed(agora: Agora, changes: dict[str, Any]) -> None:
    answer = agora.hold(**changes)
    assert answer.status_code == 422
    assert effect(answer) == {"applied": False, "reason": "malformed"}
    assert agora.see("/p/first").status_code == 200


@pytest.mark.parametrize(
    "body", [b"[]", b"not json", b'{"type": "action.burn", "data": {}}', b'{"type": "action.apply"}']
)
def test_a_signed_muddle_is_422(agora: Agora, body: bytes) -> None:
    answer = agora.client.post("/entente/webhook", data=body, headers=sign(body, "msg_x"))
    assert answer.status_code == 422


def test_an_exercise_is_refused_by_a_real_instance(make_agora: Callable[..., Agora]) -> None:
    agora = make_agora(exercise=False)
    assert effect(agora.hold())["reason"] == "exercise"
    assert effect(agora.hold(exercise=False))["applied"] is True


def test_a_letter_reaches_the_author_and_only_the_author(agora: Agora) -> None:
    letter = {
        "letter_url": "https://entente.example/l/1",
        "url": f"{BASE}/p/first",
        "language": "ar",
        "subject": "قرار",
        "text": "نص <b>الرسالة</b>",
    }
    assert effect(agora.tell("person.inform", letter))["applied"] is True
    ada, ben = agora.as_user("ada"), agora.as_user("ben")
    assert "unread: 1" in agora.see("/", who=ada).text
    assert "قرار" in ada.get("/inbox").text
    page = ada.get("/inbox/1").text
    assert 'lang="ar" dir="rtl"' in page
    assert "&lt;b&gt;" in page
    assert "https://entente.example/l/1" in page
    assert "unread: 1" not in ada.get("/").text
    assert ben.get("/inbox/1").status_code == 404
    assert agora.client.get("/inbox/1").status_code == 404


def test_a_letter_about_a_deleted_post_still_arrives(agora: Agora) -> None:
    agora.as_user("ada").post("/p/first/delete")
    letter = {"letter_url": "", "url": f"{BASE}/p/first", "language": "en", "subject": "S", "text": "T"}
    assert agora.tell("person.inform", letter).status_code == 200


def test_a_letter_without_a_web_address_is_refused(agora: Agora) -> None:
    letter = {"letter_url": "data:x", "url": f"{BASE}/p/first", "language": "en", "subject": "S", "text": "T"}
    assert agora.tell("person.inform", letter).status_code == 422


def test_a_snapshot_is_noted_once(agora: Agora) -> None:
    wanted = {
        "snapshot_id": "s-1",
        "url": f"{BASE}/p/first",
        "upload_url": "https://e.example/api/v1/snapshots/s-1",
    }
    assert agora.tell("snapshot.requested", wanted).status_code == 202
    assert agora.tell("snapshot.requested", wanted).status_code == 202
    rows = agora.rows("SELECT id, post_id, upload_path, state FROM pushes")
    assert rows == [
        {"id": "s-1", "post_id": "first", "upload_path": "/api/v1/snapshots/s-1", "state": "pending"}
    ]


def test_a_snapshot_of_nothing_is_404(agora: Agora) -> None:
    wanted = {
        "snapshot_id": "s-1",
        "url": f"{BASE}/p/no",
        "upload_url": "https://e.example/api/v1/snapshots/s-1",
    }
    assert agora.tell("snapshot.requested", wanted).status_code == 404


def test_a_refusal_is_repeated_too(agora: Agora) -> None:
    first = agora.tell("action.apply", action("nothing"), message_id="msg_n")
    again = agora.tell("action.apply", action("nothing"), message_id="msg_n")
    assert first.data == again.data
    assert json.loads(first.data)["status"] == 404
