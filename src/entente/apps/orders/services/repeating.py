"""The same order once more: by a better channel, earlier than we thought, or after a wrong "does not bind"."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.kernel.actors import Actor
from entente.apps.orders import facts
from entente.apps.orders.models import (
    ENDED,
    Authenticity,
    Execution,
    FormVersion,
    FormWhy,
    RemovalOrder,
)
from entente.apps.orders.services import alerts, authenticity, checking, correcting, examining
from entente.apps.orders.services.deciding import earliest_receipt
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.orders.services.receiving import OrderDraft

_UNTOUCHED = frozenset({Execution.AWAITING, Execution.NOT_BINDING, Execution.IMPOSSIBLE})


def hear_again(*, order: RemovalOrder, draft: "OrderDraft", actor: Actor, at: datetime) -> None:
    """Take from a second copy what it adds to the first; in the caller's transaction. Nothing is counted twice."""
    audit.record(
        kind="orders:removal_order:received_again",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"door": draft.door, "received_at": draft.received_at.isoformat()},
    )
    if order.fate in ENDED:
        return
    if draft.received_at < earliest_receipt(order):
        # The clock uses the earliest receipt of all, whichever copy was recorded first (rule 4).
        correcting.correct_receipt(
            order_id=order.id,
            received_at=draft.received_at,
            proof=draft.receipt_proof.strip() or draft.door,
            actor=actor,
            at=at,
        )
    if draft.authenticity == Authenticity.VERIFIED and order.authenticity == Authenticity.UNVERIFIED:
        # The same order by a better channel proves the first one; what that channel says counts.
        if order.execution in _UNTOUCHED:
            _take_proven_form(order, draft, actor, at)
        authenticity.verify_order(
            order_id=order.id,
            method=draft.authenticity_method,
            note="",
            proven_at=draft.received_at,
            actor=actor,
            at=at,
        )
    _hear_clarification(order, draft, actor, at)
    _reconsider(order, actor, at)
    order.refresh_from_db()


def _hear_clarification(order: RemovalOrder, draft: "OrderDraft", actor: Actor, at: datetime) -> None:
    """Read an order sent again with other boxes, after we had reported it as impossible, as its clarification."""
    from entente.apps.orders.services.clarifying import clarify_order

    current = checking.lock(order.id)
    reported = checking.last_impossibility(current)
    if (
        draft.authenticity == Authenticity.VERIFIED
        and current.execution == Execution.IMPOSSIBLE
        and reported is not None
        and draft.received_at >= reported
        and draft.form.to_json() != current.form
    ):
        clarify_order(
            order_id=order.id,
            received_at=draft.received_at,
            note=_("The authority sent its order again, with other boxes."),
            form=draft.form,
            actor=actor,
            at=at,
        )


def _take_proven_form(order: RemovalOrder, draft: "OrderDraft", actor: Actor, at: datetime) -> None:
    if draft.form.to_json() != order.form:
        FormVersion.objects.create(
            order=order, form=order.form, why=FormWhy.PROVEN, replaced_by_name=actor.name, replaced_at=at
        )
    order.form = draft.form.to_json()
    order.silence_asked = draft.form.section_c.non_disclosure
    order.findings = facts.examined(
        draft.form, draft.authority, law.order_type(order.order_type_id), order.received_at
    ).findings
    order.save(update_fields=["form", "silence_asked", "findings"])


def _reconsider(order: RemovalOrder, actor: Actor, at: datetime) -> None:
    """Examine again what was computed not to bind; what a person filed, a person is told about."""
    locked = checking.lock(order.id)
    if locked.execution != Execution.NOT_BINDING:
        return
    if examining.was_computed(locked):
        examining.bind_again(locked, actor=actor, at=at, why="came_again")
    else:
        alerts.wake(order=locked, reason="filed_came_again", at=at)
