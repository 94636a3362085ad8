"""What ends an order: withdrawal, scrutiny, a court. Restoring is immediate and by itself (TCO 4(7))."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import ENDED, Fate, OrderEvent, RemovalOrder
from entente.apps.orders.services.checking import check_moment, lock
from entente.apps.orders.services.restoring import start_restoration
from entente.apps.tlog import services as tlog


@transaction.atomic
def end_order(
    *,
    order_id: UUID,
    fate: str,
    by_whom: str,
    document: str,
    happened_at: datetime,
    actor: Actor,
    at: datetime,
) -> RemovalOrder:
    """Record that the order has ended, and begin to restore everything it held down, in the same transaction.

    `fate` is `withdrawn`, `ceased` or `annulled`. Raises NotInThisState, Invalid.
    """
    if fate not in {value.value for value in ENDED}:
        raise Invalid(_("An order ends by withdrawal, scrutiny or annulment."))
    if not by_whom.strip():
        raise Invalid(_("Say who ended the order."))
    order = lock(order_id)
    if order.fate in ENDED:
        raise NotInThisState(_("This order has ended already."))
    check_moment(happened_at, not_before=order.issued_at or order.received_at, at=at)
    compare_and_set(order, field="fate", expected=[Fate.IN_FORCE, Fate.FINAL], to=fate, fate_at=happened_at)
    OrderEvent.objects.create(
        order=order,
        kind=fate,
        by_whom=by_whom,
        document=document,
        happened_at=happened_at,
        recorded_by_name=actor.name,
        recorded_at=at,
    )
    audit.record(
        kind=f"orders:removal_order:{fate}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"by": by_whom, "happened_at": happened_at.isoformat()},
    )
    tlog.append_leaf(
        kind="order_ended",
        public_facts={"order_type": order.order_type_id, "fate": fate, "day": tlog.day(happened_at)},
        commitments={"order": str(order.id), "by": by_whom, "happened_at": happened_at.isoformat()},
        at=at,
    )
    start_restoration(order=order, why=fate, actor=actor, at=at)
    return order


@transaction.atomic
def mark_final(
    *, order_id: UUID, document: str, happened_at: datetime, actor: Actor, at: datetime
) -> RemovalOrder:
    """Record that the order became final (TCO 3(9)): no appeal in time, or confirmed on appeal."""
    order = lock(order_id)
    check_moment(happened_at, not_before=order.issued_at or order.received_at, at=at)
    compare_and_set(order, field="fate", expected=Fate.IN_FORCE, to=Fate.FINAL, fate_at=happened_at)
    OrderEvent.objects.create(
        order=order,
        kind="final",
        by_whom=order.issuer_name,
        document=document,
        happened_at=happened_at,
        recorded_by_name=actor.name,
        recorded_at=at,
    )
    audit.record(
        kind="orders:removal_order:final",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
    )
    return order
