"""What is this? Recorded with its proof, proposed with reasons, settled by a person, taken back while nothing followed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

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
from entente.apps.orders.errors import IssuerUnknown, LawMissing, NotExecutable
from entente.apps.orders.models import RemovalOrder
from entente.core.law.intake import Kind
from tests import world
from tests.apps.arrivals.acts import arrive, fax, settle, warn
from tests.apps.notices.acts import decide
from tests.world import ALL_YES, NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


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
    assert pages(NOW) == [str(tom.id)]
    assert cases.inbox(cases.InboxFilter()).rows == []


def pages(at: datetime) -> list[str]:
    """Let the clock room ring, and return whom it woke since the last time."""
    known = set(Delivery.objects.filter(transport="page").values_list("id", flat=True))
    deadline_services.sweep(at=at)
    return sorted(
        Delivery.objects.filter(transport="page").exclude(id__in=known).values_list("destination", flat=True)
    )


MINUTES = (0, 5, 10, 20, 30, 45, 55, 60)


@pytest.mark.parametrize(
    "message",
    [
        {"text": "Removal order under Regulation (EU) 2021/784."},
        {"text": "Order to act under Article 9 of the Digital Services Act"},
        {"text": "Someone writes that an imminent attack is planned."},
        {"text": "You must remove it within one hour."},
    ],
    ids=["order", "other order", "threat", "unclear with a deadline"],
)
def test_what_may_have_a_clock_rings_until_somebody_has_said_what_it_is(message: dict[str, Any]) -> None:
    """The hour is presumed to run from receipt: it rings as loudly before it is settled as after."""
    office, late = world.person("Tom Example", "on_call"), world.person("Sena Example", "senior_reviewer")
    deadline_services.add_shift(
        person_id=office.id,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=9),
        position=0,
        actor=world.actor("legal"),
        at=NOW,
    )
    found = arrive(**message)
    assert found.due_at == NOW + timedelta(hours=1)
    rung = {minute: pages(NOW + timedelta(minutes=minute)) for minute in MINUTES}
    assert all(rung.values()), rung
    assert str(late.id) in rung[45]
    assert pages(NOW + timedelta(minutes=61)) == []
    other = arrive(**message)
    pages(NOW)
    settle(other, "unclear")
    assert pages(NOW + timedelta(minutes=30)) == []


def test_what_is_taken_back_rings_again() -> None:
    world.person("Tom Example", "on_call")
    found = settle(arrive(text="Someone writes that an imminent attack is planned."), "unclear")
    assert pages(NOW) == []
    services.unsettle_arrival(arrival_id=found.id, actor=world.actor("reviewer"), at=NOW)
    assert len(pages(NOW)) == 1


def test_what_has_no_clock_wakes_nobody_and_waits_behind_what_has_one() -> None:
    world.person("Tom Example", "on_call")
    old = arrive(received_at=NOW - timedelta(days=1))
    assert (old.due_at, pages(NOW)) == (None, [])
    late, early = fax(), fax(received_at=NOW - timedelta(minutes=20))
    assert [one.id for one in queries.unsettled()] == [early.id, late.id, old.id]


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
    order = order_of(settle(arrive(form=form), issuing_state="de"))
    assert (order.issuer_country, order.authority_id, order.is_binding) == ("DE", None, True)
    assert [item.url for item in cases.items_of(order.case_id)] == ["https://agora.example/p/1"]
    assert order.findings


def order_of(settled: Arrival) -> RemovalOrder:
    assert settled.case_id is not None
    found = orders.of_case(settled.case_id)
    assert found is not None
    return found


def test_an_order_needs_its_issuer_or_at_least_its_state_and_rings_until_then() -> None:
    """Without either nobody can compute whether it binds: it is not filed away as information meanwhile."""
    tom = world.person("Tom Example", "on_call")
    found = fax()
    for nobody in (services.Chosen(), None):
        with pytest.raises(IssuerUnknown) as refused:
            settle(found, chosen=nobody)
        assert refused.value.facts["field"] == "authority"
    assert pages(NOW) == [str(tom.id)]
    order = order_of(settle(found, authority_id=world.office().facts.id))
    assert order.is_binding
    form = world.order_form(section_a={"issuing_state": "DE"})
    assert order_of(settle(fax(form=form), issuing_state="FR")).issuer_country == "DE"


def test_a_fax_has_its_hour_and_waits_for_the_call_back_to_our_number() -> None:
    """Anybody can write an authority's name on a fax: it binds, it counts down, and it is executed once verified."""
    office = world.office()
    order = order_of(settle(fax(), authority_id=office.facts.id, at=NOW + timedelta(minutes=20)))
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert (due.rule_id, due.due_at) == ("tco.execute", NOW + timedelta(hours=1))
    assert (order.authority_id, order.authenticity, order.matches_register) == (
        office.facts.id,
        "unverified",
        False,
    )
    person = world.actor("on_call")
    at = NOW + timedelta(minutes=30)
    with pytest.raises(NotExecutable):
        order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=person, at=at)
    order_services.verify_order(
        order_id=order.id, method="call_back", note="spoke to the desk", actor=person, at=at
    )
    order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=person, at=at)
    assert orders.order(order.id).execution == "executing"


def test_of_two_authorities_on_one_domain_a_person_says_which() -> None:
    world.office("First Office", mail_domains=["police.example"])
    second = world.office("Second Office", mail_domains=["police.example"])
    found = arrive(form=world.order_form(), sender_mail="desk@police.example")
    assert found.authority_id is None
    assert {one.authority.name for one in queries.issuers_of(found)} == {"First Office", "Second Office"}
    order = order_of(settle(found, authority_id=second.facts.id))
    assert (order.issuer_name, order.matches_register) == ("Second Office", True)


def test_issuers_are_proposed_by_signature_domain_form_and_name_each_once() -> None:
    office = world.office()
    other = world.office("Other Office", mail_domains=["other.example"])
    signed = {"valid": True, "authority_id": str(other.facts.id)}

    def proposed(**changes: Any) -> list[tuple[str, str]]:
        return [(one.authority.name, one.why) for one in queries.issuers_of(arrive(**changes))]

    assert proposed() == []
    assert proposed(sender_mail="desk@office.example", sender="office  for EXERCISES") == [
        ("Office for Exercises", "domain")
    ]
    assert proposed(sender="Office for Exercises") == [("Office for Exercises", "name")]
    elsewhere = world.order_form(section_a={"issuing_state": "FR"})
    assert proposed(form=elsewhere, signature=signed) == [
        ("Other Office", "signature"),
        ("Office for Exercises", "form"),
    ]
    assert queries.proposed_issuers(signature={"valid": True, "authority_id": "no number"}) == []
    assert queries.proposed_issuers(signature={"valid": True, "authority_id": str(uuid4())}) == []
    assert office.facts.name == "Office for Exercises"


def test_what_a_signature_says_about_the_issuer_stands() -> None:
    office = world.office()
    other = world.office("Other Office", mail_domains=["other.example"])
    signature = {"present": True, "valid": True, "authority_id": str(office.facts.id), "signer": "Office"}
    found = arrive(form=world.order_form(), signature=signature)
    assert found.authority_id == office.facts.id
    order = order_of(settle(found, authority_id=other.facts.id))
    assert (order.authority_id, order.authenticity) == (office.facts.id, "verified")


def test_a_person_names_the_authority_when_the_message_is_recorded() -> None:
    office = world.office()
    found = fax(authority_id=office.facts.id)
    assert found.authority_id == office.facts.id
    assert "registered" in {
        reason["code"]
        for reason in fax(authority_id=office.facts.id, text="https://x.example").proposed_reasons
    }
    assert order_of(settle(found)).authority_id == office.facts.id
    assert (
        order_of(
            settle(fax(authority_id=office.facts.id, urls=("https://agora.example/p/2",)), issuing_state="FR")
        ).authority_id
        is None
    )


def test_an_order_of_another_law_is_settled_with_its_law() -> None:
    court = world.office(
        "Court of Examples", kind="court", competences=["other_orders"], mail_domains=["court.example"]
    )
    found = arrive(
        text="Order to act under Article 9 of the Digital Services Act", sender_mail="desk@court.example"
    )
    assert (found.proposed_kind, found.proposed_order_type) == ("other_binding_order", "eu.dsa.art9_order")
    for law in ("", "eu.tco.removal_order", "xx.unheard_of"):
        with pytest.raises(LawMissing):
            settle(found, "other_binding_order", authority_id=court.facts.id, order_type_id=law)
    with pytest.raises(LawMissing):
        settle(found, "other_binding_order")
    order = order_of(
        settle(found, "other_binding_order", authority_id=court.facts.id, order_type_id="eu.dsa.art9_order")
    )
    assert (order.order_type_id, order.is_binding) == ("eu.dsa.art9_order", True)
    assert [line.rule_id for line in deadlines.running_for_case(order.case_id)] == ["dsa.order.act"]


def test_a_form_may_name_its_own_law_and_a_removal_order_is_one_whatever_it_names() -> None:
    form = {**world.order_form(), "order_type": "eu.dsa.art9_order"}
    assert arrive(form=form).proposed_kind == "other_binding_order"
    assert order_of(settle(arrive(form=form), "other_binding_order")).order_type_id == "eu.dsa.art9_order"
    assert order_of(settle(arrive(form=form), "removal_order")).order_type_id == "eu.tco.removal_order"


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
    if kind == "threat_to_life":
        warn(case.id, at=later)
    services.conclude_case(case_id=case.id, note="told the police", actor=world.actor("legal"), at=later)
    assert cases.case_by_id(case.id).state == "closed"
    assert {line.state for line in deadlines.of_subject("arrival", settled.id)} <= {"met"}


def test_a_threat_that_rang_at_the_desk_is_concluded_by_its_own_clock() -> None:
    found = settle(arrive(text="Someone writes that an imminent attack is planned."), "threat_to_life")
    assert found.case_id is not None
    warn(found.case_id)
    services.conclude_case(case_id=found.case_id, note="told", actor=world.actor("legal"), at=NOW)
    states = {line.rule_id: line.state for line in deadlines.of_subject("arrival", found.id)}
    assert states == {"house.threat.triage": "met", "dsa.threat_to_life": "met"}


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
