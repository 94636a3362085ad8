"""What follows when the platform says what it did: preservation, letter, feedback, the next clock."""

from datetime import datetime
from typing import TYPE_CHECKING

from entente.apps.cases import services as cases
from entente.apps.deadlines import services as deadlines
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import facts
from entente.apps.orders.models import ENDED, Authenticity, RemovalOrder
from entente.apps.orders.services import alerts, deciding, restoring
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, Decision, StatementOfReasons


def hear_effect(action: "Action", at: datetime) -> None:
    """Go on after a measure of an order took effect, was refused, or was taken back; in the caller's transaction."""
    order = (
        RemovalOrder.objects.select_for_update(of=("self",))
        .select_related("case", "authority")
        .get(pk=action.decision.case.intake_id)
    )
    if action.state == "applied":
        _applied(order, action, at)
    elif action.state == "failed":
        alerts.wake(order=order, reason="platform_refused", detail=action.failure, at=at)
    else:  # undone: a refused restoration wakes people by itself and is not heard here
        _undone(order, at)


def _applied(order: RemovalOrder, action: "Action", at: datetime) -> None:
    # TCO 6: six months from the removal, whatever becomes of the order.
    evidence.preserve(
        subject_kind="content_item",
        subject_id=action.decision.item.content_item_id,
        case_id=order.case_id,
        ground_id=bases.basis(action.decision.basis_id).preservation_ground,
        starts_at=action.effect_at or at,
        actor=SYSTEM,
        at=at,
    )
    cases.inform_person(decision=action.decision, at=at)
    deciding.settle_execution(order=order, at=at)


def start_persons_window(statement: "StatementOfReasons", at: datetime) -> None:
    """Start the 48 hours in which the person may ask for scrutiny (TCO 4(4)), where this order can be scrutinised."""
    if statement.decision.outcome != "restore" and is_open_to_scrutiny(statement.decision):
        deadlines.start_deadline(
            subject_kind="statement",
            subject_id=statement.id,
            rule_id="tco.xborder.request_person",
            trigger_at=statement.informed_at or at,
            at=at,
        )


def is_open_to_scrutiny(decision: "Decision") -> bool:
    """Say whether the person affected by a decision may ask for scrutiny of its order (TCO 4(4))."""
    return facts.may_be_scrutinised(RemovalOrder.objects.get(pk=decision.case.intake_id))


def _undone(order: RemovalOrder, at: datetime) -> None:
    is_over = order.fate in ENDED or order.authenticity == Authenticity.REFUTED
    if is_over and not restoring.is_restoring(order.id):
        restoring.close_when_back(order=order, actor=SYSTEM, at=at)
