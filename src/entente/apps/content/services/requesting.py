"""Asking for a copy: at once, beside everything else, again and again for days, and delaying nothing.

After 60 seconds without a copy the gap is recorded; the retries go on. Through the webhook adapter the platform is
asked to push; a small host without one is visited by the guarded client.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.content.errors import NoSuchSnapshot, SnapshotClosed, SnapshotDiffers
from entente.apps.content.models import ContentItem, Snapshot, SnapshotState
from entente.apps.content.services import fetching, missing
from entente.apps.deliveries import services as deliveries
from entente.apps.evidence.errors import SealBroken, VaultFull, VaultUnusable
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import TooLarge
from entente.apps.kernel.http import FetchError
from entente.apps.kernel.rows import insert_rows
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit

logger = logging.getLogger(__name__)

GAP_AFTER: Final = timedelta(seconds=60)
"""After this a copy that is not there is a recorded gap (issue, point 8)."""

RETRY_AFTER: Final = (
    timedelta(seconds=60),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    *[timedelta(days=1)] * 7,
)
"""The platform may be down for a night, a weekend, a week; after eight days a person has to see to it."""

LAST_WAIT: Final = timedelta(hours=1)
"""How long the last question may take to be answered before people are woken."""

REQUEST_PURPOSE: Final = "snapshot.requested"
_WANTED: Final = (SnapshotState.PENDING, SnapshotState.GAP)


@transaction.atomic
def request_snapshot(*, content_item: ContentItem, case_id: UUID, at: datetime) -> Snapshot:
    """Ask for a copy of an item for a case; one row, so that an order of a thousand addresses stays quick.

    The same question again returns the same snapshot. Where the preview was closed nothing is copied: the snapshot
    is cancelled from the start.
    """
    known = Snapshot.objects.filter(content_item=content_item, case_id=case_id).first()
    if known is not None:
        return known
    snapshot = _question(content_item, case_id, at)
    try:
        with transaction.atomic():
            snapshot.save(force_insert=True)
    except IntegrityError:
        return Snapshot.objects.get(content_item=content_item, case_id=case_id)
    notify_worker_on_commit()
    return snapshot


def request_snapshots(*, content_items: Sequence[ContentItem], case_id: UUID, at: datetime) -> None:
    """Ask for a copy of each item of a case that was opened just now, as `request_snapshot` does."""
    insert_rows([_question(item, case_id, at) for item in content_items])
    notify_worker_on_commit()


def _question(item: ContentItem, case_id: UUID, at: datetime) -> Snapshot:
    closed = item.preview_closed_at is not None
    return Snapshot(
        content_item=item,
        case_id=case_id,
        requested_at=at,
        state=SnapshotState.CANCELLED if closed else SnapshotState.PENDING,
        next_attempt_at=None if closed else at,
    )


def run_due_snapshots(*, at: datetime, limit: int = 20) -> int:
    """Ask for, or fetch, what is due, and record the gaps; the worker calls this. Return how many were handled."""
    late = Snapshot.objects.filter(state=SnapshotState.PENDING, requested_at__lte=at - GAP_AFTER)
    done = 0
    for snapshot_id in list(late.order_by("requested_at").values_list("pk", flat=True)[: limit * 5]):
        done += seal_gap(snapshot_id=snapshot_id, reason="nothing_received", at=at)
    claimed = _claim(at, limit)
    if config().platform.kind == "manual":
        for snapshot in claimed:
            if snapshot.next_attempt_at is not None:
                _visit(snapshot, at)
    return done + len(claimed)


@transaction.atomic
def seal_gap(*, snapshot_id: UUID, reason: str, at: datetime) -> bool:
    """Record that there is no copy yet, and why; return whether that was news. The retries go on.

    A first reason that says nothing is replaced by a better one; a better one is not replaced by silence.
    Raises NoSuchSnapshot.
    """
    snapshot = Snapshot.objects.select_for_update().filter(pk=snapshot_id).first()
    if snapshot is None:
        raise NoSuchSnapshot(_("There is no such snapshot."))
    if snapshot.state == SnapshotState.PENDING:
        compare_and_set(
            snapshot,
            expected=SnapshotState.PENDING,
            to=SnapshotState.GAP,
            gap_at=at,
            gap_reason=snapshot.gap_reason or reason[:80],
        )
        _audit(snapshot, "gap", at, {"reason": snapshot.gap_reason})
        return True
    if snapshot.state == SnapshotState.GAP and reason not in {"nothing_received", snapshot.gap_reason}:
        compare_and_set(snapshot, expected=SnapshotState.GAP, to=SnapshotState.GAP, gap_reason=reason[:80])
        return True
    return False


def _claim(at: datetime, limit: int) -> list[Snapshot]:
    """Take one attempt of each that is due: plan the next, and ask through the outbox where the platform is asked.

    What was asked for the last time and did not come is given up; it has no next attempt.
    """
    due = Snapshot.objects.filter(next_attempt_at__lte=at, state__in=_WANTED)
    if not due.exists():
        return []  # the writer's lock is not for looking
    with transaction.atomic():
        claimed = list(
            due.select_for_update(
                of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
            )
            .select_related("content_item")
            .order_by("next_attempt_at", "id")[:limit]
        )
        tried_for_good = [snapshot for snapshot in claimed if snapshot.attempts > len(RETRY_AFTER)]
        asked = [snapshot for snapshot in claimed if snapshot.attempts <= len(RETRY_AFTER)]
        for snapshot in asked:
            _try_once_more(snapshot, at)
        for snapshot in tried_for_good:
            snapshot.next_attempt_at = None
        Snapshot.objects.bulk_update(claimed, ["attempts", "next_attempt_at"])
        missing.give_up(tried_for_good, at)
    return claimed


def _try_once_more(snapshot: Snapshot, at: datetime) -> None:
    """Plan what follows this attempt; after the last one, that nobody asks any more. Ask where the platform is asked."""
    tried = snapshot.attempts
    snapshot.attempts += 1
    snapshot.next_attempt_at = at + (RETRY_AFTER[tried] if tried < len(RETRY_AFTER) else LAST_WAIT)
    if config().platform.kind == "webhook":
        _ask_platform(snapshot, tried, at)


def _ask_platform(snapshot: Snapshot, attempt: int, at: datetime) -> None:
    deliveries.settle_for_subject(
        subject_kind="snapshot",
        subject_id=snapshot.id,
        purposes=[REQUEST_PURPOSE],
        at=at,
        reason="asked again",
    )
    deliveries.enqueue(
        transport="webhook",
        purpose=REQUEST_PURPOSE,
        destination="platform",
        payload={
            "type": REQUEST_PURPOSE,
            "timestamp": at.isoformat(),
            "data": {
                "snapshot_id": str(snapshot.id),
                "url": snapshot.content_item.url,
                "upload_url": f"{config().base_url.rstrip('/')}/api/v1/snapshots/{snapshot.id}",
            },
        },
        subject_kind="snapshot",
        subject_id=snapshot.id,
        case_id=snapshot.case_id,
        at=at,
        idempotency_key=f"{REQUEST_PURPOSE}-{snapshot.id}-{attempt}{_round(snapshot)}",
    )


def _round(snapshot: Snapshot) -> str:
    """Tell the questions of one round of asking from those of an earlier one, which are answered or called off."""
    return f"-{snapshot.asked_again_at:%Y%m%d%H%M%S%f}" if snapshot.asked_again_at else ""


def _visit(snapshot: Snapshot, at: datetime) -> None:
    """Fetch the address ourselves, outside any transaction; whatever goes wrong is the reason of the gap."""
    if not snapshot.content_item.is_readable:
        reason = "address_unreadable"
    else:
        try:
            fetching.fetch_snapshot(snapshot, at)
        except FetchError as error:
            reason = f"{error.code}:{error.facts['reason']}" if "reason" in error.facts else error.code
        except (TooLarge, VaultFull, VaultUnusable, SealBroken) as error:
            reason = error.code
        except (SnapshotClosed, SnapshotDiffers):
            return  # closed, or pushed by somebody meanwhile: either way nothing is missing
        else:
            return
    logger.info("snapshot %s: not fetched (%s)", snapshot.id, reason)
    _note_reason(snapshot.id, reason, at)


@transaction.atomic
def _note_reason(snapshot_id: UUID, reason: str, at: datetime) -> None:
    """Keep the reason for the gap that will be recorded at its time, or better the recorded one."""
    waiting = Snapshot.objects.filter(pk=snapshot_id, state=SnapshotState.PENDING)
    if not waiting.update(gap_reason=reason[:80]):
        seal_gap(snapshot_id=snapshot_id, reason=reason, at=at)


def _audit(snapshot: Snapshot, what: str, at: datetime, facts: dict[str, str | int]) -> None:
    audit.record(
        kind=f"content:snapshot:{what}",
        subject_kind="content_item",
        subject_id=snapshot.content_item_id,
        case_id=snapshot.case_id,
        actor=SYSTEM,
        at=at,
        facts=facts,
    )
