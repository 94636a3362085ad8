"""Short words for what orders go through, for the tests of this room."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from entente.apps.orders.services import reporting
from tests import world
from tests.apps.cases.told import letters_arrive
from tests.world import ALL_YES, NOW, Office


def apply_all(case_id: UUID, at: datetime) -> None:
    """Let the platform carry out everything that was asked for, and everything written arrive."""
    for action in Action.objects.filter(decision__case_id=case_id, state__in=["pending", "undoing"]):
        case_services.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)
    reports_arrive(case_id, at)
    letters_arrive(case_id, at)


def reports_arrive(case_id: UUID, at: datetime) -> None:
    """Let what was written to the authority arrive."""
    for delivery in Delivery.objects.filter(case_id=case_id, purpose__startswith="answer."):
        reporting.hear_arrival(delivery, at)


def refuse_all(case_id: UUID, at: datetime, reason: str = "not_found") -> None:
    """Let the platform refuse everything that was asked for."""
    for action in Action.objects.filter(decision__case_id=case_id):
        case_services.record_refusal(action_id=action.id, reason=reason, actor=SYSTEM, at=at)


def executed(
    office: Office, *urls: str, at: datetime = NOW, by: Actor | None = None, **changes: Any
) -> tuple[RemovalOrder, Actor]:
    """Receive and execute an order; return it with the person who did."""
    received = world.receive(*urls, by=office, at=at, **changes)
    person = by or world.actor("on_call")
    services.execute_order(
        order_id=received.order.id, answers=ALL_YES, actor=person, at=at + timedelta(minutes=3)
    )
    apply_all(received.order.case_id, at + timedelta(minutes=4))
    return queries.order(received.order.id), person


def end(order: RemovalOrder, fate: str = "withdrawn", at: datetime = NOW + timedelta(hours=5)) -> None:
    """Let the issuer (or whoever may) end the order."""
    services.end_order(
        order_id=order.id,
        fate=fate,
        by_whom="Office for Exercises",
        document="letter of the office",
        happened_at=at,
        actor=world.actor("senior_reviewer"),
        at=at,
    )


def restore_all(at: datetime = NOW + timedelta(hours=5)) -> int:
    """Let the worker give back what ended orders held down; return in how many batches."""
    batches = 0
    while services.continue_restorations(at=at):
        batches += 1
    return batches


def execute(order: RemovalOrder, **changes: Any) -> RemovalOrder:
    values: dict[str, Any] = {"answers": ALL_YES, "actor": world.actor("on_call"), "at": NOW}
    return services.execute_order(order_id=order.id, **{**values, **changes})


def impossible(order: RemovalOrder, **changes: Any) -> RemovalOrder:
    values: dict[str, Any] = {
        "ground": "manifest_error",
        "explanation": "The address names no post.",
        "actor": world.actor("on_call"),
        "at": NOW,
    }
    return services.declare_impossible(order_id=order.id, **{**values, **changes})
