"""The page behind the mail of the manual adapter: opening never acts, a button does, then the tool looks."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.cases import services
from entente.apps.cases.services import looking
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from tests import world
from tests.apps.notices import acts
from tests.web.public.conftest import Watch
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def action(office: Office) -> Any:
    """Return a measure that waits for a hand."""
    received = world.receive(by=office, at=NOW)
    order_services.execute_order(
        order_id=received.order.id,
        answers=world.ALL_YES,
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=3),
    )
    (item,) = cases.items_of(received.order.case_id)
    return item.action


def now_of(action: Any) -> Any:
    found = cases.action(action.pk)
    assert found is not None
    return found


def test_opening_the_page_never_acts(client: Client, action: Any) -> None:
    page = text_of(client, f"/confirm/{action.confirm_token}")
    assert "Please disable this, now" in page
    assert "https://agora.example/p/1" in page
    client.head(f"/confirm/{action.confirm_token}")
    assert now_of(action).state == "pending"


def test_the_button_confirms_and_the_tool_looks_from_outside(
    client: Client, action: Any, watch: Watch
) -> None:
    address = f"/confirm/{action.confirm_token}"
    answer = client.post(address, {"asked": "apply", "confirm": "1"})
    assert answer["Location"] == address
    found = now_of(action)
    assert (found.state, found.effect_at) == ("applied", watch.at)
    assert orders.of_case(found.decision.case_id).execution == "executed"  # type: ignore[union-attr]
    looks = cases.looks_of(action.pk)
    assert len(looks) == 3
    assert "Not looked yet" in text_of(client, address)
    looking.record_outside_look(
        look_id=looks[0].pk, status_code=200, verdict="still_served", detail="", at=watch.at
    )
    looking.record_outside_look(look_id=looks[1].pk, status_code=404, verdict="gone", detail="", at=watch.at)
    looking.record_outside_look(
        look_id=looks[2].pk, status_code=None, verdict="unknown", detail="", at=watch.at
    )
    page = text_of(client, address)
    for words in ("still serves a page", "It should not be reachable", "is not served", "We could not tell"):
        assert words in page


def test_pressing_twice_plans_the_looks_once(client: Client, action: Any) -> None:
    address = f"/confirm/{action.confirm_token}"
    client.post(address, {"asked": "apply"})
    answer = client.post(address, {"asked": "apply"})
    assert "Something changed since you opened this page" in answer.content.decode()
    assert len(cases.looks_of(action.pk)) == 3


def test_the_time_of_the_act_can_be_told(client: Client, action: Any) -> None:
    client.post(f"/confirm/{action.confirm_token}", {"asked": "apply", "done_at": "2026-11-23T10:05"})
    assert now_of(action).effect_at == NOW + timedelta(minutes=5)


def test_what_cannot_be_found_is_said_and_may_be_found_later(client: Client, action: Any) -> None:
    address = f"/confirm/{action.confirm_token}"
    assert client.post(address, {"asked": "apply", "refuse": "1"}).status_code == 422
    client.post(address, {"asked": "apply", "refuse": "1", "reason": "not_found", "note": "no such post"})
    found = now_of(action)
    assert (found.state, found.failure) == ("failed", "not_found: no such post")
    assert "You told us that it cannot be done" in text_of(client, address)
    client.post(address, {"asked": "apply"})
    assert now_of(action).state == "applied"


def test_the_same_page_asks_to_restore_and_confirms_it(client: Client, action: Any, watch: Watch) -> None:
    address = f"/confirm/{action.confirm_token}"
    client.post(address, {"asked": "apply"})
    found = orders.of_case(now_of(action).decision.case_id)
    assert found is not None
    watch.at = NOW + timedelta(hours=2)
    order_services.end_order(
        order_id=found.id,
        fate="withdrawn",
        by_whom="Office",
        document="",
        happened_at=watch.at,
        actor=world.actor("legal"),
        at=watch.at,
    )
    assert "Please make this available again, now" in text_of(client, address)
    assert "Something changed" in client.post(address, {"asked": "apply"}).content.decode()
    watch.at += timedelta(minutes=1)
    client.post(address, {"asked": "undo"})
    assert now_of(action).state == "undone"
    page = text_of(client, address)
    assert "it is available again" in page
    newest = cases.looks_of(action.pk)[-1]
    looking.record_outside_look(look_id=newest.pk, status_code=404, verdict="gone", detail="", at=watch.at)
    assert "It should be available again" in text_of(client, address)


def by_notice(outcome: str, **changes: Any) -> Any:
    """Return a measure of the host's own that waits for a hand."""
    found = acts.notice()
    acts.decide(found, world.person("Rae Example", "reviewer"), outcome=outcome, **changes)
    (item,) = cases.items_of(found.case_id)
    return item.action


def undo(action: Any, watch: Watch) -> None:
    watch.at += timedelta(hours=1)
    services.undo_decision(decision=action.decision, reason="expired", actor=SYSTEM, at=watch.at)


def see(action: Any, verdict: str, watch: Watch) -> None:
    newest = cases.looks_of(action.pk)[-1]
    looking.record_outside_look(look_id=newest.pk, status_code=200, verdict=verdict, detail="", at=watch.at)


def test_a_warning_is_placed_and_what_stays_available_is_not_called_wrong(
    client: Client, office: Office, watch: Watch
) -> None:
    action = by_notice("warning_label")
    address = f"/confirm/{action.confirm_token}"
    page = text_of(client, address)
    for words in (
        "<title>Please place a warning",
        "Contains a call to violence.",
        "Leave the content available.",
        "I have placed the warning",
    ):
        assert words in page
    assert "impossible to reach" not in page
    client.post(address, {"asked": "apply"})
    see(action, "still_served", watch)
    page = text_of(client, address)
    assert "Whether the warning stands before it, we cannot see." in page
    assert "It should not be reachable" not in page
    see(action, "gone", watch)
    assert "It should still be available, behind the warning." in text_of(client, address)
    undo(action, watch)
    page = text_of(client, address)
    assert "Please take the warning away, now" in page
    assert "I have taken the warning away" in page
    client.post(address, {"asked": "undo"})
    page = text_of(client, address)
    assert "Thank you: the warning is gone" in page
    assert "Without the warning since" in page


def test_a_restriction_names_its_countries_and_a_look_from_elsewhere_proves_nothing(
    client: Client, office: Office, watch: Watch
) -> None:
    world.host(established_in="PL")
    action = by_notice("restrict_by_country")
    address = f"/confirm/{action.confirm_token}"
    page = text_of(client, address)
    for words in (
        "Please restrict this by country, now",
        "in these countries: France, Germany",
        "Elsewhere it stays available.",
        "I have restricted it",
    ):
        assert words in page
    client.post(address, {"asked": "apply"})
    see(action, "still_served", watch)
    page = text_of(client, address)
    assert "The measure does not hold in the country we look from" in page
    assert "It should not be reachable" not in page


def test_a_restoration_of_what_its_author_deleted_is_done_whatever_is_added_in_words(
    client: Client, action: Any, watch: Watch
) -> None:
    address = f"/confirm/{action.confirm_token}"
    client.post(address, {"asked": "apply"})
    undo(now_of(action), watch)
    client.post(
        address, {"asked": "undo", "refuse": "1", "reason": "not_found", "note": " deleted by its author "}
    )
    found = now_of(action)
    assert (found.state, found.failure) == ("undone", "not_found: deleted by its author")


def test_under_silence_the_hand_is_told_to_say_nothing(client: Client, office: Office) -> None:
    form = world.order_form(reference="EX-SILENT", section_c={"non_disclosure": True})
    received = world.receive(by=office, at=NOW, form=form)
    order_services.execute_order(
        order_id=received.order.id,
        answers=world.ALL_YES,
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=3),
    )
    (item,) = cases.items_of(received.order.case_id)
    assert item.action is not None
    page = text_of(client, f"/confirm/{item.action.confirm_token}")
    assert "the law imposes silence" in page
    assert "Office for Exercises" not in page


def test_a_wrong_link_is_nothing(client: Client) -> None:
    assert client.get("/confirm/" + "d" * 43).status_code == 404
