"""Whom a failing message wakes, and that the words say what is the matter with it."""

from typing import Any

import pytest

from entente.apps.deadlines.services import paging
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery, DeliveryAttempt
from entente.apps.deliveries.services import sending
from entente.apps.kernel.ids import new_id
from tests.apps.deadlines.conftest import AT, minutes, person, shift

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house() -> dict[str, str]:
    """Put Olga on call and Sam among the seniors; return their names by id."""
    olga, sam = person("olga", "on_call"), person("sam", "senior_reviewer")
    shift(olga)
    return {str(olga.id): "olga", str(sam.id): "sam"}


def message(purpose: str = "action.apply", **changes: Any) -> Delivery:
    """Put a message into the outbox and bring it into a state."""
    made = deliveries.enqueue(
        transport="mail",
        purpose=purpose,
        destination="desk@host.example",
        payload={"subject": "s", "text": "t"},
        subject_kind="action",
        subject_id=new_id(),
        at=AT,
    )
    Delivery.objects.filter(pk=made.pk).update(**changes)
    return Delivery.objects.get(pk=made.pk)


def woken(delivery: Delivery, at: Any = AT) -> list[Delivery]:
    paging.wake_about_delivery(delivery, at)
    return list(Delivery.objects.filter(purpose="delivery.alarm", subject_id=delivery.id).order_by("pk"))


@pytest.mark.parametrize(
    ("purpose", "name"),
    [
        ("action.apply", "olga"),
        ("person.inform", "olga"),
        ("scrutiny.person", "olga"),
        ("notice.receipt", "sam"),
        ("notice.answer", "sam"),
        ("complaint.answer", "sam"),
    ],
)
def test_the_purpose_says_who_is_woken(house: dict[str, str], purpose: str, name: str) -> None:
    """What can wait for the morning does not wake who is on call at night."""
    assert [house[page.destination] for page in woken(message(purpose))] == [name]


def test_a_message_on_its_way_does_not_arrive() -> None:
    (page,) = woken(message(attempts=7))
    assert page.payload["subject"] == "A message does not arrive (action.apply)"
    assert "It was tried 7 times" in str(page.payload["text"])


def test_a_message_that_was_taken_waits_for_its_confirmation() -> None:
    (page,) = woken(message(state="delivered", delivered_at=AT + minutes(2), next_attempt_at=None))
    assert page.payload["subject"] == "A message arrived, but nobody has confirmed it (action.apply)"
    assert f"since {AT + minutes(2):%Y-%m-%d %H:%M}" in str(page.payload["text"])
    assert "does not arrive" not in str(page.payload)


@pytest.mark.parametrize(
    ("outcome", "subject"),
    [
        ("rejected", "A message was refused (action.apply)"),
        ("retry", "A message was given up (action.apply)"),
    ],
)
def test_a_message_nobody_sends_any_more_says_why(outcome: str, subject: str) -> None:
    failed = message(state="failed", next_attempt_at=None)
    for number, what in enumerate(("retry", outcome), start=1):
        DeliveryAttempt.objects.create(
            delivery=failed, number=number, at=AT + minutes(number), outcome=what, took_ms=1
        )
    (page,) = woken(failed)
    assert page.payload["subject"] == subject


def test_each_ring_of_one_message_wakes_and_the_same_ring_wakes_once() -> None:
    rang = message(alarmed_at=AT)
    assert len(woken(rang)) == 1
    assert len(woken(rang)) == 1
    rang.alarmed_at = AT + minutes(30)
    assert len(woken(rang, AT + minutes(30))) == 2


def test_pages_about_pages_come_to_an_end(house: dict[str, str]) -> None:
    (page,) = woken(message(alarmed_at=AT))
    for minute in (1, 2, 3):
        page.alarmed_at = AT + minutes(minute)
        paging.wake_about_delivery(page, AT + minutes(minute))
    pages = Delivery.objects.filter(purpose="delivery.alarm", subject_id=page.subject_id)
    assert sorted(house[one.destination] for one in pages) == ["olga", "olga", "sam"]


def test_of_many_messages_of_a_case_that_fail_together_the_first_wakes() -> None:
    case_id, other_case = new_id(), new_id()
    first, second = message(case_id=case_id), message(case_id=case_id)
    assert len(woken(first)) == 1
    assert woken(second, AT + minutes(30)) == []
    assert len(woken(message(case_id=other_case))) == 1
    assert len(woken(message("person.inform", case_id=case_id))) == 1
    third = message(case_id=case_id)
    assert len(woken(third, AT + minutes(61))) == 1


def test_a_message_of_a_case_rings_again_by_itself_and_when_it_is_given_up() -> None:
    case_id = new_id()
    first, second = message(case_id=case_id, alarmed_at=AT), message(case_id=case_id)
    assert len(woken(first)) == 1
    first.alarmed_at = AT + minutes(10)
    assert len(woken(first, AT + minutes(10))) == 2
    Delivery.objects.filter(pk=second.pk).update(state="failed", next_attempt_at=None)
    second.refresh_from_db()
    DeliveryAttempt.objects.create(delivery=second, number=1, at=AT, outcome="retry", took_ms=1)
    assert len(woken(second, AT + minutes(20))) == 1


def test_a_thousand_letters_of_one_case_that_do_not_arrive_make_one_page() -> None:
    case_id = new_id()
    Delivery.objects.bulk_create(
        Delivery(
            transport="mail",
            purpose="person.inform",
            destination="desk@host.example",
            subject_kind="statement",
            subject_id=new_id(),
            case_id=case_id,
            payload={"subject": "s", "text": "t"},
            next_attempt_at=AT,
            created_at=AT,
            alarm_at=AT,
        )
        for _number in range(1000)
    )
    sending._ring_alarms(AT, 1000)
    assert not Delivery.objects.filter(purpose="person.inform", alarmed_at=None).exists()
    (page,) = Delivery.objects.filter(purpose="delivery.alarm")
    assert page.case_id == case_id
