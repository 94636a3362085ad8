"""Take the README's three screenshots from a running exercise: the inbox, a case, a letter.

Start `make demo`, let it play its first order, and run in another terminal:
    .venv/bin/python scripts/screenshots.py [--port 8700] [--agora-port 8701] [--out docs/images]
Everything in the pictures is invented and says EXERCISE.
"""

import argparse
import re
import sys
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts.system_packages import chromium  # noqa: E402 - found beside this file

SIZE = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000
ON_CALL, LEGAL = "On call", "Legal"


def become(page: Page, base: str, role: str) -> None:
    """Pick the first invented person with a role on the start page."""
    page.goto(f"{base}/demo/")
    page.locator("ul.people li", has=page.locator(".role", has_text=role)).first.get_by_role("button").click()
    page.wait_for_load_state()


def shoot(page: Page, path: Path) -> None:
    """Take what fits on one screen, after fonts and countdown have settled."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path)
    print(path)


def inbox(page: Page, base: str, out: Path) -> None:
    """Show the inbox as the person on call sees it."""
    become(page, base, ON_CALL)
    page.goto(f"{base}/console/")
    shoot(page, out / "inbox.png")


def case(page: Page, base: str, out: Path) -> None:
    """Show the case with the least time left."""
    page.goto(f"{base}/console/")
    page.locator("a[href*='/console/cases/']").first.click()
    shoot(page, out / "case.png")


def letter(page: Page, base: str, agora: str, out: Path) -> None:
    """Find a letter in the inbox of a user of Agora, as its reader would, and show it."""
    page.goto(f"{agora}/exercise/")
    logins = [link.get_attribute("href") or "" for link in page.locator("a[href*='/exercise/login/']").all()]
    for login in logins:
        page.goto(f"{agora}{login}")
        page.goto(f"{agora}/inbox")
        messages = page.locator("ul.letters a")
        if messages.count() == 0:
            continue
        messages.last.click()
        found = re.search(r"/letters/[\w-]{20,}", page.content())
        if found:
            page.goto(f"{base}{found[0]}")
            shoot(page, out / "letter.png")
            return
    raise LookupError(
        "No user of Agora has a letter yet. Let the first order of the exercise be played first."
    )


def main(arguments: list[str]) -> int:
    """Take all three; return 1 when the exercise does not show what is needed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--agora-port", type=int, default=8701)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    asked = parser.parse_args(arguments)
    base, agora = f"http://127.0.0.1:{asked.port}", f"http://127.0.0.1:{asked.agora_port}"
    asked.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE, locale="en-GB", color_scheme="light").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(PATIENCE_MS)
        try:
            inbox(page, base, asked.out)
            case(page, base, asked.out)
            letter(page, base, agora, asked.out)
        except (Error, LookupError) as problem:
            print(f"{page.url}: {problem}", file=sys.stderr)
            return 1
        finally:
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
