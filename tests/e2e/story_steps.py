"""The human part of the story, step by step, in a real browser: what a new user would click."""

import re
import time

from playwright.sync_api import Page, expect

PATIENCE_MS = 60_000


class Visitor:
    """A person in front of the exercise: Entente at `entente`, the hosting service at `agora`."""

    def __init__(self, page: Page, entente: str, agora: str) -> None:
        self.page, self.entente, self.agora = page, entente, agora
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)

    def be(self, name: str) -> None:
        """Become one of the invented people with one click."""
        self.page.goto(f"{self.entente}/demo/")
        self.page.get_by_role("button", name=re.compile(name)).first.click()
        self.page.wait_for_load_state()

    def open_case(self, words: str) -> None:
        """Open the case whose line holds `words`, from the inbox."""
        self.page.goto(f"{self.entente}/console/?q={words}&text={words}")
        row = self.page.get_by_role("row").filter(has_text=words).first
        row.get_by_role("link").first.click()
        self.page.wait_for_load_state()

    def act(self, what: str) -> None:
        """Open one of the case's acts by its address."""
        base = re.sub(r"(/console/cases/[0-9a-f-]{36}/).*", r"\1", self.page.url)
        self.page.goto(base + what)

    def status_at_agora(self, post: str) -> int:
        """Ask the hosting service for a post, as a visitor from the Union."""
        answer = self.page.request.get(f"{self.agora}/p/{post}", headers={"X-Agora-Country": "XB"})
        return answer.status

    def wait_for_status(self, post: str, status: int) -> None:
        """Wait until the hosting service answers as expected."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while self.status_at_agora(post) != status:
            assert time.monotonic() < end, f"{post} answers {self.status_at_agora(post)}, not {status}"
            time.sleep(0.2)

    def execute_the_waiting_order(self) -> None:
        """Answer the five questions with the keyboard and press the one key."""
        self.be("Tomas Reed")
        self.open_case("OBIO-2026-102")
        self.page.keyboard.press("e")
        self.page.wait_for_url(re.compile("/check/"))
        for digit in "12345":
            self.page.keyboard.press(digit)
        for box in self.page.locator("input[type=radio][value=yes]").all():
            expect(box).to_be_checked()
        self.page.keyboard.press("x")
        self.page.wait_for_url(re.compile(r"/console/cases/[0-9a-f-]{36}/$"))

    def restore_because_withdrawn(self) -> None:
        """Record that the issuer withdrew the order; the post comes back by itself."""
        self.be("Leïla Amrani")
        self.open_case("OBIO-2026-102")
        self.act("end/")
        self.page.locator("input[name=fate][value=withdrawn]").check()
        self.page.locator("[name=by_whom]").fill("Belmara Office against Incitement Online (EXERCISE)")
        if not self.page.locator("[name=happened_at]").input_value():
            self.page.locator("[name=happened_at]").fill("2026-01-01T10:00")
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def send_notice(self, post: str) -> None:
        """Report a post as anybody may."""
        self.page.goto(f"{self.entente}/notices/new")
        self.page.locator("[name=urls]").fill(f"https://agora.example/p/{post}")
        self.page.locator("[name=explanation]").fill("EXERCISE. This text goes much too far in my view.")
        self.page.locator("[name=good_faith]").check()
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_url(re.compile(r"/notices/[^/]+"))

    def assess_and_disable(self, post: str) -> None:
        """Assess the noticed post in full, conclude that it goes, and decide so with reasons."""
        self.be("Nadia Brook")
        self.open_case(post)
        self.page.locator("a[href*='/assess/']").first.click()
        self.page.wait_for_url(re.compile("/assess/"))
        self.page.locator("[name=ground]").select_option("terms.terrorism")
        for name, value in (
            ("true_purpose", "none"),
            ("polemic", "False"),
            ("understood_by", "reviewer"),
            ("scope_kind", "worldwide"),
            ("outcome", "disable"),
        ):
            self.choose(name, value)
        self.page.locator("[name=purposes_considered]").first.check()
        self.page.locator("input[name=language]").fill("fr")
        self.write_everywhere("EXERCISE: examined by a visitor of the browser test.")
        self.page.locator("main form button.button--primary[type=submit]").first.click()
        self.page.wait_for_url(re.compile("/decide/"))
        if self.page.locator("input[name=basis]").count():
            self.page.locator("input[name=basis]").first.check()
        self.write_everywhere("EXERCISE: decided by a visitor of the browser test.")
        self.page.locator("main form button.button--primary[type=submit]").first.click()
        self.page.wait_for_load_state()

    def choose(self, name: str, value: str) -> None:
        """Choose one radio by its value, whatever its capitals."""
        boxes = self.page.locator(f"input[name={name}]").all()
        values = [box.get_attribute("value") or "" for box in boxes]
        match = [
            box
            for box, found in zip(boxes, values, strict=True)
            if found.lower() in {value.lower(), {"False": "no"}.get(value, value)}
        ]
        assert match, f"{name} offers {values}, not {value}"
        match[0].check()

    def write_everywhere(self, words: str) -> None:
        """Fill every empty long text that is shown."""
        for box in self.page.locator("main form textarea:visible").all():
            written = box.input_value()
            if not written.strip() or "[" in written:  # a template asks for the parts in brackets
                box.fill(words)

    def complain(self, author: str) -> None:
        """Open the letter in the author's inbox at the hosting service, and complain."""
        end = time.monotonic() + PATIENCE_MS / 1000
        self.page.goto(f"{self.agora}/exercise/login/{author}?next=/inbox")
        letters = self.page.locator("a[href*='/inbox/']")
        while not letters.count():  # the letter travels after the measure
            assert time.monotonic() < end, self.page.content()
            time.sleep(0.5)
            self.page.reload()
        letters.first.click()
        self.page.wait_for_load_state()
        link = self.page.locator("a[href*='/letters/']").first.get_attribute("href") or ""
        self.page.goto(link)
        self.page.goto(re.sub(r"[?#].*", "", self.page.url).rstrip("/") + "/complaint")
        self.page.locator("[name=text]").fill("EXERCISE. It is sharp criticism of tolls, and nothing else.")
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def uphold(self, post: str) -> None:
        """Uphold the complaint as somebody who did not decide."""
        self.be("Émile Vannier")
        self.open_case(post)
        self.page.goto(re.sub(r"[?#].*", "", self.page.url) + "?tab=people")
        self.page.locator("a[href*='/uphold/']").first.click()
        self.page.wait_for_url(re.compile("/uphold/"))
        self.write_everywhere("EXERCISE. Polemic in public debate; the first decision read it too narrowly.")
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()
