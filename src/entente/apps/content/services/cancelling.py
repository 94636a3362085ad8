"""Calling off a copy that was asked for by mistake."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from entente.apps.content.models import Snapshot, SnapshotState
from entente.apps.content.services.requesting import REQUEST_PURPOSE
from entente.apps.deliveries import services as deliveries


@transaction.atomic
def cancel_snapshot(*, content_item_id: UUID, case_id: UUID, at: datetime) -> bool:
    """Ask for no copy of an item for a case any more; return whether one was still awaited. What arrives is refused."""
    waiting = Snapshot.objects.filter(
        content_item_id=content_item_id,
        case_id=case_id,
        state__in=(SnapshotState.PENDING, SnapshotState.GAP),
    )
    snapshot = waiting.first()
    if snapshot is None:
        return False
    deliveries.settle_for_subject(
        subject_kind="snapshot",
        subject_id=snapshot.id,
        purposes=[REQUEST_PURPOSE],
        at=at,
        reason="asked for by mistake",
    )
    waiting.update(state=SnapshotState.CANCELLED, next_attempt_at=None)
    return True
