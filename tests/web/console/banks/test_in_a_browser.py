"""Banks by keyboard and by ticking, in a real Chromium under the program's content policy."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse

from entente.apps.banks import queries
from tests import world
from tests.apps.banks.acts import WORDS, bank
from tests.web.console.banks.filled import everything
from tests.web.console.conftest import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Roles = Callable[..., Visitor]


@pytest.fixture
def tab(chromium: "Browser", live_server: "LiveServer", as_role: Roles) -> "Iterator[Page]":
    """Open a tab of a senior reviewer; a script error or a refused resource fails the test."""
    world.host()
    person = as_role("senior_reviewer")
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


def test_a_signal_is_reached_and_confirmed_without_a_mouse(tab: "Page") -> None:
    filled = everything()
    tab.goto("/console/")
    tab.keyboard.press("g")
    with tab.expect_navigation():
        tab.keyboard.press("b")
    assert tab.locator("h1").inner_text() == "Banks"
    tab.keyboard.press("j")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    assert tab.locator("h1").inner_text() == "A partner's films and pictures"
    tab.keyboard.press("j")
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    with tab.expect_navigation():
        tab.keyboard.press("c")
    with tab.expect_navigation():
        tab.get_by_role("button", name="I looked, and it is right").press("Enter")
    assert "You confirmed this signal." in tab.locator("#messages").inner_text()
    signals = queries.signals_of_bank(filled.partners.pk, queries.SignalFilter(is_confirmed=True)).signals
    assert len(signals) == 1


def test_ticked_signals_are_adopted_together(tab: "Page") -> None:
    filled, own = everything(), bank("Adopted ones")
    tab.goto(reverse("console:bank", args=[filled.partners.pk]))
    adopt = tab.get_by_role("button", name="Adopt into a bank of this service")
    assert not adopt.is_visible()
    tab.get_by_label("Choose all on this page").check()
    with tab.expect_navigation():
        adopt.click()
    assert "2 signals" in tab.locator("main").inner_text()
    tab.get_by_label("Into which bank of this service?").select_option(label="Adopted ones")
    tab.get_by_label("Why are they right?").fill(WORDS)
    with tab.expect_navigation():
        tab.get_by_role("button", name="Adopt", exact=True).click()
    assert "Adopted: 2 new" in tab.locator("#messages").inner_text()
    assert queries.bank_page(own.pk).line.standing_count == 2
