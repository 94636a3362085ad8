"""The case page: what every role sees, the one-key acts, and how much it costs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.complaints import services as complaints
from entente.apps.kernel.actors import SYSTEM
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed, notice
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
TABS = ("now", "form", "content", "people", "history")


def page(visitor: Visitor, case_id: UUID, tab: str = "now") -> str:
    answer = visitor.get(reverse("console:case", args=[case_id]), {"tab": tab})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", ["reviewer", "on_call", "senior_reviewer", "legal", "auditor"])
def test_every_role_that_may_read_sees_every_tab(as_role: Roles, office: Office, role: str, tab: str) -> None:
    order = executed(office, form=world.order_form(section_c={"non_disclosure": True}))
    shown = page(as_role(role), order.case_id, tab)
    assert cases.case_by_id(order.case_id).reference in shown
    assert "Verified" in shown


@pytest.mark.parametrize("role", ["administrator", "overseer"])
def test_others_are_told_why_not(as_role: Roles, office: Office, role: str) -> None:
    order = world.receive(by=office).order
    assert as_role(role).get(reverse("console:case", args=[order.case_id])).status_code == 403


def test_a_case_that_is_not_there_is_a_plain_404(as_role: Roles) -> None:
    assert as_role("reviewer").get(reverse("console:case", args=[uuid4()])).status_code == 404


def test_an_order_says_what_it_is_how_long_and_what_next(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    shown = page(as_role("on_call"), order.case_id)
    assert "Removal order" in shown
    assert 'role="timer"' in shown
    assert "Answer the five questions, then execute" in shown
    assert "It binds us" in shown
    assert reverse("console:check", args=[order.case_id]) in shown


def test_what_does_not_bind_has_no_countdown(as_role: Roles, office: Office) -> None:
    world.host(established_in="US", offers_in=["US"])
    order = world.receive(by=office).order
    shown = page(as_role("on_call"), order.case_id)
    assert "No countdown: it does not bind here" in shown
    assert "time--large" not in shown
    assert "Answer courteously" in shown


def test_each_finding_leads_to_its_ground_in_one_step(as_role: Roles, office: Office) -> None:
    form = world.order_form(section_e={"representative_post": ""})
    order = world.receive(by=office, form=form).order
    me = as_role("on_call")
    shown = page(me, order.case_id)
    link = f"{reverse('console:impossible', args=[order.case_id])}?ground=insufficient_information&amp;finding=issuer.post_missing"
    assert link in shown
    prefilled = me.get(link.replace("&amp;", "&")).content.decode()
    assert "The post of the person who certifies the order is not named." in prefilled
    assert 'value="insufficient_information"' in prefilled
    assert "checked" in prefilled


def test_an_unverified_order_shows_the_number_of_our_register(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    shown = page(as_role("on_call"), order.case_id)
    assert "+49 30 000000" in shown
    assert "Verify by calling back" in shown


def test_related_orders_are_linked(as_role: Roles, office: Office) -> None:
    first = world.receive(by=office).order
    second = world.receive(by=office, reference="EX-2026-2").order
    shown = page(as_role("on_call"), second.case_id)
    assert reverse("console:case", args=[first.case_id]) in shown
    assert "same address" in shown


def test_the_addresses_come_page_by_page(as_role: Roles, office: Office) -> None:
    urls = [f"https://agora.example/many/{number}" for number in range(60)]
    order = world.receive(*urls, by=office).order
    me = as_role("on_call")
    shown = me.get(reverse("console:case", args=[order.case_id]), {"page": 2}).content.decode()
    assert "Page 2 of 2" in shown
    assert "many/59" in shown
    assert "many/1<" not in shown
    part = me.get(reverse("console:case_items", args=[order.case_id]))
    assert "60 not decided yet" in part.content.decode()
    assert part["HX-Refresh"] == "true"


def test_taking_and_handing_back_need_no_reason_and_can_be_undone(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    me.post(reverse("console:case_assign", args=[case_id]))
    assert cases.case_by_id(case_id).assigned_to_id == me.person.id
    answer = me.post(reverse("console:case_hand_back", args=[case_id]), follow=True)
    assert cases.case_by_id(case_id).assigned_to_id is None
    offered = answer.content.decode()
    assert "is back in the common inbox" in offered
    assert f'action="{reverse("console:case_assign", args=[case_id])}"' in offered
    assert "is back in the common inbox" not in me.get("/console/").content.decode()
    me.post(reverse("console:case_assign", args=[case_id]))
    assert cases.case_by_id(case_id).assigned_to_id == me.person.id


def test_nobody_takes_or_gives_back_what_somebody_else_holds(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    holder = world.person("Ben Example", "reviewer")
    case_services.assign_case(case_id=case_id, person=holder, actor=SYSTEM, at=NOW)
    me.post(reverse("console:case_assign", args=[case_id]))
    assert me.post(reverse("console:case_hand_back", args=[case_id])).status_code == 403
    assert me.get(reverse("console:case_hand_over", args=[case_id])).status_code == 403
    assert cases.case_by_id(case_id).assigned_to_id == holder.id
    as_role("senior_reviewer", name="Sam Example").post(reverse("console:case_assign", args=[case_id]))
    assert cases.case_by_id(case_id).assigned_to_id != holder.id


def test_handing_over_names_a_person(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    other = world.person("Ben Example", "reviewer")
    address = reverse("console:case_hand_over", args=[case_id])
    assert "Ben Example" in me.get(address).content.decode()
    assert me.post(address, {"to": "nobody"}).status_code == 422
    shown = me.post(address, {"to": str(other.id)}, follow=True).content.decode()
    assert cases.case_by_id(case_id).assigned_to_id == other.id
    assert 'action="/console/hand-over/undo/"' in shown
    back = me.post("/console/hand-over/undo/", {"next": reverse("console:case", args=[case_id])}, follow=True)
    assert "1 case is back where it was." in back.content.decode()
    assert cases.case_by_id(case_id).assigned_to_id is None


def test_marking_heavy_and_back(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    address = reverse("console:case_heavy", args=[case_id])
    assert (
        "The next case you get is a lighter one"
        in me.post(address, {"heavy": "yes"}, follow=True).content.decode()
    )
    assert cases.case_by_id(case_id).is_heavy
    me.post(address, {"heavy": "no"})
    assert not cases.case_by_id(case_id).is_heavy


def test_suspected_child_abuse_says_what_it_does_and_then_does_it(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    address = reverse("console:case_child_abuse", args=[case_id])
    asked = me.get(address).content.decode()
    assert "the preview closes for everybody" in asked
    assert "PHAROS" in asked
    assert 'data-key="x"' in asked
    shown = me.post(address, follow=True).content.decode()
    assert cases.case_by_id(case_id).state == "left"
    assert "The case has left" in shown
    assert "Legal tells whom the route names" in shown
    assert "Closed for everybody" in page(me, case_id, "content")
    assert "pressed already" not in shown
    assert me.post(address).status_code == 422


def test_a_closed_case_offers_no_act_on_its_hands(as_role: Roles, office: Office) -> None:
    found = notice()
    case_services.close_case(case_id=found.case_id, actor=SYSTEM, at=NOW)
    shown = page(as_role("senior_reviewer"), found.case_id)
    assert "Nothing left to do" in shown
    assert reverse("console:case_assign", args=[found.case_id]) not in shown


def test_the_case_page_costs_few_queries(
    as_role: Roles, office: Office, django_assert_max_num_queries: Any
) -> None:
    urls = [f"https://agora.example/many/{number}" for number in range(40)]
    order = executed(office)
    many = world.receive(*urls, by=office, reference="EX-2026-9").order
    me = as_role("senior_reviewer")
    page(me, order.case_id)
    for case_id in (order.case_id, many.case_id):
        for tab in TABS:
            with django_assert_max_num_queries(32):
                page(me, case_id, tab)


def test_a_complaint_leads_to_the_people_told(as_role: Roles, office: Office) -> None:
    order = executed(office)
    decision = cases.decisions_of(order.case_id)[0]
    complaints.lodge_complaint(
        decision=decision,
        complainant="affected",
        informed_at=NOW,
        text="This was satire, and nobody called anybody.",
        contact_mail="ada@mail.example",
        language="en",
        actor=SYSTEM,
        at=NOW,
    )
    shown = page(as_role("senior_reviewer"), order.case_id, "people")
    assert "about an order: we may challenge, not restore" in shown
    assert "Answer it" in shown
