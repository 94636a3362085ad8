"""Short stories the tests of the console start from."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from entente.apps.cases import services as cases
from entente.apps.cases.models import Action
from entente.apps.kernel.actors import PUBLIC, SYSTEM, Actor
from entente.apps.notices import services as notices
from entente.apps.notices.models import Notice
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.world import ALL_YES, HOST, NOW, Office


def notice(*paths: str, at: datetime = NOW, **changes: Any) -> Notice:
    """Receive a notice about one address, or several."""
    values: dict[str, Any] = {
        "urls": tuple(f"https://{HOST}{path}" for path in paths or ("/p/1",)),
        "explanation": "This text calls for attacks; see the last lines.",
        "good_faith": True,
        "door": "public_form",
        "received_at": at,
        "notifier_mail": "reader@mail.example",
    }
    draft = notices.NoticeDraft(**{**values, **changes})
    return notices.receive_notice(draft=draft, actor=PUBLIC, at=at)


def apply_all(case_id: UUID, at: datetime = NOW) -> None:
    """Let the platform carry out whatever was asked for in a case."""
    for action in Action.objects.filter(decision__case_id=case_id, state__in=["pending", "undoing"]):
        cases.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)


def executed(office: Office, *, by: Actor | None = None, **changes: Any) -> RemovalOrder:
    """Receive an order and execute it within the hour."""
    received = world.receive(by=office, **changes)
    order_services.execute_order(
        order_id=received.order.id,
        answers=ALL_YES,
        actor=by or world.actor("on_call", name="Omar Example"),
        at=NOW + timedelta(minutes=3),
    )
    apply_all(received.order.case_id, NOW + timedelta(minutes=4))
    return orders.order(received.order.id)
