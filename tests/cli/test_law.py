"""`entente law`: what a person reads comes from the data."""

import json

from entente.cli.law import period_in_words
from entente.core.law.rules import Period, Unit, deadline_rules
from tests.cli.trees import entente


def test_the_list_holds_every_rule() -> None:
    done = entente("law", "list", "--json")
    assert done.returncode == 0
    assert {rule["id"] for rule in json.loads(done.stdout)} == set(deadline_rules())


def test_one_rule_is_shown_with_its_article() -> None:
    rule = next(iter(deadline_rules().values()))
    done = entente("law", "show", rule.id)
    assert done.returncode == 0
    assert rule.basis.split(",")[0] in done.stdout
    assert entente("law", "show", "law.of.the.jungle").returncode == 2


def test_the_data_is_consistent() -> None:
    assert entente("law", "check").returncode == 0


def test_periods_in_words() -> None:
    assert period_in_words(Period(6, Unit.CALENDAR_MONTHS)) == "6 calendar months"
    assert period_in_words(Period(301, Unit.DATE_OF_NEXT_YEAR)) == "01.03. of the next year"
