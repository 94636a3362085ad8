"""Knowing an order again: the same one is never counted twice, related ones are linked (issue, point 5)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders.models import ENDED, Authenticity, Execution, RemovalOrder
from entente.apps.orders.services import correcting

if TYPE_CHECKING:
    from entente.apps.content.models import ContentItem

SAME_ORDER = "same_order"
"""How a message is related to the order it turned out to be."""

_MESSAGE = gettext_noop("It is the order of case %(case)s, which goes on there.")


def addresses_digest(urls: Sequence[str]) -> str:
    """Return one digest for a set of addresses, whatever their order."""
    return hashlib.sha256("\n".join(sorted(set(urls))).encode()).hexdigest()


def find_same(order: RemovalOrder) -> RemovalOrder | None:
    """Return the order that `order`, saved or not, is once more: same issuer, law, reference and addresses.

    Without a reference an authority's order is the same while it stands and says the same time of issue. Nobody we
    know counts under the name they claim; without a name and a reference nothing tells two messages apart.
    """
    others = RemovalOrder.objects.select_related("case", "related_to", "related_to__case").exclude(
        pk=order.pk
    )
    found = others.filter(
        addresses_digest=order.addresses_digest,
        reference=order.reference,
        order_type_id=order.order_type_id,
    ).exclude(authenticity=Authenticity.REFUTED)
    if order.authority_id is not None:
        found = found.filter(authority_id=order.authority_id)
    elif order.reference:
        found = found.filter(authority__isnull=True, issuer_name=order.issuer_name)
    else:
        return None
    if not order.reference:
        found = found.filter(issued_at=order.issued_at).exclude(fate__in=ENDED)
    same = found.order_by("recorded_at").first()
    return same.related_to if same is not None and same.related_how == SAME_ORDER else same


def may_be_known(order: RemovalOrder) -> bool:
    """Say quickly whether `find_same` can find anything: most orders are new, and asked about by the hundred."""
    if order.reference:
        return RemovalOrder.objects.filter(reference=order.reference).exists()
    return RemovalOrder.objects.filter(addresses_digest=order.addresses_digest).exists()


def find_related(
    order: RemovalOrder, known_items: "Sequence[ContentItem]", *, has_namesakes: bool
) -> tuple[RemovalOrder | None, str]:
    """Find an earlier order to link: the same reference, or the same address under another one."""
    if has_namesakes and order.reference:
        same = RemovalOrder.objects.filter(reference=order.reference, issuer_name=order.issuer_name).first()
        if same is not None:
            return same, "same_reference"
    if not known_items:
        return None, ""
    earlier = (
        RemovalOrder.objects.filter(case__items__content_item__in=[item.pk for item in known_items])
        .order_by("recorded_at")
        .first()
    )
    return earlier, "same_address" if earlier else ""


def fold(order: RemovalOrder, into: RemovalOrder, *, actor: Actor, at: datetime) -> None:
    """Let a message that turned out to be another row's order end there; its receipt, if earlier, counts for that one.

    Part of a larger act. Nothing may have been carried out on it yet.
    """
    if order.received_at < into.received_at:
        correcting.correct_receipt(
            order_id=into.id,
            received_at=order.received_at,
            proof=order.receipt_proof or order.case.reference,
            actor=actor,
            at=at,
        )
    reason = {
        "code": "order.same",
        "message": _MESSAGE,
        "params": {"case": into.case.reference},
        "weight": "against",
    }
    compare_and_set(
        order,
        field="execution",
        expected=[Execution.AWAITING, Execution.NOT_BINDING, Execution.IMPOSSIBLE],
        to=Execution.NOT_BINDING,
        is_binding=False,
        binding_reasons=[reason],
        examine_due=False,
        related_to=into,
        related_how=SAME_ORDER,
    )
    deadlines.cancel_deadlines_of(
        subject_kind="removal_order", subject_id=order.id, reason=SAME_ORDER, at=at, actor=actor
    )
    audit.record(
        kind="orders:removal_order:folded",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"into": into.case.reference},
    )
    cases.settle_case(case_id=order.case_id, kind="information", stage="done", actor=actor, at=at)
    cases.close_case(case_id=order.case_id, actor=actor, at=at, outcome=SAME_ORDER)
