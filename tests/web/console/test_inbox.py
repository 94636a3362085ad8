"""The inbox: order, filters, hand-over, the next case, what needs somebody at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.arrivals import services as arrivals
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.web.console.answers import QUESTIONS, box
from tests import world
from tests.apps.notices.acts import decide
from tests.web.console.conftest import Visitor
from tests.web.console.stories import notice
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
INBOX = "/console/"


def text_of(visitor: Visitor, address: str = INBOX) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_least_legal_time_left_comes_first(as_role: Roles, office: Office) -> None:
    later = notice()
    urgent = world.receive(by=office)
    page = text_of(as_role("reviewer"))
    first = cases.case_by_id(urgent.order.case_id).reference
    second = cases.case_by_id(later.case_id).reference
    assert page.index(first) < page.index(second)
    assert "data-due=" in page


def test_an_overdue_case_stays_on_top_and_in_the_band(as_role: Roles, office: Office, at: Any) -> None:
    later = notice()
    urgent = world.receive(by=office, at=NOW - timedelta(hours=2))
    deadlines.sweep(at=at)
    page = text_of(as_role("reviewer"))
    assert "1 deadline has passed unmet" in page
    reference = cases.case_by_id(urgent.order.case_id).reference
    assert page.index(reference) < page.index(cases.case_by_id(later.case_id).reference)


def test_an_empty_inbox_says_what_will_come(as_role: Roles) -> None:
    assert "Nothing waits for you" in text_of(as_role("reviewer"))


def test_a_filter_that_fits_nothing_offers_the_way_back(as_role: Roles, office: Office) -> None:
    world.receive(by=office)
    page = text_of(as_role("reviewer"), "/console/?kind=threat")
    assert "Nothing fits this filter" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kind=order", True),
        ("kind=notice", False),
        ("stage=check", True),
        ("stage=assess", False),
        ("with=nobody", True),
        ("with=mine", False),
        ("q=agora.example/p/1", True),
        ("q=elsewhere", False),
        ("state=closed", False),
        ("kind=nonsense&page=x", True),
    ],
)
def test_filters(as_role: Roles, office: Office, *, asked: str, found: bool) -> None:
    order = world.receive(by=office).order
    reference = cases.case_by_id(order.case_id).reference
    assert (reference in text_of(as_role("reviewer"), f"/console/?{asked}")) is found


def test_several_cases_change_hands_at_once(as_role: Roles, office: Office) -> None:
    senior = as_role("senior_reviewer")
    other = world.person("Ben Example", "reviewer")
    ids = [world.receive(by=office).order.case_id, notice().case_id]
    answer = senior.post(
        "/console/hand-over/",
        {"case": [str(i) for i in ids], "to": str(other.id), "next": "/console/?page=1"},
    )
    assert answer["Location"] == "/console/?page=1"
    assert {cases.case_by_id(i).assigned_to_id for i in ids} == {other.id}
    senior.post("/console/hand-over/", {"case": [str(ids[0])], "to": "inbox"})
    assert cases.case_by_id(ids[0]).assigned_to_id is None


def test_a_reviewer_does_not_hand_over_what_somebody_else_holds(as_role: Roles, office: Office) -> None:
    holder, me = world.person("Ben Example", "reviewer"), as_role("reviewer")
    case_id = notice().case_id
    case_services.assign_case(case_id=case_id, person=holder, actor=SYSTEM, at=NOW)
    me.post("/console/hand-over/", {"case": [str(case_id)], "to": str(me.person.id)})
    assert cases.case_by_id(case_id).assigned_to_id == holder.id


@pytest.mark.parametrize("sent", [{}, {"case": "x", "to": "inbox"}, {"case": ["nonsense"]}])
def test_a_hand_over_without_cases_or_person_says_so(as_role: Roles, sent: dict[str, Any]) -> None:
    answer = as_role("senior_reviewer").post("/console/hand-over/", sent, follow=True)
    assert "Tick at least one case" in answer.content.decode()


def test_the_next_case_is_the_most_urgent_and_becomes_mine(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    notice()
    order = world.receive(by=office).order
    answer = me.post("/console/next/")
    assert answer["Location"] == reverse("console:case", args=[order.case_id])
    assert cases.case_by_id(order.case_id).assigned_to_id == me.person.id


def test_after_a_heavy_case_a_lighter_one_comes(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    heavy, next_heavy, light = notice(), notice("/p/2"), notice("/p/3")
    for one in (heavy, next_heavy):
        case_services.mark_heavy(case_id=one.case_id, is_heavy=True, actor=SYSTEM, at=NOW)
    me.post(reverse("console:case_assign", args=[heavy.case_id]))
    me.post(reverse("console:case_hand_back", args=[heavy.case_id]))
    answer = me.post("/console/next/")
    assert answer["Location"] == reverse("console:case", args=[light.case_id])


def given_next(me: Visitor) -> Any:
    return me.post("/console/next/")["Location"]


def heavy_ones(*paths: str) -> list[Any]:
    """Receive notices that everybody knows to be hard to look at, the first ones in line."""
    found = [notice(path) for path in paths]
    for one in found:
        case_services.mark_heavy(case_id=one.case_id, is_heavy=True, actor=SYSTEM, at=NOW)
    return found


def test_after_deciding_a_heavy_case_a_lighter_one_comes(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    heavy, next_heavy = heavy_ones("/p/1", "/p/2")
    light = notice("/p/3")
    decide(heavy, me.person, outcome="keep")
    assert cases.case_by_id(heavy.case_id).state == "closed"
    assert given_next(me) == reverse("console:case", args=[light.case_id])
    case_services.close_case(case_id=light.case_id, actor=SYSTEM, at=NOW)
    assert given_next(me) == reverse("console:case", args=[next_heavy.case_id])


def test_after_executing_a_heavy_order_a_lighter_case_comes(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    order = world.receive("https://agora.example/p/9", by=office).order
    case_services.mark_heavy(case_id=order.case_id, is_heavy=True, actor=SYSTEM, at=NOW)
    heavy_ones("/p/1")
    light = notice("/p/3")
    answers = dict.fromkeys([box(name) for name in QUESTIONS], "yes")
    me.post(reverse("console:check", args=[order.case_id]), answers)
    assert orders.order(order.pk).execution == "executing"
    assert given_next(me) == reverse("console:case", args=[light.case_id])


def test_after_marking_or_concluding_a_heavy_case_a_lighter_one_comes(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    marked, next_heavy = notice("/p/1"), heavy_ones("/p/2")[0]
    light, other = notice("/p/3"), notice("/p/4")
    me.post(reverse("console:case_heavy", args=[marked.case_id]), {"heavy": "yes"})
    assert given_next(me) == reverse("console:case", args=[light.case_id])
    case_services.hand_over_cases(
        case_ids=[light.case_id], to_person=world.person("Ben Example", "reviewer"), actor=SYSTEM, at=NOW
    )
    me.post(reverse("console:case_child_abuse", args=[next_heavy.case_id]))
    assert given_next(me) == reverse("console:case", args=[other.case_id])


def test_handing_several_cases_over_can_be_taken_back(as_role: Roles, office: Office) -> None:
    senior = as_role("senior_reviewer")
    other, third = world.person("Ben Example", "reviewer"), world.person("Cem Example", "reviewer")
    ids = [notice("/p/1").case_id, notice("/p/2").case_id]
    case_services.assign_case(case_id=ids[1], person=third, actor=SYSTEM, at=NOW)
    sent = {"case": [str(i) for i in ids], "to": str(other.id), "next": "/console/?page=1"}
    page = senior.post("/console/hand-over/", sent, follow=True).content.decode()
    assert "2 cases changed hands." in page
    assert 'action="/console/hand-over/undo/"' in page
    undone = senior.post("/console/hand-over/undo/", {"next": "/console/?page=1"})
    assert undone["Location"] == "/console/?page=1"
    assert [cases.case_by_id(i).assigned_to_id for i in ids] == [None, third.id]
    again = senior.post("/console/hand-over/undo/", follow=True).content.decode()
    assert "Nothing was taken back" in again


def test_nobody_takes_back_what_somebody_else_handed_over(as_role: Roles, office: Office) -> None:
    other, case_id = world.person("Ben Example", "reviewer"), notice().case_id
    sent = {"case": [str(case_id)], "to": str(other.id)}
    as_role("senior_reviewer").post("/console/hand-over/", sent)
    as_role("reviewer", name="Cem Example").post("/console/hand-over/undo/")
    assert cases.case_by_id(case_id).assigned_to_id == other.id


def test_a_hand_over_that_changed_nothing_offers_no_undo(as_role: Roles, office: Office) -> None:
    me, case_id = as_role("reviewer"), notice().case_id
    page = me.post("/console/hand-over/", {"case": [str(case_id)], "to": "inbox"}, follow=True)
    assert "0 cases changed hands." in page.content.decode()
    assert "/hand-over/undo/" not in page.content.decode()


def test_without_cases_the_next_one_says_so(as_role: Roles) -> None:
    answer = as_role("reviewer").post("/console/next/", follow=True)
    assert "Nothing waits for you." in answer.content.decode()


def test_unsettled_messages_stand_above_the_list(as_role: Roles, office: Office) -> None:
    draft = arrivals.ArrivalDraft(
        door="mail",
        received_at=NOW,
        receipt_proof="header",
        sender="Somebody",
        text="Hello",
        subject="A letter",
    )
    arrivals.record_arrival(draft=draft, actor=SYSTEM, at=NOW)
    page = text_of(as_role("reviewer"))
    assert "1 message waits for somebody to say what it is" in page
    assert "A letter" in page


def test_the_inbox_costs_few_queries(
    as_role: Roles, office: Office, django_assert_max_num_queries: Any
) -> None:
    me = as_role("reviewer")
    for number in range(60):
        notice(f"/p/{number}")
    text_of(me)
    with django_assert_max_num_queries(13):
        page = text_of(me)
    assert "Page 1" in page
    assert 'rel="next"' in page
    assert "Page 2" in text_of(me, "/console/?page=2")


def test_an_exact_number_opens_its_case(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    reference = cases.case_by_id(order.case_id).reference
    answer = as_role("reviewer").get("/console/search/", {"q": reference.lower()})
    assert answer["Location"] == reverse("console:case", args=[order.case_id])


def test_search_finds_addresses_and_says_when_it_finds_nothing(as_role: Roles, office: Office) -> None:
    me = as_role("auditor")
    world.receive(by=office)
    assert "Office for Exercises" in text_of(me, "/console/search/?q=agora.example/p/1")
    assert "Nothing found for" in text_of(me, "/console/search/?q=zzz")
    assert "What are you looking for?" in text_of(me, "/console/search/")
