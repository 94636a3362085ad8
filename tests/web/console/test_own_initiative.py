"""Assessing under one's own terms, from the page of an order that binds nobody any more to the letter."""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.kernel import clock
from entente.apps.notices import queries as notices
from entente.apps.orders import services as order_services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.cases.told import letters_arrive
from tests.web.console import stories
from tests.web.console.conftest import Visitor
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db

WHY = "Clause 4 of our terms forbids calls to violence; the last lines may be one."
LATER = NOW + timedelta(hours=6)


@pytest.fixture
def ended(office: Office, monkeypatch: pytest.MonkeyPatch) -> RemovalOrder:
    """Return an order that was executed, withdrawn, and whose content is back."""
    order = stories.executed(office)
    order_services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="letter of the office",
        happened_at=NOW + timedelta(hours=5),
        actor=world.actor("senior_reviewer", name="Sena Example"),
        at=NOW + timedelta(hours=5),
    )
    stories.apply_all(order.case_id, NOW + timedelta(hours=5))
    monkeypatch.setattr(clock, "now", lambda: LATER)
    return order


def opened(me: Visitor, order: RemovalOrder, **changes: Any) -> Any:
    (item,) = cases.items_of(order.case_id)
    url = reverse("console:own_initiative", args=[order.case_id])
    return me.post(url, {"items": [str(item.id)], "why": WHY, **changes})


def test_the_page_of_an_ended_order_offers_it_and_a_living_one_does_not(
    office: Office, as_role: Callable[..., Visitor], at: datetime
) -> None:
    me, order = as_role("reviewer"), stories.executed(office)
    url = reverse("console:own_initiative", args=[order.case_id])
    case_url = reverse("console:case", args=[order.case_id])
    assert url not in me.get(case_url).content.decode()
    assert me.get(url).status_code == HTTPStatus.CONFLICT
    order_services.end_order(
        order_id=order.id,
        fate="annulled",
        by_whom="Court of Examples",
        document="judgment 1",
        happened_at=at,
        actor=world.actor("senior_reviewer", name="Sena Example"),
        at=at,
    )
    assert url in me.get(case_url).content.decode()
    assert url not in as_role("on_call", name="Omar Example").get(case_url).content.decode()
    assert "First it comes back" in opened(me, order).content.decode()


def test_from_the_act_to_the_letter_that_says_how_we_came_to_it(
    ended: RemovalOrder, as_role: Callable[..., Visitor]
) -> None:
    me = as_role("reviewer")
    page = me.get(reverse("console:own_initiative", args=[ended.case_id])).content.decode()
    assert "Assess under our own terms" in page
    assert "checked" in page
    answer = opened(me, ended)
    (own,) = notices.own_found_in(ended.case_id)
    assert answer["Location"].startswith(reverse("console:case", args=[own.case_id]))
    (item,) = cases.items_of(own.case_id)
    decide_url = reverse("console:decide", args=[own.case_id, item.id])
    assert me.get(decide_url).status_code == HTTPStatus.CONFLICT
    sent = me.get(reverse("console:case", args=[own.case_id]) + "?tab=form").content.decode()
    assert "An order that was withdrawn" in sent
    assert "Good faith" not in sent
    assert "somebody without a name" not in sent
    history = me.get(reverse("console:case", args=[own.case_id]) + "?tab=history").content.decode()
    assert "found through: an order that was withdrawn" in history
    assert WHY in me.get(reverse("console:assess", args=[own.case_id, item.id])).content.decode()
    assert "Own initiative" in me.get(reverse("console:inbox") + "?kind=own_initiative").content.decode()
    assess(
        own.case_id,
        me.person,
        road="notice",
        outcome="disable",
        at=LATER,
        ground="terms.terrorism",
        scope_kind="worldwide",
        scope_countries=[],
    )
    given = {"basis": "terms.terrorism", "reasons": "The last lines call on readers to strike.", "facts": ""}
    assert me.post(decide_url, given).status_code == HTTPStatus.FOUND
    stories.apply_all(own.case_id, LATER)
    letters_arrive(own.case_id, LATER)
    (statement,) = cases.statements_of(own.case_id)
    letter = me.get(reverse("public:letter", args=[statement.token])).content.decode()
    assert "We looked at it of our own accord. No order demands this measure" in letter
    assert "through an order of Office for Exercises, a public authority. That order was withdrawn" in letter
    assert "somebody sent us a notice." not in letter.replace("nobody sent us a notice.", "")
    assert "The last lines call on readers to strike." in letter
    (action,) = [row.action for row in cases.items_of(own.case_id)]
    assert action is not None
    why = me.get(reverse("public:why", args=[action.pk])).content.decode()
    assert "Office for Exercises" not in why
    assert me.get(reverse("public:notice", args=[own.token])).status_code == HTTPStatus.NOT_FOUND


def test_words_and_addresses_are_asked_for(ended: RemovalOrder, as_role: Callable[..., Visitor]) -> None:
    me = as_role("legal")
    assert "Say in a few words" in opened(me, ended, why="because").content.decode()
    assert opened(me, ended, items=[]).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert notices.own_found_in(ended.case_id) == []


@pytest.mark.parametrize(
    ("fate", "sentence"),
    [
        ("order_ceased", "ceased to have effect after it was examined"),
        ("order_annulled", "A court annulled that order"),
        ("order_refuted", "claimed to be an order of Office for Exercises and was not genuine"),
        ("not_binding", "a message in the name of Office for Exercises"),
    ],
)
def test_the_letter_names_every_way_by_its_name(fate: str, sentence: str) -> None:
    from types import SimpleNamespace

    from django.template.loader import render_to_string

    letter = SimpleNamespace(found_through=fate, found_authority="Office for Exercises")
    assert sentence in render_to_string("public/parts/letter_own.html", {"letter": letter})
