"""Messages in, answers in, messages called off."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.deliveries import queries, registries, services
from entente.apps.deliveries.errors import (
    DeliveryTooLarge,
    MalformedAnswer,
    MalformedDelivery,
    NoSuchDelivery,
    NothingToRepeat,
)
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import outbox
from entente.apps.deliveries.types import Outcome
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.registries import NoHandler
from tests.apps.deliveries.conftest import AT, FakeTransport, enqueue
from tests.apps.deliveries.filedb import at_once

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(minutes=5)
PERSON = Actor(kind="person", id="1", name="Ada Reviewer")


def test_a_message_waits_for_the_worker_at_once(fake: FakeTransport) -> None:
    delivery = enqueue(alarm_after=timedelta(minutes=10))
    assert delivery.state == "pending"
    assert delivery.next_attempt_at == AT
    assert delivery.alarm_at == AT + timedelta(minutes=10)


def test_the_worker_is_nudged_after_the_commit(
    fake: FakeTransport, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    nudged: list[bool] = []
    monkeypatch.setattr("entente.apps.kernel.wake.notify_worker", lambda: nudged.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        enqueue()
        assert not nudged


def test_the_same_key_twice_is_one_delivery(fake: FakeTransport) -> None:
    first = enqueue(idempotency_key="apply-1")
    assert enqueue(idempotency_key="apply-1", payload={"type": "other"}).id == first.id
    assert enqueue(idempotency_key="apply-2").id != first.id
    assert enqueue().id != enqueue().id


def test_two_transactions_with_one_key_make_one_delivery(
    fake: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = enqueue(idempotency_key="apply-1")
    # The other transaction committed between our look and our insert.
    monkeypatch.setattr(Delivery.objects, "filter", lambda **_: Delivery.objects.none())
    assert enqueue(idempotency_key="apply-1").id == first.id


def test_an_unknown_transport_is_a_fault_of_ours(fake: FakeTransport) -> None:
    with pytest.raises(NoHandler):
        enqueue(transport="pigeon")


@pytest.mark.parametrize(
    "headers", [{"x\r\ny": "1"}, {"": "1"}, {"x": "1\r\nset-cookie: a"}, {"é": "1"}, {"x": "é"}]
)
def test_a_header_cannot_smuggle_in_another(fake: FakeTransport, headers: dict[str, str]) -> None:
    with pytest.raises(MalformedDelivery):
        enqueue(headers=headers)


def test_too_much_is_refused_before_it_is_stored(fake: FakeTransport) -> None:
    with pytest.raises(DeliveryTooLarge):
        enqueue(payload={"type": "x", "data": "a" * outbox.LARGEST_PAYLOAD_BYTES})
    assert not Delivery.objects.exists()


def test_a_message_is_not_sent_when_its_act_is_rolled_back(fake: FakeTransport) -> None:
    with transaction.atomic():
        enqueue()
        transaction.set_rollback(True)
    assert services.attempt_due(at=AT) == 0


def test_an_answer_given_later_is_taken_once(
    fake: FakeTransport, answers: list[tuple[UUID, dict[str, Any]]]
) -> None:
    delivery = enqueue(alarm_after=timedelta(minutes=1))
    services.attempt_due(at=AT)
    facts: dict[str, str | bool] = {"applied": True, "at": "2026-03-02T09:31:00+00:00"}
    assert services.acknowledge(delivery_id=delivery.id, at=LATER, facts=facts)
    assert not services.acknowledge(delivery_id=delivery.id, at=LATER, facts=facts)
    assert not services.acknowledge(delivery_id=delivery.id, at=LATER, facts={"applied": False})
    assert answers == [(delivery.id, {"applied": True, "at": "2026-03-02T09:31:00+00:00", "reason": ""})]
    line = queries.delivery(delivery.id)
    assert (line.state, line.applied, line.acknowledged_at) == ("acknowledged", True, LATER)
    assert line.delivered_at is not None
    assert line.delivered_at < LATER


def test_a_refusal_is_an_answer_and_an_effect_may_follow_it(
    fake: FakeTransport, answers: list[tuple[UUID, dict[str, Any]]]
) -> None:
    delivery = enqueue()
    assert services.acknowledge(delivery_id=delivery.id, at=AT, facts={"applied": False, "reason": "locked"})
    line = queries.delivery(delivery.id)
    assert (line.state, line.applied, line.refusal) == ("acknowledged", False, "locked")
    assert not services.acknowledge(delivery_id=delivery.id, at=AT, facts={"applied": False})
    assert services.acknowledge(delivery_id=delivery.id, at=LATER, facts={"applied": True})
    assert [facts["applied"] for _id, facts in answers] == [False, True]
    assert queries.delivery(delivery.id).refusal == ""


def test_what_was_given_up_or_called_off_may_have_arrived_all_the_same(
    fake: FakeTransport, answers: list[tuple[UUID, dict[str, Any]]]
) -> None:
    given_up, called_off = enqueue(), enqueue()
    fake.outcomes = [Outcome("rejected")]
    services.attempt_due(at=AT, limit=1)
    services.cancel(delivery_id=called_off.id, at=AT, reason="undone")
    for delivery in (given_up, called_off):
        assert services.acknowledge(delivery_id=delivery.id, at=LATER, facts={"applied": True})
    assert len(answers) == 2


def test_an_answer_without_a_handler_is_kept(fake: FakeTransport) -> None:
    delivery = enqueue(purpose="letter")
    assert services.acknowledge(delivery_id=delivery.id, at=AT, facts={"applied": True})


def test_an_answer_whose_handler_fails_is_not_taken(fake: FakeTransport) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    registries.delivery_acknowledged.register("action.apply", fail)
    delivery = enqueue()
    with pytest.raises(ZeroDivisionError):
        services.acknowledge(delivery_id=delivery.id, at=AT, facts={"applied": True})
    assert queries.delivery(delivery.id).state == "pending"


def test_an_answer_must_be_plain_and_to_something(fake: FakeTransport) -> None:
    with pytest.raises(NoSuchDelivery):
        services.acknowledge(delivery_id=new_id(), at=AT, facts={"applied": True})
    with pytest.raises(MalformedAnswer):
        services.acknowledge(delivery_id=enqueue().id, at=AT, facts={"applied": "yes"})


def test_a_waiting_message_can_be_called_off_and_is_then_not_sent(fake: FakeTransport) -> None:
    delivery = enqueue(alarm_after=timedelta(seconds=1))
    assert services.cancel(delivery_id=delivery.id, at=AT, reason="the order was withdrawn", actor=PERSON)
    assert not services.cancel(delivery_id=delivery.id, at=AT, reason="again")
    assert services.attempt_due(at=LATER) == 0
    assert not fake.sent
    (event,) = audit.trail_of("delivery", delivery.id)
    assert event.kind == "deliveries:delivery:cancelled"
    assert event.actor_name == "Ada Reviewer"


def test_what_has_arrived_cannot_be_called_off(fake: FakeTransport) -> None:
    delivery = enqueue()
    services.attempt_due(at=AT)
    assert not services.cancel(delivery_id=delivery.id, at=AT, reason="too late")
    with pytest.raises(NoSuchDelivery):
        services.cancel(delivery_id=new_id(), at=AT, reason="nothing there")


def test_a_subject_can_settle_what_it_has_in_the_outbox(
    fake: FakeTransport, answers: list[tuple[UUID, dict[str, Any]]]
) -> None:
    subject = new_id()
    delivered = enqueue(subject_id=subject)
    services.attempt_due(at=AT)
    waiting = enqueue(subject_id=subject, idempotency_key="2")
    other_purpose = enqueue(subject_id=subject, purpose="letter")
    other_subject = enqueue()
    changed = services.settle_for_subject(
        subject_kind="action", subject_id=subject, purposes=["action.apply"], at=AT, reason="undone"
    )
    assert changed == 2
    states = [queries.delivery(row.id).state for row in (delivered, waiting, other_purpose, other_subject)]
    assert states == ["acknowledged", "cancelled", "pending", "pending"]
    assert not answers


def test_what_has_arrived_can_be_settled_alone(fake: FakeTransport) -> None:
    subject = new_id()
    arrived = enqueue(subject_id=subject)
    services.attempt_due(at=AT)
    waiting = enqueue(subject_id=subject, idempotency_key="2")
    changed = services.settle_for_subject(
        subject_kind="action",
        subject_id=subject,
        purposes=["action.apply"],
        at=AT,
        reason="refused",
        arrived_only=True,
    )
    assert changed == 1
    assert [queries.delivery(row.id).state for row in (arrived, waiting)] == ["acknowledged", "pending"]


def test_a_person_can_send_again_under_the_same_id(fake: FakeTransport) -> None:
    delivery = enqueue()
    fake.outcomes = [Outcome("rejected")]
    services.attempt_due(at=AT)
    assert queries.delivery(delivery.id).state == "failed"
    services.send_again(delivery_id=delivery.id, actor=PERSON, at=LATER)
    services.attempt_due(at=LATER)
    assert queries.delivery(delivery.id).state == "delivered"
    assert [parcel.delivery_id for parcel in fake.sent] == [delivery.id, delivery.id]
    services.send_again(delivery_id=delivery.id, actor=PERSON, at=LATER)
    services.acknowledge(delivery_id=delivery.id, at=LATER, facts={"applied": True})
    with pytest.raises(NothingToRepeat):
        services.send_again(delivery_id=delivery.id, actor=PERSON, at=LATER)
    with pytest.raises(NoSuchDelivery):
        services.send_again(delivery_id=new_id(), actor=SYSTEM, at=LATER)


def test_the_database_itself_refuses_a_waiting_message_that_nobody_will_send(fake: FakeTransport) -> None:
    delivery = enqueue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=None)


def test_two_answers_at_once_are_one_answer(
    database_file: object, fake: FakeTransport, answers: list[tuple[UUID, dict[str, Any]]]
) -> None:
    delivery = enqueue()

    def answer() -> bool:
        return services.acknowledge(delivery_id=delivery.id, at=AT, facts={"applied": True})

    assert sorted(at_once(answer, answer, answer)) == [False, False, True]
    assert len(answers) == 1
