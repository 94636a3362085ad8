"""What is this? Recorded with its proof, proposed with reasons, settled by a person, taken back while nothing followed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.arrivals import queries, services
from entente.apps.arrivals.errors import AlreadySettled, KindUnknown, ProofMissing, SomethingFollowed
from entente.apps.arrivals.models import Arrival
from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries.models import Delivery
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.errors import NotExecutable
from entente.core.law.intake import Kind
from tests import world
from tests.apps.notices.acts import decide
from tests.world import ALL_YES, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def arrive(**changes: Any) -> Arrival:
    values: dict[str, Any] = {
        "door": "staff",
        "received_at": NOW,
        "receipt_proof": "mail headers",
        "sender": "Somebody",
        "sender_mail": "somebody@mail.example",
        "subject": "A message",
        "text": "Please look at https://agora.example/p/1, I think it is not right at all.",
        "urls": ("https://agora.example/p/1",),
    }
    draft = services.ArrivalDraft(**{**values, **changes})
    return services.record_arrival(draft=draft, actor=world.actor("reviewer"), at=NOW)


def settle(arrival: Arrival, kind: str) -> Arrival:
    return services.settle_arrival(arrival_id=arrival.id, kind=kind, actor=world.actor("reviewer"), at=NOW)


def test_a_message_has_its_time_and_its_proof() -> None:
    with pytest.raises(ProofMissing):
        arrive(received_at=NOW + timedelta(seconds=1))
    with pytest.raises(ProofMissing):
        arrive(receipt_proof=" ")
    assert arrive(door="api", receipt_proof="").receipt_proof == ""
    found = arrive()
    assert found in queries.unsettled()
    assert queries.arrival(found.id) == found


def test_a_form_is_proposed_as_an_order_and_wakes_who_is_on_call() -> None:
    tom = world.person("Tom Example", "on_call")
    found = arrive(form=world.order_form(section_g={"body": ""}), sender_mail="desk@gmail.com")
    assert found.proposed_kind == Kind.REMOVAL_ORDER
    codes = {reason["code"] for reason in found.proposed_reasons}
    assert {"form", "form_incomplete"} <= codes
    assert Delivery.objects.get(transport="page").destination == str(tom.id)
    assert cases.inbox(cases.InboxFilter()).rows == []


def test_a_police_mail_without_a_basis_is_no_order() -> None:
    world.office(mail_domains=["police.example"])
    found = arrive(
        sender_mail="chief@police.example",
        text="You must remove https://agora.example/p/1 within one hour. This is an order.",
    )
    assert found.proposed_kind != Kind.REMOVAL_ORDER
    assert "no_basis" in {reason["code"] for reason in found.proposed_reasons}


def test_a_home_made_form_from_a_free_mail_address_is_not_executed() -> None:
    world.office()
    found = arrive(form=world.order_form(), sender_mail="office.for.exercises@gmail.com")
    settled = settle(found, "removal_order")
    assert settled.case_id is not None
    order = orders.of_case(settled.case_id)
    assert order is not None
    assert (order.authenticity, order.matches_register, order.authority_id) == ("unverified", False, None)
    with pytest.raises(NotExecutable):
        order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    order_services.declare_impossible(
        order_id=order.id,
        ground="insufficient_information",
        explanation="Nothing authenticates this message.",
        actor=world.actor("on_call"),
        at=NOW,
    )
    (answer,) = orders.answers_of(order.id)
    assert (answer.kind, answer.recipient) == ("impossibility", "")


def test_a_form_from_a_domain_of_the_register_may_be_executed_and_is_verified_after() -> None:
    world.office()
    settled = settle(arrive(form=world.order_form(), sender_mail="desk@office.example"), "removal_order")
    order = orders.of_case(settled.case_id)  # type: ignore[arg-type]
    assert order is not None
    assert (order.authenticity, order.matches_register) == ("unverified", True)


def test_a_valid_seal_makes_a_verified_order() -> None:
    office = world.office()
    signature = {"present": True, "valid": True, "authority_id": str(office.facts.id), "signer": "Office"}
    found = arrive(form=world.order_form(), sender_mail="", signature=signature)
    assert found.proposed_kind == Kind.REMOVAL_ORDER
    order = orders.of_case(settle(found, "removal_order").case_id)  # type: ignore[arg-type]
    assert order is not None
    assert (order.authenticity, order.authenticity_method) == ("verified", "qualified_signature")
    assert order.received_at == NOW


def test_the_hour_runs_from_receipt_not_from_settling() -> None:
    found = arrive(form=world.order_form(), received_at=NOW - timedelta(minutes=40))
    due = deadlines.next_due(settle(found, "removal_order").case_id)  # type: ignore[arg-type]
    assert due is not None
    assert due.due_at == NOW + timedelta(minutes=20)


@pytest.mark.parametrize("form", [None, {}, {"section_b": "a text"}, {"section_b": {"contents": []}}])
def test_an_order_typed_in_takes_its_addresses_from_the_message(form: dict[str, Any] | None) -> None:
    order = orders.of_case(settle(arrive(form=form), "removal_order").case_id)  # type: ignore[arg-type]
    assert order is not None
    assert [item.url for item in cases.items_of(order.case_id)] == ["https://agora.example/p/1"]
    assert order.findings


def test_an_order_of_another_law_keeps_its_type() -> None:
    form = {**world.order_form(), "order_type": "eu.dsa.art9_order"}
    order = orders.of_case(settle(arrive(form=form), "other_binding_order").case_id)  # type: ignore[arg-type]
    assert order is not None
    assert order.order_type_id == "eu.dsa.art9_order"


def test_a_notice_is_a_notice_and_an_incomplete_one_stays_at_the_desk() -> None:
    settled = settle(arrive(), "notice")
    assert cases.case_by_id(settled.case_id).kind == "notice"  # type: ignore[arg-type]
    assert queries.of_case(settled.case_id) == settled  # type: ignore[arg-type]
    bare = arrive(text="", subject="", urls=())
    with pytest.raises(NoticeIncomplete):
        settle(bare, "notice")
    bare.refresh_from_db()
    assert bare.settled_kind == ""


def test_a_referral_comes_from_the_register() -> None:
    unit = world.office(
        "Referral Unit", kind="referral_unit", competences=["refer"], mail_domains=["unit.example"]
    )
    settled = settle(arrive(sender_mail="desk@unit.example"), "referral")
    assert cases.case_by_id(settled.case_id).kind == "referral"  # type: ignore[arg-type]
    assert unit.facts.name
    for stranger in ("somebody@mail.example", ""):
        with pytest.raises(NoticeIncomplete):
            settle(arrive(sender_mail=stranger), "referral")


@pytest.mark.parametrize(
    ("kind", "case_kind", "stage", "clocks"),
    [
        ("data_request", "data_request", "answer", set()),
        ("threat_to_life", "threat", "answer", {"dsa.threat_to_life"}),
        ("unclear", "unclear", "settle", set()),
    ],
)
def test_the_plain_kinds_open_plain_cases(kind: str, case_kind: str, stage: str, clocks: set[str]) -> None:
    settled = settle(arrive(urls=("https://agora.example/p/1", "not an address")), kind)
    assert settled.case_id is not None
    case = cases.case_by_id(settled.case_id)
    assert (case.kind, case.stage, case.is_binding) == (case_kind, stage, False)
    assert [item.url for item in cases.items_of(case.id)] == ["https://agora.example/p/1"]
    assert {line.rule_id for line in deadlines.running_for_case(case.id)} == clocks
    later = NOW + timedelta(days=30)
    deadline_services.sweep(at=later)
    services.conclude_case(case_id=case.id, note="told the police", actor=world.actor("legal"), at=later)
    assert cases.case_by_id(case.id).state == "closed"
    assert {line.state for line in deadlines.all_for_case(case.id)} <= {"met"}


def test_a_case_of_another_room_is_not_concluded_here() -> None:
    settled = settle(arrive(), "notice")
    with pytest.raises(KindUnknown):
        services.conclude_case(
            case_id=settled.case_id,  # type: ignore[arg-type]
            note="done",
            actor=world.actor("legal"),
            at=NOW,
        )


def test_a_message_is_settled_once_and_as_one_of_the_kinds() -> None:
    found = arrive()
    with pytest.raises(KindUnknown):
        settle(found, "love letter")
    settle(found, "unclear")
    with pytest.raises(AlreadySettled):
        settle(found, "notice")
    kinds = [event.kind for event in audit.trail_of("arrival", found.id)]
    assert kinds == ["arrivals:arrival:recorded", "arrivals:arrival:settled"]


def test_a_settling_is_taken_back_while_nothing_followed() -> None:
    found = settle(arrive(), "notice")
    case_id = found.case_id
    back = services.unsettle_arrival(arrival_id=found.id, actor=world.actor("reviewer"), at=NOW)
    assert (back.settled_kind, back.case_id, back.settled_at) == ("", None, None)
    assert cases.case_by_id(case_id).state == "closed"  # type: ignore[arg-type]
    assert deadlines.next_due(case_id) is None  # type: ignore[arg-type]
    assert back in queries.unsettled()
    with pytest.raises(SomethingFollowed):
        services.unsettle_arrival(arrival_id=found.id, actor=world.actor("reviewer"), at=NOW)
    assert settle(back, "unclear").case_id != case_id


def test_a_settling_is_not_taken_back_when_something_followed() -> None:
    from entente.apps.notices import queries as notices

    order = settle(arrive(form=world.order_form()), "removal_order")
    with pytest.raises(SomethingFollowed, match="order"):
        services.unsettle_arrival(arrival_id=order.id, actor=world.actor("reviewer"), at=NOW)
    found = settle(arrive(urls=("https://agora.example/p/1", "https://agora.example/p/2")), "notice")
    notice = notices.of_case(found.case_id)  # type: ignore[arg-type]
    assert notice is not None
    decide(notice, world.person("Rae Example", "reviewer"), outcome="keep")
    with pytest.raises(SomethingFollowed):
        services.unsettle_arrival(arrival_id=found.id, actor=world.actor("reviewer"), at=NOW)


def test_the_database_refuses_a_settling_without_its_time() -> None:
    found = arrive()
    with pytest.raises(IntegrityError), transaction.atomic():
        Arrival.objects.filter(pk=found.id).update(settled_kind="notice")
