"""The execution check: five questions, one key, and the only other exits the law leaves.

Executing comes first and is reversible (TCO 3(3), 4(2)); judging the content comes after (DESIGN section 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases import waiting
from entente.apps.cases.services import opening
from entente.apps.content import queries as content_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders.errors import CheckIncomplete, GroundMissing, NotExecutable, NotInThisState
from entente.apps.orders.models import (
    ENDED,
    Answer,
    Authenticity,
    Execution,
    ExecutionCheck,
    OrderEvent,
    RemovalOrder,
)
from entente.apps.orders.services import answering, deciding
from entente.core.law import orders as law

GROUNDS = tuple(ground.value for ground in law.ImpossibilityGround)


@dataclass(frozen=True, slots=True)
class FiveAnswers:
    """What the on-call person answered; the media stays closed for all of it."""

    is_authentic: bool
    is_addressed_to_us: bool
    is_complete: bool
    is_ours: bool
    is_free_of_manifest_error: bool
    note: str = ""


def lock(order_id: UUID) -> RemovalOrder:
    """Return the order, locked where the database can."""
    return (
        RemovalOrder.objects.select_for_update(of=("self",))
        .select_related("case", "authority")
        .get(pk=order_id)
    )


@transaction.atomic
def execute_order(*, order_id: UUID, answers: FiveAnswers, actor: Actor, at: datetime) -> RemovalOrder:
    """Execute the order: every address is disabled where the order's law requires, preserved, answered.

    The first addresses go out in this transaction, a long order's rest follows in small ones by the worker.
    Raises NotExecutable, CheckIncomplete, NotInThisState.
    """
    order = lock(order_id)
    _may_execute(order, answers)
    compare_and_set(
        order,
        field="execution",
        expected=Execution.AWAITING,
        to=Execution.EXECUTING,
        executed_by_id_text=actor.id,
    )
    _keep_check(order, answers, "executed", actor, at)
    if order.authenticity == Authenticity.UNVERIFIED:
        deadlines.start_deadline(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id="house.verify_unverified_order",
            trigger_at=at,
            at=at,
            case_id=order.case_id,
        )
    opening.move_stage(case_id=order.case_id, stage="effect")
    _record(order, "execution_started", {"check": "executed"}, actor, at)
    # Before the first measure leaves: the platform must learn from the start that it may not explain.
    deciding.start_silence_if_asked(order=order, at=at)
    waiting.ask_refused_later(case_id=order.case_id, at=at)
    deciding.go_on(order=order, actor=actor, at=at)
    if is_protected(order):
        answering.prepare_challenge(order=order, actor=actor, at=at)
    notify_worker_on_commit()
    return order


def is_protected(order: RemovalOrder) -> bool:
    """Say whether an address belongs to the protected corpus (press, archive, research, ...)."""
    return content_queries.any_protected(case_queries.addresses_of(order.case_id))


def _may_execute(order: RemovalOrder, answers: FiveAnswers) -> None:
    if order.execution != Execution.AWAITING or order.fate in ENDED:
        raise NotInThisState(_("This order is not waiting for its check any more."))
    if order.authenticity == Authenticity.REFUTED:
        raise NotExecutable(_("This order was found not to be genuine."))
    if order.order_type_id not in deciding.BASES:
        raise NotExecutable(
            _("This program knows no measure for this kind of order. Answer it, or take legal advice.")
        )
    if order.authenticity == Authenticity.UNVERIFIED:
        if not order.matches_register:
            raise NotExecutable(
                _(
                    "Nothing in this order matches our register. Verify it, or answer by Annex III for lack of authentication."
                )
            )
        if is_protected(order):
            raise NotExecutable(
                _(
                    "The address belongs to the protected corpus. It is not disabled on an unverified order: call the authority back first."
                )
            )
    if not (answers.is_addressed_to_us and answers.is_ours and answers.is_free_of_manifest_error):
        raise CheckIncomplete(
            _(
                "A question was answered with no. Report the impossibility with its ground, or file the message as information."
            )
        )
    if not (answers.is_authentic and answers.is_complete) and not answers.note.strip():
        raise CheckIncomplete(_("Say in a few words why the order is executed all the same."))


def _keep_check(order: RemovalOrder, answers: FiveAnswers, led_to: str, actor: Actor, at: datetime) -> None:
    ExecutionCheck.objects.create(
        order=order,
        is_authentic=answers.is_authentic,
        is_addressed_to_us=answers.is_addressed_to_us,
        is_complete=answers.is_complete,
        is_ours=answers.is_ours,
        is_free_of_manifest_error=answers.is_free_of_manifest_error,
        note=answers.note,
        led_to=led_to,
        checked_by_id_text=actor.id,
        checked_by_name=actor.name,
        checked_at=at,
    )


@transaction.atomic
def declare_impossible(
    *,
    order_id: UUID,
    ground: str,
    explanation: str,
    actor: Actor,
    at: datetime,
    answers: FiveAnswers | None = None,
    item_ids: Sequence[UUID] | None = None,
) -> RemovalOrder:
    """Report that the order cannot be executed (Annex III; TCO 3(7), 3(8)), whole or for some addresses.

    The hour stops; it starts anew when the ground has ceased. Raises GroundMissing, NotInThisState.
    """
    if ground not in GROUNDS or not explanation.strip():
        raise GroundMissing(
            _("Choose one of the three grounds of Annex III and explain it."), grounds=list(GROUNDS)
        )
    order = lock(order_id)
    if order.execution not in {Execution.AWAITING, Execution.EXECUTING} or order.fate in ENDED:
        raise NotInThisState(_("This order is not waiting for execution any more."))
    if answers is not None:
        _keep_check(order, answers, "impossible", actor, at)
    items = deciding.mark_impossible(order=order, ground=ground, item_ids=item_ids)
    answering.write_impossibility(
        order=order,
        ground=ground,
        explanation=explanation,
        urls=[item.url for item in items],
        actor=actor,
        at=at,
    )
    _record(order, "impossible", {"ground": ground, "addresses": len(items)}, actor, at)
    deciding.settle_execution(order=order, actor=actor, at=at)
    return order


@transaction.atomic
def resume_order(
    *, order_id: UUID, ceased_at: datetime, note: str, actor: Actor, at: datetime
) -> RemovalOrder:
    """Start the hour anew because the force majeure or the technical obstacle has ceased (TCO 3(7))."""
    order = lock(order_id)
    begin_again(order, kind="obstacle_ceased", from_at=ceased_at, note=note, addresses=(), actor=actor, at=at)
    return order


def begin_again(
    order: RemovalOrder,
    *,
    kind: str,
    from_at: datetime,
    note: str,
    addresses: Sequence[str],
    actor: Actor,
    at: datetime,
) -> None:
    """Let a locked order wait for its check again, its new hour running `from_at`; part of a larger act.

    `addresses` are the ones to be carried out now; without any, all that were reported as impossible.
    """
    if order.fate in ENDED:
        raise NotInThisState(_("This order has ended."))
    if not note.strip():
        raise Invalid(_("Say what has ceased or was clarified, and how you know."))
    check_moment(from_at, not_before=last_impossibility(order) or order.received_at, at=at)
    compare_and_set(order, field="execution", expected=Execution.IMPOSSIBLE, to=Execution.AWAITING)
    keep_event(order, kind=kind, note=note, happened_at=from_at, actor=actor, at=at)
    opening.reopen_case(case_id=order.case_id, stage="check", actor=actor, at=at)
    opening.move_stage(case_id=order.case_id, stage="check")
    order_type = law.order_type(order.order_type_id)
    if order_type.restart_rules:  # elsewhere the first clock was never stopped
        deadlines.restart_deadline(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id=order_type.execute_rule,
            from_at=from_at,
            ground=_restart_rule(order_type, kind),
            actor=actor,
            at=at,
            note=note,
        )
    deciding.open_again(order=order, addresses=addresses, at=at)
    _record(order, kind, {"from": from_at.isoformat(), "addresses": len(addresses)}, actor, at)


def keep_event(
    order: RemovalOrder, *, kind: str, note: str, happened_at: datetime, actor: Actor, at: datetime
) -> OrderEvent:
    """Append what others did to the order; part of a larger act."""
    return OrderEvent.objects.create(
        order=order,
        kind=kind,
        by_whom=order.issuer_name if kind == "clarified" else actor.name,
        document=note,
        happened_at=happened_at,
        recorded_by_name=actor.name,
        recorded_at=at,
    )


def check_moment(moment: datetime, *, not_before: datetime, at: datetime) -> None:
    """Refuse a moment that cannot be: after now, or before what it follows. Raises Invalid."""
    if moment > at:
        raise Invalid(_("This time lies in the future. Record it when it has happened."))
    if moment < not_before:
        raise Invalid(
            _("This time lies before %(earliest)s, which it follows.")
            % {"earliest": not_before.isoformat(timespec="minutes")}
        )


def last_impossibility(order: RemovalOrder) -> datetime | None:
    """Return when the order was last reported impossible, or None."""
    rows = Answer.objects.filter(order=order, kind="impossibility")
    return rows.order_by("-written_at").values_list("written_at", flat=True).first()


def _restart_rule(order_type: law.OrderType, kind: str) -> str:
    """Return the clock of the new hour: the order type lists force majeure first, clarification second."""
    return order_type.restart_rules[-1] if kind == "clarified" else order_type.restart_rules[0]


@transaction.atomic
def file_as_information(*, order_id: UUID, reason: str, actor: Actor, at: datetime) -> RemovalOrder:
    """Settle that the message does not bind this host: no countdown, a courteous answer (issue, point 5)."""
    if not reason.strip():
        raise GroundMissing(_("Say why the message does not bind this service."))
    order = lock(order_id)
    if order.execution != Execution.AWAITING:
        raise NotInThisState(_("This order is not waiting for its check any more."))
    RemovalOrder.objects.filter(pk=order.pk).update(is_binding=False, execution=Execution.NOT_BINDING)
    order.is_binding, order.execution = False, Execution.NOT_BINDING
    deadlines.cancel_deadlines_of(
        subject_kind="removal_order", subject_id=order.id, reason="not_binding", at=at
    )
    cases.settle_case(case_id=order.case_id, kind="information", stage="answer", actor=actor, at=at)
    _record(order, "filed_as_information", {"reason": reason}, actor, at)
    return order


def _record(order: RemovalOrder, what: str, facts: dict[str, str | int], actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts=facts,
    )
