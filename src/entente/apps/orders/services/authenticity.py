"""Authenticity, a state of its own: verified by key, signature or call-back; refuted at any time."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import Invalid
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders.models import Authenticity, RemovalOrder

METHODS = ("registered_key", "qualified_signature", "call_back")


@transaction.atomic
def verify_order(*, order_id: UUID, method: str, note: str, actor: Actor, at: datetime) -> RemovalOrder:
    """Record that the order is genuine; `call_back` means the number in our register, never the message's."""
    if method not in METHODS:
        raise Invalid(_("Choose how the order was verified."), methods=list(METHODS))
    order = RemovalOrder.objects.select_for_update().get(pk=order_id)
    if order.authenticity == Authenticity.VERIFIED:
        return order
    if method == "call_back":
        _check_register(order, note)
    compare_and_set(
        order,
        field="authenticity",
        expected=Authenticity.UNVERIFIED,
        to=Authenticity.VERIFIED,
        authenticity_method=method,
        authenticity_note=note,
        authenticity_at=at,
    )
    deadlines.meet_deadline(
        subject_kind="removal_order",
        subject_id=order.id,
        rule_id="house.verify_unverified_order",
        met_at=at,
        at=at,
    )
    _record(order, "verified", {"method": method, "note": note}, actor, at)
    return order


def _check_register(order: RemovalOrder, note: str) -> None:
    if order.authority is None or not order.authority.callback_phone:
        raise Invalid(
            _(
                "Our register has no telephone number for this authority. Add the authority first, from a source of your own."
            )
        )
    if not note.strip():
        raise Invalid(_("Write down whom you spoke to and when."))


@transaction.atomic
def refute_order(*, order_id: UUID, note: str, actor: Actor, at: datetime) -> RemovalOrder:
    """Record that the order is not genuine: what was disabled because of it is restored at once."""
    from entente.apps.orders.services.restoring import start_restoration

    if not note.strip():
        raise Invalid(_("Say how you know that the order is not genuine."))
    order = RemovalOrder.objects.select_for_update(of=("self",)).select_related("case").get(pk=order_id)
    if order.authenticity == Authenticity.REFUTED:
        return order
    compare_and_set(
        order,
        field="authenticity",
        expected=[Authenticity.UNVERIFIED, Authenticity.VERIFIED],
        to=Authenticity.REFUTED,
        authenticity_note=note,
        authenticity_at=at,
    )
    _record(order, "refuted", {"note": note}, actor, at)
    start_restoration(order=order, why="refuted", actor=actor, at=at)
    return order


def _record(order: RemovalOrder, what: str, facts: dict[str, str], actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts=facts,
    )
