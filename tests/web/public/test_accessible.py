"""What the public reads, in a real Chromium: usable by everybody, on paper and in the dark, on a narrow phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.web import stories
from tests.world import NOW, Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 740}
LANGUAGES = ("en", "fr", "es", "de", "ar")
FIXED = ("/", "/authorities", "/find", "/find?address=nothing", "/notices/new", "/account/login/", "/nothing")


@pytest.fixture
def tab(chromium: "Browser", live_server: "LiveServer") -> "Iterator[Page]":
    """Open a tab of somebody without an account."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=live_server.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def addresses(office: Office) -> list[str]:
    """Return every kind of page the public reads, the letters of both roads included."""
    order = stories.executed_order(office, at=NOW)
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW)
    ordered, own = (
        f"/letters/{stories.letter_of(case_id).token}" for case_id in (order.case_id, notice.case_id)
    )
    return [
        *FIXED,
        *(f"/notices/{notice.token}{part}" for part in ("", "/receipt")),
        *(f"{ordered}{part}" for part in ("", "/order", "/scrutiny", "/complaint")),
        *(own, f"{own}/complaint"),
    ]


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_everybody_can_use_every_public_page(tab: "Page", addresses: list[str], scheme: str) -> None:
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address in addresses:
        tab.goto(address)
        found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], address


@pytest.mark.long
def test_every_public_page_fits_the_narrowest_phone(tab: "Page", addresses: list[str]) -> None:
    tab.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for address in addresses:
        for language in LANGUAGES if address in FIXED else LANGUAGES[:1]:
            tab.set_extra_http_headers({"Accept-Language": language})
            tab.goto(address)
            assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (address, language)
