"""Exchanges and how their last runs went. Nothing here tells a credential."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.banks.errors import NoSuchExchange
from entente.apps.banks.models import Exchange, ExchangeRun


@dataclass(frozen=True, slots=True)
class RunLine:
    """One fetch."""

    id: UUID
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    pages: int
    added: int
    known: int
    retracted: int
    bad: int
    bad_samples: tuple[str, ...]
    error: str


@dataclass(frozen=True, slots=True)
class ExchangeLine:
    """One exchange with its last run. `has_credentials` says whether something lies sealed, never what."""

    id: UUID
    name: str
    kind: str
    bank_id: UUID
    bank_name: str
    owner_kind: str
    settings: dict[str, str]
    has_credentials: bool
    every_minutes: int
    state: str
    next_fetch_at: datetime | None
    succeeded_at: datetime | None
    failures: int
    last_error: str
    last_run: RunLine | None


def exchanges() -> list[ExchangeLine]:
    """Return all exchanges by name."""
    rows = Exchange.objects.select_related("bank").order_by("name")
    return [_line(row) for row in rows]


def exchange(exchange_id: UUID) -> ExchangeLine:
    """Return one exchange. Raises NoSuchExchange."""
    row = Exchange.objects.select_related("bank").filter(pk=exchange_id).first()
    if row is None:
        raise NoSuchExchange(_("There is no such exchange."))
    return _line(row)


def runs_of(exchange_id: UUID, *, limit: int = 20) -> list[RunLine]:
    """Return the last runs of an exchange, newest first."""
    rows = ExchangeRun.objects.filter(exchange_id=exchange_id).order_by("-started_at", "-id")
    return [_run(row) for row in rows[:limit]]


def _line(row: Exchange) -> ExchangeLine:
    last = runs_of(row.pk, limit=1)
    return ExchangeLine(
        id=row.pk,
        name=row.name,
        kind=row.kind,
        bank_id=row.bank_id,
        bank_name=row.bank.name,
        owner_kind=row.bank.owner_kind,
        settings=dict(row.config),
        has_credentials=row.credentials_sealed is not None,
        every_minutes=row.every_minutes,
        state=row.state,
        next_fetch_at=row.next_fetch_at,
        succeeded_at=row.succeeded_at,
        failures=row.failures,
        last_error=row.last_error,
        last_run=last[0] if last else None,
    )


def _run(row: ExchangeRun) -> RunLine:
    return RunLine(
        id=row.pk,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        pages=row.pages,
        added=row.added,
        known=row.known,
        retracted=row.retracted,
        bad=row.bad,
        bad_samples=tuple(row.bad_samples),
        error=row.error,
    )
