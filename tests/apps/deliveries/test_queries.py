"""Reading the outbox."""

from datetime import timedelta

import pytest

from entente.apps.deliveries import queries, services
from entente.apps.deliveries.errors import NoSuchDelivery
from entente.apps.deliveries.types import Outcome
from entente.apps.kernel.ids import new_id
from tests.apps.deliveries.conftest import AT, FakeTransport, enqueue

pytestmark = pytest.mark.django_db


def test_an_empty_outbox_has_no_backlog(fake: FakeTransport) -> None:
    backlog = queries.backlog(at=AT)
    assert backlog == queries.Backlog(waiting=0, due=0, given_up=0, alarmed=0, unanswered=0, oldest_due=None)


def test_the_backlog_counts_what_waits_failed_and_rang(fake: FakeTransport) -> None:
    enqueue(alarm_after=timedelta(hours=1), at=AT - timedelta(minutes=3))
    enqueue(purpose="letter", at=AT - timedelta(minutes=2))
    fake.outcomes = [Outcome("delivered"), Outcome("rejected")]
    services.attempt_due(at=AT, limit=1)
    services.attempt_due(at=AT, limit=1)
    enqueue(at=AT - timedelta(minutes=1))
    enqueue(at=AT + timedelta(minutes=1))
    assert queries.backlog(at=AT) == queries.Backlog(
        waiting=2, due=1, given_up=1, alarmed=1, unanswered=1, oldest_due=timedelta(minutes=1)
    )


def test_pages_of_deliveries_are_newest_first_and_can_be_narrowed(fake: FakeTransport) -> None:
    case = new_id()
    rows = [
        enqueue(at=AT + timedelta(seconds=number), case_id=case if number else None) for number in range(3)
    ]
    letter = enqueue(purpose="letter", at=AT)
    first = queries.deliveries(limit=2)
    assert [line.id for line in first] == [rows[2].id, rows[1].id]
    rest = queries.deliveries(limit=5, before=(first[-1].created_at, first[-1].id))
    assert {line.id for line in rest} == {rows[0].id, letter.id}
    assert [line.id for line in queries.deliveries(purpose="letter")] == [letter.id]
    assert len(queries.deliveries(case_id=case)) == 2
    assert not queries.deliveries(state="failed")
    assert len(queries.deliveries(transport="fake", state="pending")) == 4


def test_one_delivery_and_those_of_a_subject(fake: FakeTransport) -> None:
    subject = new_id()
    first = enqueue(subject_id=subject)
    enqueue(subject_id=subject, purpose="letter", at=AT + timedelta(seconds=1))
    assert [line.purpose for line in queries.for_subject("action", subject)] == ["action.apply", "letter"]
    assert len(queries.for_subject("action", subject, purpose="letter")) == 1
    assert queries.delivery(first.id).applied is None
    with pytest.raises(NoSuchDelivery):
        queries.delivery(new_id())
