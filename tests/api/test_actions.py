"""POST /api/v1/actions/{id}/effect: the platform says what it did, once, twice, late, or not at all."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from entente.apps.cases import services as cases
from entente.apps.cases.models import Action
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from tests import world
from tests.api.clients import bearer, token
from tests.apps.notices.acts import decide, notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def action() -> Action:
    world.host()
    now = datetime.now(UTC) - timedelta(minutes=10)
    decide(notice(at=now), world.person("Rae Example", "reviewer"), at=now)
    return Action.objects.get()


@pytest.fixture
def secret() -> str:
    return token("actions:write")


def tell(client: Client, secret: str, action_id: object, **effect: Any) -> Any:
    return client.post(
        f"/api/v1/actions/{action_id}/effect",
        data=json.dumps(effect),
        content_type="application/json",
        headers=bearer(secret),
    )


def test_an_effect_is_taken_with_its_own_time_and_twice_is_once(
    client: Client, action: Action, secret: str
) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    first = tell(client, secret, action.id, applied=True, at=at.isoformat())
    again = tell(client, secret, action.id, applied=True)
    assert first.json() == again.json() == {"action_id": str(action.id), "state": "applied"}
    action.refresh_from_db()
    assert action.effect_at == at
    assert Delivery.objects.get(purpose="action.apply").alarm_at is None


def test_a_time_without_offset_counts_as_now(client: Client, action: Action, secret: str) -> None:
    tell(client, secret, action.id, applied=True, at="2026-01-01T00:00:00")
    action.refresh_from_db()
    assert action.effect_at is not None
    assert datetime.now(UTC) - action.effect_at < timedelta(minutes=1)


def test_a_refusal_is_kept_with_its_reason_and_an_effect_may_follow(
    client: Client, action: Action, secret: str
) -> None:
    assert tell(client, secret, action.id, applied=False).json()["state"] == "failed"
    action.refresh_from_db()
    assert action.failure == "refused"
    assert tell(client, secret, action.id, applied=True).json()["state"] == "applied"


def test_a_restoration_is_told_the_same_way(client: Client, action: Action, secret: str) -> None:
    tell(client, secret, action.id, applied=True)
    cases.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=datetime.now(UTC))
    assert tell(client, secret, action.id, applied=True).json()["state"] == "undone"


@pytest.mark.parametrize("effect", [{}, {"applied": "maybe"}, {"applied": True, "at": "soon"}])
def test_what_cannot_be_read_changes_nothing(
    client: Client, action: Action, secret: str, effect: dict[str, Any]
) -> None:
    response = tell(client, secret, action.id, **effect)
    assert (response.status_code, json.loads(response.content)["code"]) == (422, "malformed")
    action.refresh_from_db()
    assert action.state == "pending"


def test_nobody_else_says_what_the_platform_did(client: Client, action: Action) -> None:
    assert tell(client, "nonsense", action.id, applied=True).status_code == 401
    assert tell(client, token("notices:write"), action.id, applied=True).status_code == 403
    action.refresh_from_db()
    assert action.state == "pending"


def test_an_unknown_measure_is_not_there(client: Client, secret: str) -> None:
    assert tell(client, secret, new_id(), applied=True).status_code == 404
    assert tell(client, secret, "nothing", applied=True).status_code in {404, 422}


def test_a_key_belongs_to_one_request(client: Client, action: Action, secret: str) -> None:
    def keyed(**effect: Any) -> Any:
        return client.post(
            f"/api/v1/actions/{action.id}/effect",
            data=json.dumps(effect),
            content_type="application/json",
            headers={**bearer(secret), "Idempotency-Key": "effect-1"},
        )

    first, again = keyed(applied=True), keyed(applied=True)
    assert (first.status_code, again.json()) == (200, first.json())
    other = keyed(applied=False, reason="not_found")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
