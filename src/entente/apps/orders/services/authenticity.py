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
from entente.apps.orders.models import ENDED, Authenticity, Execution, RemovalOrder
from entente.core.law import orders as law

METHODS = ("registered_key", "qualified_signature", "call_back")


@transaction.atomic
def verify_order(
    *, order_id: UUID, method: str, note: str, actor: Actor, at: datetime, proven_at: datetime | None = None
) -> RemovalOrder:
    """Record that the order is genuine; `call_back` means the number in our register, never the message's.

    If Annex III had answered that nothing authenticates it, the proof is the clarification it asked for: a new hour
    runs from `proven_at`, when the proof reached us (now, unless told otherwise), and rings (TCO 3(8)).
    """
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
    if order.execution == Execution.IMPOSSIBLE and order.fate not in ENDED:
        _start_again(order, proven_at or at, actor, at)
    return order


def _start_again(order: RemovalOrder, proven_at: datetime, actor: Actor, at: datetime) -> None:
    """Start the new hour of an order that could not be executed for lack of information, its authenticity included."""
    from entente.apps.orders.services.clarifying import clarify_order

    reported = order.answers.filter(kind="impossibility").order_by("-written_at").first()
    if reported is None or reported.ground != law.ImpossibilityGround.INSUFFICIENT_INFORMATION:
        return  # an obstacle or an error in the order is still there
    clarify_order(
        order_id=order.id,
        received_at=max(proven_at, reported.written_at),
        note=_("The order was verified."),
        addresses=(),
        actor=actor,
        at=at,
    )
    order.refresh_from_db()


def _check_register(order: RemovalOrder, note: str) -> None:
    if order.authority is None:
        raise Invalid(
            _("Say first which authority of our register it is. Its number there is the one to call.")
        )
    if not order.authority.callback_phone:
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
