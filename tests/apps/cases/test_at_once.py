"""Several people (and a clock that jumps) at one case, on a SQLite file with real transactions."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import CaseAlreadyDecided
from entente.apps.cases.models import Action, Case, Decision
from entente.apps.complaints import services as complaints
from entente.apps.complaints.models import Complaint
from entente.apps.deadlines import services as deadlines
from entente.apps.deadlines.models import Deadline
from entente.apps.kernel.actors import PUBLIC, SYSTEM, Actor
from entente.apps.kernel.errors import Conflict
from entente.apps.notices import services as notices
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.cases.filled import WORDS, assess
from tests.apps.deliveries.filedb import at_once, database_file, empty_database_file
from tests.apps.notices.acts import disabled, notice, ruling
from tests.world import ALL_YES, NOW

__all__ = ["database_file", "empty_database_file"]


@pytest.fixture(autouse=True)
def _on_a_file(database_file: Path) -> None:
    world.host()


def refusals(results: list[Any]) -> list[Exception]:
    return [result for result in results if isinstance(result, Exception)]


def test_two_reviewers_decide_at_once_and_one_of_them_learns_of_the_other() -> None:
    found = notice()
    (item,) = cases.items_of(found.case_id)
    jobs: list[Callable[[], Any]] = []
    for name, outcome in (("Rae Example", "disable"), ("Sam Example", "keep")):
        person = world.person(name, "reviewer")
        assessment = assess(found.case_id, person, road="notice", outcome=outcome)
        jobs.append(
            lambda person=person, assessment=assessment, outcome=outcome: notices.decide_notice(  # type: ignore[misc]
                notice_id=found.id,
                item_id=item.id,
                ruling=ruling(outcome),
                assessment=assessment,
                actor=person.actor,
                at=NOW,
            )
        )
    (refused,) = refusals(at_once(*jobs))
    assert isinstance(refused, CaseAlreadyDecided)
    decision = Decision.objects.get()
    assert Action.objects.count() == (1 if decision.outcome == "disable" else 0)


def test_an_order_is_executed_once_whoever_presses_the_key() -> None:
    order = world.receive(by=world.office()).order

    def press(actor: Actor) -> RemovalOrder:
        return order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=actor, at=NOW)

    people = [world.actor("on_call", name=f"Tom {number} Example") for number in range(4)]
    results = at_once(*[lambda who=who: press(who) for who in people])
    assert [type(error) for error in refusals(results)] == [NotInThisState] * 3
    assert (Action.objects.count(), len(orders.checks_of(order.id))) == (1, 1)


def test_the_same_order_by_four_doors_at_once_is_one() -> None:
    office = world.office()
    results = at_once(*[lambda: world.receive(by=office) for _door in range(4)])
    assert not refusals(results)
    assert sorted(result.is_duplicate for result in results) == [False, True, True, True]
    assert (RemovalOrder.objects.count(), Case.objects.count()) == (1, 1)
    assert Deadline.objects.filter(rule_id="tco.execute").count() == 1


def test_an_order_is_withdrawn_while_its_effect_arrives() -> None:
    order = world.receive(by=world.office()).order
    order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    action = Action.objects.get()
    senior = world.actor("senior_reviewer")
    results = at_once(
        lambda: case_services.record_effect(action_id=action.id, effect_at=NOW, actor=SYSTEM, at=NOW),
        lambda: order_services.end_order(
            order_id=order.id,
            fate="withdrawn",
            by_whom="Office",
            document="",
            happened_at=NOW,
            actor=senior,
            at=NOW,
        ),
    )
    assert not refusals(results)
    assert orders.order(order.id).fate == "withdrawn"
    action.refresh_from_db()
    assert action.state in {"undoing", "undone"}
    decision = cases.items_of(order.case_id)[0].decision
    assert decision is not None
    assert decision.outcome == "restore"


def test_a_complaint_is_decided_once() -> None:
    found, decision, _first = disabled()
    complaint = complaints.lodge_complaint(
        decision=decision,
        complainant="affected",
        informed_at=NOW,
        text="It was a report about the event.",
        contact_mail="",
        language="en",
        actor=PUBLIC,
        at=NOW,
    )
    people = [world.actor("senior_reviewer", name=f"Sam {number} Example") for number in range(3)]
    results = at_once(
        *[
            lambda who=who: complaints.uphold_complaint(
                complaint_id=complaint.id, reasons=WORDS, actor=who, at=NOW
            )
            for who in people
        ]
    )
    assert len(refusals(results)) == 2
    assert all(isinstance(error, Conflict) for error in refusals(results))
    assert Decision.objects.filter(outcome="restore").count() == 1
    assert Complaint.objects.get().state == "upheld"
    assert cases.case_by_id(found.case_id).state == "open"


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3), timedelta(days=400)])
def test_a_clock_that_jumps_loses_no_order(jump: timedelta) -> None:
    """The machine's clock is wrong from the check on: the order is executed, answered and never twice."""
    order = world.receive(by=world.office()).order
    at = NOW + jump
    deadlines.sweep(at=at)
    order_services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=at)
    deadlines.sweep(at=NOW)
    action = Action.objects.get()
    case_services.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)
    deadlines.sweep(at=at)
    found = orders.order(order.id)
    assert found.execution == "executed"
    assert len(orders.answers_of(order.id)) == 1
    hour = Deadline.objects.get(rule_id="tco.execute")
    assert hour.state == "met"
    assert hour.due_at == NOW + timedelta(hours=1)
