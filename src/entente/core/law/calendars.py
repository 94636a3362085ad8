"""Working-day calendars: weekends and public holidays, computed from data for any year.

The rules (fixed day, days from Easter, nth weekday, single date, substitute day) are in ``data/calendars.toml``.
"""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from functools import cache

from entente.core.law.errors import UnknownCalendar
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique

SATURDAY = 5
DAYS_PER_WEEK = 7


class HolidayKind(StrEnum):
    """How a holiday is found in a year."""

    FIXED = "fixed"
    EASTER = "easter"
    NTH = "nth"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Holiday:
    """One public holiday. The numbers mean: month and day; days from Easter; month, ISO weekday, which; or a date."""

    name: str
    kind: HolidayKind
    month: int = 0
    day: int = 0
    weekday: int = 0
    which: int = 0
    offset: int = 0
    once: date | None = None
    substitute: bool = False

    def in_year(self, year: int) -> date | None:
        """Return the date of this holiday in a year before any substitution, or None if it has none."""
        if self.kind is HolidayKind.FIXED:
            return date(year, self.month, self.day)
        if self.kind is HolidayKind.EASTER:
            return easter_sunday(year) + timedelta(days=self.offset)
        if self.kind is HolidayKind.NTH:
            return _nth_weekday(year, self.month, self.weekday, self.which)
        return self.once if self.once and self.once.year == year else None


def easter_sunday(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous computus published by Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_century, rest_century = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_century - correction + 15) % 30
    leap_rest, rest_rest = divmod(rest, 4)
    weekday = (32 + 2 * rest_century + 2 * leap_rest - epact - rest_rest) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _nth_weekday(year: int, month: int, weekday: int, which: int) -> date:
    """Return the nth given ISO weekday (1 is Monday) of a month; -1 is the last."""
    if which < 0:
        last = date(year, month, months.monthrange(year, month)[1])
        return last - timedelta(days=(last.isoweekday() - weekday) % DAYS_PER_WEEK)
    first = date(year, month, 1)
    ahead = (weekday - first.isoweekday()) % DAYS_PER_WEEK
    return first + timedelta(days=ahead + DAYS_PER_WEEK * (which - 1))


@dataclass(frozen=True)
class WorkingCalendar:
    """A calendar: which local days are working days, and when a working day ends on the wall clock."""

    id: str
    title: str
    day_ends: time
    holidays: tuple[Holiday, ...]
    provenance: Provenance

    def is_working_day(self, day: date) -> bool:
        """Whether the local day is neither Saturday, Sunday nor a holiday."""
        return day.weekday() < SATURDAY and day not in holidays_of(self, day.year)

    def next_working_day(self, day: date) -> date:
        """Return the first working day after the given one."""
        day += timedelta(days=1)
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day


@cache
def holidays_of(calendar: WorkingCalendar, year: int) -> frozenset[date]:
    """Return the holidays of a year, substitute days included.

    A substituted holiday that falls on a weekend keeps its day and adds the next weekday that is no holiday yet, in the
    order of the list, so that Christmas and Boxing Day on a weekend become Monday and Tuesday.
    """
    dated = [(holiday, holiday.in_year(year)) for holiday in calendar.holidays]
    taken = {day for _, day in dated if day}
    for holiday, day in dated:
        if holiday.substitute and day and day.weekday() >= SATURDAY:
            replacement = day
            while replacement.weekday() >= SATURDAY or replacement in taken:
                replacement += timedelta(days=1)
            taken.add(replacement)
    return frozenset(taken)


def _read_holiday(record: Record) -> Holiday:
    name = record.text("name")
    substitute = record.flag("substitute", default=False)
    written = [kind for kind in HolidayKind if record.has(kind)]
    if len(written) != 1:
        record.note("write exactly one of fixed, easter, nth, once")
        return Holiday(name, HolidayKind.ONCE)
    kind = written[0]
    month = day = weekday = which = offset = 0
    once = None
    if kind is HolidayKind.FIXED:
        month, day = _month_day(record)
    elif kind is HolidayKind.EASTER:
        offset = record.whole("easter", least=-60)
    elif kind is HolidayKind.NTH:
        table = record.record("nth")
        month, weekday = table.whole("month", least=1), table.whole("weekday", least=1)
        which = table.whole("which", least=-1)
        table.done()
    else:
        once = record.day("once")
    record.done()
    return Holiday(name, kind, month, day, weekday, which, offset, once, substitute)


def _month_day(record: Record) -> tuple[int, int]:
    text = record.text("fixed")
    try:
        day = date.fromisoformat(f"2001-{text}")
    except ValueError:
        record.note("fixed must be a month and a day, such as 12-25")
        return 1, 1
    return day.month, day.day


def _read_calendar(record: Record) -> WorkingCalendar:
    ends = record.text("day_ends")
    try:
        day_ends = time.fromisoformat(ends)
    except ValueError:
        record.note("day_ends must be a time of day, such as 18:00")
        day_ends = time(18)
    found = WorkingCalendar(
        id=record.text("id"),
        title=record.text("title"),
        day_ends=day_ends,
        holidays=tuple(_read_holiday(holiday) for holiday in record.records("holidays", required=False)),
        provenance=record.provenance(),
    )
    record.done()
    return found


def read_calendars(table: Mapping[str, object]) -> Mapping[str, WorkingCalendar]:
    """Validate a parsed calendar file. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "calendars", problems)
    records = file.records("calendar")
    calendars = [_read_calendar(record) for record in records]
    unique(records, [found.id for found in calendars])
    file.done()
    problems.raise_if_any()
    return {found.id: found for found in calendars}


@cache
def working_calendars() -> Mapping[str, WorkingCalendar]:
    """Every working-day calendar by id. Raises LawDataError if the file is wrong."""
    return read_calendars(read_data("calendars.toml"))


def working_calendar(identifier: str) -> WorkingCalendar:
    """One working-day calendar, for example ``uk``. Raises UnknownCalendar."""
    try:
        return working_calendars()[identifier]
    except KeyError:
        raise UnknownCalendar(identifier) from None
