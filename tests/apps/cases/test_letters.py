"""The short message in an inbox and the words to the platform: an order is an order, a referral is none."""

from typing import Any

import pytest

from entente.apps.cases import letters, platform, queries
from entente.apps.cases.models import Decision, StatementOfReasons
from entente.apps.cases.whereabouts import where
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.notices import acts
from tests.apps.orders.acts import end, executed
from tests.world import NOW

pytestmark = pytest.mark.django_db
UNIT = "Referral Unit of Examples"
LINK = "https://host.example/letters/x"


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def short(letter: StatementOfReasons, language: str = "en") -> str:
    return letters.short_texts(letter, LINK)[language]["text"]


def told_platform(decision: Decision) -> Any:
    action = queries.action_of_decision(decision.pk)
    assert action is not None
    return platform.measure_of(action, "action.apply")["basis"]


def after_a_referral() -> StatementOfReasons:
    """Disable content that a referral unit pointed out, by the host's own decision."""
    unit = world.office(UNIT, kind="referral_unit", competences=["refer"])
    found = acts.notice(kind="referral", authority_id=unit.facts.id, notifier_mail="", good_faith=False)
    acts.decide(found, world.person("Rae Example", "reviewer"), state_involved=UNIT)
    acts.apply_all(found.case_id)
    return StatementOfReasons.objects.get()


def test_after_a_referral_no_order_is_claimed_and_the_states_part_is_disclosed() -> None:
    letter = after_a_referral()
    text = short(letter)
    assert "binding order" not in text
    assert "territory the order names" not in text
    assert f"{UNIT}, a public authority, told us about it. That was a referral, not an order" in text
    assert "in these countries: France, Germany" in text
    assert "You can lodge a complaint" in text


def test_after_a_referral_the_platform_is_told_who_pointed_it_out_and_that_nobody_demanded_it() -> None:
    basis = told_platform(after_a_referral().decision)
    assert (basis["id"], basis["authority"], basis["referred_by"]) == ("dsa.illegal_content", "", UNIT)


def test_an_order_is_named_as_one() -> None:
    executed(world.office())
    letter = StatementOfReasons.objects.get()
    assert "This follows a binding order of Office for Exercises." in short(letter)
    assert "in all Member States of the European Union" in short(letter)
    basis = told_platform(letter.decision)
    assert (basis["authority"], basis["referred_by"]) == ("Office for Exercises", "")


def test_a_notice_names_no_state() -> None:
    _found, decision, _person = acts.disabled()
    basis = told_platform(decision)
    assert (basis["authority"], basis["referred_by"]) == ("", "")
    text = short(StatementOfReasons.objects.get())
    assert "A person decided this after an assessment." in text
    assert "authority" not in text


def test_scrutiny_is_promised_for_an_order_of_another_state_only() -> None:
    executed(world.office())
    assert "within 48 hours" in short(StatementOfReasons.objects.get())


def test_an_order_of_the_hosts_own_state_promises_no_scrutiny() -> None:
    executed(world.office(country="FR"))
    text = short(StatementOfReasons.objects.get())
    assert "48 hours" not in text
    assert "You can go to court, and tell us why the order is wrong." in text


def test_a_room_that_knows_no_scrutiny_promises_none() -> None:
    executed(world.office())
    letter = StatementOfReasons.objects.get()
    letter.decision.case.intake_kind = "other"
    assert "48 hours" not in short(letter)


def test_countries_are_named_in_the_readers_language() -> None:
    acts.disabled()
    assert "Allemagne" in short(StatementOfReasons.objects.get(), "fr")


def test_a_restoration_says_why_and_names_no_road() -> None:
    order, _person = executed(world.office())
    end(order)
    text = short(StatementOfReasons.objects.get(decision__outcome="restore"))
    assert "has been restored" in text
    assert "You can" not in text


def test_everywhere_and_with_a_warning_are_said_so() -> None:
    found = acts.notice()
    assess(found.case_id, world.person(), road="notice", outcome="warning_label")
    decision = acts.decide(found, world.person("Rae Example", "reviewer"), outcome="warning_label")
    acts.apply_all(found.case_id)
    assert "It stays available." in short(StatementOfReasons.objects.get(decision=decision))
    decision = Decision(item=decision.item, case=decision.case, outcome="disable", scope_kind="worldwide")
    assert "anywhere on this service" in letters._what(decision)
    assert where("worldwide", ()) == "everywhere on this service"


@pytest.mark.parametrize(("spoken", "first"), [(["fr", "en"], "fr"), (["sv", "de"], "de"), (["sv"], "en")])
def test_the_hosts_language_is_the_first_one_this_program_speaks(spoken: list[str], first: str) -> None:
    world.host(at=NOW, languages=spoken)
    assert letters.host_language() == first
