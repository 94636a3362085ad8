"""After the suspected-child-abuse key: the route on the page, its hand-over, and what goes on without a look."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from entente.apps.arrivals import services as arrivals
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.content import services as content_services
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.web.console.answers import QUESTIONS, box
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import apply_all, notice
from tests.web.console.test_case_page import page
from tests.world import NOW, Office

Roles = Callable[..., Visitor]


def handed_over(case_id: UUID) -> str:
    return reverse("console:route_handed_over", args=[case_id])


def test_the_route_is_shown_until_somebody_records_that_it_was_handed_over(
    as_role: Roles, office: Office
) -> None:
    me, case_id = as_role("legal"), notice().case_id
    assert me.get(handed_over(case_id)).status_code == 404
    case_services.leave_case_to_route(case_id=case_id, actor=SYSTEM, at=NOW)
    assert "Record the hand-over" in me.get("/console/?state=left").content.decode()
    shown = page(me, case_id)
    assert "PHAROS, the reporting platform of the French police" in shown
    assert "Nobody has been told yet" in shown
    assert "Suspected child abuse: tell whom the route names" in shown
    told = {"recipient": "pharos", "handed_over_at": "2026-11-23T09:01:00", "reference": "R-77"}
    assert me.post(handed_over(case_id), {**told, "recipient": "nobody"}).status_code == 422
    assert me.post(handed_over(case_id), {**told, "recipient": "other"}).status_code == 422
    assert me.post(handed_over(case_id), {**told, "handed_over_at": "2030-01-01T09:00:00"}).status_code == 422
    assert "The hand-over is on record." in me.post(handed_over(case_id), told, follow=True).content.decode()
    other = {**told, "recipient": "other", "somebody_else": "The hotline", "reference": "H-1"}
    me.post(handed_over(case_id), other)
    shown = page(me, case_id)
    for words in ("R-77", "The hotline", "H-1", "Handed over", "whom the route names has it"):
        assert words in shown
    assert "Nobody has been told yet" not in shown
    assert "Record the hand-over" not in me.get("/console/?state=left").content.decode()
    assert {line.state for line in deadlines.of_subject("case", case_id)} == {"met"}
    assert "Handed over to whom the route names" in page(me, case_id, "history")


def test_of_many_addresses_the_page_says_how_much_is_still_written(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("legal"), notice(*[f"/p/{number}" for number in range(13)]).case_id
    case_services.leave_case_to_route(case_id=case_id, actor=SYSTEM, at=NOW)
    assert "The chain of custody of 3 copies is still being written" in page(me, case_id)
    content_services.continue_closings(at=NOW)
    assert "is still being written" not in page(me, case_id)


@pytest.mark.parametrize("role", ["reviewer", "auditor"])
def test_who_does_not_hand_over_to_a_route_only_reads_it(as_role: Roles, office: Office, role: str) -> None:
    me, case_id = as_role(role), notice().case_id
    case_services.leave_case_to_route(case_id=case_id, actor=SYSTEM, at=NOW)
    assert handed_over(case_id) not in page(me, case_id)
    assert me.get(handed_over(case_id)).status_code == 403


def test_an_order_not_yet_executed_keeps_its_exits_after_the_key(as_role: Roles, office: Office) -> None:
    me, order = as_role("on_call"), world.receive(by=office).order
    address = reverse("console:case_child_abuse", args=[order.case_id])
    shown = me.post(address, follow=True).content.decode()
    assert "What is left here needs no look." in shown
    assert "The hour of the order runs on." in shown
    for exit_url in ("check", "impossible", "file_as_information", "route_handed_over"):
        assert reverse(f"console:{exit_url}", args=[order.case_id]) in shown
    assert address not in shown
    assert cases.case_by_id(order.case_id).reference in me.get("/console/").content.decode()
    check = reverse("console:check", args=[order.case_id])
    assert "None of the five questions needs a look" in me.get(check).content.decode()
    me.post(check, dict.fromkeys([box(name) for name in QUESTIONS], "yes"))
    apply_all(order.case_id, NOW + timedelta(minutes=6))
    assert orders.order(order.pk).execution == "executed"
    assert cases.case_by_id(order.case_id).state == "left"
    shown = page(as_role("senior_reviewer", name="Sam Example"), order.case_id)
    end = reverse("console:end_order", args=[order.case_id])
    assert end in shown
    warned = as_role("senior_reviewer", name="Sue Example").get(end).content.decode()
    assert "Somebody suspected child abuse here." in warned


def test_a_threat_to_life_keeps_its_own_route_beside_that_of_the_key(as_role: Roles, office: Office) -> None:
    me = as_role("legal")
    draft = arrivals.ArrivalDraft(
        door="mail", received_at=NOW, receipt_proof="header", sender="Somebody", text="Hello", subject="Help"
    )
    arrival = arrivals.record_arrival(draft=draft, actor=SYSTEM, at=NOW)
    settled = arrivals.settle_arrival(arrival_id=arrival.pk, kind="threat_to_life", actor=SYSTEM, at=NOW)
    assert settled.case_id
    case_services.leave_case_to_route(case_id=settled.case_id, actor=SYSTEM, at=NOW)
    shown = page(me, settled.case_id)
    assert "PHAROS" in shown
    assert "What is left to do needs no look." in shown
    assert "Threat to life" in shown
    assert reverse("console:threat_alert", args=[settled.case_id]) in shown
    assert shown.count("Nobody has been told yet") == 1
