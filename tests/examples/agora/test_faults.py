"""Exercise faults: a platform that answers slowly, wrongly, twice or never; and only in an exercise."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from examples.agora.config import Settings

from .conftest import action

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Agora, StandIn


@pytest.fixture
def faulty(make_agora: Callable[..., Agora], entente: StandIn) -> Callable[[str], Agora]:
    """Make an Agora with a fault, quick enough for a test."""

    def make(fault: str) -> Agora:
        agora = make_agora(entente=entente.url, fault=fault)
        agora.app.config.update(slow_s=0.3, never_s=0.3)
        return agora

    return make


def test_slow_does_it_and_answers_late(faulty: Callable[[str], Agora]) -> None:
    agora, start = faulty("slow"), time.monotonic()
    assert agora.hold().get_json()["effect"]["applied"] is True
    assert time.monotonic() - start >= 0.3
    assert agora.see("/p/first").status_code == 451


def test_wrong_does_it_and_answers_nonsense(faulty: Callable[[str], Agora]) -> None:
    agora = faulty("wrong")
    answer = agora.hold()
    assert answer.status_code == 200
    assert "effect" not in answer.get_json()
    assert agora.see("/p/first").status_code == 451


def test_twice_also_calls_back(faulty: Callable[[str], Agora], entente: StandIn) -> None:
    effect = faulty("twice").hold().get_json()["effect"]
    ends = time.monotonic() + 10
    while not entente.received and time.monotonic() < ends:
        time.sleep(0.01)
    [got] = entente.received
    assert got.path == "/api/v1/actions/a-1/effect"
    assert got.headers["idempotency-key"] == "effect-a-1"
    assert b'"applied":true' in got.body.replace(b" ", b"")
    assert effect["at"].encode() in got.body


@pytest.mark.parametrize(("fault", "status"), [("never", 504), ("500", 500)])
def test_never_and_500_do_nothing(faulty: Callable[[str], Agora], fault: str, status: int) -> None:
    agora = faulty(fault)
    assert agora.hold().status_code == status
    assert agora.see("/p/first").status_code == 200


def test_flaky_does_it_once_and_answers_the_second_time(faulty: Callable[[str], Agora]) -> None:
    agora = faulty("flaky")
    assert agora.tell("action.apply", action(), message_id="msg_flaky").status_code == 500
    assert agora.see("/p/first").status_code == 451
    assert agora.tell("action.apply", action(), message_id="msg_flaky").status_code == 200
    assert len(agora.rows("SELECT * FROM webhooks")) == 1


def test_a_bad_signature_is_refused_under_every_fault(faulty: Callable[[str], Agora]) -> None:
    agora = faulty("500")
    assert agora.tell("action.apply", action(), sent_at=0).status_code == 401


def test_the_fault_is_switched_while_running(agora: Agora) -> None:
    assert agora.client.post("/exercise/fault", data={"fault": "500"}).status_code == 302
    assert agora.hold().status_code == 500
    agora.client.post("/exercise/fault", data={"fault": ""})
    assert agora.hold().status_code == 200
    assert agora.client.post("/exercise/fault", data={"fault": "fire"}).status_code == 400


def test_outside_an_exercise_there_is_no_exercise(make_agora: Callable[..., Agora]) -> None:
    agora = make_agora(exercise=False)
    for path in ("/exercise/", "/exercise/login/ada", "/exercise/posts.json"):
        assert agora.client.get(path).status_code == 404
    assert agora.client.post("/exercise/fault", data={"fault": "500"}).status_code == 404
    agora.client.post("/here", data={"country": "JP"})
    assert agora.rows("SELECT 1") == [{"1": 1}]
    page = agora.client.get("/").text
    assert "EXERCISE" not in page
    assert 'name="country"' not in page


def test_settings_refuse_a_fault_outside_an_exercise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AGORA_DATA", str(tmp_path))
    monkeypatch.setenv("AGORA_FAULT", "500")
    with pytest.raises(ValueError, match="AGORA_WEBHOOK_SECRET"):
        Settings.from_environment()
    monkeypatch.setenv("AGORA_WEBHOOK_SECRET", "whsec_QUJD")
    monkeypatch.setenv("AGORA_ENTENTE_TOKEN", "t0ken")
    with pytest.raises(ValueError, match="exercise"):
        Settings.from_environment()
    monkeypatch.setenv("AGORA_EXERCISE", "1")
    assert Settings.from_environment().fault == "500"
    monkeypatch.setenv("AGORA_FAULT", "fire")
    with pytest.raises(ValueError, match="slow, wrong"):
        Settings.from_environment()
