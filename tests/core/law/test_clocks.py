"""Clocks by example: time zones, both changes of the clocks, leap seconds, month and year ends, restarts, alarms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from entente.core.law.calendars import working_calendar
from entente.core.law.clocks import (
    alarm_times,
    due_at,
    is_over,
    legal_latest,
    parse_timestamp,
    period_end,
    remaining,
    restart,
)
from entente.core.law.errors import NaiveTime, NotRestartable, UnknownCalendar, UnknownZone
from entente.core.law.rules import Period, Unit, deadline_rule

PARIS = "Europe/Paris"


def at(text: str) -> datetime:
    return parse_timestamp(text)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00Z"),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),  # the clocks go back within the hour
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),  # the clocks go forward within the hour
        ("2026-12-31T23:30:00Z", "2027-01-01T00:30:00Z"),
        ("2028-02-28T23:30:00Z", "2028-02-29T00:30:00Z"),
        ("2026-11-23T10:00:00.123456Z", "2026-11-23T11:00:00.123456Z"),
    ],
)
def test_the_hour_is_3600_seconds_whatever_the_wall_clock_does(received: str, due: str) -> None:
    for zone in (PARIS, "UTC", "Pacific/Apia", "Asia/Kathmandu"):
        assert due_at(deadline_rule("tco.execute"), at(received), zone=zone) == at(due)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-08-31T12:00:00+02:00", 6, "2027-02-28T12:00:00+01:00"),
        ("2027-08-31T12:00:00+02:00", 6, "2028-02-29T12:00:00+01:00"),
        ("2026-01-31T12:00:00+01:00", 1, "2026-02-28T12:00:00+01:00"),
        ("2026-11-30T12:00:00+01:00", 3, "2027-02-28T12:00:00+01:00"),
        ("2026-12-15T00:00:00+01:00", 1, "2027-01-15T00:00:00+01:00"),
        ("2026-09-29T02:30:00+02:00", 6, "2027-03-29T02:30:00+02:00"),
        ("2026-09-28T02:30:00+02:00", 6, "2027-03-28T01:00:00Z"),  # 02:30 does not exist: the jump itself
        ("2026-04-25T02:30:00+02:00", 6, "2026-10-25T02:30:00+02:00"),  # 02:30 comes twice: the first
        ("2026-10-25T02:30:00+01:00", 1, "2026-11-25T02:30:00+01:00"),  # started in the second one
    ],
)
def test_months_go_by_the_calendar_of_the_zone(start: str, months: int, end: str) -> None:
    assert period_end(Period(months, Unit.CALENDAR_MONTHS), at(start), zone=PARIS) == at(end)


def test_the_same_instant_ends_on_another_day_in_another_zone() -> None:
    start = at("2026-08-30T23:30:00Z")  # already 31 August in Paris
    assert period_end(Period(6, Unit.CALENDAR_MONTHS), start, zone=PARIS) == at("2027-02-28T01:30:00+01:00")
    assert period_end(Period(6, Unit.CALENDAR_MONTHS), start, zone="UTC") == at("2027-02-28T23:30:00Z")


def test_a_day_that_a_country_skipped_ends_at_the_jump() -> None:
    end = period_end(Period(1, Unit.DAYS), at("2011-12-29T12:00:00-10:00"), zone="Pacific/Apia")
    assert end == at("2011-12-31T00:00:00+14:00")


@pytest.mark.parametrize(
    ("period", "end"),
    [
        (Period(90, Unit.SECONDS), "2026-10-24T12:01:30+02:00"),
        (Period(15, Unit.MINUTES), "2026-10-24T12:15:00+02:00"),
        (Period(24, Unit.HOURS), "2026-10-25T11:00:00+01:00"),
        (Period(1, Unit.DAYS), "2026-10-25T12:00:00+01:00"),
        (Period(2, Unit.WEEKS), "2026-11-07T12:00:00+01:00"),
        (Period(1, Unit.QUARTERS), "2027-01-24T12:00:00+01:00"),
        (Period(301, Unit.DATE_OF_NEXT_YEAR), "2027-03-01T00:00:00+01:00"),
        (Period(229, Unit.DATE_OF_NEXT_YEAR), "2027-02-28T00:00:00+01:00"),
    ],
)
def test_each_unit_ends_where_it_should(period: Period, end: str) -> None:
    assert period_end(period, at("2026-10-24T12:00:00+02:00"), zone=PARIS) == at(end)


@pytest.mark.parametrize(
    ("given", "end"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-25T10:00:00Z"),  # Monday to Wednesday
        ("2026-11-27T10:00:00Z", "2026-12-02T10:00:00Z"),  # Friday; Monday is Saint Andrew's Day
        ("2026-12-24T10:00:00Z", "2026-12-30T10:00:00Z"),  # Christmas, Boxing Day moved to Monday
        ("2026-12-25T10:00:00Z", "2026-12-31T00:00:00Z"),  # given on a holiday: two whole working days
        ("2026-11-21T10:00:00Z", "2026-11-25T00:00:00Z"),  # given on a Saturday
        ("2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z"),  # given at the first instant of Monday
        ("2026-04-02T17:00:00+01:00", "2026-04-08T17:00:00+01:00"),  # Good Friday and Easter Monday
    ],
)
def test_two_working_days_of_the_united_kingdom(given: str, end: str) -> None:
    rule = deadline_rule("uk.ta2006.s3")
    assert due_at(rule, at(given), zone="Pacific/Auckland", holidays="weekends") == at(end)


@pytest.mark.parametrize(
    ("executed", "end"),
    [
        ("2026-11-23T09:00:00+01:00", "2026-11-23T18:00:00+01:00"),
        ("2026-11-23T18:00:00+01:00", "2026-11-24T18:00:00+01:00"),
        ("2026-11-27T20:00:00+01:00", "2026-11-30T18:00:00+01:00"),
        ("2026-11-28T09:00:00+01:00", "2026-11-30T18:00:00+01:00"),
        ("2026-07-13T19:00:00+02:00", "2026-07-15T18:00:00+02:00"),
    ],
)
def test_the_end_of_the_working_day_is_the_next_one_still_ahead(executed: str, end: str) -> None:
    rule = deadline_rule("house.verify_unverified_order")
    assert due_at(rule, at(executed), zone=PARIS, holidays="fr") == at(end)


def test_the_third_end_of_a_working_day() -> None:
    end = period_end(Period(3, Unit.END_OF_WORKING_DAY), at("2026-11-26T09:00:00Z"), zone="UTC")
    assert end == at("2026-11-30T18:00:00Z")


def test_a_calendar_may_be_given_itself() -> None:
    end = period_end(
        Period(1, Unit.WORKING_DAYS),
        at("2026-07-13T09:00:00+02:00"),
        zone=PARIS,
        holidays=working_calendar("fr"),
    )
    assert end == at("2026-07-15T09:00:00+02:00")


def test_an_hour_without_an_offset_starts_no_clock() -> None:
    naive = datetime(2026, 11, 23, 10)  # noqa: DTZ001 - the point of the test
    rule = deadline_rule("tco.execute")
    with pytest.raises(NaiveTime):
        due_at(rule, naive, zone=PARIS)
    with pytest.raises(NaiveTime):
        remaining(naive, at("2026-11-23T10:00:00Z"))
    with pytest.raises(NaiveTime):
        alarm_times(rule, naive, naive)


def test_unknown_zones_and_calendars_are_named() -> None:
    start = at("2026-11-23T10:00:00Z")
    for zone in ("Europe/Atlantis", "", "../etc/passwd"):
        with pytest.raises(UnknownZone):
            period_end(Period(1, Unit.DAYS), start, zone=zone)
    with pytest.raises(UnknownCalendar):
        period_end(Period(1, Unit.WORKING_DAYS), start, zone=PARIS, holidays="mars")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("2026-11-23t10:00:00z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        (" 2026-11-23 11:00+01:00 ", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("20261123T100000.5+0000", datetime(2026, 11, 23, 10, 0, 0, 500000, tzinfo=UTC)),
        ("2026-11-23T10:00:00.123456789Z", datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2016-12-31T23:59:60.75Z", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2017-01-01T00:59:60+01:00", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2017-01-01 05:29:60+05:30", datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    ],
)
def test_timestamps_are_read_and_leap_seconds_clamped(text: str, instant: datetime) -> None:
    assert parse_timestamp(text) == instant
    assert parse_timestamp(text).tzinfo is UTC


def test_an_hour_from_a_leap_second_stays_an_hour() -> None:
    due = due_at(deadline_rule("tco.execute"), at("2016-12-31T23:59:60Z"), zone=PARIS)
    assert due == datetime(2017, 1, 1, 0, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-13-01T00:00:00Z",
        "2026-11-23T12:00:60Z",
        "2026-11-23T24:30:00Z",
        "0001-01-01T00:00:00+14:00",
        "2026-11-23T10:61:00Z",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        parse_timestamp(text)


@pytest.mark.parametrize("text", ["2026-11-23T10:00:00", "2026-11-23"])
def test_a_time_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(NaiveTime, match="no offset"):
        parse_timestamp(text)


def test_a_restart_gives_a_whole_new_hour() -> None:
    rule = deadline_rule("tco.execute")
    over = at("2026-11-23T15:00:00Z")
    assert restart(rule, over) == over + timedelta(hours=1)
    assert restart(rule, over, restart_rule="tco.execute.restart_clar") == over + timedelta(hours=1)
    again = deadline_rule("tco.execute.restart_fm")
    assert restart(again, over, restart_rule="tco.execute.restart_fm", zone=PARIS) == over + timedelta(
        hours=1
    )


def test_what_the_law_does_not_restart_does_not_restart() -> None:
    start = at("2026-11-23T15:00:00Z")
    with pytest.raises(NotRestartable, match="does not start again"):
        restart(deadline_rule("tco.xborder.request"), start)
    with pytest.raises(NotRestartable, match=r"not started again by tco\.preserve"):
        restart(deadline_rule("tco.execute"), start, restart_rule="tco.preserve")


def test_the_alarms_of_the_hour() -> None:
    rule = deadline_rule("tco.execute")
    start = at("2026-11-23T10:00:00Z")
    times = alarm_times(rule, start, due_at(rule, start, zone=PARIS))
    assert [(step.id, moment - start) for step, moment in times] == [
        ("receipt", timedelta(0)),
        ("minute_10", timedelta(minutes=10)),
        ("minute_20", timedelta(minutes=20)),
        ("minute_30", timedelta(minutes=30)),
        ("minute_45", timedelta(minutes=45)),
        ("minute_55", timedelta(minutes=55)),
        ("expiry", timedelta(hours=1)),
    ]


def test_steps_beyond_the_end_and_before_the_trigger_are_dropped() -> None:
    start = at("2026-11-23T10:00:00Z")
    short = alarm_times(deadline_rule("tco.execute"), start, start + timedelta(minutes=20))
    assert [step.id for step, _ in short] == ["receipt", "minute_10", "expiry"]
    late = alarm_times(deadline_rule("house.full_assessment"), start, start + timedelta(hours=3))
    assert [step.id for step, _ in late] == ["start", "hour_left", "expiry"]


def test_a_deadline_already_over_still_has_its_expiry() -> None:
    start = at("2026-11-23T10:00:00Z")
    assert [step.id for step, _ in alarm_times(deadline_rule("tco.execute"), start, start)] == ["expiry"]


@pytest.mark.parametrize(
    "identifier", ["tco.execute", "tco.feedback", "house.notice.assess", "dsa.report", "tco.imminent"]
)
def test_alarms_are_in_order_and_end_with_the_end(identifier: str) -> None:
    rule = deadline_rule(identifier)
    start = at("2026-11-23T10:00:00Z")
    due = due_at(rule, start, zone=PARIS)
    times = alarm_times(rule, start, due)
    assert all(earlier[1] <= later[1] for earlier, later in pairwise(times))
    assert times[-1][0].is_expiry
    assert times[-1][1] == due


def test_remaining_counts_down_through_zero() -> None:
    due = at("2026-11-23T11:00:00Z")
    plus_two = timezone(timedelta(hours=2))
    assert remaining(due, datetime(2026, 11, 23, 12, 30, tzinfo=plus_two)) == timedelta(minutes=30)
    assert remaining(due, at("2026-11-23T11:00:01Z")) == timedelta(seconds=-1)
    assert is_over(due, due)
    assert not is_over(due, due - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("identifier", "start", "latest"),
    [
        ("tco.execute", "2026-11-23T10:20:00Z", "2026-11-23T12:00:00Z"),
        ("tco.execute", "2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z"),
        ("tco.xborder.request", "2026-11-23T10:20:00Z", "2026-11-25T11:00:00Z"),
        ("tco.complaint", "2026-11-23T10:20:00Z", "2026-12-08T00:00:00Z"),
        ("tco.complaint", "2026-11-21T10:20:00Z", "2026-12-08T00:00:00Z"),  # Saturday moves to Monday
        ("tco.preserve", "2026-08-31T10:00:00Z", "2027-03-02T00:00:00Z"),  # 28 February 2027 is a Sunday
        ("ee.epoc", "2026-11-23T10:00:00Z", "2026-12-04T00:00:00Z"),
    ],
)
def test_the_latest_legal_end_is_apart_and_labelled(identifier: str, start: str, latest: str) -> None:
    rule = deadline_rule(identifier)
    found = legal_latest(rule, at(start))
    assert found is not None
    assert found.at == at(latest)
    assert found.at >= due_at(rule, at(start), zone="UTC")
    assert "1182/71" in found.basis
    assert "1182/71" in found.label


def test_the_hour_of_the_event_is_the_zones_hour() -> None:
    found = legal_latest(deadline_rule("tco.execute"), at("2026-11-23T10:20:00Z"), zone="Asia/Kolkata")
    assert found is not None
    assert found.at == at("2026-11-23T17:00:00+05:30")


def test_two_days_hold_two_working_days() -> None:
    rule = deadline_rule("fr.tco.appel")
    assert legal_latest(rule, at("2026-11-23T10:00:00Z")) is None  # French law counts by its own rules
    friday = at("2026-12-24T10:00:00Z")
    found = legal_latest(deadline_rule("ee.epoc"), friday, holidays="eu.institutions")
    assert found is not None
    assert found.at == at("2027-01-06T00:00:00Z")


@pytest.mark.parametrize(
    "identifier", ["house.full_assessment", "tco.feedback", "uk.ta2006.s3", "tco.hsp_report"]
)
def test_no_latest_end_where_the_regulation_does_not_speak(identifier: str) -> None:
    assert legal_latest(deadline_rule(identifier), at("2026-11-23T10:20:00Z")) is None


def test_a_period_of_one_day_needs_no_two_working_days() -> None:
    one_day = replace(deadline_rule("ee.epoc"), period=Period(1, Unit.DAYS))
    found = legal_latest(one_day, at("2026-11-23T10:20:00Z"))
    assert found is not None
    assert found.at == at("2026-11-25T00:00:00Z")
