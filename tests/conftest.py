"""Fixtures and rules of the whole suite.

No test reaches further than this machine. What a test needs from the system and does not find is skipped,
with one line each in the summary; where `CI=true` is set, a skipped test fails the run.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from pytest_socket import socket_allow_hosts
from scripts import system_packages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

KERNELS = Path(__file__).resolve().parent.parent / "var" / "test-kernels"
os.environ.setdefault("NUMBA_CACHE_DIR", str(KERNELS))  # compiled once, not for each data directory of a test

LOOPBACK = ["127.0.0.1", "::1", "localhost"]
DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}

hypothesis.settings.register_profile("fuzz", max_examples=1000, deadline=None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Cut the network, and skip what this machine cannot run."""
    socket_allow_hosts(LOOPBACK, allow_unix_socket=True)
    if item.get_closest_marker("browser") and system_packages.chromium() is None:
        pytest.skip("Chromium is not installed (browser tests)")
    if item.get_closest_marker("postgres") and not os.environ.get("ENTENTE_TEST_DATABASE_URL"):
        pytest.skip("no PostgreSQL in this run (tests of its own behaviour)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give each database the tests that it can decide: those of others are chosen there, not skipped here."""
    if os.environ.get("ENTENTE_TEST_DATABASE_URL"):
        elsewhere = {item for item in items if not _asks_the_database_in_use(item)}
    else:
        elsewhere = {item for item in items if item.get_closest_marker("postgres")}
    if elsewhere:
        config.hook.pytest_deselected(items=list(elsewhere))
        items[:] = [item for item in items if item not in elsewhere]


def _asks_the_database_in_use(item: pytest.Item) -> bool:
    """Say whether a test can end otherwise on another database: it asks one, and brings no SQLite file of its own."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if "database_file" in fixtures:
        return False
    return item.get_closest_marker("django_db") is not None or not fixtures.isdisjoint(DATABASE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run of continuous integration in which anything was skipped."""
    if _reasons(session.config) and _is_ci() and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say in one line each what was skipped and why."""
    reasons = _reasons(config)
    if not reasons:
        return
    terminalreporter.section("skipped")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} skipped: {reason}")
    if _is_ci():
        terminalreporter.line("CI=true: a skipped test fails the run.", red=True)


def _reasons(config: pytest.Config) -> Counter[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # an xdist worker: the controller counts
        return Counter()
    return Counter(_reason(report) for report in reporter.stats.get("skipped", []))


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.fixture(scope="session", autouse=True)
def _tables_of_history_can_be_emptied() -> None:
    """Let tests with real transactions empty the tables afterwards, those of history included.

    On SQLite, Django empties tables with DELETE, which the append-only triggers refuse: they step aside for that
    moment only. PostgreSQL truncates, which no row trigger sees.
    """
    # Through the package's base: importing its operations first is a circle where SQLite is not the database in use.
    from django.db.backends.sqlite3.base import DatabaseOperations  # type: ignore[attr-defined]

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(self: DatabaseOperations, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            flush(self, statements)
            for _name, sql in triggers:
                cursor.execute(sql)

    DatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the browser of this machine."""
    found = system_packages.chromium()
    if found is None:
        pytest.skip("Chromium is not installed (browser tests)")
    return found


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> "Iterator[Browser]":
    """Start the system's Chromium once: a second Playwright in the same process is refused by Playwright."""
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pango() -> None:
    """Ask for the libraries that make PDF."""
    if not system_packages.has_pango():
        pytest.skip("Pango is not installed (PDF tests)")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the test a data directory of its own, with keys, and forget it afterwards."""
    from entente.apps.kernel import keys
    from entente.apps.kernel.config import reset_cache

    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    keys.create(folder)
    (folder / "tmp").mkdir()
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(folder))
    reset_cache()
    keys.read.cache_clear()
    yield folder
    reset_cache()
    keys.read.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)
