"""Clocks: when a legal period ends, and when people are woken before it does.

The strict reading (design rule 4): seconds, minutes and hours are elapsed time from the very instant of the trigger,
whatever the wall clock does in between; days, weeks, months and quarters are counted on the calendar of a zone and end
at the same wall-clock time; working days skip what the calendar says. A wall time that does not exist (clocks go
forward) is the instant they jump; one that exists twice (clocks go back) is the first. Neither gives a minute more.

Regulation (EEC, Euratom) 1182/71 may give a later legal end; `legal_latest` computes it as a labelled, separate value
that no alarm is ever set by.
"""

import calendar as months
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from entente.core.law.calendars import WorkingCalendar, working_calendar
from entente.core.law.errors import NaiveTime, NotRestartable, UnknownZone
from entente.core.law.reading import Certainty
from entente.core.law.rules import AlarmStep, Anchor, DeadlineRule, Period, Unit, deadline_rule

__all__ = [
    "LegalLatest",
    "Period",
    "alarm_times",
    "due_at",
    "is_over",
    "legal_latest",
    "parse_timestamp",
    "period_end",
    "remaining",
    "restart",
]

_ELAPSED = {
    Unit.SECONDS: timedelta(seconds=1),
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
}
_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_MONTHS = {Unit.CALENDAR_MONTHS: 1, Unit.QUARTERS: 3}
_MIDNIGHT = time()
_LEAP = re.compile(r"^(?P<head>.*[T ]\d{2}:?\d{2}:?)60(?:[.,]\d+)?(?P<offset>Z|[+-][\d:]+)$")
_LAST_MINUTE = (23, 59)
LEGAL_LATEST_LABEL = "latest legal end if Regulation 1182/71 applies"
_TWO_DAYS = 2


def aware(moment: datetime) -> datetime:
    """Return the same instant in UTC. Raises NaiveTime for a time without an offset."""
    if moment.utcoffset() is None:
        raise NaiveTime("A time without an offset names no instant.")
    return moment.astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of the tz database with this name. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(name) from None


def parse_timestamp(text: str) -> datetime:
    """Read an ISO 8601 time with its offset and return it in UTC.

    A leap second (``23:59:60`` UTC, in whatever offset it is written) cannot be held by a computer's clock; it becomes
    the last microsecond of that minute, so that it stays before everything after it. Digits beyond the microsecond are
    cut. Raises NaiveTime without an offset, ValueError for anything that is not a time.
    """
    written = text.strip().upper()
    leap = _LEAP.match(written)
    moment = _parsed(leap["head"] + "59.999999" + leap["offset"] if leap else written, text)
    if leap and (moment.hour, moment.minute) != _LAST_MINUTE:
        raise ValueError(f"{text!r} is no time: a leap second is the last of a day in UTC.")
    return moment


def _parsed(written: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not an ISO 8601 time.") from None
    raise NaiveTime(f"{text!r} has no offset from UTC, so it names no instant.")


def resolve_wall_time(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """Return the instant (UTC) of a wall time in a zone: the first of two, and the jump itself where there is none."""
    local = datetime.combine(day, wall.replace(fold=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _jump_before(instant, local.replace(fold=1).astimezone(UTC), zone)


def _jump_before(after: datetime, before: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second between two instants at which the zone's offset is the later one."""
    new_offset = after.astimezone(zone).utcoffset()
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == new_offset:
            high = middle
        else:
            low = middle
    return high.replace(microsecond=0)


def add_months(day: date, count: int) -> date:
    """Return the same day a number of months later, or the last day of that month (31 August + 6 is the end of February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _end_by_working_days(local: datetime, count: int, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    """So many whole working days later.

    Started within a working day it ends at the same wall time of the nth following working day; started outside one
    (or at its first instant) it ends with the last instant of the nth working day.
    """
    day = local.date()
    wall = local.time()
    whole = wall == _MIDNIGHT or not calendar.is_working_day(day)
    if whole:
        day -= timedelta(days=1)
    for _ in range(count):
        day = calendar.next_working_day(day)
    if whole:
        return resolve_wall_time(day + timedelta(days=1), _MIDNIGHT, zone)
    return resolve_wall_time(day, wall, zone)


def _end_of_working_day(local: datetime, count: int, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    """Return the nth end of a working day (a wall time of the calendar) that is still ahead."""
    day = local.date()
    if not calendar.is_working_day(day) or local.time() >= calendar.day_ends:
        day = calendar.next_working_day(day)
    for _ in range(count - 1):
        day = calendar.next_working_day(day)
    return resolve_wall_time(day, calendar.day_ends, zone)


def _calendar(holidays: str | WorkingCalendar) -> WorkingCalendar:
    return working_calendar(holidays) if isinstance(holidays, str) else holidays


def period_end(
    period: Period, trigger_at: datetime, *, zone: str, holidays: str | WorkingCalendar = "weekends"
) -> datetime:
    """Return the end (UTC) of a period that starts at an instant, on the strict reading.

    ``zone`` is a name of the tz database; ``holidays`` a calendar or its id, used by working-day units only. The first
    moment of a date of the next year is the end for ``date_of_next_year`` (29 February becomes the last day there is).
    Raises NaiveTime, UnknownZone, UnknownCalendar.
    """
    start = aware(trigger_at)
    where = zone_of(zone)
    if period.unit in _ELAPSED:
        return start + period.value * _ELAPSED[period.unit]
    local = start.astimezone(where)
    wall = local.time()
    if period.unit in _DAYS:
        return resolve_wall_time(
            local.date() + timedelta(days=period.value * _DAYS[period.unit]), wall, where
        )
    if period.unit in _MONTHS:
        return resolve_wall_time(add_months(local.date(), period.value * _MONTHS[period.unit]), wall, where)
    if period.unit is Unit.DATE_OF_NEXT_YEAR:
        month, day = divmod(period.value, 100)
        last = months.monthrange(local.year + 1, month)[1]
        return resolve_wall_time(date(local.year + 1, month, min(day, last)), _MIDNIGHT, where)
    count = _end_by_working_days if period.unit is Unit.WORKING_DAYS else _end_of_working_day
    return count(local.replace(fold=0), period.value, _calendar(holidays), where)


def due_at(
    rule: DeadlineRule, trigger_at: datetime, *, zone: str, holidays: str | WorkingCalendar = "weekends"
) -> datetime:
    """When a deadline ends (UTC), on the strict reading: the hour is receipt + 3,600 seconds.

    ``zone`` and ``holidays`` are the host's; a rule whose law fixes its own (two working days of the United Kingdom)
    uses those instead. Raises NaiveTime, UnknownZone, UnknownCalendar.
    """
    return period_end(rule.period, trigger_at, zone=rule.zone or zone, holidays=rule.calendar or holidays)


def restart(
    rule: DeadlineRule,
    from_at: datetime,
    *,
    restart_rule: str | None = None,
    zone: str = "UTC",
    holidays: str | WorkingCalendar = "weekends",
) -> datetime:
    """Return the new end (UTC) of a deadline that starts again, for example after force majeure (TCO Art. 3(7), 3(8)).

    ``restart_rule`` names the ground, one of ``rule.restarted_by`` (without it the first). The old deadline stays on
    record; the caller appends the restart. Raises NotRestartable where the law gives no restart, or not this one.
    """
    if not rule.restarted_by:
        raise NotRestartable(f"{rule.id} does not start again.")
    chosen = restart_rule or rule.restarted_by[0]
    if chosen not in rule.restarted_by:
        raise NotRestartable(
            f"{rule.id} is not started again by {chosen}, only by {', '.join(rule.restarted_by)}."
        )
    return due_at(deadline_rule(chosen), from_at, zone=zone, holidays=holidays)


def alarm_times(
    rule: DeadlineRule, trigger_at: datetime, due_at: datetime
) -> tuple[tuple[AlarmStep, datetime], ...]:
    """When each alarm step fires (UTC), earliest first.

    A step that would come at or after the end is dropped (the end has its own); a step counted back from the end that
    would come before the trigger is dropped too, unless it is the end itself.
    """
    start, end = aware(trigger_at), aware(due_at)
    fired = []
    for step in rule.alarms:
        at = start + step.offset if step.anchor is Anchor.TRIGGER else end - step.offset
        if step.is_expiry or start <= at < end:
            fired.append((step, at))
    return tuple(sorted(fired, key=lambda pair: (pair[1], pair[0].is_expiry)))


def remaining(due_at: datetime, now: datetime) -> timedelta:
    """Return the time left; negative when it is over."""
    return aware(due_at) - aware(now)


def is_over(due_at: datetime, now: datetime) -> bool:
    """Whether the deadline has passed: at the very instant of the end it has."""
    return remaining(due_at, now) <= timedelta(0)


@dataclass(frozen=True, slots=True)
class LegalLatest:
    """The latest legal end on the lenient reading: shown beside the deadline with its label, never used for alarms."""

    at: datetime
    label: str
    basis: str
    certainty: Certainty


def legal_latest(
    rule: DeadlineRule,
    trigger_at: datetime,
    *,
    zone: str = "UTC",
    holidays: str | WorkingCalendar = "weekends",
) -> LegalLatest | None:
    """Return the end under Regulation (EEC, Euratom) 1182/71, Art. 3, or None where that Regulation does not speak.

    The hour (or day) in which the event happens is not counted; a period in days, weeks or months ends with the last
    hour of its last day, moved to the next working day if that day is none, and holds at least two working days. Whether
    it applies to the hour of TCO Art. 3(3) is a legal opinion nobody gave us, hence the certainty.
    """
    if rule.jurisdiction != "EU" or rule.period_set_by != "law" or rule.period.unit is Unit.DATE_OF_NEXT_YEAR:
        return None
    start, where = aware(trigger_at), zone_of(rule.zone or zone)
    if rule.period.unit in _ELAPSED:
        into_hour = start.astimezone(where).replace(tzinfo=None) - _hour_of(start.astimezone(where))
        at = start - into_hour + timedelta(hours=1) + rule.period.value * _ELAPSED[rule.period.unit]
    else:
        at = _latest_day(
            rule.period, start.astimezone(where).date(), _calendar(rule.calendar or holidays), where
        )
    return LegalLatest(
        at=at,
        label=LEGAL_LATEST_LABEL,
        basis="Regulation (EEC, Euratom) 1182/71, Art. 3",
        certainty=Certainty.MEDIUM,
    )


def _hour_of(local: datetime) -> datetime:
    return local.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def _latest_day(period: Period, day: date, calendar: WorkingCalendar, zone: ZoneInfo) -> datetime:
    if period.unit in _DAYS:
        last = day + timedelta(days=period.value * _DAYS[period.unit])
    else:
        last = add_months(day, period.value * _MONTHS[period.unit])
    if not calendar.is_working_day(last):
        last = calendar.next_working_day(last)
    if period != Period(1, Unit.DAYS):
        second = calendar.next_working_day(calendar.next_working_day(day))
        last = max(last, second)
    return resolve_wall_time(last + timedelta(days=1), _MIDNIGHT, zone)
