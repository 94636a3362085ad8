"""Clocks that start, start again, are corrected, met or called off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from entente.apps.audit import queries as audit
from entente.apps.deadlines import plans, queries, services
from entente.apps.deadlines.errors import (
    DeadlineNotRestartable,
    DeadlineNotSuspendable,
    DeadlineSettled,
    NoSuchDeadline,
    ProofMissing,
    UnknownDeadlineRule,
)
from entente.apps.deadlines.models import Deadline, DeadlineRestart
from entente.apps.kernel.ids import new_id
from entente.apps.parties.models import HostProfile
from tests.apps.deadlines.conftest import (
    ACTOR,
    AT,
    CLARIFIED,
    HOUR,
    fresh,
    minutes,
    of,
    person,
    rung,
    shift,
    start,
    woken,
)
from tests.apps.deliveries.filedb import at_once

pytestmark = pytest.mark.django_db


def test_the_hour_ends_3600_seconds_after_receipt_and_rings_at_once(changed: list[UUID]) -> None:
    case = new_id()
    deadline = start(case_id=case, trigger_at=AT - minutes(3))
    assert deadline.due_at == AT - minutes(3) + timedelta(seconds=3600)
    assert deadline.next_alarm_at == AT - minutes(3)
    assert deadline.legal_latest is not None
    assert deadline.legal_latest >= deadline.due_at
    assert deadline.is_duty
    assert changed == [case]


def test_starting_twice_is_starting_once(changed: list[UUID]) -> None:
    first = start()
    assert start(trigger_at=AT + minutes(5)).id == first.id
    assert fresh(first).trigger_at == AT
    assert start(subject_id=new_id()).id != first.id
    assert start(rule_id="tco.xborder.request").id != first.id
    assert not changed  # none of them belongs to a case


def test_starting_the_hour_costs_one_insert_and_no_read() -> None:
    with CaptureQueriesContext(connection) as captured:
        start()
    statements = [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]]
    assert statements == ["INSERT"]


def test_several_workers_that_start_the_same_clock_start_one(database_file: object) -> None:
    subject = new_id()
    started = at_once(*[lambda: start(subject_id=subject).id] * 4)
    assert len(set(started)) == 1


def test_a_rule_the_law_data_does_not_hold_starts_nothing() -> None:
    with pytest.raises(UnknownDeadlineRule):
        start(rule_id="tco.invented")


def test_the_database_holds_one_running_clock_per_subject_and_rule() -> None:
    deadline = start()
    copy = fresh(deadline)
    copy.pk = new_id()
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize(
    ("hats", "rule_id", "is_duty"),
    [
        ("platform", HOUR, True),
        ("platform", "tco.xborder.own_scrutiny", False),
        ("authority", "tco.xborder.own_scrutiny", True),
        ("authority", HOUR, False),
        ("platform", "dsa.complaint.access", False),
        ("partner", HOUR, False),
    ],
)
def test_a_duty_is_a_limit_of_somebody_on_this_instance(
    configure: Callable[..., None], *, hats: str, rule_id: str, is_duty: bool
) -> None:
    configure(hats=hats)
    assert start(rule_id=rule_id).is_duty is is_duty


def test_working_days_are_those_of_the_hosts_establishment() -> None:
    assert plans.calendar_of("FR") == "fr"
    assert plans.calendar_of("GB") == "uk"
    assert plans.calendar_of("XX") == plans.calendar_of("") == "weekends"
    HostProfile.objects.create(
        name="Agora", established_in="FR", contact_point_mail="desk@host.example", updated_at=AT
    )
    # 14 July 2026 is a Tuesday: a working day, except where it is the national holiday.
    deadline = start(rule_id="house.verify_unverified_order", trigger_at=AT.replace(month=7, day=14))
    assert deadline.due_at.day == 15


def test_a_clock_starts_again_by_an_appended_event(changed: list[UUID]) -> None:
    person("olga", "on_call")
    deadline = start(case_id=new_id())
    services.sweep(at=AT)
    assert woken(deadline, only_open=True)
    moment = AT + minutes(40)
    services.restart_deadline(
        **of(deadline), from_at=moment, ground=CLARIFIED, actor=ACTOR, at=moment, note="They wrote back."
    )
    after = fresh(deadline)
    assert (after.run, after.starts_at, after.due_at) == (1, moment, moment + timedelta(hours=1))
    assert after.trigger_at == AT
    assert not woken(deadline, only_open=True)
    row = DeadlineRestart.objects.get()
    assert (row.previous_due_at, row.new_due_at, row.ground) == (
        AT + timedelta(hours=1),
        after.due_at,
        CLARIFIED,
    )
    services.sweep(at=moment)
    assert rung(deadline) == ["receipt", "receipt"]
    assert len(changed) == 2


def test_a_restart_is_never_rewritten() -> None:
    deadline = start()
    services.restart_deadline(**of(deadline), from_at=AT, ground=CLARIFIED, actor=ACTOR, at=AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        DeadlineRestart.objects.update(ground="another")


def test_an_expired_clock_can_start_again_and_that_it_expired_stays_written() -> None:
    deadline = start()
    services.sweep(at=AT + minutes(61))
    assert fresh(deadline).state == "expired"
    services.restart_deadline(
        **of(deadline), from_at=AT + minutes(90), ground=CLARIFIED, actor=ACTOR, at=AT + minutes(90)
    )
    assert fresh(deadline).state == "running"
    assert fresh(deadline).expired_at is None
    assert DeadlineRestart.objects.get().previous_state == "expired"


def test_only_the_law_and_only_on_its_grounds_starts_a_clock_again() -> None:
    deadline = start()
    again: dict[str, Any] = {"from_at": AT, "actor": ACTOR, "at": AT}
    with pytest.raises(DeadlineNotRestartable):
        services.restart_deadline(**of(deadline), **again, ground="because")
    with pytest.raises(DeadlineNotRestartable):
        services.restart_deadline(**of(start(rule_id="tco.complaint")), **again, ground=CLARIFIED)
    with pytest.raises(NoSuchDeadline):
        services.restart_deadline(**(of(deadline) | {"subject_id": new_id()}), **again, ground=CLARIFIED)
    services.meet_deadline(**of(deadline), met_at=AT, at=AT)
    with pytest.raises(DeadlineSettled):
        services.restart_deadline(**of(deadline), **again, ground=CLARIFIED)


def test_a_suspended_clock_neither_rings_nor_ends_nor_counts() -> None:
    case = new_id()
    deadline = start(case_id=case)
    services.suspend_deadline(**of(deadline), ground="force majeure", actor=ACTOR, at=AT)
    assert services.sweep(at=AT + timedelta(days=2)) == 0
    assert fresh(deadline).state == "running"
    assert queries.next_due(case) is None
    assert queries.running_for_case(case)[0].suspension_ground == "force majeure"
    moment = AT + timedelta(days=2)
    services.restart_deadline(
        **of(deadline), from_at=moment, ground="tco.execute.restart_fm", actor=ACTOR, at=moment
    )
    assert queries.next_due(case) is not None
    services.sweep(at=moment)
    assert rung(deadline) == ["receipt"]


def test_only_what_the_law_lets_stop_is_suspended() -> None:
    stop: dict[str, Any] = {"ground": "holidays", "actor": ACTOR, "at": AT}
    with pytest.raises(DeadlineNotSuspendable):
        services.suspend_deadline(**of(start(rule_id="tco.complaint")), **stop)
    with pytest.raises(NoSuchDeadline):
        services.suspend_deadline(subject_kind="x", subject_id=new_id(), rule_id=HOUR, **stop)


def test_a_met_deadline_is_quiet_and_stays_met(changed: list[UUID]) -> None:
    person("olga", "on_call")
    deadline = start(case_id=new_id())
    services.sweep(at=AT)
    met = services.meet_deadline(**of(deadline), met_at=AT + minutes(20), at=AT + minutes(21))
    assert met is not None
    assert met.is_met_in_time
    services.meet_deadline(**of(deadline), met_at=AT + minutes(50), at=AT + minutes(51))
    assert fresh(deadline).met_at == AT + minutes(20)
    assert not woken(deadline, only_open=True)
    assert services.sweep(at=AT + timedelta(days=1)) == 0
    assert len(changed) == 2


def test_meeting_what_was_never_started_is_nothing() -> None:
    assert (
        services.meet_deadline(subject_kind="x", subject_id=new_id(), rule_id=HOUR, met_at=AT, at=AT) is None
    )


def test_news_that_comes_late_of_something_done_in_time_counts_as_in_time() -> None:
    deadline = start()
    services.sweep(at=AT + minutes(61))
    services.meet_deadline(**of(deadline), met_at=AT + minutes(58), at=AT + minutes(65))
    after = fresh(deadline)
    assert after.state == "met"
    assert after.is_met_in_time
    assert after.expired_at is not None  # that it rang stays on record
    late = start(subject_id=new_id())
    services.meet_deadline(**of(late), met_at=AT + minutes(61), at=AT + minutes(62))
    assert not fresh(late).is_met_in_time


def test_a_clock_that_guards_nothing_any_more_is_called_off(changed: list[UUID]) -> None:
    deadline = start(case_id=new_id())
    assert services.cancel_deadline(**of(deadline), reason="withdrawn", at=AT, actor=ACTOR)
    assert not services.cancel_deadline(**of(deadline), reason="withdrawn", at=AT)
    assert services.sweep(at=AT + timedelta(days=1)) == 0
    (event,) = audit.trail_of("deadline", deadline.id)
    assert (event.kind, event.facts["reason"]) == ("deadlines:deadline:cancelled", "withdrawn")
    assert len(changed) == 2
    assert start().id != deadline.id


def test_a_clock_that_ended_unmet_is_called_off_only_where_that_is_meant(expired: list[UUID]) -> None:
    deadline = start(case_id=new_id())
    services.sweep(at=AT + minutes(61))
    assert not services.cancel_deadline(**of(deadline), reason="accepted", at=AT + minutes(62))
    assert services.cancel_deadline(
        **of(deadline), reason="accepted", at=AT + minutes(62), actor=ACTOR, expired_too=True
    )
    after = fresh(deadline)
    assert (after.state, after.next_alarm_at) == ("cancelled", None)
    assert after.expired_at is not None  # that it rang stays on record
    assert queries.most_pressing(deadline.case_id or new_id()) is None
    assert expired == [deadline.id]
    assert [event.kind for event in audit.trail_of("deadline", deadline.id)][-1] == (
        "deadlines:deadline:cancelled"
    )


def test_all_clocks_of_a_subject_are_called_off_but_those_to_keep() -> None:
    start()
    kept = start(rule_id="tco.preserve")
    start(rule_id="tco.xborder.request")
    other = start(subject_id=new_id())
    called_off = services.cancel_deadlines_of(
        subject_kind="removal_order",
        subject_id=kept.subject_id,
        reason="annulled",
        at=AT,
        keep=["tco.preserve"],
    )
    assert called_off == 2
    assert {row.pk for row in Deadline.objects.filter(state="running")} == {kept.pk, other.pk}


def correct(deadline: Deadline, earliest_at: Any, **changes: Any) -> Deadline | None:
    values: dict[str, Any] = {
        "earliest_at": earliest_at,
        "proof": "Mail header of the contact point.",
        "actor": ACTOR,
        "at": AT + minutes(5),
    }
    return services.correct_trigger(**of(deadline), **(values | changes))


def test_an_earlier_receipt_with_proof_moves_the_clock_and_every_alarm(changed: list[UUID]) -> None:
    deadline = start(case_id=new_id())
    services.sweep(at=AT)
    correct(deadline, AT - minutes(26))
    after = fresh(deadline)
    assert (after.trigger_at, after.due_at) == (AT - minutes(26), AT + minutes(34))
    services.sweep(at=AT + minutes(4))
    assert rung(deadline) == ["receipt", "minute_30"]
    assert rung(deadline, "missed") == ["minute_10", "minute_20"]
    assert len(changed) == 2


def test_a_later_receipt_is_written_down_and_moves_nothing() -> None:
    deadline = start()
    correct(deadline, AT + minutes(10))
    assert fresh(deadline).due_at == AT + timedelta(hours=1)
    events = [event.what for event in queries.history(deadline.id)]
    assert events == ["started", "corrected"]


def test_a_run_that_counts_from_a_restart_keeps_its_end() -> None:
    deadline = start()
    services.restart_deadline(**of(deadline), from_at=AT + minutes(30), ground=CLARIFIED, actor=ACTOR, at=AT)
    correct(deadline, AT - minutes(30))
    assert fresh(deadline).due_at == AT + minutes(90)
    assert fresh(deadline).trigger_at == AT - minutes(30)


@pytest.mark.parametrize("how", ["met", "suspended"])
def test_correcting_what_does_not_run_changes_facts_and_rings_nothing(how: str) -> None:
    deadline = start()
    if how == "met":
        services.meet_deadline(**of(deadline), met_at=AT + minutes(50), at=AT + minutes(50))
    else:
        services.suspend_deadline(**of(deadline), ground="force majeure", actor=ACTOR, at=AT)
    correct(deadline, AT - minutes(30))
    assert fresh(deadline).due_at == AT + minutes(30)
    assert not fresh(deadline).is_met_in_time
    assert services.sweep(at=AT + timedelta(days=1)) == 0


def test_a_correction_keeps_a_planned_escalation() -> None:
    shift(person("olga", "on_call"))
    deadline = start()
    services.sweep(at=AT)
    correct(deadline, AT - timedelta(seconds=1), at=AT)
    assert fresh(deadline).next_alarm_at == AT + minutes(5)


def test_a_correction_needs_its_proof_and_something_to_correct() -> None:
    with pytest.raises(ProofMissing):
        correct(start(), AT, proof=" ")
    nothing = services.correct_trigger(
        subject_kind="x", subject_id=new_id(), rule_id=HOUR, earliest_at=AT, proof="p", actor=ACTOR, at=AT
    )
    assert nothing is None


def test_an_acknowledgement_takes_the_pages_down_and_stays_with_the_first() -> None:
    person("olga", "on_call")
    deadline = start()
    services.sweep(at=AT)
    services.acknowledge_alarm(deadline_id=deadline.id, actor=ACTOR, at=AT + minutes(1))
    other = person("otto", "on_call").actor
    services.acknowledge_alarm(deadline_id=deadline.id, actor=other, at=AT + minutes(2))
    after = fresh(deadline)
    assert (after.acknowledged_by_name, after.acknowledged_at) == ("Ada Administrator", AT + minutes(1))
    assert not woken(deadline, only_open=True)
    with pytest.raises(NoSuchDeadline):
        services.acknowledge_alarm(deadline_id=new_id(), actor=ACTOR, at=AT)
    services.meet_deadline(**of(deadline), met_at=AT, at=AT)
    with pytest.raises(DeadlineSettled):
        services.acknowledge_alarm(deadline_id=deadline.id, actor=ACTOR, at=AT)
