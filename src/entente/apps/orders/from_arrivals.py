"""A settled arrival becomes a removal order, or another binding one with its own law."""

import json
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.arrivals.registries import arrival_checked, arrival_settled
from entente.apps.kernel.actors import Actor
from entente.apps.orders import facts, services
from entente.apps.orders.errors import IssuerUnknown, LawMissing
from entente.apps.orders.models import Authenticity
from entente.apps.parties import queries as parties
from entente.core.law import orders as law
from entente.core.law.intake import REMOVAL_ORDER_TYPE

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival
    from entente.apps.parties.types import AuthorityFacts

OTHER_ORDER = "other_binding_order"


def register() -> None:
    """Fill the registries for both kinds of binding orders."""
    for kind, check in _CHECKS.items():
        arrival_checked.register(kind, check)
        arrival_settled.register(kind, become_order)


def check_arrival(kind: str, arrival: "Arrival", actor: Actor, at: datetime) -> None:
    """Refuse a message that cannot become an order yet; too many addresses go on record.

    Raises LawMissing, IssuerUnknown, OrderMalformed, TooManyAddresses.
    """
    order_type_id(arrival, kind)
    form, authority = law.RemovalOrderForm.from_json(_written(arrival)), _issuer(arrival)
    services.check_size(form, authority, actor, at)
    if not facts.issuer_country(form, authority):
        raise IssuerUnknown(
            _(
                "Say which authority of our register it is, or at least of which state: without it nobody can compute whether it binds here. The clock of its arrival runs on meanwhile."
            ),
            field="authority",
        )


_CHECKS = {kind: partial(check_arrival, kind) for kind in ("removal_order", OTHER_ORDER)}


def order_type_id(arrival: "Arrival", kind: str) -> str:
    """Return the law an order is under: a removal order's own, else what a person chose, else what its form names.

    Raises LawMissing.
    """
    if kind != OTHER_ORDER:
        return REMOVAL_ORDER_TYPE
    named = arrival.order_type_id or str((arrival.form or {}).get("order_type") or "")
    if named not in law.order_types() or named == REMOVAL_ORDER_TYPE:
        raise LawMissing(
            _("Choose the law of the order. Its clock, its scope and its redress follow from it."),
            field="order_type",
        )
    return named


def become_order(arrival: "Arrival", actor: Actor, at: datetime) -> UUID:
    """Receive the order the message turned out to be; its hour runs from the message's receipt."""
    written, authority = _written(arrival), _issuer(arrival)
    form = law.RemovalOrderForm.from_json(written)
    signed = bool(arrival.signature.get("valid")) and authority is not None
    received = services.receive_removal_order(
        draft=services.OrderDraft(
            form=form,
            door=arrival.door,
            received_at=arrival.received_at,
            order_type_id=order_type_id(arrival, arrival.settled_kind),
            authority=authority,
            authenticity=Authenticity.VERIFIED if signed else Authenticity.UNVERIFIED,
            authenticity_method="qualified_signature" if signed else "",
            matches_register=facts.matches_register(form, authority, arrival.sender_mail),
            receipt_proof=arrival.receipt_proof,
            sender=arrival.sender,
            raw=json.dumps(written, sort_keys=True, default=str).encode() + arrival.digest.encode(),
        ),
        actor=actor,
        at=at,
    )
    return received.order.case_id


def _issuer(arrival: "Arrival") -> "AuthorityFacts | None":
    return parties.authority(arrival.authority_id) if arrival.authority_id is not None else None


def _written(arrival: "Arrival") -> dict[str, Any]:
    """Return the form as it came or was typed, with the message's addresses where it names none itself."""
    written = dict(arrival.form or {})
    if law.RemovalOrderForm.from_json(written).section_b.contents:
        return written
    # A stranger wrote the form: its parts may have any shape.
    section = written.get("section_b")
    kept = section if isinstance(section, dict) else {}
    written["section_b"] = {**kept, "contents": [{"url": url} for url in arrival.urls]}
    return written
