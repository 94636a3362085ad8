"""The clock of what is owed: feedback, impossibility, the request for scrutiny, until it arrived or was handed over.

The reports go out "without undue delay" (TCO 3(6) to 3(8)); the request counts when it reaches the authority inside
the window (TCO 4(4)), not when it was written. Where our register knows no address of the sender the document
waits for download, and only a person can say that it was handed over, and how.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import Answer, HandOver, RemovalOrder
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.deliveries.models import Delivery


def report_rule(order: RemovalOrder, kind: str) -> str | None:
    """Return the clock of an answer of this kind under the order's law, or None where none runs."""
    order_type = law.order_type(order.order_type_id)
    return {"feedback": order_type.feedback_rule, "impossibility": order_type.impossibility_rule}.get(kind)


def sent_rule(order: RemovalOrder, kind: str) -> str | None:
    """Return the clock that ends when a document of this kind has reached its addressee, or None where none runs."""
    if kind == "scrutiny_request":
        return law.order_type(order.order_type_id).scrutiny_rule
    return report_rule(order, kind)


def report_rules(order: RemovalOrder) -> list[str]:
    """Return the clocks of every report that the order's law asks for."""
    return [rule for kind in ("feedback", "impossibility") if (rule := report_rule(order, kind))]


def start_clock(answer: Answer, at: datetime) -> None:
    """Start the clock of a report that was written; the same report again changes nothing while it runs."""
    rule = report_rule(answer.order, answer.kind)
    if rule is not None:
        deadlines.start_deadline(
            subject_kind="removal_order",
            subject_id=answer.order_id,
            rule_id=rule,
            trigger_at=at,
            at=at,
            case_id=answer.order.case_id,
        )


def hear_arrival(delivery: "Delivery", at: datetime) -> None:
    """Meet the clock of a document that arrived; in the transaction that records the arrival."""
    answer = Answer.objects.select_related("order").filter(pk=delivery.subject_id).first()
    if answer is not None:
        _meet(answer, at)


@transaction.atomic
def hand_over_answer(*, answer_id: UUID, how: str, actor: Actor, at: datetime) -> Answer:
    """Record that a person handed a document over by a road of their own.

    Raises Invalid without saying how, NotInThisState for a draft: nobody sends what nobody signed.
    """
    if not how.strip():
        raise Invalid(_("Say how the document was handed over: by whom, to whom, by which road."))
    answer = Answer.objects.select_related("order").get(pk=answer_id)
    if answer.kind == "scrutiny_draft":
        raise NotInThisState(_("This is a draft. Choose how the assessment ends; then the request goes out."))
    row = HandOver.objects.create(
        answer=answer, how=how.strip()[:500], handed_over_by_name=actor.name, handed_over_at=at
    )
    audit.record(
        kind="orders:answer:handed_over",
        subject_kind="removal_order",
        subject_id=answer.order_id,
        case_id=answer.order.case_id,
        actor=actor,
        at=at,
        facts={"answer": str(answer.id), "how": row.how},
    )
    _meet(answer, at)
    return answer


def _meet(answer: Answer, at: datetime) -> None:
    rule = sent_rule(answer.order, answer.kind)
    if rule is not None:
        deadlines.meet_deadline(
            subject_kind="removal_order", subject_id=answer.order_id, rule_id=rule, met_at=at, at=at
        )
