"""The law data as a whole, and the sentences to translate."""

import re
from dataclasses import replace
from typing import Any

import pytest

from entente.core.law import bases, calendars, catalogue, orders, rules, silence
from entente.core.law.catalogue import check_law_data, messages
from entente.core.law.errors import LawDataError
from entente.core.law.texts import Said


def test_the_shipped_data_are_right_as_a_whole() -> None:
    check_law_data()


def test_faults_of_several_files_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*faults: str) -> Any:
        def load() -> None:
            raise LawDataError(faults)

        return load

    monkeypatch.setattr(catalogue, "_LOADERS", (broken("a: one", "a: two"), broken("a: two", "b: three")))
    with pytest.raises(LawDataError) as raised:
        check_law_data()
    assert raised.value.problems == ("a: one", "a: two", "b: three")
    assert "- b: three" in str(raised.value)


def test_files_that_contradict_each_other_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    notice = rules.deadline_rule("uk.ta2006.s3")
    monkeypatch.setattr(
        rules, "deadline_rules", lambda: {"x": replace(notice, id="x", calendar="mars", zone="Mars/One")}
    )
    keep = bases.basis("keep")
    order = orders.order_type("eu.tco.removal_order")
    monkeypatch.setattr(
        orders, "order_types", lambda: {"o": replace(order, id="o", preservation_ground="none")}
    )
    monkeypatch.setattr(bases, "bases", lambda: {"b": replace(keep, id="b", preservation_ground="none")})
    with pytest.raises(LawDataError) as raised:
        check_law_data()
    assert raised.value.problems == (
        "deadlines.rule[x]: calendar 'mars' is not in calendars",
        "deadlines.rule[x]: zone 'Mars/One' is no time zone",
        "o: preservation_ground 'none' is not in preservation",
        "b: preservation_ground 'none' is not in preservation",
        "silences[tco.art11_3]: order type 'eu.tco.removal_order' is not in order_types",
    )


def test_a_rule_without_calendar_or_with_a_real_one_is_right() -> None:
    assert rules.deadline_rule("uk.ta2006.s3").calendar in calendars.working_calendars()
    assert silence.silence_rules()


def test_every_sentence_is_listed_once_and_well_formed() -> None:
    listed = messages()
    assert len(listed) == len(set(listed))
    assert len(listed) > 300
    for message in listed:
        names = re.findall(r"%\((\w+)\)s", message)
        assert message % dict.fromkeys(names, "x")
        assert message.count("%") == len(names)


def test_a_sentence_fills_its_parameters_in() -> None:
    said = Said(code="x", message="%(who)s waits", params={"who": "Nobody"})
    assert said.text == "Nobody waits"
    assert hash(said) == hash(Said(code="x", message="%(who)s waits"))
