"""Computing anew, with today's register and profile, whether an order binds here and what its form lacks.

A wrong "does not bind" is put right: by a person's key, when the same order comes again, or by the worker once the
profile or the register has changed. The hour then runs from the receipt, however late that is found out (rule 4).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.content import queries as content_queries
from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders import facts
from entente.apps.orders.errors import NotInThisState
from entente.apps.orders.models import ENDED, Authenticity, Execution, OrderEvent, RemovalOrder
from entente.apps.orders.services.checking import lock
from entente.apps.orders.services.deciding import earliest_receipt
from entente.apps.orders.services.recognising import SAME_ORDER
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.parties.registries import RegisterChange

REVISABLE: Final = frozenset({Execution.AWAITING, Execution.NOT_BINDING})
"""Only while nothing was done does a new computation change what is to be done."""

_STANDING: Final = frozenset({"authority_changed", "authority_status_set"})


@transaction.atomic
def examine_again(*, order_id: UUID, actor: Actor, at: datetime) -> RemovalOrder:
    """Examine an order that was filed as information again; where it binds, its hour runs from its receipt.

    Raises NotInThisState.
    """
    order = lock(order_id)
    if order.execution != Execution.NOT_BINDING or order.related_how == SAME_ORDER:
        raise NotInThisState(_("Only what was filed as information is examined again."))
    refuse_over(order)
    bind_again(order, actor=actor, at=at, why="asked")
    return order


def refuse_over(order: RemovalOrder) -> None:
    """Refuse what is over: an order that ended, or that was found not to be genuine. Raises NotInThisState."""
    if order.fate in ENDED:
        raise NotInThisState(_("This order has ended."))
    if order.authenticity == Authenticity.REFUTED:
        raise NotInThisState(_("This order was found not to be genuine."))


def was_computed(order: RemovalOrder) -> bool:
    """Say whether the program computed that an order does not bind; else a person filed it, and a person takes it back."""
    return any(reason.get("weight") != "for" for reason in order.binding_reasons)


def bind_again(order: RemovalOrder, *, actor: Actor, at: datetime, why: str) -> None:
    """Compute binding and findings of a locked order anew, and go the way they lead; part of a larger act."""
    order_type = law.order_type(order.order_type_id)
    found = facts.examined(
        law.RemovalOrderForm.from_json(order.form),
        parties.authority(order.authority_id) if order.authority_id else None,
        order_type,
        earliest_receipt(order),
    )
    order.findings, order.examine_due = found.findings, False
    changes = ["findings", "examine_due"]
    if order.execution in REVISABLE:
        order.binding_reasons = found.binding_reasons
        changes.append("binding_reasons")
    order.save(update_fields=changes)
    if found.is_binding and order.execution == Execution.NOT_BINDING:
        _bind(order, order_type, actor, at, why)
    elif not found.is_binding and order.execution == Execution.AWAITING:
        _release(order, actor, at, why)


def _bind(order: RemovalOrder, order_type: law.OrderType, actor: Actor, at: datetime, why: str) -> None:
    compare_and_set(
        order, field="execution", expected=Execution.NOT_BINDING, to=Execution.AWAITING, is_binding=True
    )
    OrderEvent.objects.create(
        order=order,
        kind="binds_after_all",
        by_whom=actor.name,
        document="",
        happened_at=at,
        recorded_by_name=actor.name,
        recorded_at=at,
    )
    opening.reopen_case(case_id=order.case_id, stage="check", actor=actor, at=at)
    cases.settle_case(case_id=order.case_id, kind="order", stage="check", actor=actor, at=at, is_binding=True)
    deadlines.start_deadline(
        subject_kind="removal_order",
        subject_id=order.id,
        rule_id=order_type.execute_rule,
        trigger_at=earliest_receipt(order),
        at=at,
        case_id=order.case_id,
    )
    _ask_for_copies(order, at)
    _record(order, "bound", why, actor, at)
    notify_worker_on_commit()


def _release(order: RemovalOrder, actor: Actor, at: datetime, why: str) -> None:
    compare_and_set(
        order, field="execution", expected=Execution.AWAITING, to=Execution.NOT_BINDING, is_binding=False
    )
    deadlines.cancel_deadlines_of(
        subject_kind="removal_order", subject_id=order.id, reason="not_binding", at=at, actor=actor
    )
    cases.settle_case(case_id=order.case_id, kind="information", stage="answer", actor=actor, at=at)
    _record(order, "unbound", why, actor, at)


def _ask_for_copies(order: RemovalOrder, at: datetime) -> None:
    """Ask for a copy of every address; most such orders were never copied, and then one statement does it."""
    urls = [item.url for item in case_queries.items_of(order.case_id)]
    items, _known = content.register_contents(urls=urls, at=at)
    if not content_queries.snapshot_counts(order.case_id):
        content.request_snapshots(content_items=items, case_id=order.case_id, at=at)
        return
    for item in items:
        content.request_snapshot(content_item=item, case_id=order.case_id, at=at)


def _record(order: RemovalOrder, what: str, why: str, actor: Actor, at: datetime) -> None:
    audit.record(
        kind=f"orders:removal_order:{what}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"why": why, "received_at": earliest_receipt(order).isoformat()},
    )


def hear_register(change: "RegisterChange") -> None:
    """Have what an authority sent examined again after its entry changed; in the change's transaction."""
    if change.kind in _STANDING:
        _mark_due(authority_id=change.authority_id)


def hear_host(_at: datetime) -> None:
    """Have everything that waits as information examined again after the host's profile changed."""
    _mark_due()


def _mark_due(**of: UUID) -> None:
    """Mark what is not answered yet: what was answered, its authority knows as not binding, and may send again."""
    waiting = RemovalOrder.objects.filter(
        execution=Execution.NOT_BINDING, case__state="open", examine_due=False, **of
    )
    waiting.exclude(fate__in=ENDED).exclude(authenticity=Authenticity.REFUTED).update(examine_due=True)
    notify_worker_on_commit()


def continue_examinations(*, at: datetime, limit: int = 10) -> int:
    """Examine again what is due, each order in a transaction of its own; the worker calls this. Return how many.

    What a person filed as information stays there: they take it back themselves.
    """
    due = RemovalOrder.objects.filter(examine_due=True).order_by("recorded_at").values_list("id", flat=True)
    done = 0
    for order_id in list(due[:limit]):
        with transaction.atomic():
            order = lock(order_id)
            if not order.examine_due:
                continue
            done += 1
            if order.execution == Execution.NOT_BINDING and was_computed(order):
                bind_again(order, actor=SYSTEM, at=at, why="changed")
            else:
                RemovalOrder.objects.filter(pk=order.pk).update(examine_due=False)
    return done
