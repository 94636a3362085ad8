"""The inbox and a case page with 100,000 open cases: the server's time, measured through Django's test client.

Each case has an address, a running deadline and a sender; a few are real orders and notices that went through their
door, so that their pages show everything. What is measured is one request in one process, templates included, no
network: median and worst of 30 after three to warm up.

    python -m bench.inbox --cases 100000
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.serve import machine

MOST_MS = 100.0
TIMES, WARM_UP = 30, 3
BATCH = 2_000


def prepare(folder: Path) -> None:
    """Make an instance with a host, in this process."""
    from entente.cli.init import initialise
    from entente.cli.surroundings import use_data_dir

    os.environ["DJANGO_SETTINGS_MODULE"] = "entente.settings.production"
    use_data_dir(folder)
    initialise(folder)
    from django.conf import settings
    from tests import world

    from entente.apps.kernel import clock

    settings.SECOND_FACTOR_REQUIRED = False
    settings.ALLOWED_HOSTS = ["*"]
    world.host(at=clock.now())


def fill(count: int, at: datetime) -> None:
    """Write `count` open cases with their address and clock, in batches."""
    from django.db import connection, transaction

    from entente.apps.cases.models import Case, CaseItem
    from entente.apps.content.models import ContentItem
    from entente.apps.deadlines.models import Deadline

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")  # only while filling: what is measured waits for the disk
    rows = _rows(count, at)
    while batch := list(islice(rows, BATCH)):
        with transaction.atomic():
            for position, model in enumerate((ContentItem, Case, CaseItem, Deadline)):
                model._default_manager.bulk_create([row[position] for row in batch])  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")


def _rows(count: int, at: datetime) -> Iterator[tuple[Any, Any, Any, Any]]:
    from entente.apps.cases.models import Case, CaseItem
    from entente.apps.cases.services.opening import new_reference
    from entente.apps.content.models import ContentItem
    from entente.apps.content.services import url_digest
    from entente.apps.deadlines.models import Deadline
    from entente.apps.kernel.ids import new_id

    for number in range(count):
        url = f"https://agora.example/bench/{number}"
        due_at = at + timedelta(minutes=30 + number)
        content = ContentItem(url=url, url_digest=url_digest(url), host="agora.example", created_at=at)
        case = Case(
            reference=new_reference(),
            kind="notice",
            stage="assess",
            intake_kind="notice",
            intake_id=new_id(),
            title=url,
            sender=f"Reader {number}",
            opened_at=at,
            legal_due_at=due_at,
            sort_at=due_at,
            legal_rule_id="house.notice.assess",
        )
        deadline = Deadline(
            subject_kind="notice",
            subject_id=case.intake_id,
            case_id=case.id,
            rule_id="house.notice.assess",
            ladder_rule_id="house.notice.assess",
            is_duty=True,
            trigger_at=at,
            starts_at=at,
            due_at=due_at,
            started_at=at,
            next_alarm_at=due_at,
        )
        yield content, case, CaseItem(case=case, content_item=content, url=url), deadline


def measure(act: Callable[[], Any]) -> tuple[float, float, float]:
    """Return median and worst milliseconds of 30 turns after three to warm up, and the median of processor time."""
    times, cpu = [], []
    for turn in range(TIMES + WARM_UP):
        began, worked = time.perf_counter(), time.process_time()
        act()
        if turn >= WARM_UP:
            times.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - worked) * 1000)
    return statistics.median(times), max(times), statistics.median(cpu)


def pages() -> dict[str, Callable[[], Any]]:
    """Return what is asked: the inbox in several ways, the pages of an order and of a notice."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse
    from tests import world
    from tests.apps.notices.acts import notice

    from entente.apps.kernel import clock

    at = clock.now()
    person = world.person("Ada Example", "reviewer", "on_call", "senior_reviewer", at=at)
    client = Client()
    client.force_login(get_user_model().objects.get(pk=person.id))
    office = world.office(at=at)
    order = world.receive(by=office, at=at).order
    found = notice("https://agora.example/p/2", at=at)

    def page(url: str) -> Callable[[], Any]:
        def ask() -> None:
            response = client.get(url)
            if response.status_code != 200:
                raise SystemExit(f"{url} answered {response.status_code}")

        return ask

    inbox = reverse("console:inbox")
    return {
        "inbox, first page": page(inbox),
        "inbox, second page": page(f"{inbox}?page=2"),
        "inbox, notices only": page(f"{inbox}?kind=notice"),
        "case page of an order": page(reverse("console:case", args=[order.case_id])),
        "case page of a notice": page(reverse("console:case", args=[found.case_id])),
    }


def receiving() -> Callable[[], Any]:
    """Return one order received, as a web worker does it beside all these cases."""
    from tests import world

    from entente.apps.kernel import clock

    office = world.office("Another Office", at=clock.now(), mail_domains=["another.example"])
    numbers = iter(range(10_000))

    def receive() -> None:
        number = next(numbers)
        world.receive(
            f"https://agora.example/new/{number}", by=office, reference=f"B-{number}", at=clock.now()
        )

    return receive


def main() -> int:
    """Fill, measure, print; return 1 when a page is slower than it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    asked = parser.parse_args()
    print(machine())
    late = False
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        prepare(Path(name))
        from entente.apps.kernel import clock

        began = time.monotonic()
        fill(asked.cases, clock.now())
        print(f"{asked.cases} open cases written in {time.monotonic() - began:.0f} s, SQLite, one process")
        for title, act in pages().items():
            times = measure(act)
            middle = statistics.median(times)
            late = late or middle > MOST_MS
            print(
                f"{title}: median {middle:.0f} ms, worst {max(times):.0f} ms of {TIMES} (at most {MOST_MS:.0f} ms)"
            )
        times = measure(receiving())
        print(f"one order received: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
