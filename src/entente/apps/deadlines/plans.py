"""From a rule of law to the moments a deadline has: its end, its alarms, whose duty it is. No database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from entente.apps.deadlines.errors import DeadlineNotRestartable, UnknownDeadlineRule
from entente.apps.kernel.config import config
from entente.core.law import calendars, clocks
from entente.core.law.errors import NotRestartable, UnknownRule
from entente.core.law.rules import DeadlineRule, RuleKind, Unit, Who, deadline_rule

EXPIRY_STEP = "expiry"
ESCALATE_AFTER = timedelta(minutes=5)
"""How long whoever was woken first has to acknowledge before the backup is, and then everybody."""

ESCALATION_STEPS = ("escalation_backup", "escalation_all")

_ELAPSED = frozenset({Unit.SECONDS, Unit.MINUTES, Unit.HOURS})
_ACTORS_OF_HAT = {
    "platform": frozenset({"host", "party"}),
    "authority": frozenset({"authority", "scrutinising_authority", "enforcing_authority", "party"}),
    "access_provider": frozenset({"access_provider", "search_engine", "party"}),
}


@dataclass(frozen=True, slots=True)
class Moments:
    """The computed times of one run."""

    due_at: datetime
    legal_latest: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One planned alarm of a run."""

    id: str
    at: datetime
    who: Who
    is_expiry: bool


def rule_of(rule_id: str) -> DeadlineRule:
    """Return a rule of the law data. Raises UnknownDeadlineRule."""
    try:
        return deadline_rule(rule_id)
    except UnknownRule:
        raise UnknownDeadlineRule(
            f"The law data holds no deadline rule {rule_id!r}.", rule_id=rule_id
        ) from None


def moments(rule: DeadlineRule, starts_at: datetime, *, country: Callable[[], str]) -> Moments:
    """Return the end of a run on the strict reading, and the labelled lenient one where there is one.

    `country` says whose working days count; it is asked only where days count at all: an hour has no holidays, and an
    order's hour is started in the middle of receiving it.
    """
    zone = config().zone
    holidays = "weekends" if rule.period.unit in _ELAPSED else calendar_of(country())
    latest = clocks.legal_latest(rule, starts_at, zone=zone, holidays=holidays)
    return Moments(
        due_at=clocks.due_at(rule, starts_at, zone=zone, holidays=holidays),
        legal_latest=latest.at if latest is not None else None,
    )


def restart_rule(rule: DeadlineRule, ground: str) -> DeadlineRule:
    """Return the rule that starts another one again on a ground. Raises DeadlineNotRestartable."""
    try:
        clocks.restart(rule, datetime.fromisoformat("2000-01-01T00:00:00+00:00"), restart_rule=ground)
    except NotRestartable as error:
        raise DeadlineNotRestartable(str(error), rule_id=rule.id, ground=ground) from None
    return deadline_rule(ground)


def steps(ladder: DeadlineRule, starts_at: datetime, due_at: datetime) -> list[Step]:
    """Return the alarms of a run, earliest first; the end is always the last, whatever the ladder says."""
    planned = [
        Step(id=step.id, at=at, who=step.who, is_expiry=step.is_expiry)
        for step, at in clocks.alarm_times(ladder, starts_at, due_at)
    ]
    if not any(step.is_expiry for step in planned):
        planned.append(Step(id=EXPIRY_STEP, at=due_at, who=Who.SENIOR, is_expiry=True))
    return planned


def announcements(ladder_rule_id: str, starts_at: datetime, due_at: datetime) -> tuple[datetime, ...]:
    """Return the moments of a run at which a screen reader speaks the time left."""
    planned = clocks.alarm_times(rule_of(ladder_rule_id), starts_at, due_at)
    return tuple(at for step, at in planned if step.announce)


def is_duty(rule: DeadlineRule) -> bool:
    """Tell whether the deadline limits a duty of somebody on this instance: those show a countdown and wake people."""
    ours = frozenset[str]().union(*(_ACTORS_OF_HAT.get(hat, frozenset()) for hat in config().hats))
    return rule.kind is RuleKind.LIMIT and rule.actor in ours


def wakes(ladder: DeadlineRule) -> bool:
    """Tell whether a ladder wakes anybody: one that only has an end closes quietly."""
    return len(ladder.alarms) > 1


@cache
def calendar_of(country: str) -> str:
    """Return the id of a country's working-day calendar, or the plain weekends where the data has none."""
    known = calendars.working_calendars()
    wanted = {"GB": "uk"}.get(country, country.lower())
    return wanted if wanted in known else "weekends"
