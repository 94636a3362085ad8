"""The three stories of the start page: started with a button, and saying what to do next and as whom."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.notices.models import Notice
from entente.apps.notices.services import decide_notice
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.models import RemovalOrder
from entente.apps.parties import services as parties
from entente.web.demo import playing, sending
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.notices.acts import ruling
from tests.apps.orders.acts import apply_all
from tests.web.demo.test_demo import exercise, text_of

__all__ = ["exercise"]
pytestmark = pytest.mark.django_db
POSTS = [sending.Post("tide", "The tide", "herald", "de", "https://agora.example/p/tide")]


@pytest.fixture(autouse=True)
def office(exercise: Path, monkeypatch: pytest.MonkeyPatch) -> world.Office:
    """Put people, an authority with its key and agora's posts into the exercise; what it sends arrives at once."""
    at = clock.now()
    world.host(at=at, established_in="XA", offers_in=["XA", "XB"])
    made = world.office("Belmara Office (EXERCISE)", "XB", at=at, exercise=True)
    for role in ("on_call", "senior_reviewer", "reviewer"):
        parties.create_person(
            email=f"{role}@agora.example", name=role.title(), actor=SYSTEM, at=at, roles=[role]
        )
    sender = sending.Sender(slug="belmara", key_id=made.key_id, authority=made.facts)

    def send(_sender: sending.Sender, *, url: str, **said: Any) -> dict[str, Any]:
        form = world.order_form(
            url, reference=f"EX-{RemovalOrder.objects.count()}", section_b={"reasons": said["reasons"]}
        )
        received = world.receive(by=made, form=form, at=clock.now())
        return {"case": received.order.case.reference}

    monkeypatch.setattr(sending, "senders", lambda: [sender])
    monkeypatch.setattr(sending, "posts", lambda: POSTS)
    monkeypatch.setattr(sending, "send_order", send)
    monkeypatch.setattr(sending, "agora_address", lambda: "http://127.0.0.1:8701")
    return made


def started(client: Client, story: str) -> UUID:
    answer = client.post(f"/demo/stories/{story}/start")
    assert answer["Location"] == "/demo/#stories"
    (shown,) = [one for one in playing.stories(POSTS) if one.id == story]
    assert shown.case is not None
    return shown.case.pk


def story(name: str) -> playing.Story:
    return next(one for one in playing.stories(POSTS) if one.id == name)


def test_three_stories_wait_with_a_button_each(client: Client) -> None:
    page = text_of(client, "/demo/")
    for words in (
        "Three stories to play",
        "An order against a joke",
        "An order nobody can execute",
        "the news",
    ):
        assert words in page
    assert page.count("Start it<") == 3
    assert [one.current for one in playing.stories(POSTS)] == [0, 0, 0]


def test_the_joke_goes_from_the_order_to_the_restored_post(client: Client) -> None:
    case_id = started(client, "satire")
    assert "Be On_Call and do it" in text_of(client, "/demo/")
    person = story("satire").next
    assert person is not None
    assert person.person is not None
    answer = client.post(f"/demo/be/{person.person.id}", {"next": person.url})
    assert answer["Location"] == person.url
    order = orders.of_case(case_id)
    assert order is not None
    order_services.execute_order(
        order_id=order.id, answers=world.ALL_YES, actor=person.person.actor, at=clock.now()
    )
    assert "Agora carries it out" in text_of(client, "/demo/")
    apply_all(case_id, clock.now())
    assert story("satire").current == 3
    senior = world.person("Sam Example", "senior_reviewer")
    assess(case_id, senior, road="order", outcome="ask_for_scrutiny", true_purpose="artistic", at=clock.now())
    order_services.choose_course(
        order_id=order.id, course="ask_for_scrutiny", reasons="A parody.", actor=senior.actor, at=clock.now()
    )
    assert (story("satire").current, "record the end" in text_of(client, "/demo/")) == (4, True)
    clock.shift(timedelta(days=1))
    order_services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="the office",
        document="",
        happened_at=clock.now(),
        actor=senior.actor,
        at=clock.now(),
    )
    page = text_of(client, "/demo/")
    assert story("satire").is_over
    assert "http://127.0.0.1:8701/p/ember-parody" in page
    assert "Start it again" in page


def test_a_story_that_went_another_way_says_so_and_starts_again(client: Client) -> None:
    case_id = started(client, "satire")
    order = orders.of_case(case_id)
    assert order is not None
    order_services.declare_impossible(
        order_id=order.id, ground="force_majeure", explanation="No power.", actor=SYSTEM, at=clock.now()
    )
    assert "It went another way" in text_of(client, "/demo/")
    clock.shift(timedelta(minutes=1))
    assert started(client, "satire") != case_id


def test_what_nobody_can_execute_ends_with_annex_iii(client: Client) -> None:
    case_id = started(client, "impossible")
    assert [item.url for item in cases.items_of(case_id)] == ["https://agora.example/p/no-such-post"]
    assert story("impossible").current == 2
    order = orders.of_case(case_id)
    assert order is not None
    order_services.declare_impossible(
        order_id=order.id, ground="manifest_error", explanation="No post.", actor=SYSTEM, at=clock.now()
    )
    assert story("impossible").is_over
    assert "Annex III is out" in text_of(client, "/demo/")


def test_the_news_stay_after_a_full_assessment(client: Client) -> None:
    case_id = started(client, "kept")
    assert story("kept").current == 2
    reviewer = world.person("Rae Example", "reviewer")
    done = assess(
        case_id, reviewer, road="notice", outcome="keep", true_purpose="journalistic", at=clock.now()
    )
    decide_notice(
        notice_id=Notice.objects.get().id,
        item_id=cases.items_of(case_id)[0].id,
        ruling=ruling("keep"),
        assessment=done,
        actor=reviewer.actor,
        at=clock.now(),
    )
    assert story("kept").is_over
    assert "The reader was told" in text_of(client, "/demo/")


def test_a_story_needs_agora_and_a_key_and_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/demo/stories/nothing/start").status_code == 404
    monkeypatch.setattr(sending, "senders", list)
    assert (
        "No invented authority can sign here."
        in client.post("/demo/stories/satire/start", follow=True).content.decode()
    )
    monkeypatch.setattr(sending, "posts", list)
    assert (
        "there is no post for this story"
        in client.post("/demo/stories/satire/start", follow=True).content.decode()
    )
    assert "Three stories to play" not in text_of(client, "/demo/")
    assert playing.nowhere([]) == ""


def test_the_order_nobody_can_execute_is_sent_by_hand_too(client: Client) -> None:
    assert "An address that names no post" in text_of(client, "/demo/orders/")
    words = {
        "sender": "belmara",
        "url": playing.nowhere(POSTS),
        "kind": "a_incites",
        "reasons": "It calls for force.",
    }
    assert client.post("/demo/orders/", words)["Location"] == "/demo/orders/"
    assert story("impossible").current == 2


def test_whom_one_becomes_leads_nowhere_else(client: Client) -> None:
    person = world.person("Rae Example", "reviewer")
    for wanted in ("https://elsewhere.example/", "//elsewhere.example/", "elsewhere"):
        assert client.post(f"/demo/be/{person.id}", {"next": wanted})["Location"].startswith("/console/")
