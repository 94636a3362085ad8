"""Correcting the time of receipt: an appended event with its proof; the earliest time drives the clock (rule 4)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.orders.models import ReceiptCorrection, RemovalOrder
from entente.apps.orders.services.checking import lock
from entente.apps.orders.services.deciding import assessment_rules
from entente.core.law import orders as law


@transaction.atomic
def correct_receipt(
    *, order_id: UUID, received_at: datetime, proof: str, actor: Actor, at: datetime
) -> RemovalOrder:
    """Append a correction of when the order reached us. The order's own column keeps what was first recorded."""
    if not proof.strip():
        raise Invalid(_("A correction needs its proof: what shows when the order reached us?"))
    if received_at > at:
        raise Invalid(_("An order cannot have reached us in the future."))
    order = lock(order_id)
    ReceiptCorrection.objects.create(
        order=order, received_at=received_at, proof=proof, corrected_by_name=actor.name, corrected_at=at
    )
    order_type = law.order_type(order.order_type_id)
    for rule_id in (order_type.execute_rule, *assessment_rules(order)):
        deadlines.correct_trigger(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id=rule_id,
            earliest_at=received_at,
            proof=proof,
            actor=actor,
            at=at,
        )
    audit.record(
        kind="orders:removal_order:receipt_corrected",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"received_at": received_at.isoformat(), "proof": proof},
    )
    return order
