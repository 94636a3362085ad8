"""What `entente doctor` looks at: one function per organ, each answering with findings.

A finding says how it is and, when it is not well, what to do about it. No check changes anything.
"""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from entente.cli.readiness import key_problems, missing_static_files, unapplied_migrations
from entente.cli.worker import BEAT_FILE

if TYPE_CHECKING:
    from entente.apps.kernel.config import Config
    from entente.apps.matching.hub import HubStatus

State = Literal["well", "warning", "ill"]

BEAT_LATEST_SECONDS = 5.0
"""A beat older than this is an alarm."""

CLOCK_SKEW_SECONDS = 2.0
"""A legal hour is counted to the second; more than this between machine and database is too much."""

DISK_LOW_BYTES, DISK_FULL_BYTES = 5_000_000_000, 500_000_000
BACKLOG_LATE_SECONDS = 300.0
ALARM_LATE_SECONDS = 10.0
PROBE_SECONDS = 5.0
INDEXES_LATE_SECONDS = 60.0
MOST_UNMERGED = 200_000
"""More changes than this are scanned for each question because nobody merges them."""


@dataclass(frozen=True)
class Finding:
    """How one organ is; `advice` says what to do, and is empty when it is well."""

    organ: str
    state: State
    detail: str
    advice: str = ""


def look(config: "Config") -> Iterator[Finding]:
    """Yield every finding; Django must be set up. A check that breaks is a finding too."""
    for check in CHECKS:
        try:
            yield from check(config)
        except Exception as error:  # noqa: BLE001 - one broken organ must not hide the others
            yield Finding(
                check.__name__, "ill", f"could not be looked at: {error}", "Run again; then report it."
            )


def keys(config: "Config") -> Iterator[Finding]:
    """Ask whether the instance's keys are there and closed to others."""
    problems = key_problems(config.data_dir)
    for problem in problems:
        detail, _, advice = problem.partition(". ")
        yield Finding("keys", "ill", detail, advice)
    if not problems:
        yield Finding("keys", "well", "all there, readable by this user only")


def database(_config: "Config") -> Iterator[Finding]:
    """Ask whether the database answers and has every migration."""
    from django.db import DatabaseError, connection

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        pending = unapplied_migrations()
    except DatabaseError as error:
        yield Finding("database", "ill", str(error).strip(), "Check database_url, and that the server runs.")
        return
    yield Finding("database", "well", f"{connection.vendor} answers")
    if pending:
        yield Finding("migrations", "ill", f"{len(pending)} not applied", "Run: entente upgrade")
    else:
        yield Finding("migrations", "well", "all applied")


def clock(config: "Config") -> Iterator[Finding]:
    """Ask whether the machine and the database agree on the time."""
    from django.db import connection

    from entente.apps.kernel import clock as kernel_clock

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            (theirs,) = cursor.fetchone()
        skew = abs(float(theirs) - time.time())
        if skew > CLOCK_SKEW_SECONDS:
            yield Finding(
                "clock", "ill", f"{skew:.0f} s apart from the database", "Let NTP keep both machines' time."
            )
            return
    if time.time() < Path(__file__).stat().st_mtime - 86_400:
        yield Finding("clock", "ill", "the machine's clock lies before this installation", "Set it, by NTP.")
    elif config.demo and kernel_clock.offset():
        yield Finding("clock", "well", f"exercise clock runs {kernel_clock.offset()} ahead")
    else:
        yield Finding("clock", "well", f"{kernel_clock.now():%Y-%m-%d %H:%M:%S} UTC")


def disk(config: "Config") -> Iterator[Finding]:
    """Ask whether there is room for evidence."""
    free = shutil.disk_usage(config.data_dir).free
    detail = f"{free / 1e9:.1f} GB free in {config.data_dir}"
    advice = "Make room: nothing can be received or preserved on a full disk."
    if free < DISK_FULL_BYTES:
        yield Finding("disk", "ill", detail, advice)
    elif free < DISK_LOW_BYTES:
        yield Finding("disk", "warning", detail, advice)
    else:
        yield Finding("disk", "well", detail)


def worker(config: "Config") -> Iterator[Finding]:
    """Ask whether the worker's heart beats and none of its steps keeps failing."""
    path = config.data_dir / BEAT_FILE
    if not path.exists():
        yield Finding("worker", "ill", "has never run here", "Start it: entente serve")
        return
    age = time.time() - path.stat().st_mtime
    if age > BEAT_LATEST_SECONDS:
        yield Finding(
            "worker", "ill", f"no beat for {age:.0f} s", "Start it: entente serve. If it runs, read its log."
        )
        return
    steps = json.loads(path.read_text(encoding="utf-8"))["steps"]
    failing = [name for name, step in steps.items() if step["failures"]]
    for name in failing:
        yield Finding(
            "worker",
            "ill",
            f"step {name} failed {steps[name]['failures']} times ({steps[name]['error']})",
            "Its log says why.",
        )
    if not failing:
        yield Finding("worker", "well", f"beat {age:.1f} s ago, {len(steps)} steps")


def deliveries(_config: "Config") -> Iterator[Finding]:
    """Ask whether what must leave does leave."""
    from entente.apps.deliveries import queries
    from entente.apps.kernel import clock as kernel_clock

    backlog = queries.backlog(at=kernel_clock.now())
    late = backlog.oldest_due.total_seconds() if backlog.oldest_due else 0.0
    detail = f"{backlog.waiting} waiting, {backlog.due} due, {backlog.given_up} given up, {backlog.alarmed} alarmed"
    if backlog.alarmed or backlog.given_up:
        yield Finding("deliveries", "ill", detail, "Open Deliveries in the console: each says what it met.")
    elif late > BACKLOG_LATE_SECONDS:
        yield Finding(
            "deliveries", "warning", f"{detail}; the oldest since {late:.0f} s", "Is the worker running?"
        )
    else:
        yield Finding("deliveries", "well", detail)


def host(_config: "Config") -> Iterator[Finding]:
    """Ask whether it can be computed which order binds here, and whose orders are known."""
    from entente.apps.parties import queries

    facts = queries.host_facts()
    if not facts.is_complete:
        yield Finding(
            "host profile",
            "warning",
            "not complete: no order can be found to bind here",
            "Write country of establishment or representation, host names, and who can see what users put there, "
            "under House, This service.",
        )
    else:
        yield Finding(
            "host profile", "well", f"{facts.name or 'named'}, {len(facts.service_hosts)} host names"
        )
    known = len(queries.authorities())
    if known:
        yield Finding("register", "well", f"{known} authorities")
    else:
        yield Finding(
            "register",
            "warning",
            "no authority is known: every order arrives unverified",
            "Enter the authorities of your states, with their own telephone numbers, under Register.",
        )


def rota(_config: "Config") -> Iterator[Finding]:
    """Ask whether somebody is on call for the next day, and whether alarms ring when they are due."""
    from datetime import timedelta

    from entente.apps.deadlines import queries
    from entente.apps.kernel import clock as kernel_clock

    at = kernel_clock.now()
    gaps = [hour for hour in range(0, 24, 2) if queries.on_call(at + timedelta(hours=hour)).primary is None]
    if gaps:
        yield Finding(
            "on call",
            "warning",
            f"nobody is on call in {gaps[0]} hours" if gaps[0] else "nobody is on call now",
            "Fill the rota under On call. Until then everybody who may execute an order is woken.",
        )
    else:
        yield Finding("on call", "well", "somebody is on call for the next day")
    late = queries.oldest_unswept(at=at)
    if late is not None and late > timedelta(seconds=ALARM_LATE_SECONDS):
        yield Finding(
            "alarms", "ill", f"the oldest waits for {late.total_seconds():.0f} s", "Is the worker running?"
        )
    else:
        yield Finding("alarms", "well", "all rung")


def copies(_config: "Config") -> Iterator[Finding]:
    """Ask whether copies of content are still missing."""
    from entente.apps.content import queries

    missing, given_up = queries.missing_copies(), queries.given_up_copies()
    if given_up:
        yield Finding(
            "copies",
            "ill",
            f"{given_up} never came and are not asked for any more",
            "The cases say which: ask again there, or upload the copy.",
        )
    elif missing:
        yield Finding(
            "copies",
            "warning",
            f"{missing} not here yet",
            "The cases say which; the platform must hand them in, or a person uploads them.",
        )
    else:
        yield Finding("copies", "well", "none missing")


def indexes(config: "Config") -> Iterator[Finding]:
    """Ask whether what is known is found: the worker's indexes at the end of the changes, nothing passed over."""
    from entente.apps.banks import queries
    from entente.apps.kernel import clock as kernel_clock
    from entente.apps.matching.hub import kept_status
    from entente.apps.matching.hub.process import FOLDER

    if not queries.last_change():
        yield Finding("indexes", "well", "no signal yet")
        return
    kept = kept_status(config.data_dir / FOLDER)
    age = (kernel_clock.now() - kept[1]).total_seconds() if kept else 0.0
    if kept is None or age > INDEXES_LATE_SECONDS:
        detail = f"not looked after for {age:.0f} s" if kept else "the worker has not looked after them yet"
        yield Finding("indexes", "ill", detail, "Is the worker running?")
        return
    trouble = list(_trouble_of_indexes(kept[0]))
    yield from trouble
    if not trouble:
        sizes = ", ".join(f"{one.name} {one.size:,}" for one in kept[0].types)
        yield Finding("indexes", "well", f"at change {kept[0].reached:,}: {sizes}")


def _trouble_of_indexes(status: "HubStatus") -> Iterator[Finding]:
    if status.unknown:
        detail = f"checks are answered with unknown ({status.unknown}) {status.trouble}".rstrip()
        yield Finding("indexes", "ill", detail, "The worker's log says why; they catch up by themselves.")
    for one in status.types:
        if one.state == "failed":
            yield Finding(
                "indexes", "ill", f"{one.name}: {one.problem}", "Its log says why; it is tried again."
            )
        elif one.state == "building":
            yield Finding(
                "indexes", "warning", f"{one.name} is being built", "Wait; until then nothing of it is found."
            )
        elif one.state == "not_installed":
            yield Finding(
                "indexes",
                "warning",
                f"{one.name}: its signals are passed over",
                "Install the package that brings this signal type, or retract its signals.",
            )
        if one.refused:
            yield Finding(
                "indexes",
                "warning",
                f"{one.name}: {one.refused:,} malformed signals are passed over ({'; '.join(one.refused_examples)})",
                "Retract them: each is named by its number.",
            )
        if one.in_memory > MOST_UNMERGED:
            yield Finding(
                "indexes",
                "warning",
                f"{one.name}: {one.in_memory:,} changes are in no segment",
                "The worker merges them; if this stays, its log says why.",
            )


def law_data(_config: "Config") -> Iterator[Finding]:
    """Ask whether the law data is complete and consistent."""
    from entente.core.law.catalogue import check_law_data
    from entente.core.law.errors import LawDataError

    try:
        check_law_data()
    except LawDataError as error:
        for problem in error.problems:
            yield Finding("law data", "ill", problem, "Correct the file, or install this version again.")
        return
    yield Finding("law data", "well", "complete and consistent")


def mail(config: "Config") -> Iterator[Finding]:
    """Ask whether the mail server can be reached."""
    import smtplib

    if not config.mail.host:
        state: State = "well" if config.demo else "warning"
        advice = "" if config.demo else "Set mail.host: people on call are woken by mail too."
        yield Finding("mail", state, "no server; mail stays in the mailbox page", advice)
        return
    where = f"{config.mail.host}:{config.mail.port}"
    client = smtplib.SMTP_SSL if config.mail.security == "tls" else smtplib.SMTP
    try:
        with client(config.mail.host, config.mail.port, timeout=PROBE_SECONDS) as connection:
            connection.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(
            "mail", "ill", f"{where} does not answer: {error}", "Check mail.host, mail.port, mail.security."
        )
        return
    yield Finding("mail", "well", f"{where} answers")


def static_files(_config: "Config") -> Iterator[Finding]:
    """Ask whether the style sheets and scripts of this version are in place."""
    if missing_static_files():
        yield Finding("static files", "ill", "not collected", "Run: entente upgrade")
    else:
        yield Finding("static files", "well", "collected")


def pdf(_config: "Config") -> Iterator[Finding]:
    """Ask whether forms and letters can be made as PDF."""
    import ctypes

    try:
        for name in ("libpango-1.0.so.0", "libpangoft2-1.0.so.0"):
            ctypes.CDLL(name)
    except OSError:
        advice = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-noto-core"
        yield Finding("PDF", "warning", "Pango is not installed; PDF buttons say so", advice)
        return
    yield Finding("PDF", "well", "Pango is installed")


CHECKS: tuple[Callable[["Config"], Iterator[Finding]], ...] = (
    keys,
    database,
    clock,
    disk,
    worker,
    deliveries,
    host,
    rota,
    copies,
    indexes,
    law_data,
    mail,
    static_files,
    pdf,
)
