"""The authority is told in time: a clock from the report's writing to its arrival, or to the hand that brought it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import attempt_due
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.ids import new_id
from entente.apps.orders import queries, services
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import Answer, RemovalOrder
from entente.apps.orders.services import answering, reporting
from entente.apps.parties.models import HostProfile
from entente.core.law.orders import Annex, annex_schema
from tests import world
from tests.apps.cases.filled import assess
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db


def executed(office: Office | None = None) -> RemovalOrder:
    """Receive and execute an order; the report is written and not yet sent."""
    order = world.receive(by=office or world.office()).order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    for action in Action.objects.filter(decision__case_id=order.case_id):
        case_services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    return queries.order(order.id)


def report(order: RemovalOrder, rule: str = "tco.feedback") -> deadlines.DeadlineLine:
    (line,) = deadlines.of_subject("removal_order", order.id, rule_ids=[rule])
    return line


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_the_feedback_is_due_until_it_arrives() -> None:
    order = executed()
    line = report(order)
    assert (line.state, line.due_at) == ("running", NOW + timedelta(hours=1))
    delivery = Delivery.objects.get(purpose="answer.feedback")
    reporting.hear_arrival(delivery, NOW + timedelta(minutes=2))
    assert report(order).met_at == NOW + timedelta(minutes=2)


def test_a_delivery_that_arrives_meets_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.apps.deliveries import registries
    from entente.apps.deliveries.types import Outcome

    class Road:
        def address(self, destination: str) -> object:
            return destination

        def send(self, _parcel: object) -> Outcome:
            return Outcome("delivered")

    order = executed()
    Delivery.objects.exclude(purpose="answer.feedback").delete()
    monkeypatch.setattr(registries.transports, "get", lambda _name: Road())
    assert attempt_due(at=NOW + timedelta(minutes=1)) == 1
    assert report(order).state == "met"


def test_an_impossibility_is_owed_too() -> None:
    order = world.receive(by=world.office()).order
    services.declare_impossible(
        order_id=order.id, ground="manifest_error", explanation="No post.", actor=SYSTEM, at=NOW
    )
    assert report(order, "tco.impossibility").state == "running"


def test_what_nobody_can_be_sent_is_handed_over_by_a_person() -> None:
    order = world.receive().order
    services.declare_impossible(
        order_id=order.id, ground="manifest_error", explanation="No post.", actor=SYSTEM, at=NOW
    )
    (written,) = queries.answers_of(order.id)
    assert (written.recipient, written.delivery_id) == ("", None)
    person, later = world.actor("on_call"), NOW + timedelta(minutes=40)
    with pytest.raises(Invalid, match="how"):
        services.hand_over_answer(answer_id=written.id, how=" ", actor=person, at=later)
    assert report(order, "tco.impossibility").state == "running"
    services.hand_over_answer(answer_id=written.id, how="By courier, with a receipt.", actor=person, at=later)
    line = report(order, "tco.impossibility")
    assert (line.state, line.met_at) == ("met", later)
    (event,) = [
        event
        for event in audit.trail_of("removal_order", order.id)
        if event.kind == "orders:answer:handed_over"
    ]
    assert event.facts["how"] == "By courier, with a receipt."


def test_other_documents_have_no_clock() -> None:
    order = world.receive(by=world.office(country="US")).order
    assert not order.is_binding
    services.answer_not_binding(order_id=order.id, text="We are elsewhere.", actor=SYSTEM, at=NOW)
    (written,) = queries.answers_of(order.id)
    services.hand_over_answer(answer_id=written.id, how="By post.", actor=world.actor("on_call"), at=NOW)
    assert deadlines.all_for_case(order.case_id) == []


def test_a_draft_is_not_handed_over() -> None:
    order = world.receive(by=world.office()).order
    draft = Answer.objects.create(
        order=order, kind="scrutiny_draft", document={}, written_by_name="-", written_at=NOW
    )
    with pytest.raises(NotInThisState, match="draft"):
        services.hand_over_answer(answer_id=draft.id, how="By post.", actor=world.actor("on_call"), at=NOW)


def test_accepting_the_order_does_not_end_what_is_owed() -> None:
    order, lea = executed(), world.person("Lea Example", "legal")
    assess(order.case_id, lea, road="order", outcome="accept", true_purpose="none")
    services.choose_course(
        order_id=order.id, course="accept", reasons="As assessed.", actor=lea.actor, at=NOW
    )
    assert report(order).state == "running"


def test_an_arrival_of_something_else_is_nothing_to_us() -> None:
    order = executed()
    delivery = Delivery.objects.get(purpose="answer.feedback")
    delivery.subject_id = new_id()
    reporting.hear_arrival(delivery, NOW)
    assert report(order).state == "running"


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Say whether a document has the shape of its schema: every field, no other, and nothing empty."""
    if isinstance(value, dict):
        names = schema["properties"]
        return set(value) == set(names) and all(_fits(inner, names[name]) for name, inner in value.items())
    if isinstance(value, list):
        return bool(value) and all(_fits(inner, schema["items"]) for inner in value)
    return value != ""


def test_what_is_sent_is_the_annex_and_its_mail_says_everything() -> None:
    order = executed(world.office(languages=["fr", "de"]))
    answer = queries.answers_of(order.id)[-1]
    assert _fits(answer.document, annex_schema(Annex.FEEDBACK))
    mail = Delivery.objects.get(purpose="answer.feedback").payload
    assert mail["language"] == "fr"
    text = str(mail["text"])
    for said in ("EX-2026-1", "2026-11-23 09:00:00 UTC", "https://agora.example/p/1", order.case.reference):
        assert said in text
    assert "section_a" not in text


def test_an_order_without_a_reference_is_answered_with_a_whole_annex_too() -> None:
    order = world.receive(
        by=world.office(), form=world.order_form(section_e={"file_number": ""}, reference="")
    ).order
    services.declare_impossible(
        order_id=order.id,
        ground="insufficient_information",
        explanation="The address leads to no post of ours.",
        actor=world.actor("on_call"),
        at=NOW,
    )
    answer = queries.answers_of(order.id)[-1]
    assert _fits(answer.document, annex_schema(Annex.IMPOSSIBILITY))
    text = str(Delivery.objects.get(purpose="answer.impossibility").payload["text"])
    assert "not contain enough information" in text
    assert text.count("The address leads to no post of ours.") == 1


def test_a_request_that_does_not_arrive_wakes_people_while_there_is_time() -> None:
    order = executed()
    lea = world.actor("legal", name="Lea Example")
    assess(order.case_id, world.person("Lea Example"), road="order", outcome="ask_to_withdraw")
    services.choose_course(
        order_id=order.id, course="ask_to_withdraw", reasons="It is satire.", actor=lea, at=NOW
    )
    request = Delivery.objects.get(purpose="answer.withdrawal_request")
    assert request.alarm_at == NOW + timedelta(minutes=30)
    assert "It is satire." in str(request.payload["text"])


def test_what_an_answer_lacks_goes_on_record_and_delays_nothing() -> None:
    order = executed()
    HostProfile.objects.update(contact_point_mail="")  # a profile of before it was asked for
    answering.write_feedback(order=order, actor=SYSTEM, at=NOW)
    lines = [one for one in audit.trail_of_case(order.case_id) if one.kind == "orders:answer:feedback"]
    assert [line.facts["gaps"] for line in lines] == [[], ["contact_email"]]
    assert Delivery.objects.filter(purpose="answer.feedback").count() == 2
