"""A site of rendered pages, and a Chromium to look at them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.web.design import gallery


@pytest.fixture(scope="session")
def site_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve every rendered page on loopback, under the program's content policy."""
    folder = tmp_path_factory.mktemp("gallery")
    gallery.render_all(folder)
    with gallery.site(folder) as address:
        yield address


@pytest.fixture
def view(chromium: Browser) -> Iterator[BrowserContext]:
    """Open a fresh browser profile at desk width."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def tab(view: BrowserContext) -> Page:
    """Open a tab that fails on any script error and on anything the content policy refuses."""
    page = view.new_page()

    def refuse(error: object) -> None:
        raise AssertionError(str(error))

    page.on("pageerror", refuse)
    page.on("console", lambda message: refuse(message.text) if message.type == "error" else None)
    return page
