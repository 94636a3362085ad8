"""The full assessment of an executed order, and the four ways it can end (DESIGN section 2)."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders import facts
from entente.apps.orders.errors import NotCrossBorder, NotInThisState, WasOnCall
from entente.apps.orders.models import (
    ENDED,
    Authenticity,
    Course,
    Execution,
    ExecutionCheck,
    RemovalOrder,
)
from entente.apps.orders.services import answering, reporting
from entente.apps.orders.services.checking import lock
from entente.apps.orders.services.deciding import assessment_rules
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment


@transaction.atomic
def choose_course(
    *, order_id: UUID, course: str, reasons: str, actor: Actor, at: datetime, same_for_rest: bool = False
) -> RemovalOrder:
    """End the full assessment: accept, ask for scrutiny, go to court, ask the issuer to withdraw.

    The content stays disabled in every case: an order is challenged, not ignored (rule 3). `same_for_rest` says that
    whoever concludes looked at the addresses without an assessment of their own and finds that the same holds there.
    Raises WasOnCall when the person had the order in hand when it was executed, NotCrossBorder, NotInThisState (an
    order nobody verified is not accepted), Invalid (reasons or assessment missing).
    """
    order = lock(order_id)
    if order.execution != Execution.EXECUTED or order.fate in ENDED:
        raise NotInThisState(_("Only an executed order that is in force is assessed."))
    check_assessor(order=order, actor=actor)
    if course not in Course.values:
        raise Invalid(_("Choose how the assessment ends."), courses=list(Course.values))
    if course == Course.SCRUTINY and not facts.may_be_scrutinised(order):
        raise NotCrossBorder(
            _(
                "Only an order of another state than the host's own can be scrutinised (TCO Art. 4). Go to court, or ask the issuer to withdraw it."
            )
        )
    if course == Course.ACCEPT and order.authenticity != Authenticity.VERIFIED:
        raise NotInThisState(
            _("Nobody has verified this order yet. Call the authority back first; then it can be accepted.")
        )
    if not reasons.strip():
        raise Invalid(_("Give the reasons of your assessment."))
    covered = _covered(order, course, same_for_rest=same_for_rest)
    compare_and_set(
        order,
        field="course",
        expected=["", Course.ACCEPT, Course.WITHDRAWAL, Course.SCRUTINY],
        to=course,
        course_at=at,
    )
    _settle_clocks(order, course, actor, at)
    audit.record(
        kind="orders:removal_order:course_chosen",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"course": course, "reasons": reasons, **covered},
    )
    _FOLLOW[Course(course)](order, reasons, actor, at)
    return order


def check_assessor(*, order: RemovalOrder, actor: Actor) -> None:
    """Refuse whoever had the order in hand when it was executed: somebody else assesses it. Raises WasOnCall."""
    if actor.id in _had_it_in_hand(order):
        raise WasOnCall(_("You executed this order, or were on call for it. Somebody else has to assess it."))


def _had_it_in_hand(order: RemovalOrder) -> frozenset[str]:
    """Return the ids of who executed the order, answered a check of it, or was first on call at that moment."""
    checks = ExecutionCheck.objects.filter(order=order).values_list("checked_by_id_text", "checked_at")
    hands = {order.executed_by_id_text}
    for checked_by, checked_at in checks:
        hands.add(checked_by)
        primary = deadline_queries.on_call(checked_at).primary
        if primary is not None:
            hands.add(str(primary.id))
    return frozenset(hands)


def usable_assessments(order: RemovalOrder) -> "list[Assessment]":
    """Return the complete assessments of the order by people who may assess it, newest first."""
    hands = _had_it_in_hand(order)
    return [
        one
        for one in case_queries.assessments_of(order.case_id)
        if one.is_complete and one.road == "order" and str(one.assessed_by_id) not in hands
    ]


def unassessed(order: RemovalOrder) -> list[str]:
    """Return the addresses in effect that no usable assessment is about."""
    about = {one.item_id for one in usable_assessments(order)}
    held = [item for item in case_queries.items_of(order.case_id) if item.action_state == "applied"]
    return [item.url for item in held if item.id not in about]


def _covered(order: RemovalOrder, course: str, *, same_for_rest: bool) -> dict[str, int]:
    """Return what the conclusion rests on. Raises Invalid: without an assessment, or with an address left out unsaid."""
    assessments = [one for one in usable_assessments(order) if one.outcome == course]
    if not assessments:
        raise Invalid(
            _("Complete an assessment with this conclusion first; nothing is concluded with a gap.")
        )
    rest = len(unassessed(order))
    if rest and not same_for_rest:
        raise Invalid(
            _("%(count)d addresses have no assessment of their own. Assess them, or say that the same holds.")
            % {"count": rest},
            unassessed=rest,
        )
    return {"assessments": len(assessments), "same_holds_for": rest}


def _settle_clocks(order: RemovalOrder, course: str, actor: Actor, at: datetime) -> None:
    """Meet the assessment's own clock; the window for scrutiny guards nothing any more, or runs until the request is there."""
    for rule_id in assessment_rules(order):
        if course == Course.SCRUTINY and rule_id == reporting.sent_rule(order, "scrutiny_request"):
            continue
        if rule_id.startswith("house."):
            deadlines.meet_deadline(
                subject_kind="removal_order", subject_id=order.id, rule_id=rule_id, met_at=at, at=at
            )
        else:
            deadlines.cancel_deadline(
                subject_kind="removal_order",
                subject_id=order.id,
                rule_id=rule_id,
                reason=course,
                actor=actor,
                at=at,
                expired_too=True,
            )


def _accept(order: RemovalOrder, _reasons: str, actor: Actor, at: datetime) -> None:
    deadlines.cancel_deadlines_of(
        subject_kind="removal_order",
        subject_id=order.id,
        reason="accepted",
        at=at,
        keep=reporting.report_rules(order),
    )
    cases.close_case(case_id=order.case_id, actor=actor, at=at, outcome="accepted")


def _ask_scrutiny(order: RemovalOrder, reasons: str, actor: Actor, at: datetime) -> None:
    document = answering.scrutiny_document(order, reasons, actor, at)
    answering.send_request(
        order=order,
        kind="scrutiny_request",
        document=document,
        recipient=authority.contact_mail if (authority := facts.scrutiny_authority()) else "",
        actor=actor,
        at=at,
    )
    deadlines.start_deadline(
        subject_kind="removal_order",
        subject_id=order.id,
        rule_id="tco.xborder.decide",
        trigger_at=at,
        at=at,
        case_id=order.case_id,
    )
    opening.move_stage(case_id=order.case_id, stage="follow")


def _go_to_court(order: RemovalOrder, _reasons: str, _actor: Actor, at: datetime) -> None:
    rule_id = law.order_type(order.order_type_id).court_rule(order.issuer_country)
    if rule_id:
        deadlines.start_deadline(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id=rule_id,
            trigger_at=order.received_at,
            at=at,
            case_id=order.case_id,
        )
    opening.move_stage(case_id=order.case_id, stage="follow")


def _ask_withdrawal(order: RemovalOrder, reasons: str, actor: Actor, at: datetime) -> None:
    document = {
        **answering.scrutiny_document(order, reasons, actor, at),
        "article": "",
        "addressed_to": order.issuer_name,
    }
    answering.send_request(
        order=order, kind="withdrawal_request", document=document, recipient="", actor=actor, at=at
    )
    opening.move_stage(case_id=order.case_id, stage="follow")


_FOLLOW = {
    Course.ACCEPT: _accept,
    Course.SCRUTINY: _ask_scrutiny,
    Course.COURT: _go_to_court,
    Course.WITHDRAWAL: _ask_withdrawal,
}
