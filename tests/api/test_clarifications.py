"""POST /api/v1/orders/{id}/clarification: signed by the issuer, boxes merged, a new hour after Annex III."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.api.test_orders import send, signed_headers
from tests.world import Office

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8700"


@pytest.fixture
def office() -> Office:
    now = datetime.now(UTC)
    world.host(at=now)
    return world.office(at=now)


@pytest.fixture
def order(client: Client, office: Office) -> RemovalOrder:
    send(client, office, world.order_form(section_g={"body": ""}))
    found = RemovalOrder.objects.get()
    services.declare_impossible(
        order_id=found.id,
        ground="insufficient_information",
        explanation="No redress is named.",
        actor=SYSTEM,
        at=datetime.now(UTC),
    )
    return found


def refused(answer: Any, code: str, status: int = 401) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


def clarify(client: Client, office: Office, order_id: Any, written: Any, **more: str) -> Any:
    path = f"/api/v1/orders/{order_id}/clarification"
    body = json.dumps(written).encode()
    headers = {**signed_headers(office, body, url=BASE + path), **more}
    return client.post(path, data=body, content_type="application/json", headers=headers)


def test_boxes_left_out_stay_and_the_hour_runs_anew(
    client: Client, office: Office, order: RemovalOrder
) -> None:
    written = {"note": "The court is this one.", "form": {"section_g": {"body": "Court of Examples"}}}
    answer = clarify(client, office, order.id, written)
    assert answer.status_code == 200, answer.content
    assert answer.json()["execution"] == "awaiting"
    form = queries.form_of(queries.order(order.id))
    assert (form.section_g.body, form.section_g.deadline) == ("Court of Examples", "one month")
    assert form.section_b.reasons
    assert len(queries.form_versions_of(order.id)) == 1


def test_the_same_key_gets_the_same_answer_and_one_version(
    client: Client, office: Office, order: RemovalOrder
) -> None:
    written = {"note": "See there.", "form": {"section_g": {"body": "Court of Examples"}}}
    first = clarify(client, office, order.id, written, **{"Idempotency-Key": "one"})
    again = clarify(client, office, order.id, written, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.json()) == (200, first.json())
    assert len(queries.form_versions_of(order.id)) == 1


def test_nobody_else_clarifies_an_order(client: Client, office: Office, order: RemovalOrder) -> None:
    other = world.office("Another Office", at=datetime.now(UTC), mail_domains=["other.example"])
    refused(clarify(client, other, order.id, {"note": "x"}), "order_missing", 404)
    refused(clarify(client, office, uuid4(), {"note": "x"}), "order_missing", 404)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ({"form": {}}, "invalid"),
        ({"note": "x", "form": {"section_b": {"contents": []}}}, "order_malformed"),
        ([], "order_malformed"),
    ],
)
def test_half_a_clarification_is_refused(
    client: Client, office: Office, order: RemovalOrder, written: Any, code: str
) -> None:
    refused(clarify(client, office, order.id, written), code, 422)
    assert queries.order(order.id).execution == "impossible"


@pytest.mark.parametrize("form", ["a text", 7, ["x"], {"section_g": "a text"}, {"section_b": {"types": 7}}])
def test_a_part_of_the_wrong_shape_is_never_a_failure(
    client: Client, office: Office, order: RemovalOrder, form: Any
) -> None:
    assert clarify(client, office, order.id, {"note": "x", "form": form}).status_code in {200, 422}


def test_a_clarification_too_large_is_refused(client: Client, office: Office, order: RemovalOrder) -> None:
    answer = clarify(client, office, order.id, {"note": "x" * 2_100_000})
    refused(answer, "order_too_large", 413)


def test_a_replay_is_refused(client: Client, office: Office, order: RemovalOrder) -> None:
    path = f"/api/v1/orders/{order.id}/clarification"
    body = json.dumps({"note": "See there."}).encode()
    headers = signed_headers(office, body, url=BASE + path)
    first = client.post(path, data=body, content_type="application/json", headers=headers)
    again = client.post(path, data=body, content_type="application/json", headers=headers)
    assert first.status_code == 200
    refused(again, "signature_refused")


def test_openapi_describes_the_clarification_with_an_example(client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    door = paths["/api/v1/orders/{order_id}/clarification"]["post"]
    schema = door["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"note", "form"}
    assert "order_type" not in schema["properties"]["form"]["properties"]
    assert {"200", "401", "404", "409", "413", "422", "503"} == set(door["responses"])
