"""Working days: weekends, holidays, substitutes, Easter."""

from datetime import date, time

import pytest

from entente.core.law.calendars import (
    Holiday,
    HolidayKind,
    WorkingCalendar,
    easter_sunday,
    holidays_of,
    working_calendar,
)
from entente.core.law.errors import UnknownCalendar


# Known dates of Easter Sunday, as published in almanacs.
@pytest.mark.parametrize(
    "day",
    [
        "1818-03-22",
        "1943-04-25",
        "2000-04-23",
        "2024-03-31",
        "2025-04-20",
        "2026-04-05",
        "2027-03-28",
        "2038-04-25",
    ],
)
def test_easter_falls_where_the_almanacs_say(day: str) -> None:
    known = date.fromisoformat(day)
    assert easter_sunday(known.year) == known


def test_an_unknown_calendar_is_named() -> None:
    with pytest.raises(UnknownCalendar, match="no working-day calendar 'mars'"):
        working_calendar("mars")


# Bank holidays of 2026 in any part of the United Kingdom, as published by its government.
def test_the_bank_holidays_of_the_united_kingdom_in_2026() -> None:
    expected = {
        "01-01", "01-02", "03-17", "04-03", "04-06", "05-04", "05-25", "07-12", "07-13",
        "08-03", "08-31", "11-30", "12-25", "12-26", "12-28",
    }  # fmt: skip
    assert {day.strftime("%m-%d") for day in holidays_of(working_calendar("uk"), 2026)} == expected


def test_christmas_on_a_weekend_moves_to_monday_and_tuesday() -> None:
    uk = working_calendar("uk")
    assert {date(2027, 12, 27), date(2027, 12, 28)} <= holidays_of(uk, 2027)
    assert not uk.is_working_day(date(2027, 12, 28))
    assert uk.next_working_day(date(2027, 12, 24)) == date(2027, 12, 29)


def test_a_single_date_is_a_holiday_once() -> None:
    day = Holiday("Jubilee", HolidayKind.ONCE, once=date(2030, 5, 6))
    calendar = WorkingCalendar("x", "X", time(18), (day,), working_calendar("uk").provenance)
    assert not calendar.is_working_day(date(2030, 5, 6))
    assert calendar.is_working_day(date(2031, 5, 6))
    assert Holiday("Never", HolidayKind.ONCE).in_year(2030) is None


@pytest.mark.parametrize(
    ("calendar", "day"),
    [
        ("fr", "2026-07-14"),
        ("fr", "2026-05-14"),
        ("de", "2026-10-03"),
        ("es", "2026-10-12"),
        ("be", "2026-07-21"),
        ("eu.institutions", "2026-12-28"),
        ("exercise", "2027-06-21"),
        ("weekends", "2026-11-22"),
    ],
)
def test_days_nobody_works(calendar: str, day: str) -> None:
    assert not working_calendar(calendar).is_working_day(date.fromisoformat(day))


def test_weekends_only_means_weekends_only() -> None:
    assert working_calendar("weekends").is_working_day(date(2026, 12, 25))
