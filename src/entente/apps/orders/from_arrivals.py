"""A settled arrival becomes a removal order (or another binding one), or a notice-like referral elsewhere."""

import json
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.arrivals.registries import arrival_settled
from entente.apps.kernel.actors import Actor
from entente.apps.orders import services
from entente.apps.orders.models import Authenticity
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival


def register() -> None:
    """Fill the registry for both kinds of binding orders."""
    arrival_settled.register("removal_order", become_order)
    arrival_settled.register("other_binding_order", become_order)


def become_order(arrival: "Arrival", actor: Actor, at: datetime) -> UUID:
    """Receive the order the message turned out to be; its hour runs from the message's receipt."""
    written = dict(arrival.form or {})
    form = law.RemovalOrderForm.from_json(written)
    if not form.section_b.contents:
        # A stranger wrote the form: its parts may have any shape.
        section = written.get("section_b")
        kept = section if isinstance(section, dict) else {}
        written["section_b"] = {**kept, "contents": [{"url": url} for url in arrival.urls]}
        form = law.RemovalOrderForm.from_json(written)
    authority = (
        parties.authority_for_mail_domain(arrival.sender_mail.rpartition("@")[2])
        if arrival.sender_mail
        else None
    )
    signed = bool(arrival.signature.get("valid")) and bool(arrival.signature.get("authority_id"))
    if signed:
        authority = parties.authority(UUID(str(arrival.signature["authority_id"])))
    received = services.receive_removal_order(
        draft=services.OrderDraft(
            form=form,
            door=arrival.door,
            received_at=arrival.received_at,
            order_type_id=str(written.get("order_type") or "eu.tco.removal_order"),
            authority=authority,
            authenticity=Authenticity.VERIFIED if signed else Authenticity.UNVERIFIED,
            authenticity_method="qualified_signature" if signed else "",
            matches_register=authority is not None and arrival.form is not None,
            receipt_proof=arrival.receipt_proof,
            raw=json.dumps(written, sort_keys=True, default=str).encode() + arrival.digest.encode(),
        ),
        actor=actor,
        at=at,
    )
    return received.order.case_id
