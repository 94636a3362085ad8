"""The worker's half of the outbox: claim, send, record.

A claim is a short compare-and-set transaction with a lease; sending happens outside any transaction; recording is a
second short transaction. Whatever dies in between, the lease runs out and the message is sent again under the same
id: at least once, never zero times. Deliveries of one subject to one destination leave one at a time, so that an
`undo` cannot overtake an `apply` that is on the wire. One worker process is the design; a second one only costs
duplicates that carry the same id.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import SystemRandom
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.deliveries import registries
from entente.apps.deliveries.models import Delivery, DeliveryAttempt, MailboxFile, MailboxMessage
from entente.apps.deliveries.schedules import URGENT, next_attempt_at, purpose_of
from entente.apps.deliveries.services.outbox import record_answer
from entente.apps.deliveries.types import LONGEST_DETAIL, KeptMail, Outcome, Parcel
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.ids import new_id
from entente.apps.kernel.transitions import compare_and_set

LEASE = timedelta(seconds=90)
"""Longer than any transport may take; how late a delivery is repeated after a worker died with it."""

MOST_AT_ONCE = 8
_ALARM_RETRY = timedelta(seconds=30)
_State = Delivery.State
_random = SystemRandom()
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery this worker may send until the lease ends."""

    delivery_id: UUID
    token: UUID
    number: int
    transport: str
    parcel: Parcel


def attempt_due(*, at: datetime, limit: int = 20) -> int:
    """Send what is due, at most `limit`, and return how many attempts were made; rings due alarms first.

    Bounded: one slow platform holds its own thread, at most for its transport's time limit. Call it outside any
    transaction; a full return value says that more may be due.
    """
    _ring_alarms(at, limit)
    claims = _claim_due(at, limit)
    if not claims:
        return 0
    started = time.monotonic()
    for claim, outcome, took_ms in _sent(claims):
        recorded_at = at + timedelta(seconds=time.monotonic() - started)
        _record_safely(claim, outcome, took_ms, recorded_at)
    return len(claims)


def _claim_due(at: datetime, limit: int) -> list[Claim]:
    """Take a lease on up to `limit` due deliveries, oldest due first, in one short transaction."""
    claims: list[Claim] = []
    with transaction.atomic():
        due = Delivery.objects.filter(state=_State.PENDING, next_attempt_at__lte=at)
        for delivery in due.order_by("next_attempt_at", "id")[:limit]:
            claim = None if _subject_is_busy(delivery, at) else _claim(delivery, at)
            if claim is not None:
                claims.append(claim)
    return claims


def _subject_is_busy(delivery: Delivery, at: datetime) -> bool:
    """Tell whether another delivery of the same subject to the same destination is on the wire."""
    others = Delivery.objects.filter(
        subject_id=delivery.subject_id,
        subject_kind=delivery.subject_kind,
        destination=delivery.destination,
        claimed_until__gt=at,
    )
    return others.exclude(pk=delivery.pk).exists()


def _claim(delivery: Delivery, at: datetime) -> Claim | None:
    """Claim one delivery if nobody did since it was read; the end of the lease is its next attempt."""
    token = new_id()
    changed = Delivery.objects.filter(
        pk=delivery.pk, state=_State.PENDING, next_attempt_at=delivery.next_attempt_at
    ).update(
        claim=token, claimed_until=at + LEASE, next_attempt_at=at + LEASE, attempts=delivery.attempts + 1
    )
    if changed != 1:
        return None
    parcel = Parcel(
        delivery_id=delivery.id,
        purpose=delivery.purpose,
        destination=delivery.destination,
        address=None,
        headers=delivery.headers,
        payload=delivery.payload,
        created_at=delivery.created_at,
        sent_at=at,
    )
    return Claim(
        delivery_id=delivery.id,
        token=token,
        number=delivery.attempts + 1,
        transport=delivery.transport,
        parcel=parcel,
    )


def _sent(claims: list[Claim]) -> Iterator[tuple[Claim, Outcome, int]]:
    """Send all claims, several at once, and yield each with its outcome as it comes."""
    with ThreadPoolExecutor(max_workers=min(len(claims), MOST_AT_ONCE)) as pool:
        futures = {}
        for claim in claims:
            try:
                # Addresses are read here: threads hold no database connection.
                address = registries.transports.get(claim.transport).address(claim.parcel.destination)
            except (LookupError, RuntimeError) as error:
                yield claim, Outcome("retry", detail=str(error)[:LONGEST_DETAIL]), 0
                continue
            futures[pool.submit(_send, claim, address)] = claim
        for future in as_completed(futures):
            outcome, took_ms = future.result()
            yield futures[future], outcome, took_ms


def _send(claim: Claim, address: object) -> tuple[Outcome, int]:
    """Send one parcel in a thread and time it; a transport's own fault counts as a failed attempt."""
    started = time.monotonic()
    try:
        outcome = registries.transports.get(claim.transport).send(replace(claim.parcel, address=address))
    except Exception as error:
        logger.exception("Transport %s failed on delivery %s", claim.transport, claim.delivery_id)
        outcome = Outcome("retry", detail=f"fault of ours: {type(error).__name__}")
    return outcome, round((time.monotonic() - started) * 1000)


def _record_safely(claim: Claim, outcome: Outcome, took_ms: int, at: datetime) -> None:
    """Record an outcome; if a handler of the answer fails, record that instead and let the answer be asked for again."""
    try:
        _record(claim, outcome, took_ms, at)
    except Exception as error:
        logger.exception("The answer to delivery %s could not be handled", claim.delivery_id)
        fault = Outcome(
            "retry", status_code=outcome.status_code, detail=f"answer not handled: {type(error).__name__}"
        )
        # If even this cannot be written (a full disk), the lease runs out and the message is sent again.
        with suppress(Exception):
            _record(claim, fault, took_ms, at)


@transaction.atomic
def _record(claim: Claim, outcome: Outcome, took_ms: int, at: datetime) -> None:
    """Write one attempt and what follows from it."""
    delivery = Delivery.objects.select_for_update().get(pk=claim.delivery_id)
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=claim.number,
        at=at,
        outcome=outcome.result,
        status_code=outcome.status_code,
        detail=outcome.detail[:LONGEST_DETAIL],
        took_ms=took_ms,
    )
    if outcome.kept_mail is not None:
        _keep_mail(delivery, outcome.kept_mail, at)
    if outcome.answer is not None:
        record_answer(delivery, outcome.answer, at)
    elif delivery.state != _State.PENDING:
        _note_late_arrival(delivery, outcome, at)
    elif outcome.result == "delivered":
        _mark_delivered(delivery, at)
    elif delivery.claim == claim.token:
        _plan_next(delivery, outcome, at)


def _keep_mail(delivery: Delivery, mail: KeptMail, at: datetime) -> None:
    """Put a mail of an exercise into the mailbox page."""
    message = MailboxMessage.objects.create(
        delivery=delivery,
        recipient=mail.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=mail.message_id,
        at=at,
    )
    MailboxFile.objects.bulk_create(
        MailboxFile(message=message, name=file.name, media_type=file.media_type, content=file.content)
        for file in mail.attachments
    )


def _note_late_arrival(delivery: Delivery, outcome: Outcome, at: datetime) -> None:
    """Release the claim of a delivery that was settled while on the wire, keeping when it arrived all the same."""
    arrived = at if outcome.result == "delivered" else None
    Delivery.objects.filter(pk=delivery.pk).update(
        claim=None, claimed_until=None, delivered_at=delivery.delivered_at or arrived
    )


def _mark_delivered(delivery: Delivery, at: datetime) -> None:
    """Note that the other side has it; what still needs an answer keeps its alarm."""
    expects_answer = purpose_of(delivery.purpose).expects_answer
    compare_and_set(
        delivery,
        expected=_State.PENDING,
        to=_State.DELIVERED,
        delivered_at=delivery.delivered_at or at,
        next_attempt_at=None,
        claim=None,
        claimed_until=None,
        alarm_at=delivery.alarm_at if expects_answer else None,
    )
    handler = registries.delivery_arrived.find(delivery.purpose)
    if handler is not None:
        handler(delivery, at)


def _plan_next(delivery: Delivery, outcome: Outcome, at: datetime) -> None:
    """Plan the next attempt, or give up: at once for a final refusal, else at the schedule's end."""
    purpose = purpose_of(delivery.purpose)
    # The quick retries always run, also when a person sends an old delivery again.
    tried = delivery.attempts > len(purpose.schedule.quick_seconds)
    over = tried and at - delivery.created_at >= purpose.schedule.give_up_after
    if outcome.result == "rejected" or over:
        compare_and_set(
            delivery,
            expected=_State.PENDING,
            to=_State.FAILED,
            next_attempt_at=None,
            claim=None,
            claimed_until=None,
        )
        _ring(delivery, at)
        return
    planned = next_attempt_at(
        schedule=purpose.schedule,
        attempt=delivery.attempts,
        now=at,
        alarm_at=delivery.alarm_at,
        retry_after_seconds=outcome.retry_after_seconds,
        random=_random.random,
    )
    Delivery.objects.filter(pk=delivery.pk, claim=delivery.claim).update(
        next_attempt_at=planned, claim=None, claimed_until=None
    )


def _ring_alarms(at: datetime, limit: int) -> None:
    """Ring for each delivery whose alarm time has passed and that did not ring yet, each in its own transaction."""
    due = Delivery.objects.filter(alarm_at__lte=at, alarmed_at__isnull=True).order_by("alarm_at")
    for delivery in due[:limit]:
        try:
            with transaction.atomic():
                _ring(delivery, at)
        except ChangedMeanwhile:
            continue
        except Exception:
            logger.exception("The alarm of delivery %s could not be rung", delivery.id)
            Delivery.objects.filter(pk=delivery.pk).update(alarm_at=at + _ALARM_RETRY)


def _ring(delivery: Delivery, at: datetime) -> None:
    """Ring for one delivery: audit event, then the purpose's handler, in the same transaction.

    What rang because it did not arrive rings a second time when nobody tries any more.
    """
    unchanged = Delivery.objects.filter(pk=delivery.pk, alarmed_at=delivery.alarmed_at, state=delivery.state)
    changed = unchanged.update(alarmed_at=at)
    if changed != 1:
        raise ChangedMeanwhile
    delivery.alarmed_at = at
    audit.record(
        kind="deliveries:delivery:failing",
        subject_kind="delivery",
        subject_id=delivery.id,
        actor=SYSTEM,
        at=at,
        case_id=delivery.case_id,
        facts={"purpose": delivery.purpose, "attempts": delivery.attempts, "state": str(delivery.state)},
    )
    handler = registries.delivery_failing.find(delivery.purpose)
    if handler is None and (delivery.alarm_at is not None or purpose_of(delivery.purpose).schedule is URGENT):
        handler = registries.delivery_failing.find(registries.ANY_PURPOSE)
    if handler is None:
        logger.warning("Delivery %s (%s) is failing; nobody is woken for it", delivery.id, delivery.purpose)
        return
    handler(delivery, at)
