"""Each step rings once, the end comes once, whatever the machine and its clock do."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.apps.audit import queries as audit
from entente.apps.deadlines import queries, registries, services
from entente.apps.deadlines.models import Deadline, DeadlineAlarm
from entente.apps.deadlines.services import paging, sweeping
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.ids import new_id
from entente.apps.parties.models import Person
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
LADDER = ["receipt", "minute_10", "minute_20", "minute_30", "minute_45", "minute_55", "expiry"]


@pytest.fixture
def full_rota() -> None:
    """Put a full rota in place, once for all examples of a property."""
    rota()


def rota() -> None:
    """Put a full rota in place."""
    shift(person("olga", "on_call"))
    shift(person("bob", "on_call"), position=1)
    person("sam", "senior_reviewer")
    person("lee", "legal")


def test_the_ladder_of_the_hour_rings_step_by_step() -> None:
    rota()
    deadline = start()
    services.acknowledge_alarm(deadline_id=deadline.id, actor=ACTOR, at=AT)
    for minute in range(61):
        services.sweep(at=AT + minutes(minute))
    assert rung(deadline) == LADDER
    assert not rung(deadline, "missed")
    assert fresh(deadline).state == "expired"


def test_nothing_rings_before_its_time() -> None:
    deadline = start(trigger_at=AT + minutes(1))
    assert services.sweep(at=AT) == 0
    assert not rung(deadline)


def test_without_an_acknowledgement_the_backup_is_woken_and_then_everybody() -> None:
    rota()
    deadline = start()
    services.sweep(at=AT)
    assert woken(deadline) == ["Olga"]
    services.sweep(at=AT + minutes(4.9))
    assert woken(deadline) == ["Olga"]
    services.sweep(at=AT + minutes(5))
    assert woken(deadline) == ["Olga", "Bob"]
    services.sweep(at=AT + minutes(9.9))
    services.sweep(at=AT + minutes(10))
    assert sorted(woken(deadline)[2:]) == ["Bob", "Lee", "Olga", "Sam"]
    assert rung(deadline) == ["receipt", "escalation_backup", "minute_10"]
    assert rung(deadline, "missed") == ["escalation_all"]  # the same page serves both
    services.sweep(at=AT + minutes(19))
    assert len(woken(deadline)) == 6
    services.sweep(at=AT + minutes(20))
    assert woken(deadline)[6:] == ["Bob"]


def test_an_acknowledgement_stops_the_escalation() -> None:
    rota()
    deadline = start()
    services.sweep(at=AT)
    olga = queries.on_call(AT).primary
    assert olga is not None
    services.acknowledge_alarm(deadline_id=deadline.id, actor=olga.actor, at=AT + minutes(2))
    services.sweep(at=AT + minutes(5))
    services.sweep(at=AT + minutes(9))
    assert woken(deadline) == ["Olga"]
    # Whoever took it on hears the next steps; the last ones wake everybody all the same.
    services.sweep(at=AT + minutes(20))
    assert woken(deadline) == ["Olga", "Olga"]
    services.sweep(at=AT + minutes(45))
    assert sorted(woken(deadline)[2:]) == ["Bob", "Lee", "Olga", "Sam"]


def test_if_who_acknowledged_is_no_person_or_has_left_the_audience_is_woken() -> None:
    rota()
    deadline = start()
    services.acknowledge_alarm(deadline_id=deadline.id, actor=ACTOR, at=AT)
    services.sweep(at=AT)
    assert woken(deadline) == ["Olga"]


def test_a_machine_that_slept_rings_the_newest_step_once_and_wakes_each_person_once() -> None:
    rota()
    deadline = start()
    assert services.sweep(at=AT + minutes(33)) == 1
    assert rung(deadline) == ["minute_30"]
    assert rung(deadline, "missed") == ["receipt", "minute_10", "minute_20"]
    assert sorted(woken(deadline)) == ["Bob", "Olga", "Sam"]


def test_a_machine_that_slept_past_the_end_rings_the_end() -> None:
    rota()
    deadline = start()
    services.sweep(at=AT + timedelta(days=3))
    assert rung(deadline) == ["expiry"]
    assert rung(deadline, "missed") == LADDER[:-1]
    assert sorted(woken(deadline)) == ["Bob", "Lee", "Olga", "Sam"]


def test_the_end_is_audited_told_and_handled_once(expired: list[UUID], changed: list[UUID]) -> None:
    case = new_id()
    deadline = start(case_id=case)
    for minute in (59, 60, 61, 200):
        services.sweep(at=AT + minutes(minute))
    assert expired == [deadline.id]
    assert fresh(deadline).expired_at == AT + minutes(60)
    kinds = [event.kind for event in audit.trail_of("deadline", deadline.id)]
    assert kinds.count("deadlines:deadline:expired") == 1
    assert changed == [case, case]


def test_an_end_nobody_answers_for_leaves_nothing_to_do() -> None:
    deadline = start()
    services.sweep(at=AT + minutes(60))
    assert fresh(deadline).next_alarm_at is None


def test_a_handler_that_fails_is_called_again_and_people_were_woken_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rota()
    calls: list[datetime] = []

    def fail_once(_deadline: Deadline, at: datetime) -> None:
        calls.append(at)
        if len(calls) == 1:
            raise ZeroDivisionError

    registries.deadline_expired.register(HOUR, fail_once)
    deadline = start()
    services.sweep(at=AT + minutes(60))
    assert fresh(deadline).state == "expired"
    assert "Lee" in woken(deadline)
    assert "could not be swept" in caplog.text
    services.sweep(at=AT + minutes(60) + timedelta(seconds=5))
    assert len(calls) == 1
    services.sweep(at=AT + minutes(61))
    services.sweep(at=AT + minutes(90))
    assert len(calls) == 2
    assert rung(deadline) == ["expiry"]


def test_one_that_cannot_be_swept_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = start(), start(subject_id=new_id(), trigger_at=AT + timedelta(seconds=1))
    real = sweeping._ring_due

    def ring(deadline_id: UUID, callout: paging.Callout) -> None:
        if deadline_id == broken.pk:
            raise ZeroDivisionError
        real(deadline_id, callout)

    monkeypatch.setattr(sweeping, "_ring_due", ring)
    assert services.sweep(at=AT + minutes(1)) == 1
    assert rung(sound) == ["receipt"]
    assert fresh(broken).next_alarm_at == AT + minutes(1) + sweeping.RETRY_AFTER


def test_what_is_met_while_its_end_still_waits_for_its_handler_is_handled(expired: list[UUID]) -> None:
    deadline = start()
    sweeping._ring_due(deadline.pk, paging.Callout(AT + minutes(60)))
    services.meet_deadline(**of(deadline), met_at=AT + minutes(59), at=AT + minutes(60))
    services.sweep(at=AT + minutes(61))
    services.sweep(at=AT + minutes(62))
    assert expired == [deadline.id]
    assert fresh(deadline).state == "met"


def test_a_clock_that_jumps_back_rings_nothing_again_and_revives_nothing(expired: list[UUID]) -> None:
    rota()
    deadline = start()
    services.sweep(at=AT + minutes(31))
    pages = len(woken(deadline))
    for minute in (0, 10, 20, 30):
        services.sweep(at=AT + minutes(minute))
    assert len(woken(deadline)) == pages
    services.sweep(at=AT + minutes(60))
    for minute in (59, 0, 61):
        services.sweep(at=AT + minutes(minute))
    assert fresh(deadline).state == "expired"
    assert expired == [deadline.id]


def test_a_sweep_is_bounded_and_takes_the_soonest_first() -> None:
    rows = [start(subject_id=new_id(), trigger_at=AT + timedelta(seconds=number)) for number in (2, 0, 1)]
    assert services.sweep(at=AT + minutes(1), limit=2) == 2
    assert [bool(rung(row)) for row in rows] == [False, True, True]


def test_what_merely_closes_wakes_nobody() -> None:
    rota()
    window = start(rule_id="dsa.complaint.access")
    services.sweep(at=window.due_at)
    assert fresh(window).state == "expired"
    assert rung(window) == ["expiry"]
    assert not woken(window)


def test_a_rule_without_any_alarm_still_ends() -> None:
    from dataclasses import replace

    from entente.apps.deadlines import plans

    silent = replace(plans.rule_of(HOUR), alarms=())
    (end,) = plans.steps(silent, AT, AT + minutes(60))
    assert (end.id, end.at, end.is_expiry) == ("expiry", AT + minutes(60), True)
    assert not plans.wakes(silent)


def test_somebody_who_took_over_an_empty_place_is_the_backup_then_everybody_then_the_administrators() -> None:
    deadline = start()
    services.sweep(at=AT)
    assert not woken(deadline)
    (event,) = audit.trail_of("deadline", deadline.id)
    assert event.kind == "deadlines:deadline:nobody_to_wake"
    person("ada", "administrator")
    services.sweep(at=AT + minutes(5))
    assert woken(deadline) == ["Ada"]
    bob = person("bob", "on_call")
    services.sweep(at=AT + minutes(10))
    assert woken(deadline) == ["Ada", "Bob"]
    shift(bob, position=1)
    other = start(subject_id=new_id(), trigger_at=AT + minutes(11))
    services.sweep(at=AT + minutes(11))
    assert woken(other) == ["Bob"]


def test_somebody_on_the_rota_who_lost_the_role_is_still_woken_with_all() -> None:
    from entente.apps.parties.models import RoleGrant

    bob = person("bob", "on_call")
    shift(bob)
    person("lee", "legal")
    RoleGrant.objects.update(revoked_at=AT)
    deadline = start()
    services.sweep(at=AT + minutes(46))
    assert woken(deadline) == ["Bob"]


def test_a_page_tells_the_time_left_in_the_persons_language_and_zone() -> None:
    shift(person("olga", "on_call", timezone="Europe/Paris"))
    registries.page_link.register(
        "console", lambda deadline: f"https://entente.host.example/d/{deadline.rule_id}"
    )
    deadline = start()
    services.sweep(at=AT + timedelta(seconds=30))
    page = Delivery.objects.get(subject_id=deadline.pk)
    assert page.payload["subject"].startswith("Deadline, 59 minutes left: ")
    assert "11:30:00 CET" in page.payload["text"]
    assert page.payload["path"] == "https://entente.host.example/d/tco.execute"
    assert page.payload["text"].endswith(page.payload["path"])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "time is over"),
        (-1, "time is over"),
        (59, "0 minutes left"),
        (60, "1 minute left"),
        (7200, "2 hours left"),
    ],
)
def test_time_left_is_never_rounded_up(seconds: int, words: str) -> None:
    deadline = start()
    assert paging.time_left(deadline, deadline.due_at - timedelta(seconds=seconds)) == words


def test_a_page_that_does_not_arrive_wakes_the_next_person() -> None:
    rota()
    deadline = start()
    services.sweep(at=AT)
    deliveries.attempt_due(at=AT)  # no mail server is configured
    deliveries.attempt_due(at=AT + minutes(1))
    services.sweep(at=AT + minutes(1))
    assert woken(deadline) == ["Olga", "Bob"]


def page_of(deadline: Deadline) -> Delivery:
    return Delivery(subject_id=deadline.pk)


@pytest.mark.parametrize("how", ["met", "suspended", "acknowledged", "escalated", "unknown"])
def test_a_page_that_no_longer_matters_wakes_nobody(how: str) -> None:
    deadline = start()
    if how == "met":
        services.meet_deadline(**of(deadline), met_at=AT, at=AT)
    if how == "suspended":
        services.suspend_deadline(**of(deadline), ground="x", actor=ACTOR, at=AT)
    if how == "acknowledged":
        services.acknowledge_alarm(deadline_id=deadline.pk, actor=ACTOR, at=AT)
    if how == "escalated":
        Deadline.objects.filter(pk=deadline.pk).update(escalation_level=2)
    before = fresh(deadline)
    sweeping.escalate_now(Delivery(subject_id=new_id()) if how == "unknown" else page_of(deadline), AT)
    assert fresh(deadline).escalate_at == before.escalate_at


def test_steps_woken_by_others_than_on_call_do_not_escalate() -> None:
    rota()
    deadline = start(rule_id="house.full_assessment")
    services.sweep(at=AT)
    assert woken(deadline) == ["Sam"]
    assert fresh(deadline).escalate_at is None


def test_a_postponed_deadline_with_nothing_due_moves_on() -> None:
    rota()
    deadline = start()
    services.sweep(at=AT)
    services.acknowledge_alarm(deadline_id=deadline.id, actor=ACTOR, at=AT)
    assert services.sweep(at=AT + minutes(5)) == 1
    assert fresh(deadline).next_alarm_at == AT + minutes(10)
    assert rung(deadline) == ["receipt"]


def test_a_deadline_that_another_sweeper_just_did_is_left_alone() -> None:
    deadline = start()
    services.sweep(at=AT)
    sweeping._ring_due(deadline.pk, paging.Callout(AT))
    assert rung(deadline) == ["receipt"]


def test_several_sweepers_at_once_ring_each_step_once(database_file: object) -> None:
    rota()
    deadlines = [start(subject_id=new_id()) for _ in range(5)]
    at_once(*[lambda: services.sweep(at=AT + minutes(46))] * 4)
    for deadline in deadlines:
        assert rung(deadline) == ["minute_45"]
        assert sorted(woken(deadline)) == ["Bob", "Lee", "Olga", "Sam"]
        assert DeadlineAlarm.objects.filter(deadline=deadline).count() == 5


_moments = st.lists(st.floats(-30, 120), min_size=1, max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moments=_moments, acknowledge_after=st.none() | st.integers(0, 11))
def test_sweeps_at_any_times_ring_each_step_at_most_once_and_end_it_exactly_once(
    moments: list[float], acknowledge_after: int | None, expired: list[UUID], full_rota: None
) -> None:
    expired.clear()
    with transaction.atomic():
        deadline = start(subject_id=new_id())
        for position, minute in enumerate(moments):
            services.sweep(at=AT + minutes(minute))
            if position == acknowledge_after:
                services.acknowledge_alarm(deadline_id=deadline.pk, actor=ACTOR, at=AT + minutes(minute))
        rows = list(DeadlineAlarm.objects.filter(deadline=deadline))
        steps = [row.step_id for row in rows]
        assert len(steps) == len(set(steps))
        assert all(row.fired_at >= row.due_at for row in rows)
        is_over = max(moments) >= 60
        assert expired == ([deadline.pk] if is_over else [])
        assert (fresh(deadline).state == "expired") is is_over
        assert steps.count("expiry") == int(is_over)
        planned = {step: position for position, step in enumerate(LADDER)}
        fired = sorted(
            (row for row in rows if row.outcome == "fired" and row.step_id in planned),
            key=lambda row: planned[row.step_id],
        )
        # In the order of the ladder; two steps never ring in the same sweep.
        assert [planned[row.step_id] for row in fired] == sorted({planned[row.step_id] for row in fired})
        pages = Delivery.objects.filter(subject_id=deadline.pk)
        keys = list(pages.values_list("idempotency_key", flat=True))
        assert len(keys) == len(set(keys))
        transaction.set_rollback(True)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(
        st.tuples(st.sampled_from(["sweep", "restart", "meet"]), st.integers(0, 180)), max_size=10
    )
)
def test_restarts_between_sweeps_never_lose_or_double_an_end(
    events: list[tuple[str, int]], expired: list[UUID]
) -> None:
    expired.clear()
    with transaction.atomic():
        deadline = start(subject_id=new_id())
        runs_ended = 0
        for what, minute in sorted(events, key=lambda event: event[1]):
            at = AT + minutes(minute)
            before = fresh(deadline)
            if what == "sweep":
                services.sweep(at=at)
                runs_ended += before.state == "running" and before.due_at <= at
            elif what == "meet":
                services.meet_deadline(**of(deadline), met_at=at, at=at)
            elif before.state in ("running", "expired"):
                services.restart_deadline(**of(deadline), from_at=at, ground=CLARIFIED, actor=ACTOR, at=at)
        assert len(expired) == runs_ended
        ended = DeadlineAlarm.objects.filter(deadline=deadline, step_id="expiry")
        assert ended.count() == runs_ended
        transaction.set_rollback(True)


def test_the_alarm_of_the_house_is_registered_with_the_outbox() -> None:
    from entente.apps.deliveries.registries import delivery_failing

    assert delivery_failing.get("deadline.alarm") is sweeping.escalate_now
    assert delivery_failing.get("*") is paging.wake_about_delivery


def test_a_message_that_does_not_arrive_wakes_on_call_then_everybody_then_nobody_again() -> None:
    rota()
    action = deliveries.enqueue(
        transport="webhook",
        purpose="action.apply",
        destination="platform",
        payload={"type": "action.apply"},
        subject_kind="action",
        subject_id=new_id(),
        at=AT,
        alarm_after=minutes(1),
    )
    for minute in range(6):  # neither a webhook nor a mail server is configured
        deliveries.attempt_due(at=AT + minutes(minute), limit=50)
    pages = Delivery.objects.filter(subject_id=action.id, purpose="delivery.alarm").order_by("created_at")
    names = {str(row.pk): row.name for row in Person.objects.all()}
    assert [names[page.destination] for page in pages[:1]] == ["Olga"]
    assert sorted(names[page.destination] for page in pages[1:]) == ["Bob", "Lee", "Olga", "Sam"]
    assert "(action.apply)" in pages[0].payload["subject"]
