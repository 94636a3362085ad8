"""The console by keyboard, in a real Chromium under the program's content policy, with an accessibility check."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import notice
from tests.world import NOW, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Roles = Callable[..., Visitor]


@pytest.fixture
def person(as_role: Roles, office: Office) -> Visitor:
    return as_role("on_call", "senior_reviewer")


@pytest.fixture
def tab(chromium: "Browser", live_server: "LiveServer", person: Visitor) -> "Iterator[Page]":
    """Open a tab of the signed-in person; a script error or a refused resource fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=live_server.url)
    context.set_default_timeout(30_000)
    cookie = person.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    yield page
    context.close()
    assert said == []


def press(tab: "Page", key: str) -> None:
    """Press a key that leads to another page."""
    with tab.expect_navigation():
        tab.keyboard.press(key)


def ticked(tab: "Page", question: str) -> str:
    return str(tab.locator(f"input[name=q_{question}]:checked").get_attribute("value"))


def test_from_inbox_to_execution_without_a_mouse(tab: "Page", office: Office) -> None:
    notice("/p/9")
    order = world.receive(by=office).order
    tab.goto("/console/")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    press(tab, "Enter")
    assert tab.url.endswith(reverse("console:case", args=[order.case_id]))
    press(tab, "a")
    assert tab.get_by_role("button", name="Hand back").is_visible()
    press(tab, "e")
    for digit in "12345":
        tab.keyboard.press(f"Digit{digit}")
    tab.keyboard.press("Shift+Digit4")
    assert ticked(tab, "address") == "no"
    assert tab.get_by_role("button", name="Prepare Annex III").is_visible()
    tab.keyboard.press("Digit4")
    assert {ticked(tab, name) for name in ("authentic", "addressed", "elements", "address")} == {"yes"}
    press(tab, "x")
    assert orders.order(order.pk).execution == "executing"


def test_handing_back_is_undone_by_one_key(tab: "Page", office: Office, person: Visitor) -> None:
    case_id = notice().case_id
    tab.goto(reverse("console:case", args=[case_id]))
    press(tab, "a")
    press(tab, "b")
    assert cases.case_by_id(case_id).assigned_to_id is None
    press(tab, "u")
    assert cases.case_by_id(case_id).assigned_to_id == person.person.id


def test_a_hand_over_is_undone_by_one_key(tab: "Page", office: Office) -> None:
    case_id = notice().case_id
    other = world.person("Ben Example", "reviewer")
    tab.goto(reverse("console:case", args=[case_id]))
    press(tab, "h")
    tab.select_option("#id_to", str(other.id))
    with tab.expect_navigation():
        tab.locator("main form button[type=submit]").click()
    assert cases.case_by_id(case_id).assigned_to_id == other.id
    press(tab, "u")
    assert cases.case_by_id(case_id).assigned_to_id is None
    assert tab.url.endswith(reverse("console:case", args=[case_id]))


def test_suspected_child_abuse_takes_two_keys_and_shows_both(tab: "Page", office: Office) -> None:
    case_id = notice().case_id
    tab.goto(reverse("console:case", args=[case_id]))
    press(tab, "c")
    button = tab.get_by_role("button", name="Close it for everybody")
    assert button.get_attribute("aria-keyshortcuts") == "x"
    assert button.locator("kbd").is_visible()
    press(tab, "x")
    assert cases.case_by_id(case_id).state == "left"


def test_the_draft_is_kept_while_one_writes(tab: "Page", office: Office) -> None:
    case_id = notice().case_id
    item = cases.items_of(case_id)[0]
    tab.goto(reverse("console:assess", args=[case_id, item.id]))
    with tab.expect_response("**/draft/"):
        tab.select_option("#id_ground", "de.prohibited_symbols")
    tab.locator("#scope").get_by_text("Germany").wait_for()
    assert tab.locator("#scope").get_by_text("France").count() == 0
    (draft,) = cases.assessments_of(case_id)
    assert draft.ground == "de.prohibited_symbols"


def test_the_main_pages_can_be_used_by_everybody(tab: "Page", office: Office) -> None:
    order = world.receive(by=office, form=world.order_form(section_e={"representative_post": ""})).order
    case_id = notice().case_id
    item = cases.items_of(case_id)[0]
    left_id = notice("/p/4").case_id
    case_services.leave_case_to_route(case_id=left_id, actor=SYSTEM, at=NOW)
    for address in (
        "/console/",
        "/console/arrivals/new/",
        "/console/deadlines/",
        "/console/on-call/",
        "/console/me/",
        reverse("console:case", args=[order.case_id]),
        reverse("console:check", args=[order.case_id]),
        reverse("console:impossible", args=[order.case_id]),
        reverse("console:assess", args=[case_id, item.id]),
        reverse("console:case_child_abuse", args=[case_id]),
        reverse("console:case", args=[left_id]),
        reverse("console:route_handed_over", args=[left_id]),
    ):
        tab.goto(address)
        found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], address
