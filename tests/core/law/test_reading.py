"""The data files: every fault at once, nothing silently defaulted."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from entente.core.law import (
    assessment,
    bases,
    calendars,
    intake,
    preservation,
    routes,
    rules,
    silence,
    territories,
)
from entente.core.law.errors import LawDataError
from entente.core.law.orders import read_order_types
from entente.core.law.reading import Certainty, Problems, Record, read_data

READERS: dict[str, Callable[[Mapping[str, object]], object]] = {
    "deadlines.toml": rules.read_rules,
    "calendars.toml": calendars.read_calendars,
    "territories.toml": territories.read_territories,
    "order_types.toml": read_order_types,
    "bases.toml": bases.read_bases,
    "preservation.toml": preservation.read_preservation,
    "silences.toml": silence.read_silences,
    "routes.toml": routes.read_routes,
    "assessment.toml": assessment.read_assessment,
    "intake.toml": intake.read_intake,
}


def table(name: str) -> dict[str, Any]:
    return deepcopy(dict(read_data(name)))


def faults(name: str, content: Mapping[str, object]) -> tuple[str, ...]:
    with pytest.raises(LawDataError) as raised:
        READERS[name](content)
    return raised.value.problems


@pytest.mark.parametrize("name", READERS)
def test_each_shipped_file_is_valid(name: str) -> None:
    assert READERS[name](table(name))


@pytest.mark.parametrize("name", READERS)
def test_an_unknown_key_is_a_fault(name: str) -> None:
    content = table(name)
    content["misspelt"] = 1
    assert any("misspelt is not a known key" in fault for fault in faults(name, content))


@pytest.mark.parametrize("name", READERS)
def test_an_empty_file_lists_faults_instead_of_crashing(name: str) -> None:
    assert faults(name, {})


FIRST_LISTS = {
    "deadlines.toml": "rule",
    "calendars.toml": "calendar",
    "territories.toml": "territory",
    "order_types.toml": "order_type",
    "bases.toml": "basis",
    "preservation.toml": "ground",
    "silences.toml": "silence",
    "routes.toml": "route",
    "assessment.toml": "question",
    "intake.toml": "signal",
}


@pytest.mark.parametrize(("name", "key"), FIRST_LISTS.items())
def test_an_id_written_twice_is_a_fault(name: str, key: str) -> None:
    content = table(name)
    content[key].append(deepcopy(content[key][0]))
    assert any("is written twice" in fault for fault in faults(name, content))


@pytest.mark.parametrize(("name", "key"), FIRST_LISTS.items())
def test_every_fault_of_a_record_is_listed_at_once(name: str, key: str) -> None:
    content = table(name)
    content[key][0] = {"id": "", "strange": 1}
    found = faults(name, content)
    assert len(found) >= 2
    assert any("id must be a text" in fault for fault in found)
    assert any("strange" in fault for fault in found)


def test_every_record_knows_where_it_comes_from() -> None:
    for rule in rules.deadline_rules().values():
        assert rule.source
        assert rule.as_of <= date(2026, 11, 23)
        assert rule.certainty in Certainty


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("period", {"value": 0, "unit": "hours"}, "at least 1"),
        ("period", {"value": True, "unit": "hours"}, "at least 1"),
        ("period", {"value": 1, "unit": "fortnights"}, "which is none of"),
        ("period", {"value": 1399, "unit": "date_of_next_year"}, "month times 100"),
        ("period", {"value": 132, "unit": "date_of_next_year"}, "month times 100"),
        ("period", 3, "must be a table"),
        ("ladder", "stairs", "is not written in this file"),
        ("kind", "wish", "which is none of"),
        ("strict", "yes", "must be true or false"),
        ("restarted_by", "tco.execute", "must be a list of texts"),
        ("restarted_by", ["tco.never"], "which is not a rule"),
        ("period_set_by", "me", "must be law or house"),
        ("certainty", "sure", "which is none of"),
        ("as_of", "today", "as_of must be a date"),
        ("source", "", "source must be a text"),
    ],
)
def test_a_wrong_value_of_a_rule_is_named(key: str, value: object, message: str) -> None:
    content = table("deadlines.toml")
    content["rule"][1][key] = value
    found = faults("deadlines.toml", content)
    assert any(message in fault and "tco.execute" in fault for fault in found)


def test_a_ladder_without_an_end_and_with_ambiguous_steps_is_named() -> None:
    content = table("deadlines.toml")
    content["ladder"].append({"id": "odd", "steps": [{"id": "x", "who": "nobody", "announce": True}]})
    found = faults("deadlines.toml", content)
    assert any("write exactly one of after" in fault for fault in found)
    assert any("which is none of" in fault for fault in found)
    content["ladder"][-1]["steps"] = [{"id": "x", "who": "all", "announce": True, "after": {"minutes": 1}}]
    assert any("no step at the end" in fault for fault in faults("deadlines.toml", content))


@pytest.mark.parametrize(
    ("holiday", "message"),
    [
        ({"name": "x"}, "write exactly one of fixed"),
        ({"name": "x", "fixed": "13-01"}, "a month and a day"),
        ({"name": "x", "easter": "soon"}, "whole number"),
        ({"name": "x", "once": "soon"}, "must be a date"),
        ({"name": "x", "nth": {"month": 0, "weekday": 1, "which": 1}}, "at least 1"),
    ],
)
def test_a_wrong_holiday_is_named(holiday: dict[str, object], message: str) -> None:
    content = table("calendars.toml")
    content["calendar"][0]["holidays"] = [holiday]
    assert any(message in fault for fault in faults("calendars.toml", content))


def test_a_wrong_end_of_the_day_is_named() -> None:
    content = table("calendars.toml")
    content["calendar"][0]["day_ends"] = "late"
    assert any("time of day" in fault for fault in faults("calendars.toml", content))


def test_territories_hold_country_codes_and_known_invented_states() -> None:
    content = table("territories.toml")
    content["territory"][0]["members"].append("Francia")
    content["territory"][0]["exercise_members"].append("XQ")
    found = faults("territories.toml", content)
    assert any("Francia" in fault for fault in found)
    assert any("'XQ', which is no exercise_state" in fault for fault in found)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("jurisdiction", "Atlantis", "no territory"),
        ("execute_rule", "nope", "no deadline rule"),
        ("restart_rules", ["nope"], "no deadline rule"),
        ("required_elements", [{"id": "moon", "article": "x"}], "is no element"),
        ("required_elements", [3], "must be a list of tables"),
        ("in_force_from", "soon", "must be a date"),
        ("reach", ["everywhere"], "which is none of"),
        ("competence", "everything", "which is none of"),
        ("floor", {}, "defined_ground is missing"),
    ],
)
def test_a_wrong_value_of_an_order_type_is_named(key: str, value: object, message: str) -> None:
    content = table("order_types.toml")
    content["order_type"][0][key] = value
    assert any(message in fault for fault in faults("order_types.toml", content))


def test_an_order_type_needs_a_clock_and_a_beginning() -> None:
    content = table("order_types.toml")
    del content["order_type"][0]["execute_rule"]
    del content["order_type"][0]["in_force_from"]
    found = faults("order_types.toml", content)
    assert any("execute_rule is missing" in fault for fault in found)
    assert any("in_force_from is missing" in fault for fault in found)


def test_bases_name_known_rules_and_types_belong_to_their_kind() -> None:
    content = table("bases.toml")
    content["basis"][0]["deadline_rules"] = ["nope"]
    content["basis"][1]["jurisdiction"] = "Atlantis"
    del content["ground"][0]["tco_type"]
    content["ground"][-1]["tco_type"] = "a_incites"
    found = faults("bases.toml", content)
    assert any("no deadline rule" in fault for fault in found)
    assert any("no territory" in fault for fault in found)
    assert sum("tco_type belongs" in fault for fault in found) == 2


def test_silences_routes_questions_and_words_are_checked() -> None:
    content = table("silences.toml")
    content["silence"][0]["first_rule"] = "nope"
    assert any("no deadline rule" in fault for fault in faults("silences.toml", content))
    content = table("routes.toml")
    content["route"][0]["entry"] = content["route"][0]["entry"][1:]
    content["route"][1]["deadline_rule"] = "nope"
    content["route"][0]["stops_rules"] = ["house.full_assessment", "never"]
    del content["route"][2]
    found = faults("routes.toml", content)
    assert any("stops_rules names 'never'" in fault for fault in found)
    assert any("no entry for any other country" in fault for fault in found)
    assert any("no deadline rule" in fault for fault in found)
    assert any("no route 'data_request'" in fault for fault in found)
    content = table("assessment.toml")
    content["question"][0]["if_no"] = "shrug"
    content["question"][1]["annex3_ground"] = "manifest_error"
    found = faults("assessment.toml", content)
    assert any("if_no must be" in fault for fault in found)
    assert sum("annex3_ground belongs" in fault for fault in found) == 2
    content = table("intake.toml")
    content["signal"].pop()
    content["signal"][0]["words"] = []
    content["signal"][1]["laws"] = [{"order_type": "xx.unheard_of", "words": ["x"], "strange": 1}]
    found = faults("intake.toml", content)
    assert any("the signals must be" in fault for fault in found)
    assert any("'xx.unheard_of', which is no order type" in fault for fault in found)
    assert any("strange is not a known key" in fault for fault in found)


def test_a_record_reads_defaults_and_lists() -> None:
    problems = Problems()
    record = Record({"days": [1, 2], "texts": "x"}, "here", problems)
    assert record.records("absent", required=False) == []
    assert record.records("days") == []
    assert record.whole("absent", least=3, default=5) == 5
    assert record.whole("absent", least=3) == 3
    assert record.record("absent", required=False).texts("x") == ()
    assert record.where == "here"
    with pytest.raises(LawDataError, match="here: days must be a list of tables") as raised:
        problems.raise_if_any()
    assert len(raised.value.problems) == 2


def test_nothing_is_raised_without_a_problem() -> None:
    Problems().raise_if_any()
