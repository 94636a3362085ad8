"""The deadline table: what the law reference asks for is there, with the right numbers."""

from datetime import timedelta

import pytest

from entente.core.law.errors import UnknownRule
from entente.core.law.rules import Anchor, RuleKind, Unit, Who, deadline_rule, deadline_rules


@pytest.mark.parametrize(
    ("identifier", "value", "unit"),
    [
        ("tco.prior_info", 12, Unit.HOURS),
        ("tco.execute", 3600, Unit.SECONDS),
        ("tco.execute.restart_fm", 3600, Unit.SECONDS),
        ("tco.execute.restart_clar", 3600, Unit.SECONDS),
        ("tco.xborder.own_scrutiny", 72, Unit.HOURS),
        ("tco.xborder.request", 48, Unit.HOURS),
        ("tco.xborder.decide", 72, Unit.HOURS),
        ("tco.preserve", 6, Unit.CALENDAR_MONTHS),
        ("tco.nondisclosure", 6, Unit.WEEKS),
        ("tco.complaint", 2, Unit.WEEKS),
        ("tco.exposed.report", 3, Unit.CALENDAR_MONTHS),
        ("tco.hsp_report", 301, Unit.DATE_OF_NEXT_YEAR),
        ("tco.ms_data", 401, Unit.DATE_OF_NEXT_YEAR),
        ("fr.tco.recours_ta", 48, Unit.HOURS),
        ("fr.tco.ta_ruling", 72, Unit.HOURS),
        ("fr.tco.appel", 10, Unit.DAYS),
        ("fr.lcen.withdraw", 24, Unit.HOURS),
        ("fr.lcen.recheck", 1, Unit.QUARTERS),
        ("dsa.complaint.access", 6, Unit.CALENDAR_MONTHS),
        ("dsa.odr", 90, Unit.DAYS),
        ("ee.epoc.emergency", 8, Unit.HOURS),
        ("bud.preserve", 90, Unit.DAYS),
        ("uk.ta2006.s3", 2, Unit.WORKING_DAYS),
        ("au.osa.s109", 24, Unit.HOURS),
        ("nz.takedown", 24, Unit.HOURS),
        ("in.rule3_1_d", 3, Unit.HOURS),
        ("tr.8a", 4, Unit.HOURS),
        ("house.full_assessment", 24, Unit.HOURS),
        ("house.verify_unverified_order", 1, Unit.END_OF_WORKING_DAY),
        ("house.second_look", 1, Unit.WORKING_DAYS),
        ("house.complaint.decide", 2, Unit.WEEKS),
    ],
)
def test_the_table_holds_what_the_law_says(identifier: str, value: int, unit: Unit) -> None:
    period = deadline_rule(identifier).period
    assert (period.value, period.unit) == (value, unit)


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(UnknownRule, match=r"no deadline rule 'tco\.never'"):
        deadline_rule("tco.never")


def test_the_hour_wakes_people_as_agreed() -> None:
    steps = deadline_rule("tco.execute").alarms
    minutes = [step.offset / timedelta(minutes=1) for step in steps if step.anchor is Anchor.TRIGGER]
    assert minutes == [0, 10, 20, 30, 45, 55]
    assert steps[-1].is_expiry
    assert [step.who for step in steps] == [
        Who.ON_CALL,
        Who.ON_CALL,
        Who.BACKUP,
        Who.SENIOR,
        Who.ALL,
        Who.ALL,
        Who.ALL,
    ]
    assert all(step.announce for step in steps)


def test_the_hour_restarts_on_both_grounds_and_only_the_orders_clock_does() -> None:
    restartable = {rule.id for rule in deadline_rules().values() if rule.restarted_by}
    assert restartable == {"tco.execute", "tco.execute.restart_fm", "tco.execute.restart_clar"}


def test_house_rules_say_so() -> None:
    for rule in deadline_rules().values():
        assert rule.is_house_rule == rule.id.startswith("house.")
        if rule.is_house_rule:
            assert rule.period_set_by == "house"


def test_the_full_assessment_leaves_a_day_of_the_scrutiny_window() -> None:
    window = deadline_rule("tco.xborder.request").period.value
    assert window - deadline_rule("house.full_assessment").period.value == 24


def test_minimum_and_window_are_told_from_a_limit() -> None:
    assert deadline_rule("tco.prior_info").kind is RuleKind.MINIMUM
    assert deadline_rule("dsa.complaint.access").kind is RuleKind.WINDOW
    assert deadline_rule("tco.execute").kind is RuleKind.LIMIT
