"""The message that carries the letter: when the person is told, and what follows when nobody is."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from entente.apps.audit import queries as audit
from entente.apps.cases import services as cases
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.cases.services import telling
from entente.apps.complaints.services import complaint_until
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import registries
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import sending
from entente.apps.evidence import queries as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import reset_cache
from entente.apps.orders import services as orders
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.cases.told import letters_arrive
from tests.apps.notices import acts
from tests.apps.orders.acts import apply_all
from tests.world import ALL_YES, NOW

pytestmark = pytest.mark.django_db
TWO_DAYS_LATER = NOW + timedelta(days=2)
WINDOW = "tco.xborder.request_person"
REFUSED = {"applied": False, "reason": "not_found"}


@pytest.fixture
def on_call() -> Any:
    world.host()
    return world.person("Olga Example", "on_call")


@pytest.fixture
def order(on_call: Any) -> RemovalOrder:
    """Return an executed order whose letter is on its way."""
    found = world.receive(by=world.office()).order
    orders.execute_order(order_id=found.id, answers=ALL_YES, actor=on_call.actor, at=NOW)
    cases.record_effect(action_id=Action.objects.get().id, effect_at=NOW, actor=SYSTEM, at=NOW)
    return found


def letter() -> StatementOfReasons:
    return StatementOfReasons.objects.get()


def message() -> Delivery:
    return Delivery.objects.get(purpose="person.inform")


def answer(facts: dict[str, Any], at: datetime = NOW) -> None:
    deliveries.acknowledge(delivery_id=message().id, at=at, facts=facts)


def windows() -> list[tuple[str, datetime]]:
    lines = deadlines.of_subject("statement", letter().id, rule_ids=[WINDOW])
    return [(line.state, line.due_at) for line in lines]


def pages() -> list[Delivery]:
    return list(Delivery.objects.filter(transport="page", subject_kind="letters"))


def test_nobody_is_told_by_a_letter_that_is_only_written(order: RemovalOrder) -> None:
    assert (letter().state, letter().informed_at, letter().written_at) == ("sent", None, NOW)
    assert not windows()


def test_the_persons_time_starts_when_the_message_arrives_and_only_once(order: RemovalOrder) -> None:
    """A platform that was down for two days takes nothing of the 48 hours."""
    letters_arrive(order.case_id, TWO_DAYS_LATER)
    assert letter().informed_at == TWO_DAYS_LATER
    assert windows() == [("running", TWO_DAYS_LATER + timedelta(hours=48))]
    registries.delivery_arrived.get("person.inform")(message(), TWO_DAYS_LATER + timedelta(hours=1))
    answer({"applied": True}, TWO_DAYS_LATER + timedelta(hours=2))
    assert letter().informed_at == TWO_DAYS_LATER
    assert windows() == [("running", TWO_DAYS_LATER + timedelta(hours=48))]
    told = [event.at for event in audit.trail_of("statement", letter().id)]
    assert told == [TWO_DAYS_LATER]


def test_an_answer_of_the_platform_counts_as_arrival(order: RemovalOrder) -> None:
    answer({"applied": True, "at": (NOW - timedelta(days=9)).isoformat()}, NOW + timedelta(minutes=1))
    assert letter().informed_at == NOW + timedelta(minutes=1)
    assert len(windows()) == 1


def test_what_the_mail_server_has_taken_has_arrived(
    order: RemovalOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entente.apps.kernel.keys.is_exercise", lambda: True)
    deliveries.attempt_due(at=NOW + timedelta(minutes=3), limit=50)
    assert message().state == "delivered"
    informed_at = letter().informed_at
    assert informed_at is not None
    assert informed_at - NOW - timedelta(minutes=3) < timedelta(minutes=1)


def test_a_platform_that_does_not_know_the_person_leaves_nobody_told_and_wakes_people(
    order: RemovalOrder, on_call: Any
) -> None:
    answer(REFUSED)
    assert (letter().state, letter().informed_at) == ("without_address", None)
    assert not windows()
    (event,) = audit.trail_of("statement", letter().id)
    assert (event.kind, event.facts) == ("cases:letter:without_address", {"reason": "not_found"})
    (page,) = pages()
    assert page.destination == str(on_call.id)
    assert page.case_id == order.case_id
    assert "has not been told" in str(page.payload["text"])
    assert "https://agora.example/p/1" in str(page.payload["text"])


def test_a_refusal_without_a_reason_is_one_too(order: RemovalOrder) -> None:
    answer({"applied": False})
    assert letter().state == "without_address"


def test_a_refusal_after_the_arrival_takes_the_clock_back(order: RemovalOrder) -> None:
    letters_arrive(order.case_id, NOW)
    answer(REFUSED, NOW + timedelta(hours=1))
    assert (letter().state, letter().informed_at) == ("without_address", None)
    assert [state for state, _due in windows()] == ["cancelled"]


def test_a_platform_that_finds_the_person_after_all_starts_their_time_then(order: RemovalOrder) -> None:
    letters_arrive(order.case_id, NOW)
    answer(REFUSED, NOW + timedelta(hours=1))
    answer({"applied": True}, TWO_DAYS_LATER)
    assert (letter().state, letter().informed_at) == ("sent", TWO_DAYS_LATER)
    assert sorted(windows()) == [
        ("cancelled", NOW + timedelta(hours=48)),
        ("running", TWO_DAYS_LATER + timedelta(hours=48)),
    ]


def test_a_letter_that_is_held_back_is_told_by_nothing(on_call: Any) -> None:
    form = world.order_form(section_c={"non_disclosure": True})
    found = world.receive(by=world.office(), form=form).order
    orders.execute_order(order_id=found.id, answers=ALL_YES, actor=on_call.actor, at=NOW)
    apply_all(found.case_id, NOW)
    telling._note_told(letter().id, NOW)
    telling._note_not_told(letter().id, "not_found", NOW)
    assert (letter().state, letter().informed_at) == ("withheld", None)
    assert not pages()


def test_the_table_refuses_somebody_informed_by_a_letter_that_did_not_go_out(order: RemovalOrder) -> None:
    for state in ("withheld", "without_address"):
        with pytest.raises(IntegrityError), transaction.atomic():
            StatementOfReasons.objects.update(state=state, informed_at=NOW)


def test_an_intake_without_clocks_of_its_own_is_told_nothing(on_call: Any) -> None:
    acts.disabled()
    assert letter().informed_at == NOW


def test_the_copy_is_kept_as_long_as_the_person_may_complain(on_call: Any) -> None:
    """The platform was down for two days: the road is open two days longer, and so is the copy kept."""
    found = acts.notice()
    acts.decide(found, world.person("Rae Example", "reviewer"))
    cases.record_effect(action_id=Action.objects.get().id, effect_at=NOW, actor=SYSTEM, at=NOW)
    letters_arrive(found.case_id, TWO_DAYS_LATER)
    (line,) = evidence.preservations_of("content_item", letter().decision.item.content_item_id)
    assert line.ground_id == telling.REDRESS_GROUND
    assert line.until == complaint_until(TWO_DAYS_LATER)


def test_a_letter_that_does_not_arrive_wakes_who_is_on_call_within_the_hour(
    order: RemovalOrder, on_call: Any
) -> None:
    """No mail server is configured: the letter cannot leave."""
    assert message().alarm_at == NOW + telling.ALARM_AFTER
    for minute in (0, 10, 20, 31):
        deliveries.attempt_due(at=NOW + timedelta(minutes=minute), limit=50)
    rung = Delivery.objects.filter(purpose="delivery.alarm", subject_id=message().id)
    assert [page.destination for page in rung][:1] == [str(on_call.id)]
    assert "(person.inform)" in str(rung[0].payload["subject"])
    assert letter().informed_at is None


def test_a_letter_by_mail_speaks_to_the_host_in_the_subject_and_to_the_person_below(on_call: Any) -> None:
    world.host(languages=["fr", "en"])
    found = acts.notice()
    item = found.case.items.get().content_item
    item.uploader_language = "ar"
    item.save(update_fields=["uploader_language"])
    with translation.override("de"):  # whoever happens to act
        acts.decide(found, world.person("Rae Example", "reviewer"))
        acts.apply_all(found.case_id)
    payload = message().payload
    assert payload["language"] == "ar"
    assert str(payload["subject"]).startswith("Transmettez cette lettre")
    assert letter().language == "ar"


def test_the_webhook_says_the_same_in_every_language(on_call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTENTE_PLATFORM__KIND", "webhook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_URL", "http://127.0.0.1:9/hook")
    monkeypatch.setenv("ENTENTE_PLATFORM__WEBHOOK_SECRET", "whsec_c2VjcmV0")
    reset_cache()
    try:
        acts.disabled()
        data: Any = message().payload["data"]
        assert data["text"] == data["texts"]["en"]["text"]
        assert data["letter_url"] in data["text"]
    finally:
        monkeypatch.undo()
        reset_cache()


def test_what_arrives_twice_on_the_wire_is_one_arrival(order: RemovalOrder) -> None:
    sending._mark_delivered(message(), NOW)
    deliveries.send_again(delivery_id=message().id, actor=world.actor("legal"), at=NOW)
    sending._mark_delivered(message(), NOW + timedelta(hours=3))
    assert letter().informed_at == NOW
