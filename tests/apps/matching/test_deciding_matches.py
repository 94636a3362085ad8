"""People decide about what was recognised; what they decide is what signals and banks are measured by."""

import pytest

from entente.apps.banks import queries as bank_queries
from entente.apps.cases import queries as cases
from entente.apps.cases.errors import AssessmentIncomplete, CaseAlreadyDecided
from entente.apps.cases.models import Action
from entente.apps.cases.services import record_refusal
from entente.apps.deadlines.models import Deadline
from entente.apps.evidence.models import Preservation
from entente.apps.kernel.actors import SYSTEM
from entente.apps.matching import services
from entente.apps.matching.errors import NoSuchRecognition
from tests import world
from tests.apps.banks import acts as banks
from tests.apps.cases.filled import assess
from tests.apps.matching.acts import apply_all, check, confirmed, decide, in_force, recognition
from tests.apps.notices.acts import notice, ruling
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_disabling_after_assessment_preserves_tells_and_closes() -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    decision = decide(case_id, world.person("Rae Example", "reviewer"))
    assert cases.case_by_id(case_id).stage == "effect"
    apply_all(case_id)
    assert cases.case_by_id(case_id).state == "closed"
    assert Deadline.objects.get(rule_id="house.match.assess").state == "met"
    assert Preservation.objects.filter(case_id=case_id).exists()
    assert in_force(case_id).pk == decision.pk


def test_a_decision_measures_every_signal_that_brought_it_here() -> None:
    bank = banks.bank(policy="open_case")
    banks.one(bank.id)
    protecting = banks.bank(negative_kind="journalism", policy="observe")
    banks.one(protecting.id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    person = world.person("Rae Example", "reviewer")
    decide(case_id, person, outcome="keep")
    sums = {line.policy.id: (line.judged_right, line.judged_wrong) for line in bank_queries.banks()}
    assert sums == {bank.id: (0, 1), protecting.id: (0, 0)}
    assert cases.case_by_id(case_id).state == "closed"


def test_keeping_what_was_restricted_gives_it_back_meets_the_review_and_tells_the_person() -> None:
    confirmed(banks.restricting())
    check()
    case_id = recognition().case_id
    assert case_id is not None
    apply_all(case_id)
    kept = decide(case_id, world.person("Rae Example", "reviewer"), outcome="keep")
    assert (kept.outcome, kept.basis_id) == ("restore", "keep")
    assert Deadline.objects.get(rule_id="house.provisional_review").state == "met"
    assert Action.objects.get().state == "undoing"
    apply_all(case_id)
    assert cases.case_by_id(case_id).state == "closed"
    assert kept.statement.state == "sent"


def test_disabling_what_was_restricted_leaves_no_gap() -> None:
    confirmed(banks.restricting())
    check()
    case_id = recognition().case_id
    assert case_id is not None
    apply_all(case_id)
    decision = decide(case_id, world.person("Rae Example", "reviewer"))
    states = {action.decision_id: action.state for action in Action.objects.all()}
    assert states[decision.pk] == "pending"
    assert sorted(states.values()) == ["pending", "undoing"]
    apply_all(case_id)
    assert cases.case_by_id(case_id).state == "closed"


def test_nothing_is_decided_without_an_assessment() -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    (item,) = cases.items_of(case_id)
    with pytest.raises(AssessmentIncomplete):
        services.decide_match(
            case_id=case_id,
            item_id=item.id,
            ruling=ruling("disable"),
            assessment=None,  # type: ignore[arg-type] # what a careless caller does
            actor=banks.reviewer(),
            at=NOW,
        )


def test_of_two_people_who_decide_the_second_learns_of_the_first() -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    person = world.person("Rae Example", "reviewer")
    decide(case_id, person)
    (item,) = cases.items_of(case_id)
    with pytest.raises(CaseAlreadyDecided):
        services.decide_match(
            case_id=case_id,
            item_id=item.id,
            ruling=ruling("disable"),
            assessment=assess(case_id, person, road="notice", outcome="disable"),
            actor=person.actor,
            at=NOW,
        )


def test_a_case_that_began_otherwise_is_not_decided_here() -> None:
    received, person = notice(), world.person("Rae Example", "reviewer")
    (item,) = cases.items_of(received.case_id)
    with pytest.raises(NoSuchRecognition):
        services.decide_match(
            case_id=received.case_id,
            item_id=item.id,
            ruling=ruling("disable"),
            assessment=assess(received.case_id, person, road="notice", outcome="disable"),
            actor=person.actor,
            at=NOW,
        )


def test_a_platform_that_refuses_leaves_the_case_open() -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    decide(case_id, world.person("Rae Example", "reviewer"))
    record_refusal(action_id=Action.objects.get().pk, reason="not_ours", actor=SYSTEM, at=NOW)
    case = cases.case_by_id(case_id)
    assert (case.state, case.stage) == ("open", "effect")
