"""Receiving an order: one transaction from the door to the receipt.

The receipt leaves only after the commit that holds the order, its case, its clock, its leaf and its audit
event (rule 8), so what was acknowledged survives power loss.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
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
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.rows import insert_row
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders import facts
from entente.apps.orders.errors import OrderMalformed, TooManyAddresses
from entente.apps.orders.models import Authenticity, Execution, RemovalOrder
from entente.apps.oversight import services as oversight
from entente.apps.parties import queries as parties
from entente.apps.tlog import services as tlog
from entente.core.law import orders as law
from entente.core.law.errors import UnknownOrderType
from entente.core.law.texts import Said

if TYPE_CHECKING:
    from entente.apps.content.models import ContentItem
    from entente.apps.kernel.jsontypes import JSONValue
    from entente.apps.parties.types import AuthorityFacts
    from entente.apps.tlog.models import Leaf


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as a door hands it in."""

    form: law.RemovalOrderForm
    door: str
    received_at: datetime
    order_type_id: str = "eu.tco.removal_order"
    authority: "AuthorityFacts | None" = None
    authenticity: str = Authenticity.UNVERIFIED
    authenticity_method: str = ""
    matches_register: bool = False
    receipt_proof: str = ""
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
    host = parties.host_facts()
    issuer = facts.issuer_facts(form, draft.authority, order_type.id)
    urls = tuple(dict.fromkeys(_canonical(draft)))
    binding = law.binds(facts.law_facts_of(host), order_type, issuer, draft.received_at)
    findings = law.examine(
        form,
        order_type=order_type,
        received_at=draft.received_at,
        our_hosts=frozenset(host.service_hosts),
        languages=frozenset(host.languages),
    )
    order = _row(draft, order_type, urls, at)
    order.findings = [as_json(finding) for finding in findings]
    order.is_binding = binding.binding
    order.binding_reasons = [as_json(reason) for reason in binding.reasons]
    order.execution = Execution.AWAITING if binding.binding else Execution.NOT_BINDING
    reference = order.reference
    return _Prepared(
        draft=draft,
        urls=urls,
        order_type=order_type,
        order=order,
        leaf=_leaf(order, len(urls), at),
        has_namesakes=bool(reference) and RemovalOrder.objects.filter(reference=reference).exists(),
    )


def check_size(
    form: law.RemovalOrderForm, authority: "AuthorityFacts | None", actor: Actor, at: datetime
) -> None:
    """Refuse an order without addresses or with too many; the latter goes on record, outside any transaction.

    Raises OrderMalformed, TooManyAddresses.
    """
    limit = config().limits.order_addresses
    count = len(facts.addresses(form))
    if count > limit:
        audit.record(
            kind="orders:removal_order:refused_too_many",
            subject_kind="instance",
            subject_id=new_id(),
            actor=actor,
            at=at,
            facts={
                "addresses": count,
                "limit": limit,
                "issuer": facts.issuer_name(form, authority),
            },
        )
        raise TooManyAddresses(
            _("One order may name %(limit)s addresses here; this one names %(count)s. Please split it.")
            % {"limit": limit, "count": count},
            limit=limit,
            count=count,
        )
    if count == 0:
        raise OrderMalformed(
            _("No address was found. An order names at least one address (Annex I, section B).")
        )


def addresses_digest(urls: Sequence[str]) -> str:
    """Return one digest for a set of addresses, whatever their order."""
    return hashlib.sha256("\n".join(sorted(set(urls))).encode()).hexdigest()


def _canonical(draft: OrderDraft) -> list[str]:
    urls = []
    for text in facts.addresses(draft.form):
        try:
            urls.append(content.canonical_url(text).url)
        except AddressError:
            # An address we cannot read stays in the order as it came; the check names it.
            urls.append(text.strip())
    return urls


def _known(prepared: _Prepared) -> RemovalOrder | None:
    """Return the same order if it came before: from the same authority, or from nobody we know under the same name."""
    authority = prepared.draft.authority
    same_issuer = {"authority_id": authority.id} if authority else {"issuer_name": prepared.order.issuer_name}
    found = RemovalOrder.objects.select_related("case").filter(
        reference=prepared.order.reference, addresses_digest=prepared.order.addresses_digest, **same_issuer
    )
    if authority is None:
        found = found.filter(authority__isnull=True)
    return found.exclude(reference="").exclude(authenticity=Authenticity.REFUTED).first()


@transaction.atomic
def _receive_again(
    order: RemovalOrder, draft: OrderDraft, actor: Actor, at: datetime, within: Callable[[], None] | None
) -> Received:
    if within is not None:
        within()
    audit.record(
        kind="orders:removal_order:received_again",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"door": draft.door, "received_at": draft.received_at.isoformat()},
    )
    if draft.authenticity == Authenticity.VERIFIED and order.authenticity == Authenticity.UNVERIFIED:
        # The same order by a better channel proves the first one; what that channel says counts.
        from entente.apps.orders.services.authenticity import verify_order

        if order.execution == Execution.AWAITING:
            _take_proven_form(order, draft)
        verify_order(order_id=order.id, method=draft.authenticity_method, note="", actor=actor, at=at)
    return Received(order=order, receipt=order.receipt, is_duplicate=True)


def _take_proven_form(order: RemovalOrder, draft: OrderDraft) -> None:
    host = parties.host_facts()
    order.form = draft.form.to_json()
    order.silence_asked = draft.form.section_c.non_disclosure
    order.findings = [
        as_json(finding)
        for finding in law.examine(
            draft.form,
            order_type=law.order_type(order.order_type_id),
            received_at=order.received_at,
            our_hosts=frozenset(host.service_hosts),
            languages=frozenset(host.languages),
        )
    ]
    order.save(update_fields=["form", "silence_asked", "findings"])


@transaction.atomic
def _receive_new(
    prepared: _Prepared, actor: Actor, at: datetime, within: Callable[[], None] | None
) -> Received:
    if within is not None:
        within()
    items, known_items = content.register_contents(urls=prepared.urls, at=at)
    order, is_binding = prepared.order, prepared.order.is_binding
    order.related_to, order.related_how = _related(prepared, known_items)
    order.case = cases.open_case(
        kind="order" if is_binding else "information",
        stage="check" if is_binding else "answer",
        intake_kind="removal_order",
        intake_id=order.id,
        title=", ".join(part for part in (order.issuer_name, order.reference) if part),
        sender=order.issuer_name,
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
        addresses_digest=addresses_digest(urls),
        form=form.to_json(),
        authenticity=draft.authenticity,
        authenticity_method=draft.authenticity_method,
        authenticity_at=at if draft.authenticity == Authenticity.VERIFIED else None,
        matches_register=draft.matches_register,
        silence_asked=form.section_c.non_disclosure,
    )


def as_json(said: Said) -> dict[str, Any]:
    """Return a sentence of the law engine as it is kept: code, English template, parameters, and its own fields."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(said).items()}


def _related(prepared: _Prepared, known_items: "Sequence[ContentItem]") -> tuple[RemovalOrder | None, str]:
    """Find an earlier order to link: the same reference, or the same address under another one."""
    if prepared.has_namesakes:
        same = RemovalOrder.objects.filter(
            reference=prepared.order.reference, issuer_name=prepared.order.issuer_name
        ).first()
        if same is not None:
            return same, "same_reference"
    if not known_items:
        return None, ""
    earlier = (
        RemovalOrder.objects.filter(case__items__content_item__in=known_items[:50])
        .order_by("recorded_at")
        .first()
    )
    return earlier, "same_address" if earlier else ""


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
