"""The full assessment of an executed order, and the four ways it can end (DESIGN section 2)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders import facts
from entente.apps.orders.errors import NotCrossBorder, NotInThisState, WasOnCall
from entente.apps.orders.models import ENDED, Course, Execution, RemovalOrder
from entente.apps.orders.services import answering, reporting
from entente.apps.orders.services.checking import lock
from entente.apps.orders.services.deciding import assessment_rules

COURT_RULES = {"FR": "fr.tco.recours_ta"}
"""Issuing state -> the clock of its court road, where the law data know one (law.md, section 0)."""


@transaction.atomic
def choose_course(*, order_id: UUID, course: str, reasons: str, actor: Actor, at: datetime) -> RemovalOrder:
    """End the full assessment: accept, ask for scrutiny, go to court, ask the issuer to withdraw.

    The content stays disabled in every case: an order is challenged, not ignored (rule 3). Raises WasOnCall
    when the person executed the order, NotCrossBorder, NotInThisState, Invalid (reasons or assessment missing).
    """
    order = lock(order_id)
    if order.execution != Execution.EXECUTED or order.fate in ENDED:
        raise NotInThisState(_("Only an executed order that is in force is assessed."))
    if actor.id == order.executed_by_id_text:
        raise WasOnCall(_("You executed this order. Somebody else has to assess it."))
    if course not in Course.values:
        raise Invalid(_("Choose how the assessment ends."), courses=list(Course.values))
    if course == Course.SCRUTINY and not facts.may_be_scrutinised(order):
        raise NotCrossBorder(
            _(
                "Only an order of another state than the host's own can be scrutinised (TCO Art. 4). Go to court, or ask the issuer to withdraw it."
            )
        )
    if not reasons.strip():
        raise Invalid(_("Give the reasons of your assessment."))
    if not case_queries.has_complete_assessment(order.case_id, outcome=course):
        raise Invalid(
            _("Complete an assessment with this conclusion first; nothing is concluded with a gap.")
        )
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
        facts={"course": course, "reasons": reasons},
    )
    _FOLLOW[Course(course)](order, reasons, actor, at)
    return order


def _settle_clocks(order: RemovalOrder, course: str, actor: Actor, at: datetime) -> None:
    """Meet the clocks of the assessment; the window for scrutiny is used, or guards nothing any more, expired or not."""
    for rule_id in assessment_rules(order):
        if rule_id.startswith("house.") or course == Course.SCRUTINY:
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
    rule_id = COURT_RULES.get(order.issuer_country)
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
