"""Orders written to break what reads them: signed by a registered key all the same."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from entente.apps.cases.models import Action
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.api.test_orders import post, signed_headers
from tests.apps.orders.acts import apply_all
from tests.world import ALL_YES, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    now = datetime.now(UTC)
    world.host(at=now)
    return world.office(at=now)


def send(client: Client, office: Office, form: Any) -> Any:
    body = form if isinstance(form, bytes) else json.dumps(form).encode()
    return post(client, body, signed_headers(office, body))


@pytest.mark.parametrize("text", ["a\0b", "half a pair: \ud800", "\udfff"])
def test_text_no_database_keeps_is_refused_by_name(client: Client, office: Office, text: str) -> None:
    for form in (
        world.order_form(reference=text),
        world.order_form(section_b={"reasons": text}),
        world.order_form(f"https://agora.example/{text}"),
        {**world.order_form(), text: "x"},
    ):
        response = send(client, office, form)
        assert (response.status_code, json.loads(response.content)["code"]) == (422, "text_unreadable")
    assert not RemovalOrder.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"section_b": []},
        {"section_a": "text"},
        {"section_e": None},
        {"section_c": {"non_disclosure": "perhaps"}},
        {"language": 7},
        {"exercise": "no"},
        {"unknown": {"deep": [[[[]]]]}},
    ],
    ids=str,
)
def test_a_part_of_the_wrong_shape_is_named_and_never_a_failure(
    client: Client, office: Office, changes: dict[str, Any]
) -> None:
    response = send(client, office, {**world.order_form(), **changes})
    assert response.status_code in {201, 403, 422}, response.content


@pytest.mark.parametrize("order_type", ["xx.unheard_of", "", 7, ["a"]])
def test_a_kind_nobody_knows(client: Client, office: Office, order_type: Any) -> None:
    response = send(client, office, {**world.order_form(), "order_type": order_type})
    assert response.status_code in {201, 422}, response.content


def test_deep_json_is_refused(client: Client, office: Office) -> None:
    assert send(client, office, b"[" * 200_000).status_code == 422
    assert send(client, office, b'{"a":' * 100_000).status_code == 422


@pytest.mark.parametrize(
    "reference",
    ["R 1\r\nBcc: everybody@mail.example", "R\u00a01\u202f2", "R\u2028\u2029", "9" * 200, "\u202egnp"],
    ids=range(5),
)
def test_a_reference_never_keeps_an_order_from_being_executed_and_answered(
    client: Client, office: Office, reference: str
) -> None:
    """The subject of the feedback holds the reference a stranger chose."""
    assert send(client, office, world.order_form(reference=reference)).status_code == 201
    order = RemovalOrder.objects.get()
    at = order.received_at
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=at)
    apply_all(order.case_id, at)
    assert queries.order(order.id).execution == "executed"
    mail = Delivery.objects.get(purpose="answer.feedback")
    subject = str(mail.payload["subject"])
    assert "\n" not in subject
    assert "\r" not in subject
    assert len(subject) <= 250


def test_a_very_long_address_is_executed_by_a_small_host_too(client: Client, office: Office) -> None:
    url = "https://agora.example/p/" + "x" * 7_000
    assert send(client, office, world.order_form(url)).status_code == 201
    order = RemovalOrder.objects.get()
    at = order.received_at
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=at)
    asked = Delivery.objects.get(purpose="action.apply")
    assert asked.transport == "mail"
    assert url in str(asked.payload["text"])
    apply_all(order.case_id, at)
    assert Action.objects.get().state == "applied"
    services.send_answer(answer_id=queries.answers_of(order.id)[0].id, actor=SYSTEM, at=at)


def test_an_address_longer_than_any_is_no_failure(client: Client, office: Office) -> None:
    response = send(client, office, world.order_form("https://agora.example/" + "x" * 100_000))
    assert response.status_code in {201, 422}, response.content
