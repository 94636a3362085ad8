"""What the pages do in a real Chromium: accessible, narrow, live, by keyboard, with care."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from entente.web import time_text
from tests.web.design.gallery import LANGUAGES, PAGES
from tests.web.design.samples import NOW

pytestmark = pytest.mark.browser

#: Our promise is WCAG 2.2 AA; the rest of the checker's rules is good advice that we take.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"runOnly": ["color-contrast"]}


#: The gallery holds everything at once and takes the checker long; the rest is quick.
LONG = pytest.mark.long
SOME = [pytest.param(page, marks=[LONG] if page == "gallery" else []) for page in PAGES]


@pytest.mark.parametrize("page", SOME)
def test_page_is_accessible(tab: Page, site_address: str, page: str) -> None:
    tab.goto(f"{site_address}/{page}-en.html")
    found = Axe().run(tab, options=RULES)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.long
@pytest.mark.parametrize("page", ["gallery", "case"])
def test_page_is_legible_in_the_dark(tab: Page, site_address: str, page: str) -> None:
    tab.emulate_media(color_scheme="dark")
    tab.goto(f"{site_address}/{page}-en.html")
    found = Axe().run(tab, options=CONTRAST)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_the_narrowest_phone(tab: Page, site_address: str, page: str) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    for language in LANGUAGES:
        tab.goto(f"{site_address}/{page}-{language}.html")
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, language


def test_countdown_writes_what_the_server_writes(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    written = tab.evaluate(
        """async (seconds) => {
            const { clockText } = await import("/static/entente/countdown.js");
            return seconds.map((one) => clockText(one, { d: "d", h: "h", min: "min" }));
        }""",
        [0, 59, 600, 3599, 3600, 86_399, 172_799, 172_800, 1_000_000],
    )
    assert written == [
        time_text.clock_text(one) for one in (0, 59, 600, 3599, 3600, 86_399, 172_799, 172_800, 1_000_000)
    ]


def test_countdown_goes_on_past_the_end_and_speaks_at_steps_only(tab: Page, site_address: str) -> None:
    tab.clock.install(time=NOW)
    tab.goto(f"{site_address}/gallery-en.html")
    clock = tab.locator(".page__clock .time")
    announced = tab.locator("#announce")
    expect(clock).to_have_attribute("data-level", "near")
    tab.clock.fast_forward(60_000)
    expect(announced).to_have_text("")
    tab.clock.fast_forward(6 * 60_000)
    expect(announced).to_contain_text("left: E-2031-0")
    tab.clock.fast_forward(6 * 60_000)
    expect(clock).to_have_attribute("data-level", "over")
    expect(clock.locator(".time__word")).to_have_text("over")
    expect(announced).to_contain_text("The time is over")
    expect(tab.locator(".page__actions .button").first).to_be_enabled()


def test_keys_open_help_focus_search_and_stay_silent_while_writing(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    tab.keyboard.press("?")
    help_dialog = tab.locator("#shortcuts")
    expect(help_dialog).to_be_visible()
    expect(help_dialog).to_contain_text("New arrival")
    tab.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()
    tab.keyboard.press("/")
    search = tab.locator("#bar-search")
    expect(search).to_be_focused()
    tab.keyboard.type("?")
    expect(search).to_have_value("?")
    expect(help_dialog).to_be_hidden()


def test_two_keys_in_a_row_follow_a_link(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    tab.evaluate("document.querySelector('[data-key=\"g d\"]').href = '#deadlines'")
    tab.keyboard.press("g")
    tab.keyboard.press("d")
    assert tab.url.endswith("#deadlines")


def test_keys_can_be_switched_off(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    tab.evaluate("document.documentElement.dataset.shortcuts = 'off'")
    tab.keyboard.press("?")
    expect(tab.locator("#shortcuts")).to_be_hidden()
    expect(tab.locator(".rail .key").first).to_be_hidden()


def test_theme_is_remembered(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    tab.locator(".bar [data-theme-toggle]").click()
    tab.goto(f"{site_address}/case-en.html")
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_item_is_fetched_only_when_asked_for(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/case-en.html")
    full = tab.locator(".preview__full img")
    assert full.get_attribute("src") is None
    tab.keyboard.press("v")
    expect(full).to_be_visible()
    assert "blur(18px)" in full.evaluate("node => getComputedStyle(node).filter")
    tab.get_by_role("button", name="Blur").click()
    assert "blur" not in full.evaluate("node => getComputedStyle(node).filter")
    assert "grayscale(1)" in full.evaluate("node => getComputedStyle(node).filter")
    tab.get_by_role("button", name="Hide").click()
    expect(full).to_be_hidden()


# A browser tells of an opened text in a task of its own; a clock moved before it came counts less.
OPENED = """text => new Promise(told => {
  text.addEventListener("toggle", told, { once: true });
  text.querySelector("summary").click();
})"""
TEXT = "<details data-viewing><summary>Show the text</summary>An invented text.</details>"


def watched(tab: Page, address: str) -> list[str]:
    """Open a page that tells "/seen" how long one looked, at a clock that only the test moves."""
    sent: list[str] = []

    def receive(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=204)

    tab.route("**/seen", receive)
    tab.clock.install(time=NOW)
    tab.goto(address)
    tab.clock.pause_at(NOW + timedelta(minutes=5))
    tab.evaluate("document.body.dataset.beacon = '/seen'")
    return sent


def seconds_of(sent: list[str]) -> int:
    """Add up what was sent; a page tells twice a minute, so it may come in parts."""
    return sum(int(body.partition('name="seconds"\r\n\r\n')[2].partition("\r")[0]) for body in sent)


def test_only_seconds_looked_at_are_sent(tab: Page, site_address: str) -> None:
    sent = watched(tab, f"{site_address}/case-en.html")
    tab.keyboard.press("v")
    tab.clock.run_for(7_000)
    with tab.expect_request("**/seen"):
        tab.get_by_role("button", name="Hide").click()
    assert seconds_of(sent) == 7
    assert {body.count("Content-Disposition") for body in sent} == {2}, (
        "seconds and the form's token, no more"
    )


def test_a_text_counts_while_it_is_open_and_two_items_are_looked_at_once(
    tab: Page, site_address: str
) -> None:
    sent = watched(tab, f"{site_address}/case-en.html")
    tab.locator("main").evaluate("(main, html) => main.insertAdjacentHTML('beforeend', html)", TEXT)
    text = tab.locator("details[data-viewing]")
    text.evaluate(OPENED)
    tab.clock.run_for(4_000)
    tab.keyboard.press("v")
    tab.clock.run_for(5_000)
    tab.get_by_role("button", name="Hide").click()
    tab.clock.run_for(2_000)
    with tab.expect_request("**/seen"):
        text.locator("summary").click()
    tab.clock.run_for(60_000)
    assert seconds_of(sent) == 11


def test_selection_counts_extends_and_clears(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/inbox-en.html")
    boxes = tab.locator("input[data-select]")
    expect(tab.locator("[data-select-count]")).to_have_text("1 selected")
    boxes.nth(0).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(tab.locator("[data-select-count]")).to_have_text("5 selected")
    head = tab.locator("[data-select-all]")
    head.click()
    expect(tab.locator("[data-select-count]")).to_have_text("7 selected")
    head.click()
    expect(tab.locator(".bulk")).to_be_hidden()


def test_menu_opens_on_a_phone_and_closes_with_escape(tab: Page, site_address: str) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{site_address}/inbox-en.html")
    rail = tab.locator("#rail")
    expect(rail).to_be_hidden()
    tab.get_by_role("button", name="Menu").click()
    expect(rail).to_be_visible()
    tab.keyboard.press("Escape")
    expect(rail).to_be_hidden()


def test_passkey_trouble_is_said_in_the_page(tab: Page, site_address: str) -> None:
    tab.goto(f"{site_address}/entrance-en.html")
    tab.evaluate(
        """document.dispatchEvent(new CustomEvent("allauth.error",
            { cancelable: true, detail: { exception: { name: "NotAllowedError" } } }))"""
    )
    expect(tab.get_by_text("The passkey was not used")).to_be_visible()
    expect(tab.get_by_text("The passkey did not work")).to_be_hidden()
