"""A letter that the platform could not pass on: one page for all of a case, and somebody who tells the person by hand."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.cases import services as cases
from entente.apps.cases.errors import NotToldByHand
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.cases.services import telling
from entente.apps.complaints.services import complaint_until
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import queries as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.ids import new_id
from entente.apps.orders import services as orders
from tests import world
from tests.apps.cases.told import letters_arrive
from tests.apps.notices import acts
from tests.world import ALL_YES, NOW

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)
TOLD_AT = NOW + timedelta(hours=2)
WINDOW = "tco.xborder.request_person"
REFUSED: "JSONObject" = {"applied": False, "reason": "not_found"}


@pytest.fixture(autouse=True)
def on_call() -> Any:
    world.host()
    return world.person("Olga Example", "on_call")


def written(count: int = 1) -> list[StatementOfReasons]:
    """Execute an order; return the letters that are on their way."""
    urls = [f"https://agora.example/p/{number}" for number in range(count)]
    found = world.receive(*urls, by=world.office()).order
    orders.execute_order(order_id=found.id, answers=ALL_YES, actor=world.actor("reviewer"), at=NOW)
    while orders.continue_executions(at=NOW):
        pass
    for action in Action.objects.all():
        cases.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    return list(StatementOfReasons.objects.order_by("pk"))


def message(letter: StatementOfReasons) -> Delivery:
    return Delivery.objects.get(purpose=telling.PURPOSE, subject_id=letter.pk)


def refuse(letter: StatementOfReasons, at: datetime = NOW) -> None:
    deliveries.acknowledge(delivery_id=message(letter).id, at=at, facts=REFUSED)


def give_up(letter: StatementOfReasons) -> None:
    """Let the outbox try for good, ring, and stop: no mail server takes it."""
    Delivery.objects.filter(pk=message(letter).pk).update(
        attempts=10, created_at=NOW - timedelta(days=6), alarmed_at=NOW
    )
    deliveries.attempt_due(at=NOW, limit=50)
    assert message(letter).state == "failed"


def tell(letter: StatementOfReasons, **changes: Any) -> StatementOfReasons:
    values: dict[str, Any] = {
        "how": "telephone",
        "note": "They called back.",
        "told_at": TOLD_AT,
        "actor": world.actor("legal", name="Lea Example"),
        "at": LATER,
    }
    return cases.tell_by_hand(statement_id=letter.pk, **{**values, **changes})


def pages(state: str = "pending") -> list[Delivery]:
    return list(Delivery.objects.filter(transport="page", state=state).order_by("pk"))


def windows(letter: StatementOfReasons) -> list[tuple[str, datetime]]:
    lines = deadlines.of_subject("statement", letter.pk, rule_ids=[WINDOW])
    return [(line.state, line.due_at) for line in lines]


def test_their_time_runs_from_the_moment_they_were_told_and_the_alarm_ends() -> None:
    (letter,) = written()
    refuse(letter)
    (page,) = pages()
    assert (page.subject_kind, page.subject_id) == ("letters", letter.case_id)
    told = tell(letter)
    assert (told.state, told.informed_at, told.told_how) == ("sent", TOLD_AT, "telephone")
    assert (told.told_note, told.told_by_name) == ("They called back.", "Lea Example")
    assert windows(letter) == [("running", TOLD_AT + timedelta(hours=48))]
    assert not pages()
    event = audit.trail_of("statement", letter.pk)[-1]
    assert (event.kind, event.actor_name) == ("cases:letter:told_by_hand", "Lea Example")
    assert event.facts == {"how": "telephone", "told_at": TOLD_AT.isoformat()}


def test_a_message_that_was_given_up_is_told_by_hand_too_and_rings_no_more() -> None:
    (letter,) = written()
    give_up(letter)
    assert [page.purpose for page in pages()] == ["delivery.alarm"]
    tell(letter)
    assert message(letter).state == "cancelled"
    assert not pages()


def test_the_copy_is_kept_for_the_time_of_who_was_told_by_hand() -> None:
    found = acts.notice()
    acts.decide(found, world.person("Rae Example", "reviewer"))
    cases.record_effect(action_id=Action.objects.get().id, effect_at=NOW, actor=SYSTEM, at=NOW)
    letter = StatementOfReasons.objects.get()
    refuse(letter)
    tell(letter)
    (line,) = evidence.preservations_of("content_item", letter.decision.item.content_item_id)
    assert line.until == complaint_until(TOLD_AT)


def test_what_the_platform_says_afterwards_changes_nothing() -> None:
    (letter,) = written()
    give_up(letter)
    told = tell(letter)
    refuse(letter, LATER)
    deliveries.acknowledge(delivery_id=message(letter).id, at=LATER, facts={"applied": True})
    letter.refresh_from_db()
    assert (letter.state, letter.informed_at, letter.told_how) == ("sent", TOLD_AT, told.told_how)
    assert len(windows(letter)) == 1
    assert not pages()


def test_a_letter_under_way_one_that_arrived_and_one_held_back_are_not_told_by_hand() -> None:
    (letter,) = written()
    with pytest.raises(NotToldByHand):
        tell(letter)
    letters_arrive(letter.case_id, NOW)
    with pytest.raises(NotToldByHand):
        tell(letter)
    StatementOfReasons.objects.update(state="withheld", informed_at=None)
    with pytest.raises(NotToldByHand):
        tell(letter)
    with pytest.raises(NotToldByHand):
        cases.tell_by_hand(statement_id=new_id(), how="post", note="", told_at=NOW, actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"how": "by dove"},
        {"how": ""},
        {"told_at": NOW - timedelta(seconds=1)},
        {"told_at": LATER + timedelta(seconds=1)},
    ],
    ids=["an unknown way", "no way", "before it was written", "in the future"],
)
def test_how_and_when_have_to_be_possible(changes: dict[str, Any]) -> None:
    (letter,) = written()
    refuse(letter)
    with pytest.raises(Invalid):
        tell(letter, **changes)


def test_the_table_refuses_a_way_without_a_moment() -> None:
    (letter,) = written()
    refuse(letter)
    with pytest.raises(IntegrityError), transaction.atomic():
        StatementOfReasons.objects.update(told_how="post")


def test_many_letters_of_a_case_that_fail_make_one_page_until_all_are_told() -> None:
    letters = written(5)
    for minute, letter in enumerate(letters):
        refuse(letter, NOW + timedelta(minutes=minute))
    assert len(pages()) == 1
    for letter in letters[:-1]:
        tell(letter)
    assert len(pages()) == 1
    tell(letters[-1])
    assert not pages()


def test_a_letter_that_fails_long_after_the_others_wakes_again() -> None:
    first, second = written(2)
    refuse(first)
    refuse(second, NOW + timedelta(hours=2))
    assert len(pages()) == 2
