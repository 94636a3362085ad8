"""Clocks that start, start again, are corrected, met or called off: each inside the caller's transaction."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deadlines import plans
from entente.apps.deadlines.errors import (
    DeadlineNotSuspendable,
    DeadlineSettled,
    NoSuchDeadline,
    ProofMissing,
)
from entente.apps.deadlines.models import Deadline, DeadlineAlarm, DeadlineCorrection, DeadlineRestart
from entente.apps.deadlines.registries import tell_next_due_changed
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.kernel.rows import insert_row
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.parties import queries as parties

PAGE_PURPOSE = "deadline.alarm"
_State = Deadline.State


@transaction.atomic(savepoint=False)
def start_deadline(
    *,
    subject_kind: str,
    subject_id: UUID,
    rule_id: str,
    trigger_at: datetime,
    at: datetime,
    case_id: UUID | None = None,
    due_by: datetime | None = None,
) -> Deadline:
    """Start a clock and return it; if one of this rule already runs for the subject, return that one unchanged.

    `trigger_at` is when the event happened (receipt), `at` is now. The end is computed from law data in the host's
    zone, on the strict reading; a trigger long past simply ends, and rings, at the next sweep. `due_by` ends it earlier
    where what it is about ends earlier; it never lengthens it.
    Raises UnknownDeadlineRule.
    """
    rule = plans.rule_of(rule_id)
    moments = plans.moments(rule, trigger_at, country=_country)
    due_at = moments.due_at if due_by is None else min(moments.due_at, due_by)
    deadline = Deadline(
        subject_kind=subject_kind,
        subject_id=subject_id,
        case_id=case_id,
        rule_id=rule_id,
        ladder_rule_id=rule_id,
        is_duty=plans.is_duty(rule),
        trigger_at=trigger_at,
        starts_at=trigger_at,
        due_at=due_at,
        legal_latest=moments.legal_latest,
        started_at=at,
        next_alarm_at=plans.steps(rule, trigger_at, due_at)[0].at,
    )
    try:
        # Inserted without looking first: most subjects are new, and the database knows best which one is not.
        with transaction.atomic():
            insert_row(deadline)
    except IntegrityError:
        return Deadline.objects.get(
            subject_kind=subject_kind, subject_id=subject_id, rule_id=rule_id, state=_State.RUNNING
        )
    if deadline.is_duty:
        tell_next_due_changed(case_id, (deadline.due_at, rule_id))
    notify_worker_on_commit()
    return deadline


@transaction.atomic
def restart_deadline(
    *,
    subject_kind: str,
    subject_id: UUID,
    rule_id: str,
    from_at: datetime,
    ground: str,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> Deadline:
    """Start a clock again from a moment, by an appended event, and compute its end and alarms anew.

    `ground` is the id of the rule that restarts it ("tco.execute.restart_clar"). An expired deadline can start again
    too; that it had expired stays on record. Raises NoSuchDeadline, DeadlineSettled, DeadlineNotRestartable.
    """
    deadline = _latest(subject_kind, subject_id, rule_id)
    if deadline is None:
        raise NoSuchDeadline(_("No deadline of this rule was ever started here."), rule_id=rule_id)
    if deadline.state not in (_State.RUNNING, _State.EXPIRED):
        raise DeadlineSettled(_("This deadline was met or no longer counts; it cannot start again."))
    ladder = plans.restart_rule(plans.rule_of(rule_id), ground)
    moments = plans.moments(ladder, from_at, country=_country)
    DeadlineRestart.objects.create(
        deadline=deadline,
        at=at,
        from_at=from_at,
        ground=ground,
        note=note,
        recorded_by=actor.name,
        previous_due_at=deadline.due_at,
        previous_state=deadline.state,
        new_due_at=moments.due_at,
    )
    compare_and_set(
        deadline,
        expected=deadline.state,
        to=_State.RUNNING,
        run=deadline.run + 1,
        ladder_rule_id=ladder.id,
        starts_at=from_at,
        due_at=moments.due_at,
        legal_latest=moments.legal_latest,
        next_alarm_at=plans.steps(ladder, from_at, moments.due_at)[0].at,
        **_FRESH,
    )
    _take_down_pages(deadline, at, "the deadline started again")
    _audit(deadline, "restarted", actor, at, {"ground": ground, "from_at": from_at.isoformat()})
    _changed(deadline)
    return deadline


_FRESH: dict[str, Any] = {
    "suspended_at": None,
    "suspension_ground": "",
    "expired_at": None,
    "expiry_handled_at": None,
    "acknowledged_by_id": "",
    "acknowledged_by_name": "",
    "acknowledged_at": None,
    "escalation_level": 0,
    "escalate_at": None,
}
"""What a new run begins without."""


@transaction.atomic
def suspend_deadline(
    *, subject_kind: str, subject_id: UUID, rule_id: str, ground: str, actor: Actor, at: datetime
) -> Deadline:
    """Stop a running clock until it is started again, where the law allows it (TCO Art. 3(7), 3(8)).

    Raises NoSuchDeadline when none runs, DeadlineNotSuspendable.
    """
    deadline = _latest(subject_kind, subject_id, rule_id, [_State.RUNNING])
    if deadline is None:
        raise NoSuchDeadline(_("No deadline of this rule runs here."), rule_id=rule_id)
    if not plans.rule_of(deadline.ladder_rule_id).suspendable:
        raise DeadlineNotSuspendable(_("The law lets nothing stop this clock."), rule_id=rule_id)
    compare_and_set(
        deadline,
        expected=_State.RUNNING,
        to=_State.RUNNING,
        suspended_at=at,
        suspension_ground=ground,
        next_alarm_at=None,
        escalate_at=None,
    )
    _take_down_pages(deadline, at, "the deadline is suspended")
    _audit(deadline, "suspended", actor, at, {"ground": ground})
    _changed(deadline)
    return deadline


@transaction.atomic
def meet_deadline(
    *, subject_kind: str, subject_id: UUID, rule_id: str, met_at: datetime, at: datetime
) -> Deadline | None:
    """Note that what was due was done at `met_at`; return the deadline, or None when none was ever started.

    Idempotent. An expired deadline can still be met: late, or in time when the news of it came late; that it had
    expired stays on record (`expired_at`).
    """
    deadline = _latest(subject_kind, subject_id, rule_id)
    if deadline is None or deadline.state in (_State.MET, _State.CANCELLED):
        return deadline
    compare_and_set(
        deadline,
        expected=(_State.RUNNING, _State.EXPIRED),
        to=_State.MET,
        met_at=met_at,
        next_alarm_at=_handler_due(deadline),
        escalate_at=None,
    )
    _take_down_pages(deadline, at, "the deadline was met")
    _changed(deadline)
    return deadline


@transaction.atomic
def cancel_deadline(
    *,
    subject_kind: str,
    subject_id: UUID,
    rule_id: str,
    reason: str,
    at: datetime,
    actor: Actor = SYSTEM,
    expired_too: bool = False,
) -> bool:
    """Let a running clock count no longer, because what it guarded fell away; return whether there was one.

    With `expired_too` also one that ended unmet, where that decides nothing any more; that it had expired stays on
    record (`expired_at`, its alarms).
    """
    states = [_State.RUNNING, *([_State.EXPIRED] if expired_too else [])]
    deadline = _latest(subject_kind, subject_id, rule_id, states)
    if deadline is None:
        return False
    _call_off(deadline, reason, actor, at)
    return True


@transaction.atomic
def cancel_deadlines_of(
    *,
    subject_kind: str,
    subject_id: UUID,
    reason: str,
    at: datetime,
    actor: Actor = SYSTEM,
    keep: Collection[str] = (),
) -> int:
    """Let every running clock of a subject count no longer, except the rules in `keep`; return how many there were."""
    running = Deadline.objects.select_for_update().filter(
        subject_kind=subject_kind, subject_id=subject_id, state=_State.RUNNING
    )
    chosen = list(running.exclude(rule_id__in=keep))
    for deadline in chosen:
        _call_off(deadline, reason, actor, at)
    return len(chosen)


@transaction.atomic
def correct_trigger(
    *,
    subject_kind: str,
    subject_id: UUID,
    rule_id: str,
    earliest_at: datetime,
    proof: str,
    actor: Actor,
    at: datetime,
) -> Deadline | None:
    """Append when the trigger really happened, with its proof; only an earlier time moves the clock (rule 4).

    Alarms that rang stay rung; those that the earlier start puts into the past ring, as one, at the next sweep. A run
    that counts from a restart keeps its end. Returns None when no such deadline was started. Raises ProofMissing.
    """
    if not proof.strip():
        raise ProofMissing(_("Say how you know when it really arrived."))
    deadline = _latest(subject_kind, subject_id, rule_id)
    if deadline is None:
        return None
    moved = earliest_at < deadline.trigger_at
    DeadlineCorrection.objects.create(
        deadline=deadline,
        at=at,
        claimed_at=earliest_at,
        previous_trigger_at=deadline.trigger_at,
        proof=proof,
        recorded_by=actor.name,
        moved=moved,
    )
    _audit(deadline, "trigger_corrected", actor, at, {"claimed_at": earliest_at.isoformat(), "moved": moved})
    if not moved:
        return deadline
    changes: dict[str, Any] = {"trigger_at": earliest_at}
    if deadline.run == 0:
        changes |= _moved_run(deadline, earliest_at)
    compare_and_set(deadline, expected=deadline.state, to=deadline.state, **changes)
    _changed(deadline)
    return deadline


def _moved_run(deadline: Deadline, starts_at: datetime) -> dict[str, Any]:
    """Return the fields of the first run when it starts earlier."""
    rule = plans.rule_of(deadline.ladder_rule_id)
    moments = plans.moments(rule, starts_at, country=_country)
    changes: dict[str, Any] = {
        "starts_at": starts_at,
        "due_at": moments.due_at,
        "legal_latest": moments.legal_latest,
    }
    if deadline.state == _State.RUNNING and deadline.suspended_at is None:
        rung = steps_done(deadline)
        ahead = [step.at for step in plans.steps(rule, starts_at, moments.due_at) if step.id not in rung]
        escalation = [deadline.escalate_at] if deadline.escalate_at is not None else []
        changes["next_alarm_at"] = min(ahead + escalation)
    return changes


@transaction.atomic
def acknowledge_alarm(*, deadline_id: UUID, actor: Actor, at: datetime) -> Deadline:
    """Note that somebody has taken it on; escalation stops and the pages come down. Idempotent: the first one stays.

    Later steps then wake the one who acknowledged; those meant for all, and the end, wake everybody all the same.
    Raises NoSuchDeadline, DeadlineSettled.
    """
    deadline = Deadline.objects.select_for_update().filter(pk=deadline_id).first()
    if deadline is None:
        raise NoSuchDeadline(_("There is no such deadline."))
    if deadline.state in (_State.MET, _State.CANCELLED):
        raise DeadlineSettled(_("This deadline was met or no longer counts."))
    _take_down_pages(deadline, at, "the alarm was acknowledged")
    if deadline.acknowledged_at is not None:
        return deadline
    compare_and_set(
        deadline,
        expected=deadline.state,
        to=deadline.state,
        acknowledged_by_id=actor.id,
        acknowledged_by_name=actor.name,
        acknowledged_at=at,
        escalate_at=None,
    )
    _audit(deadline, "alarm_acknowledged", actor, at, {})
    return deadline


def steps_done(deadline: Deadline) -> frozenset[str]:
    """Return the steps of the present run that rang or were missed."""
    rows = DeadlineAlarm.objects.filter(deadline=deadline, run=deadline.run)
    return frozenset(rows.values_list("step_id", flat=True))


def _latest(
    subject_kind: str, subject_id: UUID, rule_id: str, states: Collection[str] | None = None
) -> Deadline | None:
    """Return the subject's newest deadline of a rule, locked where the database can: the running one if there is one."""
    rows = Deadline.objects.select_for_update().filter(
        subject_kind=subject_kind, subject_id=subject_id, rule_id=rule_id
    )
    if states is not None:
        rows = rows.filter(state__in=states)
    return rows.order_by("-started_at", "-id").first()


def _call_off(deadline: Deadline, reason: str, actor: Actor, at: datetime) -> None:
    compare_and_set(
        deadline,
        expected=(_State.RUNNING, _State.EXPIRED),
        to=_State.CANCELLED,
        next_alarm_at=_handler_due(deadline),
        escalate_at=None,
    )
    _take_down_pages(deadline, at, reason)
    _audit(deadline, "cancelled", actor, at, {"reason": reason})
    _changed(deadline)


def _handler_due(deadline: Deadline) -> datetime | None:
    """Return when whoever answers for the end has still to be called; None where nobody has."""
    is_waiting = deadline.expired_at is not None and deadline.expiry_handled_at is None
    return deadline.next_alarm_at if is_waiting else None


def _take_down_pages(deadline: Deadline, at: datetime, reason: str) -> None:
    deliveries.settle_for_subject(
        subject_kind="deadline", subject_id=deadline.id, purposes=[PAGE_PURPOSE], at=at, reason=reason
    )


def _changed(deadline: Deadline) -> None:
    tell_next_due_changed(deadline.case_id)
    notify_worker_on_commit()


def _country() -> str:
    """Return the country whose working days count: that of the host's main establishment."""
    return parties.host_facts().established_in


def _audit(deadline: Deadline, what: str, actor: Actor, at: datetime, facts: JSONObject) -> None:
    audit.record(
        kind=f"deadlines:deadline:{what}",
        subject_kind="deadline",
        subject_id=deadline.id,
        actor=actor,
        at=at,
        case_id=deadline.case_id,
        facts={"rule": deadline.rule_id, "due_at": deadline.due_at.isoformat(), **facts},
    )
