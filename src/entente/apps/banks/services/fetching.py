"""Fetching exchanges: claim one in a short transaction, ask the partner outside any, record page by page.

Whatever dies in between, the lease runs out and the run begins again at the last checkpoint. An error costs the answer
that caused it and makes the next attempt later, up to a day.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from entente.apps.banks.asking import partner_client
from entente.apps.banks.models import Exchange, ExchangeRun, ExchangeState, RunOutcome
from entente.apps.banks.services.connecting import machine_of, pause_of, secrets_of
from entente.apps.banks.services.paging import known_signals, partner_of, record_page
from entente.apps.banks.services.recording import record_exchange
from entente.apps.kernel.errors import DomainError
from entente.core.exchange.deltas import MOST_SHARE_MISSING, WholeList
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import CheckpointUnreadable, ExchangeError, FeedRefused
from entente.core.exchange.feeds.feed import Feed, Page, Request, Response

LEASE: Final = timedelta(minutes=15)
"""Renewed with every page; no answer takes longer."""

RUN_SECONDS: Final = 240.0
"""After this a run stops between two pages and goes on at once, so that other exchanges get their turn."""

LONGEST_BACK_OFF: Final = timedelta(days=1)
_LONGEST_ERROR: Final = 300

Ask = Callable[[Request], Response]
logger = logging.getLogger(__name__)


def fetch_due(*, at: datetime, limit: int = 2) -> int:
    """Fetch the exchanges that are due, at most `limit`; the worker calls this, outside any transaction.

    Returns how many were fetched, well or not.
    """
    due = Exchange.objects.filter(state=ExchangeState.ON, next_fetch_at__lte=at)
    fetched = 0
    for exchange_id in list(due.order_by("next_fetch_at").values_list("pk", flat=True)[:limit]):
        claimed = _claim(exchange_id, at)
        if claimed is not None:
            _Run(claimed, partner_client().ask, at).go()
            fetched += 1
    return fetched


@dataclass(slots=True)
class _Claimed:
    exchange: Exchange
    run: ExchangeRun


def _claim(exchange_id: UUID, at: datetime) -> _Claimed | None:
    """Take the lease of an exchange, unless somebody else did; a run that its worker did not end has failed."""
    with transaction.atomic():
        exchange = Exchange.objects.filter(pk=exchange_id, next_fetch_at__lte=at).first()
        if exchange is None:
            return None
        changed = Exchange.objects.filter(
            pk=exchange_id, state=ExchangeState.ON, next_fetch_at=exchange.next_fetch_at
        ).update(next_fetch_at=at + LEASE)
        if not changed:
            return None
        ExchangeRun.objects.filter(exchange=exchange, outcome=RunOutcome.RUNNING).update(
            outcome=RunOutcome.FAILED, ended_at=at, error="interrupted"
        )
        run = ExchangeRun.objects.create(exchange=exchange, started_at=at)
        return _Claimed(exchange, run)


@dataclass(slots=True)
class _Run:
    """One run of one exchange."""

    claimed: _Claimed
    ask: Ask
    at: datetime
    began: float = field(default_factory=time.monotonic)

    def go(self) -> None:
        """Run, and keep what came of it, whatever happens."""
        try:
            outcome = self._pages()
        except (ExchangeError, DomainError) as error:
            self._failed(error)
        except Exception as error:
            logger.exception("Exchange %s could not be fetched", self.claimed.exchange.pk)
            self._failed(error)
        else:
            self._succeeded(outcome)

    def _pages(self) -> RunOutcome:
        """Ask for page after page until there is none, or the time is over."""
        exchange = self.claimed.exchange
        machine = machine_of(exchange.kind, {**exchange.config, **secrets_of(exchange)})
        anew = self._must_read_anew(machine)
        watcher = WholeList()
        request: Request | None = self._first_request(machine, "" if anew else exchange.checkpoint)
        while request is not None:
            if not anew and time.monotonic() - self.began > RUN_SECONDS:
                return RunOutcome.MORE
            page = machine.read(self.ask(request))
            watched = page.is_whole or anew
            entries = watcher.watch(page.entries) if watched else page.entries
            self._record(page, entries, checkpoint=None if watched else page.checkpoint)
            if watched and page.next is None:
                self._take_back_missing(watcher, page)
            request = page.next
        return RunOutcome.DONE

    def _first_request(self, machine: Feed, checkpoint: str) -> Request:
        """Begin where the last run ended, or at the beginning if the partner's feed cannot read that any more."""
        try:
            return machine.start(checkpoint, now=self.at)
        except CheckpointUnreadable:
            return machine.start("", now=self.at)

    def _must_read_anew(self, machine: Feed) -> bool:
        """Say whether the partner may have forgotten to tell us what it took back since the last run."""
        exchange, days = self.claimed.exchange, machine.forgets_after_days
        if days is None or not exchange.checkpoint:
            return False
        last = exchange.succeeded_at
        return last is None or self.at - last > timedelta(days=days)

    def _record(self, page: Page, entries: Iterable[Entry | Bad], *, checkpoint: str | None) -> None:
        record_page(
            exchange_id=self.claimed.exchange.pk,
            entries=entries,
            checkpoint=checkpoint,
            whole_refs=page.whole_refs,
            opinions=page.opinions,
            run_id=self.claimed.run.pk,
            at=self._now(),
        )
        renewed = self._now() + LEASE
        Exchange.objects.filter(pk=self.claimed.exchange.pk, state=ExchangeState.ON).update(
            next_fetch_at=renewed
        )

    def _take_back_missing(self, watcher: WholeList, page: Page) -> None:
        """Retract what a whole list does not hold any more, and only then move the checkpoint."""
        exchange = self.claimed.exchange
        watcher.end()
        missing = watcher.retractions(
            lambda: known_signals(exchange.bank_id),
            at=None,
            most_share=1.0 if exchange.may_shrink else MOST_SHARE_MISSING,
        )
        record_page(
            exchange_id=exchange.pk,
            entries=missing,
            checkpoint=page.checkpoint,
            run_id=self.claimed.run.pk,
            at=self._now(),
        )

    def _now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.began)

    @transaction.atomic
    def _succeeded(self, outcome: RunOutcome) -> None:
        exchange, now = self.claimed.exchange, self._now()
        following = now if outcome is RunOutcome.MORE else now + pause_of(exchange)
        self._end(outcome, "")
        Exchange.objects.filter(pk=exchange.pk).update(
            failures=0, last_error="", succeeded_at=now, may_shrink=False
        )
        self._plan(following)

    @transaction.atomic
    def _failed(self, error: Exception) -> None:
        """Keep why, and try again later the more often it happened; the first time is put on record."""
        exchange = self.claimed.exchange
        failures = exchange.failures + 1
        words = _told(error)
        self._end(RunOutcome.FAILED, words)
        Exchange.objects.filter(pk=exchange.pk).update(failures=failures, last_error=words)
        self._plan(self._now() + _back_off(pause_of(exchange), failures, error))
        if failures == 1:
            facts = {"error": words}
            record_exchange(exchange.pk, "failing", actor=partner_of(exchange), at=self._now(), facts=facts)

    def _end(self, outcome: RunOutcome, error: str) -> None:
        ExchangeRun.objects.filter(pk=self.claimed.run.pk).update(
            outcome=outcome, ended_at=self._now(), error=error
        )

    def _plan(self, following: datetime) -> None:
        """Plan the next run, unless somebody turned the exchange off meanwhile."""
        Exchange.objects.filter(pk=self.claimed.exchange.pk, state=ExchangeState.ON).update(
            next_fetch_at=following
        )


def _back_off(pause: timedelta, failures: int, error: Exception) -> timedelta:
    """Return how long to wait: twice as long each time, at most a day, and never less than the partner asks for."""
    times: int = 2 ** min(failures - 1, 16)
    doubled = min(pause * times, LONGEST_BACK_OFF)
    asked = error.retry_after_seconds if isinstance(error, FeedRefused) else None
    return max(doubled, timedelta(seconds=asked or 0))


def _told(error: Exception) -> str:
    """Return what people read of an error; of one that nobody expected only its kind, because it may hold anything."""
    if isinstance(error, (ExchangeError, DomainError)):
        return str(error)[:_LONGEST_ERROR]
    return f"a fault of ours: {type(error).__name__}"
