"""The sweeper: rings what is due, once, and ends what is over, once.

Each deadline is handled in a short transaction of its own. A machine that slept rings the newest step it missed and
writes the older ones down as missed: one page per person, not a burst. A clock that jumps back finds every step
written down already, so nothing rings twice; one that jumped forward may have ended a deadline too early, which only
a recorded act (met in time, started again) can say, never the clock.
"""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.deadlines import plans, registries
from entente.apps.deadlines.models import Deadline, DeadlineAlarm
from entente.apps.deadlines.plans import ESCALATE_AFTER, ESCALATION_STEPS, Step
from entente.apps.deadlines.services.paging import Callout, wake
from entente.apps.deadlines.services.running import steps_done
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.core.law.rules import Who

if TYPE_CHECKING:
    from entente.apps.deliveries.models import Delivery

RETRY_AFTER = timedelta(seconds=60)
_State = Deadline.State
_Outcome = DeadlineAlarm.Outcome
_ESCALATES_TO = (Who.BACKUP, Who.ALL)
logger = logging.getLogger(__name__)


def sweep(*, at: datetime, limit: int = 200) -> int:
    """Handle every deadline that has something due, at most `limit`, soonest first; return how many were handled.

    Call it outside any transaction. One that cannot be handled (a handler's fault) is logged and tried again after
    RETRY_AFTER; it holds up no other.
    """
    due = Deadline.objects.filter(next_alarm_at__lte=at).order_by("next_alarm_at", "id")
    handled = 0
    callout = Callout(at)
    for deadline_id in list(due.values_list("id", flat=True)[:limit]):
        try:
            _ring_due(deadline_id, callout)
            _handle_expiry(deadline_id, at)
            handled += 1
        except Exception:
            logger.exception("Deadline %s could not be swept", deadline_id)
            # Not earlier than planned, whatever happened to it meanwhile.
            Deadline.objects.filter(pk=deadline_id, next_alarm_at__lte=at).update(
                next_alarm_at=at + RETRY_AFTER
            )
    return handled


@transaction.atomic
def _ring_due(deadline_id: UUID, callout: Callout) -> None:
    """Ring or end one running deadline, unless another sweeper just did."""
    at = callout.at
    deadline = Deadline.objects.select_for_update().get(pk=deadline_id)
    if deadline.state != _State.RUNNING or deadline.next_alarm_at is None or deadline.next_alarm_at > at:
        return
    ladder = plans.rule_of(deadline.ladder_rule_id)
    done = steps_done(deadline)
    planned = [
        step for step in plans.steps(ladder, deadline.starts_at, deadline.due_at) if step.id not in done
    ]
    due = [step for step in [*planned, *_escalation(deadline)] if step.at <= at]
    # Of two at the same moment the ladder's own step is the newer one, and the end is newer than all.
    due.sort(key=lambda step: (step.is_expiry, step.at, step.id not in ESCALATION_STEPS))
    wakes = deadline.is_duty and plans.wakes(ladder)
    is_over = deadline.due_at <= at
    ahead = [step.at for step in planned if step.at > at]
    _move_on(deadline, due, ahead, at, wakes=wakes, is_over=is_over)
    _write_down(deadline, due, callout, wakes=wakes)
    if is_over:
        audit.record(
            kind="deadlines:deadline:expired",
            subject_kind="deadline",
            subject_id=deadline.id,
            actor=SYSTEM,
            at=at,
            case_id=deadline.case_id,
            facts={"rule": deadline.rule_id, "due_at": deadline.due_at.isoformat()},
        )
        registries.tell_next_due_changed(deadline.case_id)


def _escalation(deadline: Deadline) -> list[Step]:
    """Return the next escalation as a step, where one is planned."""
    if deadline.escalate_at is None:
        return []
    level = deadline.escalation_level
    return [
        Step(id=ESCALATION_STEPS[level], at=deadline.escalate_at, who=_ESCALATES_TO[level], is_expiry=False)
    ]


def _move_on(
    deadline: Deadline, due: list[Step], ahead: list[datetime], at: datetime, *, wakes: bool, is_over: bool
) -> None:
    """Set what comes next.

    Of two sweepers one waits for the other's lock and then finds nothing due; the unique step per run is the last guard.
    """
    changes: dict[str, Any]
    if is_over:
        handler = registries.deadline_expired.find(deadline.rule_id)
        changes = {
            "expired_at": at,
            "escalate_at": None,
            # Whoever answers for the end is called in a transaction of its own; until then it stays due.
            "next_alarm_at": at if handler is not None else None,
        }
    else:
        level, escalate_at = _next_escalation(deadline, due, at, wakes=wakes)
        planned = [*ahead, *([escalate_at] if escalate_at is not None else [])]
        changes = {"escalation_level": level, "escalate_at": escalate_at, "next_alarm_at": min(planned)}
    compare_and_set(
        deadline, expected=_State.RUNNING, to=_State.EXPIRED if is_over else _State.RUNNING, **changes
    )


def _next_escalation(
    deadline: Deadline, due: list[Step], at: datetime, *, wakes: bool
) -> tuple[int, datetime | None]:
    """Return the level and time of the next escalation: backup, then all, unless somebody acknowledged."""
    level = deadline.escalation_level
    if not wakes or deadline.acknowledged_at is not None:
        return level, None
    if any(step.id in ESCALATION_STEPS for step in due):
        level += 1
        return level, at + ESCALATE_AFTER if level < len(ESCALATION_STEPS) else None
    if deadline.escalate_at is not None or level:
        return level, deadline.escalate_at
    woke_first = any(step.who is Who.ON_CALL for step in due)
    return level, at + ESCALATE_AFTER if woke_first else None


def _write_down(deadline: Deadline, due: list[Step], callout: Callout, *, wakes: bool) -> None:
    """Write the due steps down, the newest as rung and the older ones as missed, and wake their people once."""
    if not due:
        return
    newest = due[-1]
    woken = wake(deadline, newest.id, {step.who for step in due}, callout) if wakes else 0
    DeadlineAlarm.objects.bulk_create(
        DeadlineAlarm(
            deadline=deadline,
            run=deadline.run,
            step_id=step.id,
            due_at=step.at,
            fired_at=callout.at,
            outcome=_Outcome.FIRED if step is newest else _Outcome.MISSED,
            woken=woken if step is newest else 0,
        )
        for step in due
    )


@transaction.atomic
def _handle_expiry(deadline_id: UUID, at: datetime) -> None:
    """Call the handler of an expired deadline, once, in a transaction of its own."""
    due = Deadline.objects.filter(
        pk=deadline_id, expired_at__isnull=False, expiry_handled_at__isnull=True, next_alarm_at__lte=at
    )
    if due.update(expiry_handled_at=at, next_alarm_at=None) != 1:
        return
    deadline = Deadline.objects.get(pk=deadline_id)
    registries.deadline_expired.get(deadline.rule_id)(deadline, at)


def escalate_now(delivery: "Delivery", at: datetime) -> None:
    """Answer for a page that does not arrive: do not wait for an acknowledgement that cannot come, wake the next.

    Registered with `deliveries.delivery_failing`; runs in the outbox's transaction.
    """
    deadline = Deadline.objects.select_for_update().filter(pk=delivery.subject_id).first()
    if deadline is None or deadline.state != _State.RUNNING or deadline.suspended_at is not None:
        return
    if deadline.acknowledged_at is not None or deadline.escalation_level >= len(ESCALATION_STEPS):
        return
    Deadline.objects.filter(pk=deadline.pk).update(
        escalate_at=at, next_alarm_at=min(at, deadline.next_alarm_at or at)
    )
    notify_worker_on_commit()
