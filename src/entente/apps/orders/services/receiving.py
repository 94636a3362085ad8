"""Receiving an order: one transaction from the door to the receipt.

The receipt leaves only after the commit that holds the order, its case, its clock, its leaf and its audit
event (rule 8), so what was acknowledged survives power loss.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.content import services as content
from entente.apps.content.addresses import AddressError
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.rows import insert_row
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders import facts
from entente.apps.orders.errors import OrderMalformed
from entente.apps.orders.models import Authenticity, Execution, RemovalOrder
from entente.apps.orders.services import alerts, recognising, repeating
from entente.apps.orders.services.refusing import check_size
from entente.apps.oversight import services as oversight
from entente.apps.tlog import services as tlog
from entente.core.law import orders as law
from entente.core.law.errors import UnknownOrderType

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONValue
    from entente.apps.parties.types import AuthorityFacts
    from entente.apps.tlog.models import Leaf


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as a door hands it in; `sender` names who brought it, where the form names nobody."""

    form: law.RemovalOrderForm
    door: str
    received_at: datetime
    order_type_id: str = "eu.tco.removal_order"
    authority: "AuthorityFacts | None" = None
    authenticity: str = Authenticity.UNVERIFIED
    authenticity_method: str = ""
    matches_register: bool = False
    receipt_proof: str = ""
    sender: str = ""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Received:
    """What the sender gets: the order, its receipt, and whether it was known already."""

    order: RemovalOrder
    receipt: dict[str, Any]
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Everything that can be known before the writer's lock is taken."""

    draft: OrderDraft
    urls: tuple[str, ...]
    order_type: law.OrderType
    order: RemovalOrder
    leaf: "Leaf"
    has_namesakes: bool
    is_open: bool


def receive_removal_order(
    *, draft: OrderDraft, actor: Actor, at: datetime, within: Callable[[], None] | None = None
) -> Received:
    """Take in an order and return its receipt; the same order again returns the first one, never a second.

    `within` runs first inside the transaction (a door that must remember a signature together with the order).
    Reading, examining and computing what binds happen before the transaction, so that many orders at once wait
    for one writer as briefly as possible. Raises OrderMalformed (no address, unknown type), TooManyAddresses.
    """
    check_size(draft.form, draft.authority, actor, at)
    prepared = _prepare(draft, at)
    known = _known(prepared) if prepared.has_namesakes else None
    if known is not None:
        return _receive_again(known, draft, actor, at, within)
    try:
        return _receive_new(prepared, actor, at, within)
    except IntegrityError:
        # Two copies of one order arrived at the same moment; the database let one through.
        known = _known(prepared)
        if known is None:
            raise
        return _receive_again(known, draft, actor, at, within)


def _prepare(draft: OrderDraft, at: datetime) -> _Prepared:
    form = draft.form
    if form.exercise and not config().demo:
        raise OrderMalformed(
            _("This form is marked EXERCISE. A real instance takes no exercise for an order.")
        )
    try:
        order_type = law.order_type(draft.order_type_id)
    except UnknownOrderType as unknown:
        raise OrderMalformed(
            _("This kind of order is not known here: %(kind)s.") % {"kind": draft.order_type_id[:60]},
            known=sorted(law.order_types()),
        ) from unknown
    urls = tuple(canonical_addresses(form))
    found = facts.examined(form, draft.authority, order_type, draft.received_at)
    order = _row(draft, order_type, urls, at)
    order.findings, order.binding_reasons = found.findings, found.binding_reasons
    order.is_binding = found.is_binding
    order.execution = Execution.AWAITING if found.is_binding else Execution.NOT_BINDING
    return _Prepared(
        draft=draft,
        urls=urls,
        order_type=order_type,
        order=order,
        leaf=_leaf(order, len(urls), at),
        has_namesakes=recognising.may_be_known(order),
        is_open=found.is_open,
    )


def canonical_addresses(form: law.RemovalOrderForm) -> list[str]:
    """Return the addresses of section B in their canonical form, each once, in their order."""
    urls = []
    for text in facts.addresses(form):
        try:
            urls.append(content.canonical_url(text).url)
        except AddressError:
            # An address we cannot read stays in the order as it came; the check names it.
            urls.append(text.strip())
    return list(dict.fromkeys(urls))


def _known(prepared: _Prepared) -> RemovalOrder | None:
    """Return the same order if it came before."""
    return recognising.find_same(prepared.order)


@transaction.atomic
def _receive_again(
    order: RemovalOrder, draft: OrderDraft, actor: Actor, at: datetime, within: Callable[[], None] | None
) -> Received:
    if within is not None:
        within()
    repeating.hear_again(order=order, draft=draft, actor=actor, at=at)
    return Received(order=order, receipt=order.receipt, is_duplicate=True)


@transaction.atomic
def _receive_new(
    prepared: _Prepared, actor: Actor, at: datetime, within: Callable[[], None] | None
) -> Received:
    if within is not None:
        within()
    items, known_items = content.register_contents(urls=prepared.urls, at=at)
    order, is_binding = prepared.order, prepared.order.is_binding
    order.related_to, order.related_how = recognising.find_related(
        order, known_items, has_namesakes=prepared.has_namesakes
    )
    order.case = cases.open_case(
        kind="order" if is_binding else "information",
        stage="check" if is_binding else "answer",
        intake_kind="removal_order",
        intake_id=order.id,
        title=facts.title(order) or prepared.draft.sender,
        sender=order.issuer_name or prepared.draft.sender,
        items=items,
        actor=actor,
        at=at,
        is_binding=is_binding,
    )
    tlog.append_prepared(prepared.leaf)
    insert_row(order)
    if is_binding:
        deadlines.start_deadline(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id=prepared.order_type.execute_rule,
            trigger_at=order.received_at,
            at=at,
            case_id=order.case.id,
        )
        content.request_snapshots(content_items=items, case_id=order.case.id, at=at)
    elif prepared.is_open:
        alerts.wake_about_missing_facts(order=order, at=at)
    _record(order, len(items), actor, at)
    notify_worker_on_commit()
    return Received(order=order, receipt=order.receipt, is_duplicate=False)


def _row(draft: OrderDraft, order_type: law.OrderType, urls: Sequence[str], at: datetime) -> RemovalOrder:
    form = draft.form
    return RemovalOrder(
        authority_id=draft.authority.id if draft.authority else None,
        order_type_id=order_type.id,
        reference=facts.reference(form),
        issuer_name=facts.issuer_name(form, draft.authority),
        issuer_country=facts.issuer_country(form, draft.authority),
        issued_at=facts.issued_at(form),
        door=draft.door,
        received_at=draft.received_at,
        recorded_at=at,
        receipt_proof=draft.receipt_proof,
        digest=hashlib.sha256(draft.raw).hexdigest(),
        addresses_digest=recognising.addresses_digest(urls),
        form=form.to_json(),
        authenticity=draft.authenticity,
        authenticity_method=draft.authenticity_method,
        authenticity_at=at if draft.authenticity == Authenticity.VERIFIED else None,
        matches_register=draft.matches_register,
        silence_asked=form.section_c.non_disclosure,
    )


def _leaf(order: RemovalOrder, addresses: int, at: datetime) -> "Leaf":
    """Write the order's leaf and sign its receipt, before the writer's lock is taken; both count from the commit."""
    leaf = tlog.prepare_leaf(
        kind="order_received",
        public_facts={
            "order_type": order.order_type_id,
            "issuing_state": order.issuer_country,
            "binding": order.is_binding,
            "addresses": addresses,
            "day": tlog.day(order.received_at),
        },
        commitments={
            "order": str(order.id),
            "issuer": order.issuer_name,
            "reference": order.reference,
            "received_at": order.received_at.isoformat(),
            "digest": order.digest,
            "addresses": order.addresses_digest,
        },
        at=at,
    )
    order.leaf_hash = leaf.leaf_hash
    order.receipt = tlog.accepted_receipt(
        leaf=leaf, request_digest=order.digest, received_at=order.received_at, at=at
    )
    return leaf


def _record(order: RemovalOrder, addresses: int, actor: Actor, at: datetime) -> None:
    summary: dict[str, JSONValue] = {
        "type": order.order_type_id,
        "door": order.door,
        "authenticity": order.authenticity,
        "binding": order.is_binding,
        "addresses": addresses,
        "issuing_state": order.issuer_country,
    }
    audit.record(
        kind="orders:removal_order:received",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={**summary, "received_at": order.received_at.isoformat(), "digest": order.digest},
    )
    oversight.copy_to_overseer(kind="order_received", subject_id=order.id, summary=summary, at=at)
