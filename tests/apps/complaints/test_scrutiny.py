"""The person's own request for scrutiny of an order: sent in time, said to be late, or kept where nobody is there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import override

from entente.apps.audit import queries as audit
from entente.apps.cases.models import StatementOfReasons
from entente.apps.complaints import queries, services
from entente.apps.complaints.errors import ComplaintEmpty, WrongRoad
from entente.apps.complaints.models import ScrutinyRequest
from entente.apps.complaints.services import scrutiny
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import PUBLIC
from entente.core.law import rules
from tests import world
from tests.apps.notices import acts
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def letter_of_an_order() -> StatementOfReasons:
    executed(world.office())
    return StatementOfReasons.objects.get()


def ask(letter: StatementOfReasons, **changes: Any) -> ScrutinyRequest:
    values: dict[str, Any] = {
        "statement": letter,
        "text": "The text is a parody of that movement.",
        "name": "An Author",
        "contact_mail": "author@mail.example",
        "actor": PUBLIC,
        "at": NOW + timedelta(hours=5),
    }
    return services.request_scrutiny(**{**values, **changes})


def watch() -> None:
    """Register the authority of the host's state that scrutinises orders."""
    world.office(
        "Watch of Examples",
        country="FR",
        competences=["scrutinise"],
        contact_mail="watch@state.example",
        mail_domains=["watch.example"],
    )


def test_the_person_asks_for_scrutiny_in_time() -> None:
    watch()
    letter = letter_of_an_order()
    request = ask(letter)
    mail = Delivery.objects.get(purpose="scrutiny.person")
    assert (mail.id, mail.destination) == (request.delivery_id, "watch@state.example")
    assert "later than 48 hours" not in str(mail.payload["text"])
    assert [line.state for line in deadlines.of_subject("statement", letter.id)] == ["met"]
    kept = queries.scrutiny_request_of(letter.id)
    assert kept is not None
    assert kept.requested_at == NOW + timedelta(hours=5)


def test_an_order_of_the_hosts_own_state_is_not_scrutinised() -> None:
    watch()
    world.host()
    executed(world.office(country="FR"))
    with pytest.raises(WrongRoad, match="another state"):
        ask(StatementOfReasons.objects.get())
    assert not Delivery.objects.filter(purpose="scrutiny.person").exists()


def test_a_late_request_goes_out_and_says_that_it_is_late() -> None:
    watch()
    ask(letter_of_an_order(), at=NOW + timedelta(days=4))
    assert "later than 48 hours" in str(Delivery.objects.get(purpose="scrutiny.person").payload["text"])


def test_without_an_authority_in_the_register_the_request_is_kept_and_the_persons_time_runs_on() -> None:
    lea = world.person("Lea Example", "legal")
    letter = letter_of_an_order()
    request = ask(letter)
    assert request.delivery_id is None
    assert not Delivery.objects.filter(purpose="scrutiny.person").exists()
    assert [line.state for line in deadlines.of_subject("statement", letter.id)] == ["running"]
    assert "complaints:scrutiny_request:kept" in {
        event.kind for event in audit.trail_of("statement", letter.id)
    }
    (page,) = Delivery.objects.filter(transport="page", subject_id=letter.id)
    assert page.destination == str(lea.id)
    assert "EX-2026-1" in str(page.payload["text"])
    assert "Nothing was sent" in str(page.payload["text"])


def test_a_request_needs_words_and_an_order() -> None:
    letter = letter_of_an_order()
    with pytest.raises(ComplaintEmpty):
        ask(letter, text="no")
    acts.disabled(urls=("https://agora.example/p/9",))
    with pytest.raises(WrongRoad):
        ask(StatementOfReasons.objects.get(form="dsa17"))


def test_late_is_what_the_law_data_says_to_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    watch()
    letter = letter_of_an_order()
    assert letter.informed_at is not None
    (window,) = deadlines.of_subject("statement", letter.id)
    until = services.scrutiny_until(letter.informed_at)
    assert until == window.due_at == letter.informed_at + timedelta(hours=48)
    ask(letter, at=until)
    ask(letter, at=until + timedelta(seconds=1))
    rule = rules.deadline_rule(scrutiny.RULE)
    shorter = replace(rule, period=replace(rule.period, value=24))
    monkeypatch.setattr(rules, "deadline_rule", lambda _id: shorter)
    ask(letter, at=letter.informed_at + timedelta(hours=25))
    sent = Delivery.objects.filter(purpose="scrutiny.person").order_by("created_at", "pk")
    late = {row.created_at: "later than 48 hours" in str(row.payload["text"]) for row in sent}
    assert late == {
        until: False,
        until + timedelta(seconds=1): True,
        letter.informed_at + timedelta(hours=25): True,
    }


def test_whoever_nobody_told_is_never_late() -> None:
    watch()
    letter = letter_of_an_order()
    letter.informed_at = None
    ask(letter, at=NOW + timedelta(days=30))
    text = str(Delivery.objects.get(purpose="scrutiny.person").payload["text"])
    assert "later than" not in text
    assert "Informed at" not in text


@pytest.mark.parametrize(
    ("left", "alarm"),
    [
        (timedelta(hours=40), timedelta(minutes=30)),
        (timedelta(minutes=20), timedelta(minutes=10)),
        (timedelta(seconds=30), timedelta(minutes=1)),
        (timedelta(hours=-1), timedelta(minutes=30)),
        (None, timedelta(minutes=30)),
    ],
)
def test_people_are_woken_while_some_of_the_persons_time_is_left(
    left: timedelta | None, alarm: timedelta
) -> None:
    watch()
    letter = letter_of_an_order()
    at = NOW + timedelta(days=3)
    letter.informed_at = None if left is None else at + left - timedelta(hours=48)
    ask(letter, at=at)
    assert Delivery.objects.get(purpose="scrutiny.person").alarm_at == at + alarm


def test_a_request_that_does_not_leave_wakes_who_is_on_call_inside_the_48_hours() -> None:
    watch()
    olga = world.person("Olga Example", "on_call")
    at = NOW + timedelta(hours=5)
    ask(letter_of_an_order(), at=at)
    for minute in (0, 15, 31):  # no mail server is configured
        deliveries.attempt_due(at=at + timedelta(minutes=minute), limit=50)
    request = Delivery.objects.get(purpose="scrutiny.person")
    rung = Delivery.objects.filter(purpose="delivery.alarm", subject_id=request.id)
    assert str(olga.id) in {page.destination for page in rung}


def test_the_request_carries_the_language_it_is_written_in() -> None:
    watch()
    with override("fr"):
        ask(letter_of_an_order())
    assert Delivery.objects.get(purpose="scrutiny.person").payload["language"] == "fr"
