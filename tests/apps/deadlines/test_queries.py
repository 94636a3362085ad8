"""Reading the clock room."""

from datetime import timedelta

import pytest

from entente.apps.deadlines import queries, services
from entente.apps.deadlines.errors import NoSuchDeadline
from entente.apps.kernel.ids import new_id
from tests.apps.deadlines.conftest import ACTOR, AT, CLARIFIED, HOUR, minutes, of, person, start

pytestmark = pytest.mark.django_db


def test_a_case_shows_what_runs_and_its_nearest_duty() -> None:
    case = new_id()
    request = start(rule_id="tco.xborder.request", case_id=case)
    hour = start(case_id=case)
    somebody_elses = start(
        rule_id="tco.xborder.own_scrutiny", case_id=case, trigger_at=AT - timedelta(hours=71)
    )
    start(subject_id=new_id(), case_id=new_id())
    running = {line.id for line in queries.running_for_case(case)}
    assert running == {request.id, hour.id, somebody_elses.id}
    nearest = queries.next_due(case)
    assert nearest is not None
    assert (nearest.id, nearest.rule_id, nearest.due_at) == (hour.id, HOUR, AT + timedelta(hours=1))
    assert nearest.announce_at[0] == AT
    assert nearest.title
    assert "2021/784" in nearest.basis
    services.meet_deadline(**of(hour), met_at=AT, at=AT)
    after = queries.next_due(case)
    assert after is not None
    assert after.id == request.id
    assert len(queries.all_for_case(case)) == 3
    assert queries.next_due(new_id()) is None


def test_the_nearest_of_the_instance_and_what_ended_unmet() -> None:
    late = start(trigger_at=AT - timedelta(hours=3))
    soon = start(subject_id=new_id())
    services.sweep(at=AT)
    assert [line.id for line in queries.nearest()] == [soon.id]
    assert [line.id for line in queries.expired()] == [late.id]
    assert not queries.expired(since=AT)


def test_what_is_overdue_stays_the_most_pressing_of_its_case() -> None:
    case = new_id()
    assert queries.most_pressing(case) is None
    hour = start(case_id=case)
    start(rule_id="tco.xborder.request", case_id=case)
    services.sweep(at=AT + minutes(61))
    pressing, nearest = queries.most_pressing(case), queries.next_due(case)
    assert pressing is not None
    assert nearest is not None
    assert (pressing.id, pressing.state) == (hour.id, "expired")
    assert nearest.rule_id == "tco.xborder.request"


def test_one_deadline_those_of_a_subject_and_a_history() -> None:
    person("olga", "on_call")
    deadline = start()
    other = start(rule_id="tco.preserve")
    services.sweep(at=AT + minutes(11))
    services.restart_deadline(
        **of(deadline), from_at=AT + minutes(20), ground=CLARIFIED, actor=ACTOR, at=AT + minutes(20)
    )
    services.sweep(at=AT + minutes(80))
    services.meet_deadline(**of(deadline), met_at=AT + minutes(90), at=AT + minutes(91))
    line = queries.deadline(deadline.id)
    assert (line.state, line.restarts, line.is_met_in_time) == ("met", 1, False)
    whats = [event.what for event in queries.history(deadline.id)]
    assert whats[0] == "started"
    assert whats[-1] == "met"
    assert {"missed", "rung", "restarted", "expired"} <= set(whats)
    assert {row.id for row in queries.of_subject("removal_order", deadline.subject_id)} == {
        deadline.id,
        other.id,
    }
    only = queries.of_subject("removal_order", deadline.subject_id, rule_ids=["tco.preserve"])
    assert [row.id for row in only] == [other.id]
    with pytest.raises(NoSuchDeadline):
        queries.history(new_id())


def test_a_sweeper_that_is_behind_is_noticed() -> None:
    assert queries.oldest_unswept(at=AT) is None
    start()
    assert queries.oldest_unswept(at=AT + minutes(2)) == minutes(2)
