"""The same order once more: a proof that starts a new hour, an earlier receipt, nothing counted twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries.models import Delivery
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.orders.acts import end, executed
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db
ANNEX_AT = NOW + timedelta(minutes=20)
PROVEN_AT = NOW + timedelta(minutes=40)


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def unproven(office: Office | None, **changes: Any) -> RemovalOrder:
    return world.receive(by=office, authenticity="unverified", authenticity_method="", **changes).order


def report(order: RemovalOrder, ground: str = "insufficient_information") -> None:
    services.declare_impossible(
        order_id=order.id,
        ground=ground,
        explanation="Nothing authenticates this message.",
        actor=world.actor("on_call"),
        at=ANNEX_AT,
    )


def hour_of(order: RemovalOrder) -> Any:
    lines = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])
    return next((line.due_at for line in lines if line.state == "running" and not line.suspended_at), None)


def woken(order: RemovalOrder, at: datetime) -> int:
    """Let the clock room ring; return how many it woke for the hour."""
    (line,) = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])
    pages = Delivery.objects.filter(transport="page", subject_id=line.id)
    before = pages.count()
    deadline_services.sweep(at=at)
    return pages.count() - before


def test_the_signed_copy_after_annex_iii_starts_a_new_hour_and_wakes(office: Office) -> None:
    world.person("Tom Example", "on_call")
    order = unproven(office, form=world.order_form(section_b={"reasons": "Typed from a mail."}))
    report(order)
    woken(order, ANNEX_AT)
    again = world.receive(by=office, at=PROVEN_AT)
    assert again.is_duplicate
    assert (again.order.authenticity, again.order.execution) == ("verified", "awaiting")
    assert again.order.form["section_b"]["reasons"].startswith("The text calls")
    assert hour_of(order) == PROVEN_AT + timedelta(hours=1)
    (line,) = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])
    assert "tco.execute.restart_clar" in [event.detail for event in deadlines.history(line.id)]
    assert woken(order, PROVEN_AT) >= 1
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=PROVEN_AT)


def test_a_call_back_after_annex_iii_does_the_same(office: Office) -> None:
    world.person("Tom Example", "on_call")
    order = unproven(office)
    report(order)
    woken(order, ANNEX_AT)
    found = services.verify_order(
        order_id=order.id, method="call_back", note="the desk", actor=world.actor("on_call"), at=PROVEN_AT
    )
    assert found.execution == "awaiting"
    assert hour_of(order) == PROVEN_AT + timedelta(hours=1)
    assert woken(order, PROVEN_AT) >= 1


def test_a_proof_that_reached_us_before_annex_iii_counts_from_there(office: Office) -> None:
    order = unproven(office)
    report(order)
    world.receive(by=office, at=PROVEN_AT, received_at=NOW + timedelta(minutes=5))
    assert hour_of(order) == ANNEX_AT + timedelta(hours=1)


@pytest.mark.parametrize("ground", ["force_majeure", "manifest_error"])
def test_verification_removes_no_other_obstacle(office: Office, ground: str) -> None:
    order = unproven(office)
    report(order, ground)
    world.receive(by=office, at=PROVEN_AT)
    found = queries.order(order.id)
    assert (found.authenticity, found.execution) == ("verified", "impossible")


def test_an_impossibility_nobody_reported_waits_for_a_person(office: Office) -> None:
    order = unproven(office)
    RemovalOrder.objects.filter(pk=order.pk).update(execution="impossible")
    world.receive(by=office, at=PROVEN_AT)
    assert queries.order(order.id).execution == "impossible"


def test_a_withdrawn_order_does_not_begin_anew(office: Office) -> None:
    order = unproven(office)
    report(order)
    end(queries.order(order.id))
    again = world.receive(by=office, at=NOW + timedelta(hours=6))
    assert (again.is_duplicate, again.order.execution, again.order.authenticity) == (
        True,
        "impossible",
        "unverified",
    )
    services.verify_order(
        order_id=order.id,
        method="call_back",
        note="the desk",
        actor=world.actor("legal"),
        at=NOW + timedelta(hours=6),
    )
    assert queries.order(order.id).execution == "impossible"


def test_an_earlier_copy_moves_the_clock_to_its_receipt(office: Office) -> None:
    """By the interface at nine, then the mail of half past eight: the alarms use the earliest."""
    order = world.receive(by=office).order
    earlier = NOW - timedelta(minutes=30)
    world.receive(by=office, received_at=earlier, receipt_proof="mail headers")
    assert hour_of(order) == earlier + timedelta(hours=1)
    (correction,) = queries.corrections_of(order.id)
    assert (correction.received_at, correction.proof) == (earlier, "mail headers")
    assert queries.order(order.id).received_at == NOW
    world.receive(by=office, received_at=NOW - timedelta(minutes=10))
    assert len(queries.corrections_of(order.id)) == 1
    world.receive(by=office, received_at=earlier - timedelta(minutes=1), receipt_proof=" ", door="fax")
    assert queries.corrections_of(order.id)[-1].proof == "fax"


def test_an_earlier_copy_of_an_executed_order_moves_its_later_clocks(office: Office) -> None:
    order, _person = executed(office)
    world.receive(by=office, received_at=NOW - timedelta(minutes=30))
    running = {line.rule_id: line.due_at for line in deadlines.running_for_case(order.case_id)}
    assert running["house.full_assessment"] == NOW - timedelta(minutes=30) + timedelta(hours=24)
