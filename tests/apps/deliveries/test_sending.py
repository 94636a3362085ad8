"""Claim, send, record: at least once, under one id, whatever dies in between."""

import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError

from entente.apps.audit import queries as audit
from entente.apps.deliveries import queries, registries, services
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.schedules import Schedule
from entente.apps.deliveries.services import sending
from entente.apps.deliveries.types import Answer, Outcome, Parcel
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from tests.apps.deliveries.conftest import AT, FakeTransport, enqueue, purpose
from tests.apps.deliveries.filedb import at_once

pytestmark = pytest.mark.django_db
LEASE_OVER = AT + sending.LEASE + timedelta(seconds=1)
SHORT = Schedule(
    quick_seconds=(10,), factor=2, longest_seconds=40, give_up_after=timedelta(minutes=2), jitter=0
)
Answers = list[tuple[UUID, dict[str, Any]]]


@pytest.fixture(autouse=True)
def one_thread_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send in order, so that a test can say which outcome goes to whom."""
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 1)


def state_of(delivery: Delivery) -> str:
    return queries.delivery(delivery.id).state


def test_what_is_due_is_sent_once_and_recorded(fake: FakeTransport) -> None:
    delivery = enqueue(headers={"x-test": "1"})
    enqueue(at=AT + timedelta(hours=1))
    assert services.attempt_due(at=AT) == 1
    assert services.attempt_due(at=AT) == 0
    (parcel,) = fake.sent
    assert parcel.delivery_id == delivery.id
    assert parcel.address == "address of platform"
    assert parcel.headers == {"x-test": "1"}
    (attempt,) = queries.attempts_of(delivery.id)
    assert (attempt.number, attempt.outcome, attempt.detail) == (1, "delivered", "")
    assert state_of(delivery) == "delivered"


def test_one_call_is_bounded_and_takes_the_oldest_first(fake: FakeTransport) -> None:
    later = [enqueue(at=AT + timedelta(seconds=number)) for number in (3, 1, 2)]
    assert services.attempt_due(at=AT + timedelta(minutes=1), limit=2) == 2
    assert [parcel.delivery_id for parcel in fake.sent] == [later[1].id, later[2].id]


def test_a_failed_attempt_is_repeated_with_growing_waits_under_the_same_id(fake: FakeTransport) -> None:
    purpose(schedule=SHORT)
    delivery = enqueue(purpose="letter")
    fake.outcomes = [Outcome("retry", detail="status 503", status_code=503)] * 3
    waits = []
    at = AT
    for _ in range(3):
        assert services.attempt_due(at=at) == 1
        planned = queries.delivery(delivery.id).next_attempt_at
        assert planned is not None
        waits.append(round((planned - at).total_seconds()))
        at = planned
    assert waits == [10, 20, 40]
    services.attempt_due(at=at)
    assert state_of(delivery) == "delivered"
    assert {parcel.delivery_id for parcel in fake.sent} == {delivery.id}
    assert [line.status_code for line in queries.attempts_of(delivery.id)] == [503, 503, 503, None]


def test_a_worker_that_dies_before_recording_sends_again_after_the_lease(
    fake: FakeTransport, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = enqueue()
    fake.outcomes = [Outcome("answered", answer=Answer(applied=True))] * 2
    with monkeypatch.context() as dying:

        def die(*_: object) -> None:
            raise SystemExit

        dying.setattr(sending, "_record", die)
        with pytest.raises(SystemExit):
            services.attempt_due(at=AT)
    assert not answers
    assert services.attempt_due(at=AT + timedelta(seconds=5)) == 0
    assert services.attempt_due(at=LEASE_OVER) == 1
    assert [parcel.delivery_id for parcel in fake.sent] == [delivery.id, delivery.id]
    assert len(answers) == 1
    assert state_of(delivery) == "acknowledged"


def test_a_database_that_cannot_record_costs_a_repetition_and_no_message(
    fake: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = enqueue()
    with monkeypatch.context() as full:

        def fail(*_: object) -> None:
            raise DatabaseError("disk full")

        full.setattr(sending, "_record", fail)
        assert services.attempt_due(at=AT) == 1
    assert state_of(delivery) == "pending"
    services.attempt_due(at=LEASE_OVER)
    assert len(fake.sent) == 2
    assert state_of(delivery) == "delivered"


def test_an_answer_that_cannot_be_handled_is_asked_for_again(fake: FakeTransport) -> None:
    handled: list[bool] = []

    def handle(*_: object) -> None:
        handled.append(len(handled) > 0)
        if not handled[-1]:
            raise ZeroDivisionError

    registries.delivery_acknowledged.register("action.apply", handle)
    delivery = enqueue()
    fake.outcomes = [Outcome("answered", status_code=200, answer=Answer(applied=True))] * 2
    services.attempt_due(at=AT)
    line = queries.delivery(delivery.id)
    assert line.state == "pending"
    assert line.next_attempt_at is not None
    assert line.next_attempt_at < AT + timedelta(seconds=5)
    services.attempt_due(at=AT + timedelta(seconds=5))
    assert state_of(delivery) == "acknowledged"
    assert handled == [False, True]
    assert [attempt.detail for attempt in queries.attempts_of(delivery.id)] == [
        "answer not handled: ZeroDivisionError",
        "",
    ]


def test_a_transport_that_breaks_is_a_failed_attempt(fake: FakeTransport) -> None:
    delivery = enqueue()
    fake.outcomes = [ZeroDivisionError("whsec_hidden")]
    services.attempt_due(at=AT)
    (attempt,) = queries.attempts_of(delivery.id)
    assert attempt.detail == "fault of ours: ZeroDivisionError"
    assert state_of(delivery) == "pending"


def test_a_destination_without_an_address_is_a_failed_attempt(fake: FakeTransport) -> None:
    delivery = enqueue()
    fake.unreachable = "no webhook is configured"
    services.attempt_due(at=AT)
    assert queries.attempts_of(delivery.id)[0].detail == "no webhook is configured"
    fake.unreachable = ""
    services.attempt_due(at=LEASE_OVER)
    assert state_of(delivery) == "delivered"


def test_a_refusal_for_good_is_given_up_and_rings_at_once(fake: FakeTransport, alarms: list[UUID]) -> None:
    delivery = enqueue(purpose="letter", alarm_after=timedelta(hours=1))
    fake.outcomes = [Outcome("rejected", status_code=550)]
    services.attempt_due(at=AT)
    assert state_of(delivery) == "failed"
    assert alarms == [delivery.id]
    services.attempt_due(at=AT + timedelta(hours=2))
    assert alarms == [delivery.id]
    assert [line.id for line in queries.failing()] == [delivery.id]


def test_at_the_end_of_its_schedule_a_message_is_given_up(fake: FakeTransport, alarms: list[UUID]) -> None:
    purpose(schedule=SHORT)
    delivery = enqueue(purpose="letter")
    fake.outcomes = [Outcome("retry")] * 9
    at = AT
    while state_of(delivery) == "pending":
        services.attempt_due(at=at)
        at += timedelta(seconds=41)
    assert state_of(delivery) == "failed"
    assert alarms == [delivery.id]
    assert 3 <= len(fake.sent) <= 5


def test_what_rang_and_is_then_given_up_rings_again_and_then_is_quiet(
    fake: FakeTransport, alarms: list[UUID]
) -> None:
    delivery = enqueue(alarm_after=timedelta(seconds=1))
    fake.outcomes = [Outcome("retry"), Outcome("rejected")]
    services.attempt_due(at=AT + timedelta(seconds=5))
    assert alarms == [delivery.id]
    services.attempt_due(at=AT + timedelta(seconds=20))
    assert state_of(delivery) == "failed"
    assert alarms == [delivery.id, delivery.id]
    services.attempt_due(at=AT + timedelta(days=9))
    assert alarms == [delivery.id, delivery.id]


def test_the_alarm_rings_once_while_the_message_does_not_arrive(
    fake: FakeTransport, alarms: list[UUID]
) -> None:
    delivery = enqueue(alarm_after=timedelta(seconds=30))
    fake.outcomes = [Outcome("retry")] * 20
    for seconds in (0, 10, 29):
        services.attempt_due(at=AT + timedelta(seconds=seconds))
    assert not alarms
    for seconds in (30, 31, 90):
        services.attempt_due(at=AT + timedelta(seconds=seconds))
    assert alarms == [delivery.id]
    (event,) = audit.trail_of("delivery", delivery.id)
    assert event.kind == "deliveries:delivery:failing"
    assert [line.id for line in queries.failing()] == [delivery.id]


def test_an_action_that_is_delivered_but_never_answered_rings_too(
    fake: FakeTransport, alarms: list[UUID]
) -> None:
    silent = enqueue(alarm_after=timedelta(minutes=1))
    letter = enqueue(purpose="letter", alarm_after=timedelta(minutes=1))
    services.attempt_due(at=AT)
    services.attempt_due(at=AT + timedelta(minutes=2))
    assert alarms == [silent.id]
    assert state_of(letter) == "delivered"


def test_what_was_answered_does_not_ring(fake: FakeTransport, alarms: list[UUID]) -> None:
    enqueue(alarm_after=timedelta(minutes=1))
    fake.outcomes = [Outcome("answered", answer=Answer(applied=True))]
    services.attempt_due(at=AT)
    services.attempt_due(at=AT + timedelta(hours=1))
    assert not alarms


def test_an_alarm_that_cannot_be_rung_is_rung_later(
    fake: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[UUID] = []

    def ring(delivery: Delivery, _at: object) -> None:
        rung.append(delivery.id)
        if len(rung) == 1:
            raise ZeroDivisionError

    registries.delivery_failing.register("action.apply", ring)
    delivery = enqueue(alarm_after=timedelta(seconds=1))
    fake.outcomes = [Outcome("retry")] * 9
    for seconds in (2, 3, 40, 50):
        services.attempt_due(at=AT + timedelta(seconds=seconds))
    assert rung == [delivery.id, delivery.id]
    assert len(audit.trail_of("delivery", delivery.id)) == 1


def test_an_alarm_nobody_answers_for_is_still_recorded(
    fake: FakeTransport, caplog: pytest.LogCaptureFixture
) -> None:
    delivery = enqueue(purpose="unknown", alarm_after=timedelta(seconds=1))
    fake.outcomes = [Outcome("retry")]
    services.attempt_due(at=AT + timedelta(seconds=2))
    assert "nobody is woken for it" in caplog.text
    assert queries.delivery(delivery.id).alarmed_at is not None


@pytest.mark.parametrize(
    ("purpose_name", "alarm_after", "heard"),
    [("unknown", timedelta(hours=1), True), ("action.undo", None, True), ("unknown", None, False)],
)
def test_what_has_no_handler_of_its_own_is_heard_where_it_matters(
    fake: FakeTransport, *, purpose_name: str, alarm_after: timedelta | None, heard: bool
) -> None:
    rung: list[UUID] = []
    registries.delivery_failing.register(
        registries.ANY_PURPOSE, lambda delivery, _at: rung.append(delivery.id)
    )
    delivery = enqueue(purpose=purpose_name, alarm_after=alarm_after)
    fake.outcomes = [Outcome("rejected")]
    services.attempt_due(at=AT)
    assert rung == ([delivery.id] if heard else [])
    assert [line.id for line in queries.failing()] == [delivery.id]


def test_an_alarm_whose_message_arrived_meanwhile_is_let_go(fake: FakeTransport, alarms: list[UUID]) -> None:
    delivery = enqueue(alarm_after=timedelta(seconds=1))
    stale = Delivery.objects.get(pk=delivery.pk)
    services.cancel(delivery_id=delivery.id, at=AT, reason="undone")
    with pytest.raises(ChangedMeanwhile):
        sending._ring(stale, AT)
    assert not alarms


def test_the_sweep_of_alarms_goes_on_past_one_that_changed(
    fake: FakeTransport, alarms: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = enqueue(alarm_after=timedelta(seconds=1))
    second = enqueue(alarm_after=timedelta(seconds=2))
    real = sending._ring

    def ring(delivery: Delivery, at: Any) -> None:
        if delivery.pk == first.pk:
            raise ChangedMeanwhile
        real(delivery, at)

    monkeypatch.setattr(sending, "_ring", ring)
    fake.outcomes = [Outcome("retry")] * 2
    services.attempt_due(at=AT + timedelta(seconds=5))
    assert alarms == [second.id]


def test_two_messages_of_one_subject_never_overtake_each_other(fake: FakeTransport) -> None:
    subject = new_id()
    apply = enqueue(subject_id=subject)
    undo = enqueue(subject_id=subject, purpose="action.undo")
    elsewhere = enqueue(subject_id=subject, destination="authority:1")
    assert services.attempt_due(at=AT) == 2
    assert [parcel.delivery_id for parcel in fake.sent] == [apply.id, elsewhere.id]
    assert services.attempt_due(at=AT) == 1
    assert fake.sent[-1].delivery_id == undo.id


def test_an_undo_waits_while_the_cancelled_apply_is_on_the_wire(fake: FakeTransport) -> None:
    subject = new_id()
    apply = enqueue(subject_id=subject)
    seen: list[int] = []

    def cancelled_meanwhile(_parcel: Parcel) -> Outcome:
        return Outcome("delivered")

    fake.outcomes = [cancelled_meanwhile]
    (claim,) = sending._claim_due(AT, 20)
    services.cancel(delivery_id=apply.id, at=AT, reason="withdrawn")
    undo = enqueue(subject_id=subject, purpose="action.undo")
    seen.append(services.attempt_due(at=AT + timedelta(seconds=1)))
    sending._record(claim, Outcome("delivered"), 5, AT + timedelta(seconds=2))
    seen.append(services.attempt_due(at=AT + timedelta(seconds=3)))
    assert seen == [0, 1]
    assert fake.sent[-1].delivery_id == undo.id
    line = queries.delivery(apply.id)
    assert line.state == "cancelled"
    assert line.delivered_at == AT + timedelta(seconds=2)


def test_a_failed_attempt_of_something_called_off_changes_nothing(fake: FakeTransport) -> None:
    delivery = enqueue()
    (claim,) = sending._claim_due(AT, 20)
    services.cancel(delivery_id=delivery.id, at=AT, reason="withdrawn")
    sending._record(claim, Outcome("retry"), 5, AT)
    line = queries.delivery(delivery.id)
    assert (line.state, line.delivered_at, line.next_attempt_at) == ("cancelled", None, None)


def test_a_late_failure_of_an_old_claim_does_not_disturb_the_new_one(fake: FakeTransport) -> None:
    delivery = enqueue()
    (old,) = sending._claim_due(AT, 20)
    (new,) = sending._claim_due(LEASE_OVER, 20)
    sending._record(old, Outcome("rejected"), 5, LEASE_OVER)
    assert state_of(delivery) == "pending"
    sending._record(new, Outcome("delivered"), 5, LEASE_OVER)
    sending._record(old, Outcome("delivered"), 5, LEASE_OVER)
    assert state_of(delivery) == "delivered"
    assert [line.number for line in queries.attempts_of(delivery.id)] == [1, 2, 1]


def test_a_claim_that_somebody_else_took_is_not_sent(fake: FakeTransport) -> None:
    delivery = enqueue()
    stale = Delivery.objects.get(pk=delivery.pk)
    sending._claim_due(AT, 20)
    assert sending._claim(stale, AT) is None


def test_an_old_message_sent_again_by_a_person_gets_its_quick_retries(fake: FakeTransport) -> None:
    from entente.apps.kernel.actors import SYSTEM

    purpose(schedule=SHORT)
    delivery = enqueue(purpose="letter")
    fake.outcomes = [Outcome("rejected"), Outcome("retry")]
    services.attempt_due(at=AT)
    next_day = AT + timedelta(days=1)
    services.send_again(delivery_id=delivery.id, actor=SYSTEM, at=next_day)
    services.attempt_due(at=next_day)
    assert state_of(delivery) == "pending"
    services.attempt_due(at=next_day + timedelta(seconds=11))
    assert state_of(delivery) == "delivered"


def test_a_slow_platform_holds_up_nobody_else(fake: FakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 4)
    others_done = threading.Event()

    def slow(_parcel: Parcel) -> Outcome:
        return Outcome("delivered" if others_done.wait(10) else "retry")

    def quick(_parcel: Parcel) -> Outcome:
        if len(fake.sent) == 3:
            others_done.set()
        return Outcome("delivered")

    deliveries = [enqueue(at=AT + timedelta(seconds=number)) for number in range(3)]
    fake.outcomes = [slow, quick, quick]
    services.attempt_due(at=AT + timedelta(minutes=1))
    assert [state_of(delivery) for delivery in deliveries] == ["delivered"] * 3


def test_two_workers_at_once_send_each_message_once(database_file: object, fake: FakeTransport) -> None:
    deliveries = {enqueue().id for _ in range(12)}
    counts = at_once(*[lambda: services.attempt_due(at=AT, limit=5)] * 4)
    counts.append(services.attempt_due(at=AT, limit=20))
    assert sum(counts) == 12
    sent = [parcel.delivery_id for parcel in fake.sent]
    assert sorted(sent) == sorted(deliveries)
    assert queries.backlog(at=AT).waiting == 0
