"""The desks: deadlines, the rota, deliveries, the record, the protected sources, oversight."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.audit import services as audit
from entente.apps.content import queries as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries import services as delivery_services
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from entente.apps.oversight import queries as oversight
from entente.apps.oversight import services as oversight_services
from entente.apps.parties import queries as parties
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed
from tests.world import NOW, Office

Roles = Callable[..., Visitor]


def text(visitor: Visitor, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_deadlines_run_pass_and_are_taken_on(as_role: Roles, office: Office, at: datetime) -> None:
    me = as_role("on_call")
    world.receive(by=office)
    world.receive(by=office, at=NOW - timedelta(hours=3), reference="EX-OLD")
    deadline_services.sweep(at=at)
    shown = text(me, "/console/deadlines/")
    assert "What woke you" in shown
    assert "Passed unmet" in shown
    line = deadlines.nearest(limit=1)[0]
    me.post(reverse("console:deadline_acknowledge", args=[line.id]))
    assert deadlines.deadline(line.id).acknowledged_by_name == "Ada Example"
    one = text(me, reverse("console:deadline", args=[line.id]))
    assert "Ends, on the strict reading" in one
    assert "rang" in one


def test_an_alarm_stands_above_every_page_until_it_is_seen(
    as_role: Roles, office: Office, at: datetime
) -> None:
    me = as_role("on_call")
    world.receive(by=office)
    deadline_services.sweep(at=at)
    assert "See and acknowledge" in text(me, "/console/")
    assert "See and acknowledge" not in text(me, "/console/deadlines/")
    for page in deliveries.open_pages(me.person.id):
        me.post(reverse("console:page_seen", args=[page.delivery_id]))
    assert "See and acknowledge" not in text(me, "/console/")
    assert me.post(reverse("console:page_seen", args=[new_id()])).status_code == 404


def test_no_deadline_says_so(as_role: Roles, office: Office) -> None:
    assert "No legal deadline runs" in text(as_role("administrator"), "/console/deadlines/")


def test_the_rota_is_filled_changed_and_shows_its_gaps(as_role: Roles, office: Office) -> None:
    senior = as_role("senior_reviewer")
    one, two = world.person("Omar Example", "on_call"), world.person("Olga Example", "on_call")
    assert "No shift is planned" in text(senior, "/console/on-call/")

    def add(person: Any, start: str, end: str) -> Any:
        return senior.post(
            "/console/on-call/add/",
            {"person": str(person.id), "starts_at": start, "ends_at": end, "position": "0"},
        )

    assert add(one, "2026-11-23T09:00:00", "2026-11-23T21:00:00").status_code == 302
    assert add(two, "2026-11-23T20:00:00", "2026-11-24T09:00:00").status_code == 422
    assert add(two, "2026-11-23T21:00:00", "2026-11-24T09:00:00").status_code == 302
    shown = text(senior, "/console/on-call/")
    assert "Omar Example" in shown
    assert "1 gap in the next two weeks" in shown
    first, second = deadlines.rota(from_at=NOW, until=NOW + timedelta(days=2))
    change = reverse("console:shift_change", args=[first.id])
    assert "Omar Example" in text(senior, change)
    assert senior.post(change, {}).status_code == 422
    senior.post(change, {"other": str(second.id)})
    assert deadlines.rota(from_at=NOW, until=NOW + timedelta(days=2))[0].person_name == "Olga Example"
    senior.post(change, {"to": str(one.id)})
    assert deadlines.rota(from_at=NOW, until=NOW + timedelta(days=2))[0].person_name == "Omar Example"
    senior.post(reverse("console:shift_remove", args=[second.id]))
    assert len(deadlines.rota(from_at=NOW, until=NOW + timedelta(days=2))) == 1
    assert senior.get(reverse("console:shift_change", args=[second.id])).status_code == 404
    on_call = as_role("on_call", name="Omar Two")
    assert "Put somebody on call" not in text(on_call, "/console/on-call/")
    assert on_call.get("/console/").status_code == 200


def test_deliveries_are_seen_opened_and_sent_again(as_role: Roles, office: Office) -> None:
    me = as_role("administrator")
    assert "Nothing was sent yet" in text(me, "/console/deliveries/")
    order = executed(office)
    shown = text(me, "/console/deliveries/?state=pending")
    assert "Feedback (Annex II)" in shown
    line = next(
        one for one in deliveries.deliveries(case_id=order.case_id) if one.purpose == "answer.feedback"
    )
    address = reverse("console:delivery", args=[line.id])
    assert "None yet." in text(me, address)
    again = reverse("console:delivery_again", args=[line.id])
    assert me.post(again)["Location"] == address
    delivery_services.cancel(delivery_id=line.id, at=NOW, reason="test", actor=SYSTEM)
    refused = me.post(again, follow=True).content.decode()
    assert "there is nothing to send again" in refused
    assert me.get(reverse("console:delivery", args=[new_id()])).status_code == 404


def every_page(me: Visitor, address: str, rel: str = 'rel="next" href="') -> list[str]:
    """Follow the links of a long list to its end."""
    pages = [text(me, address)]
    while rel in pages[-1] and len(pages) < 9:
        more = pages[-1].split(rel)[1].split('"')[0].replace("&amp;", "&")
        pages.append(text(me, f"{address.partition('?')[0]}{more}"))
    return pages


def test_deliveries_of_one_moment_come_page_by_page(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    for number in range(205):
        delivery_services.enqueue(
            transport="mail",
            purpose="test.mail",
            destination=f"n{number}@mail.example",
            payload={"subject": "x", "text": "y"},
            subject_kind="test",
            subject_id=new_id(),
            case_id=order.case_id,
            at=NOW,
        )
    me = as_role("administrator")
    address = f"/console/deliveries/?case={order.case_id}"
    pages = every_page(me, address)
    found = [number for page in pages for number in re.findall(r">n(\d+)@mail", page)]
    assert len(pages) == 3
    assert sorted(map(int, found)) == list(range(205))
    assert order.case.reference in pages[2]
    for unreadable in ("at=nonsense&id=x", "at=2026-13-45T00:00:00&id=x", "case=x"):
        assert "n204@mail.example" in text(me, f"/console/deliveries/?{unreadable}")
    history = text(as_role("auditor"), reverse("console:case", args=[order.case_id]) + "?tab=history")
    assert f'href="{address}"' in history


def test_the_record_of_one_moment_is_read_by_room_and_page(as_role: Roles, office: Office) -> None:
    me = as_role("auditor")
    order = world.receive(by=office).order
    for number in range(230):
        audit.record(
            kind="orders:removal_order:received_again",
            subject_kind="removal_order",
            subject_id=order.id,
            case_id=order.case_id,
            actor=Actor("system", "s", f"Clerk {number}."),
            at=NOW + timedelta(seconds=1),
        )
    pages = every_page(me, "/console/audit/?room=orders")
    found = [int(number) for page in pages for number in re.findall(r"Clerk (\d+)\.", page)]
    assert sorted(found) == list(range(230))
    assert "Order received" in pages[2]
    assert reverse("console:case", args=[order.case_id]) in pages[0]
    only = text(me, "/console/audit/?room=parties")
    assert "arrived again" not in only
    assert "Nothing is on record here" in text(me, "/console/audit/?room=complaints")
    assert "Nothing is on record" in text(me, f"/console/audit/?at=2026-11-01T00:00:00&id={new_id()}")
    case = reverse("console:case", args=[order.case_id]) + "?tab=history"
    events = every_page(me, case)
    found = [int(number) for page in events for number in re.findall(r"Clerk (\d+)\.", page)]
    assert sorted(found) == list(range(230))
    assert "From the beginning" in events[-1]


def test_an_overseer_reaches_every_copy(office: Office, overseer: Visitor) -> None:
    order = executed(office)
    for _number in range(120):
        oversight_services.copy_to_overseer(
            kind="decision", subject_id=order.id, summary={"outcome": "keep"}, at=NOW
        )
    pages = every_page(overseer, "/console/oversight/")
    found = {
        address for page in pages for address in re.findall(r"/console/oversight/([0-9a-f-]{36})/", page)
    }
    assert found == {str(line.id) for line in oversight.copies(limit=1000)}
    assert len(found) > 120


def test_protected_sources_are_added_and_taken_off(as_role: Roles, office: Office) -> None:
    me = as_role("legal")
    assert "No source is protected yet" in text(me, "/console/sources/")
    wrong = me.post("/console/sources/add/", {"pattern": "*", "kind": "press"})
    assert wrong.status_code == 422
    me.post("/console/sources/add/", {"pattern": "paper.example", "kind": "press", "note": "A daily"})
    (line,) = content.protected_sources()
    assert "paper.example" in text(as_role("reviewer", name="Rui Example"), "/console/sources/")
    me.post(reverse("console:source_remove", args=[line.id]))
    assert content.protected_sources() == []
    assert me.post(reverse("console:source_remove", args=[line.id])).status_code == 404


@pytest.fixture
def overseer(as_role: Roles) -> Visitor:
    visitor = as_role("overseer", name="Ovid Example")
    oversight_services.appoint_overseer(
        person_id=visitor.person.id,
        body="platform",
        ground="Named by the board in March.",
        actor=parties.person(world.person("Ada Admin", "administrator").id).actor,
        at=NOW,
    )
    return visitor


def test_an_overseer_checks_opens_with_a_reason_recommends_and_is_answered(
    as_role: Roles, office: Office, overseer: Visitor
) -> None:
    order = executed(office)
    desk = text(overseer, "/console/oversight/")
    assert "Order received" in desk
    copies = {line.kind: line for line in oversight.copies()}
    address = reverse("console:oversight_copy", args=[copies["decision"].id])
    closed = text(overseer, address)
    assert "agora.example" not in closed
    assert "Open the file" in closed
    opening = reverse("console:oversight_open", args=[copies["decision"].id])
    assert overseer.post(opening, {"reason": "short"}).status_code == 422
    overseer.post(opening, {"reason": "Three orders about one page in a week."})
    opened = text(overseer, address)
    assert "https://agora.example/p/1" in opened
    overseer.post(
        reverse("console:oversight_recommend", args=[copies["decision"].id]),
        {"text": "Ask the issuer for its reasons in full."},
    )
    assert (
        overseer.post(
            reverse("console:oversight_recommend", args=[copies["decision"].id]), {"text": "x"}
        ).status_code
        == 422
    )
    overseer.post(reverse("console:oversight_check", args=[copies["decision"].id]), {"remark": "In order."})
    assert "In order." in text(overseer, "/console/oversight/?show=all")
    received = reverse("console:oversight_copy", args=[copies["order_received"].id])
    overseer.post(
        reverse("console:oversight_open", args=[copies["order_received"].id]),
        {"reason": "The first order of this office here."},
    )
    assert "Order executed" in text(overseer, received)
    legal = as_role("legal", name="Lea Example")
    assert "Waits for an answer" in text(legal, "/console/oversight/")
    (one,) = oversight.recommendations()
    answer = reverse("console:oversight_answer", args=[one.id])
    assert "in full" in text(legal, answer)
    assert legal.post(answer, {"followed": "yes", "text": "short"}).status_code == 422
    legal.post(answer, {"followed": "yes", "text": "We asked the office today."})
    assert "We asked the office today." in text(overseer, address)
    assert legal.get(reverse("console:oversight_answer", args=[new_id()])).status_code == 404
    assert order.execution == "executed"


def test_the_role_alone_opens_nothing(as_role: Roles, office: Office, overseer: Visitor) -> None:
    executed(office)
    copy = oversight.copies()[0]
    visitor = as_role("overseer", name="Olga Example")
    assert visitor.get(reverse("console:oversight_copy", args=[copy.id])).status_code == 403


def test_a_copy_that_is_not_there(overseer: Visitor) -> None:
    assert overseer.get(reverse("console:oversight_copy", args=[new_id()])).status_code == 404


def test_ones_language_is_kept(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    answer = me.post("/console/language/", {"language": "fr", "next": "/console/search/"})
    assert answer["Location"] == "/console/search/"
    assert parties.person(me.person.id).language == "fr"
    me.post("/console/language/", {"language": "xx", "next": "https://elsewhere.example/"})
    assert parties.person(me.person.id).language == "fr"
    assert 'lang="fr"' in text(me, "/console/")


@pytest.mark.parametrize(
    ("role", "present", "absent"),
    [
        ("reviewer", "/console/arrivals/new/", "/console/audit/"),
        ("auditor", "/console/audit/", "/console/arrivals/new/"),
        ("overseer", "/console/oversight/", "/console/deliveries/"),
    ],
)
def test_the_rail_shows_what_one_may_open(
    as_role: Roles, office: Office, role: str, present: str, absent: str
) -> None:
    start = "/console/oversight/" if role == "overseer" else "/console/"
    shown = text(as_role(role), start)
    assert f'href="{present}"' in shown
    assert f'href="{absent}"' not in shown


def test_the_page_says_who_is_on_call(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    assert "Nobody is on call" in text(me, "/console/")
    deadline_services.add_shift(
        person_id=me.person.id,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=8),
        actor=SYSTEM,
        at=NOW,
    )
    shown = text(me, "/console/")
    assert ">You</a>" in shown
    assert "until 17:00" in shown


def test_an_overseer_is_appointed_and_ended_by_the_legal_person(as_role: Roles) -> None:
    legal = as_role("legal", name="Lea Example")
    page = reverse("console:oversight_appoint")
    assert "Nobody can be appointed yet" in text(legal, page)
    owen = world.person("Owen Example", "overseer")
    assert "Owen Example" in text(legal, page)
    refused = legal.post(page, {"person": str(owen.id), "ground": "short"})
    assert refused.status_code == 422
    assert not oversight.overseers()
    legal.post(page, {"person": str(owen.id), "ground": "Resolution of the board of 20 November."})
    (one,) = oversight.overseers()
    assert (one.person_id, one.body) == (owen.id, "platform")
    assert "End the appointment" in text(legal, "/console/oversight/")
    assert "Nobody can be appointed yet" in text(legal, page)
    end = reverse("console:oversight_end", args=[one.id])
    assert "Owen Example" in text(legal, end)
    assert legal.post(end, {"ground": "over"}).status_code == 422
    legal.post(end, {"ground": "The mandate has run out."})
    assert not oversight.overseers()
    assert legal.get(end).status_code == 404
