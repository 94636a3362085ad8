"""Clocks by property: what holds for every instant, zone and period."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from entente.core.law.calendars import working_calendar
from entente.core.law.clocks import alarm_times, due_at, legal_latest, parse_timestamp, period_end, restart
from entente.core.law.rules import Period, Unit, deadline_rule, deadline_rules

ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Paris",
        "Europe/London",
        "America/New_York",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
    ]
)
EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 100 * 365 * 24 * 3600 * 10**6).map(
    lambda span: EPOCH + timedelta(microseconds=span)
)
CALENDARS = st.sampled_from(["weekends", "uk", "fr", "eu.institutions"])
RULES = st.sampled_from(sorted(deadline_rules()))
CALENDAR_UNITS = st.sampled_from(
    [Unit.DAYS, Unit.WEEKS, Unit.CALENDAR_MONTHS, Unit.QUARTERS, Unit.WORKING_DAYS, Unit.END_OF_WORKING_DAY]
)


@settings(deadline=None)
@given(start=INSTANTS, zone=ZONES)
def test_the_hour_is_3600_seconds_everywhere(start: datetime, zone: str) -> None:
    assert due_at(deadline_rule("tco.execute"), start, zone=zone) - start == timedelta(seconds=3600)
    assert restart(deadline_rule("tco.execute"), start, zone=zone) - start == timedelta(seconds=3600)


@settings(deadline=None)
@given(start=INSTANTS, zone=ZONES, offset=st.integers(-14 * 60, 14 * 60), rule=RULES)
def test_how_the_trigger_is_written_changes_nothing(
    start: datetime, zone: str, offset: int, rule: str
) -> None:
    written = start.astimezone(timezone(timedelta(minutes=offset)))
    found = deadline_rule(rule)
    assert due_at(found, written, zone=zone) == due_at(found, start, zone=zone)


@settings(deadline=None)
@given(start=INSTANTS, zone=ZONES, calendar=CALENDARS, rule=RULES)
def test_a_deadline_lies_after_its_trigger(start: datetime, zone: str, calendar: str, rule: str) -> None:
    end = due_at(deadline_rule(rule), start, zone=zone, holidays=calendar)
    assert end > start
    assert end.tzinfo is UTC


@settings(deadline=None)
@given(
    start=INSTANTS,
    later=st.integers(0, 40 * 24 * 3600),
    zone=ZONES,
    calendar=CALENDARS,
    period=st.builds(Period, st.integers(1, 12), CALENDAR_UNITS),
)
def test_who_starts_later_never_ends_earlier_but_for_the_repeated_hour(
    start: datetime, later: int, zone: str, calendar: str, period: Period
) -> None:
    # Within the hours that a wall clock repeats or skips, two instants may share a wall time; 24 hours bound that.
    first = period_end(period, start, zone=zone, holidays=calendar)
    second = period_end(period, start + timedelta(seconds=later), zone=zone, holidays=calendar)
    assert second >= first - timedelta(hours=1 if zone != "Pacific/Apia" else 24)


@settings(deadline=None)
@given(start=INSTANTS, zone=ZONES, months=st.integers(1, 60))
def test_months_keep_the_wall_time_and_the_day_or_the_last_one(
    start: datetime, zone: str, months: int
) -> None:
    where = ZoneInfo(zone)
    before = start.astimezone(where)
    after = period_end(Period(months, Unit.CALENDAR_MONTHS), start, zone=zone).astimezone(where)
    tomorrow = (after + timedelta(days=1)).day
    assert (
        after.day == before.day or (after.day < before.day and tomorrow == 1) or after.time() != before.time()
    )
    exists = datetime.combine(after.date(), before.time().replace(fold=0), tzinfo=where)
    round_trip = exists.astimezone(UTC).astimezone(where)
    if round_trip.replace(tzinfo=None) == exists.replace(tzinfo=None):
        assert after.replace(tzinfo=None, fold=0) == exists.replace(tzinfo=None)


@settings(deadline=None)
@given(start=INSTANTS, zone=ZONES, calendar=CALENDARS)
def test_the_end_of_a_working_day_is_one(start: datetime, zone: str, calendar: str) -> None:
    end = period_end(Period(1, Unit.END_OF_WORKING_DAY), start, zone=zone, holidays=calendar)
    local = end.astimezone(ZoneInfo(zone))
    found = working_calendar(calendar)
    assert found.is_working_day(local.date())
    assert local.time() == found.day_ends


@settings(deadline=None)
@given(start=INSTANTS, rule=RULES, zone=ZONES)
def test_alarms_stay_within_the_deadline_and_end_with_it(start: datetime, rule: str, zone: str) -> None:
    found = deadline_rule(rule)
    end = due_at(found, start, zone=zone)
    times = alarm_times(found, start, end)
    moments = [moment for _, moment in times]
    assert moments == sorted(moments)
    assert all(start <= moment <= end for moment in moments)
    assert [step.is_expiry for step, _ in times] == [False] * (len(times) - 1) + [True]


@settings(deadline=None)
@given(start=INSTANTS, rule=RULES)
def test_the_lenient_reading_is_never_stricter(start: datetime, rule: str) -> None:
    found = deadline_rule(rule)
    latest = legal_latest(found, start)
    if latest is not None:
        assert latest.at >= due_at(found, start, zone="UTC")


@settings(deadline=None)
@given(start=INSTANTS, offset=st.integers(-14 * 60, 14 * 60))
def test_a_written_time_reads_back(start: datetime, offset: int) -> None:
    written = start.astimezone(timezone(timedelta(minutes=offset))).isoformat()
    assert parse_timestamp(written) == start


@settings(deadline=None)
@given(text=st.text(max_size=40))
def test_reading_any_text_gives_a_time_or_a_value_error(text: str) -> None:
    try:
        moment = parse_timestamp(text)
    except ValueError:
        return
    assert moment.tzinfo is UTC
