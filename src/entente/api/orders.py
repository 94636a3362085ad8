"""POST /api/v1/orders: a removal order signed by a registered authority; GET: its status for its issuer."""

import json
import logging
import threading
import time
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from entente.api import order_schema, signatures
from entente.api.texts import refuse_unstorable
from entente.apps.kernel import clock
from entente.apps.kernel.actors import PUBLIC
from entente.apps.kernel.config import config
from entente.apps.kernel.idempotency import run_once
from entente.apps.orders import queries, services
from entente.apps.orders.errors import OrderMalformed, OrderMissing, SignatureRefused
from entente.apps.orders.types import VERIFIED
from entente.core.law import orders as law

router = Router(tags=["orders"])
logger = logging.getLogger(__name__)

# One interpreter runs one thread at a time. An order that waits for it while it holds the database's only writer's
# lock would keep the other processes waiting too, so the orders of one process are taken in one after the other.
_one_at_a_time = threading.Lock()
_CROWDED_SECONDS = 0.02


@router.post(
    "/orders", url_name="post_order", summary="Send a removal order", openapi_extra=order_schema.described()
)
def post_order(request: HttpRequest) -> HttpResponse:
    """Receive an order (Annex I as JSON) and answer with an `accepted` receipt.

    The request is signed with the key of a registered authority: RFC 9421 with Ed25519, covering `@method`,
    `@target-uri` and `content-digest` (RFC 9530). 201 = received, 200 = this very order was received before
    (the first receipt is returned), 401 = the signature was refused, 413 = too many addresses or bytes.
    """
    at = clock.now()
    size = _size(request)
    if size > config().limits.order_bytes:
        _refuse_too_large(request, size, at)
    # The body has arrived: whoever sends slowly holds nobody up.
    asked_at = time.monotonic()
    with _one_at_a_time:
        waited = time.monotonic() - asked_at
        response = _receive(request, at)
    if waited > _CROWDED_SECONDS:
        # Kept-open connections stay with the process that accepted them; the next one may find a freer process.
        response["Connection"] = "close"
    return response


def _size(request: HttpRequest) -> int:
    """Return how many bytes a request has, or says it has: what is far too large is not read at all."""
    said = request.headers.get("Content-Length", "")
    if said.isdecimal() and int(said) > config().limits.order_bytes:
        return int(said)
    return len(request.body)


def _refuse_too_large(request: HttpRequest, size: int, at: datetime) -> NoReturn:
    """Refuse a body that is too large; who signed it is helped to split it, so that goes on record."""
    try:
        signed = signatures.verify(request, at=at)
    except (SignatureRefused, RequestDataTooBig):
        logger.warning("An order of %s bytes that nobody we know signed was refused", size)
        services.refuse_too_large(size_bytes=size, authority=None, actor=PUBLIC, at=at)
    authority = signed.key.authority
    services.refuse_too_large(size_bytes=size, authority=authority, actor=authority.actor, at=at)


def _receive(request: HttpRequest, at: datetime) -> HttpResponse:
    signed = signatures.verify(request, at=at)
    written = _read(request.body)
    form = law.RemovalOrderForm.from_json(written)
    actor = signed.key.authority.actor
    # Before the kept answer's transaction: a refusal must stay on record, and a rollback would take it away.
    services.check_size(form, signed.key.authority, actor, at)

    def act() -> tuple[int, Any]:
        received = services.receive_removal_order(
            draft=services.OrderDraft(
                form=form,
                door="api",
                received_at=at,
                order_type_id=str(written.get("order_type") or "eu.tco.removal_order"),
                authority=signed.key.authority,
                authenticity=VERIFIED,
                authenticity_method="registered_key",
                matches_register=True,
                receipt_proof=f"signed request, key {signed.key.key_id}",
                raw=request.body,
            ),
            actor=actor,
            at=at,
            within=lambda: signatures.use_once(signed),
        )
        return (200 if received.is_duplicate else 201), _answer(received)

    status, body = run_once(
        owner=f"authority:{actor.id}",
        key=request.headers.get("Idempotency-Key", ""),
        request_body=request.body,
        at=at,
        act=act,
    )
    response = JsonResponse(body, status=status)
    response["Location"] = f"/api/v1/orders/{body['id']}"
    return response


def _read(body: bytes) -> dict[str, Any]:
    try:
        written = json.loads(body)
    except (ValueError, RecursionError):
        raise OrderMalformed(
            "The body is not JSON. Send Annex I as described in /api/v1/openapi.json."
        ) from None
    if not isinstance(written, dict):
        raise OrderMalformed(
            "The body is not a JSON object. Send Annex I as described in /api/v1/openapi.json."
        )
    refuse_unstorable(written)
    return written


def _answer(received: services.Received) -> dict[str, Any]:
    order = received.order
    return {
        "id": str(order.id),
        "case": order.case.reference,
        "duplicate": received.is_duplicate,
        "binding": order.is_binding,
        "related_to": str(order.related_to_id) if order.related_to_id else None,
        "status_url": f"{config().base_url.rstrip('/')}/api/v1/orders/{order.id}",
        "receipt": received.receipt,
    }


@router.post(
    "/orders/{order_id}/clarification",
    url_name="post_clarification",
    summary="Clarify an order",
    openapi_extra=order_schema.described_clarification(),
)
def post_clarification(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Take in what the issuing authority clarifies: boxes of Annex I filled in or put right, and a note in words.

    Signed as an order is. Boxes that are left out stay as they were; both versions are kept. What was reported as
    impossible gets a new hour from this receipt. The answer is the state of the order.
    """
    at = clock.now()
    size = _size(request)
    if size > config().limits.order_bytes:
        _refuse_too_large(request, size, at)
    signed = signatures.verify(request, at=at)
    written = _read(request.body)
    authority = signed.key.authority
    form = queries.clarified_form(order_id, written.get("form"), authority_id=authority.id)
    if form is None:
        raise OrderMissing("No order of yours has this number.")
    services.check_size(form, authority, authority.actor, at)

    def act() -> tuple[int, Any]:
        signatures.use_once(signed)
        services.clarify_order(
            order_id=order_id,
            received_at=at,
            note=str(written.get("note") or ""),
            form=form,
            actor=authority.actor,
            at=at,
        )
        return 200, queries.status_for_issuer(order_id, authority_id=authority.id)

    status, body = run_once(
        owner=f"authority:{authority.id}",
        key=request.headers.get("Idempotency-Key", ""),
        request_body=request.body,
        at=at,
        act=act,
    )
    return JsonResponse(body, status=status)


@router.get("/orders/{order_id}", url_name="get_order", summary="Ask what became of an order")
def get_order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Return the state of an order to the authority that issued it.

    The request is signed by the same key, covering `@method` and `@target-uri`; without content it needs no digest.
    """
    at = clock.now()
    # The signature is not remembered: a question repeated within its five minutes is harmless. It changes nothing, and
    # it names this order and this method, so it asks for nothing else.
    signed = signatures.verify(request, at=at)
    status = queries.status_for_issuer(order_id, authority_id=signed.key.authority.id)
    if status is None:
        raise OrderMissing("No order of yours has this number.")
    return JsonResponse(status)
