"""Messages in, answers in, messages called off: each inside the caller's transaction."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.deliveries import registries
from entente.apps.deliveries.answers import read_answer
from entente.apps.deliveries.errors import (
    DeliveryTooLarge,
    MalformedDelivery,
    NoSuchDelivery,
    NothingToRepeat,
)
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.types import Answer
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.jsontypes import JSONObject, JSONValue
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit

LARGEST_PAYLOAD_BYTES = 4_000_000
"""An order of 1,000 addresses with its feedback stays far below."""

_State = Delivery.State
_UNANSWERED = (_State.PENDING, _State.DELIVERED, _State.FAILED, _State.CANCELLED)


@transaction.atomic
def enqueue(
    *,
    transport: str,
    purpose: str,
    destination: str,
    payload: JSONObject,
    subject_kind: str,
    subject_id: UUID,
    at: datetime,
    case_id: UUID | None = None,
    alarm_after: timedelta | None = None,
    idempotency_key: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Delivery:
    """Put a message in the outbox, in the transaction of the act it tells about, and return it.

    Destinations: webhook "platform" or "authority:<id>" (or the address under which either is known here), mail a
    mailbox, page a person's id. With an idempotency key
    that is known already, the delivery of the first time is returned and nothing is added. `alarm_after`: how long
    until `registries.delivery_failing` is called when it has not arrived. Sent at least once, under one id.
    Raises MalformedDelivery, DeliveryTooLarge; NoHandler for an unknown transport.
    """
    kept_destination = registries.transports.get(transport).check(destination=destination, payload=payload)
    _check_headers(headers or {})
    if len(json.dumps(payload)) > LARGEST_PAYLOAD_BYTES:
        raise DeliveryTooLarge(
            _("A delivery holds at most %(limit)s bytes.") % {"limit": LARGEST_PAYLOAD_BYTES}
        )
    if idempotency_key is not None:
        known = Delivery.objects.filter(idempotency_key=idempotency_key).first()
        if known is not None:
            return known
    delivery = Delivery(
        transport=transport,
        purpose=purpose,
        destination=kept_destination,
        subject_kind=subject_kind,
        subject_id=subject_id,
        case_id=case_id,
        headers=dict(headers or {}),
        payload=dict(payload),
        next_attempt_at=at,
        created_at=at,
        alarm_at=at + alarm_after if alarm_after is not None else None,
        idempotency_key=idempotency_key,
    )
    stored = _insert(delivery)
    notify_worker_on_commit()
    return stored


def _insert(delivery: Delivery) -> Delivery:
    """Insert, or return the delivery of the same key that another transaction inserted first."""
    if delivery.idempotency_key is None:
        delivery.save(force_insert=True)
        return delivery
    try:
        with transaction.atomic():
            delivery.save(force_insert=True)
    except IntegrityError:
        return Delivery.objects.get(idempotency_key=delivery.idempotency_key)
    return delivery


def _check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a header that would smuggle in another one. Raises MalformedDelivery."""
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").isalnum():
            raise MalformedDelivery(_("A header's name is letters, digits and hyphens."))
        if not value.isascii() or not value.isprintable():
            raise MalformedDelivery(_("A header's value is one line of plain text."))


@transaction.atomic
def acknowledge(*, delivery_id: UUID, at: datetime, facts: Mapping[str, JSONValue]) -> bool:
    """Take the other side's answer, `{"applied": bool, "at": time?, "reason": text?}`; return whether it was news.

    Idempotent: the same answer again changes nothing. A refusal may be followed by an effect, never the reverse. It
    is taken in every state: what was given up or called off may have arrived all the same, and whoever asked must
    know. Raises MalformedAnswer, NoSuchDelivery, and what the purpose's handler raises.
    """
    answer = read_answer(facts)
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NoSuchDelivery(_("There is no such delivery."))
    return record_answer(delivery, answer, at)


def record_answer(delivery: Delivery, answer: Answer, at: datetime) -> bool:
    """Write an answer and tell the purpose's handler, in the running transaction; return whether it was news."""
    changes: dict[str, Any] = {
        "answer": answer.facts(),
        "acknowledged_at": at,
        "delivered_at": delivery.delivered_at or at,
        "next_attempt_at": None,
        "claim": None,
        "claimed_until": None,
        "alarm_at": None,
    }
    if delivery.state == _State.ACKNOWLEDGED:
        refused_before = delivery.answer is not None and not delivery.answer["applied"]
        if not (refused_before and answer.applied):
            return False
        compare_and_set(delivery, expected=_State.ACKNOWLEDGED, to=_State.ACKNOWLEDGED, **changes)
    else:
        compare_and_set(delivery, expected=_UNANSWERED, to=_State.ACKNOWLEDGED, **changes)
    handler = registries.delivery_acknowledged.find(delivery.purpose)
    if handler is not None:
        handler(delivery, at, answer.facts())
    return True


@transaction.atomic
def cancel(*, delivery_id: UUID, at: datetime, reason: str, actor: Actor = SYSTEM) -> bool:
    """Call off a delivery that did not arrive yet; return whether there was still something to call off.

    An attempt already on the wire is not recalled: if it arrives, its time is kept and its answer still reaches the
    handler. Raises NoSuchDelivery.
    """
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NoSuchDelivery(_("There is no such delivery."))
    if delivery.state not in (_State.PENDING, _State.FAILED):
        return False
    _call_off(delivery)
    _audit(delivery, "cancelled", actor, at, {"reason": reason})
    return True


@transaction.atomic
def settle_for_subject(
    *,
    subject_kind: str,
    subject_id: UUID,
    purposes: Collection[str],
    at: datetime,
    reason: str,
    arrived_only: bool = False,
) -> int:
    """Settle what a subject still has in the outbox, because it no longer matters; return how many changed.

    Waiting ones are called off, unless `arrived_only`; delivered ones count as seen; no handler is called. An `undo`
    calls off a waiting `apply` this way; an alarm that somebody acknowledged takes down its pages.
    """
    rows = Delivery.objects.select_for_update().filter(
        subject_kind=subject_kind, subject_id=subject_id, purpose__in=purposes
    )
    changed = 0
    waiting = rows.none() if arrived_only else rows.filter(state__in=[_State.PENDING, _State.FAILED])
    for delivery in waiting:
        _call_off(delivery)
        _audit(delivery, "cancelled", SYSTEM, at, {"reason": reason})
        changed += 1
    for delivery in rows.filter(state=_State.DELIVERED):
        compare_and_set(
            delivery, expected=_State.DELIVERED, to=_State.ACKNOWLEDGED, acknowledged_at=at, alarm_at=None
        )
        changed += 1
    return changed


@transaction.atomic
def settle_alarms(*, case_id: UUID, purpose: str, at: datetime, reason: str) -> int:
    """Settle the pages that rang about a case's messages of one purpose, because they matter no longer; return how many."""
    about = Delivery.objects.filter(case_id=case_id, purpose=purpose).values("pk")
    pages = Delivery.objects.filter(
        case_id=case_id, subject_kind="delivery", subject_id__in=about, transport="page"
    )
    ids = pages.values_list("subject_id", "purpose").distinct().order_by()
    return sum(
        settle_for_subject(
            subject_kind="delivery", subject_id=subject_id, purposes=[alarm], at=at, reason=reason
        )
        for subject_id, alarm in list(ids)
    )


@transaction.atomic
def send_again(*, delivery_id: UUID, actor: Actor, at: datetime) -> Delivery:
    """Send a delivery once more now, under the same id: given up, waiting, or delivered and never answered.

    Raises NothingToRepeat when it was answered or called off, NoSuchDelivery.
    """
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    if delivery is None:
        raise NoSuchDelivery(_("There is no such delivery."))
    if delivery.state in (_State.ACKNOWLEDGED, _State.CANCELLED):
        raise NothingToRepeat(_("This was answered or called off; there is nothing to send again."))
    # The count starts anew, so that the quick retries run again while somebody is watching.
    compare_and_set(
        delivery,
        expected=(_State.PENDING, _State.DELIVERED, _State.FAILED),
        to=_State.PENDING,
        attempts=0,
        next_attempt_at=at,
        claim=None,
        claimed_until=None,
    )
    _audit(delivery, "sent_again", actor, at, {})
    notify_worker_on_commit()
    return delivery


def _call_off(delivery: Delivery) -> None:
    """Move a delivery to cancelled; its claim stays, so that its subject's next delivery waits for the wire."""
    compare_and_set(
        delivery,
        expected=(_State.PENDING, _State.FAILED),
        to=_State.CANCELLED,
        next_attempt_at=None,
        alarm_at=None,
    )


def _audit(delivery: Delivery, what: str, actor: Actor, at: datetime, facts: JSONObject) -> None:
    """Record an act on a delivery."""
    audit.record(
        kind=f"deliveries:delivery:{what}",
        subject_kind="delivery",
        subject_id=delivery.id,
        actor=actor,
        at=at,
        case_id=delivery.case_id,
        facts={"purpose": delivery.purpose, **facts},
    )
