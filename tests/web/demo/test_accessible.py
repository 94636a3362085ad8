"""The exercise's own pages in a real Chromium: usable by everybody, in two directions, on a narrow phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import reset_cache
from entente.apps.parties import services as parties
from tests import world
from tests.web import stories

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ("/demo/", "/demo/mailbox/", "/demo/orders/")
PHONE_WIDTH = 360


@pytest.fixture
def tab(
    chromium: "Browser", live_server: "LiveServer", data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Page]":
    """Open a visitor's tab before an exercise that has people, a case and a story."""
    world.host()
    stories.executed_order(world.office(), at=world.NOW)
    parties.create_person(
        email="nadia@agora.example", name="Nadia Brook", actor=SYSTEM, at=clock.now(), roles=["reviewer"]
    )
    monkeypatch.setenv("ENTENTE_DEMO", "true")
    reset_cache()
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, base_url=live_server.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()
    clock._mapped.pop(str(data_dir / "clock-offset"), None)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_everybody_can_use_the_exercise(tab: "Page", language: str, scheme: str) -> None:
    tab.set_extra_http_headers({"Accept-Language": language})
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address in PAGES:
        tab.goto(address)
        found = Axe().run(tab, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["target"]) for one in found] == [], address
        tab.set_viewport_size({"width": PHONE_WIDTH, "height": 740})
        assert tab.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH, address
        tab.set_viewport_size({"width": 1280, "height": 800})
