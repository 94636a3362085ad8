"""Closing a preview for everybody: the suspected-child-abuse key."""

from datetime import datetime

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.content.models import ContentItem, DecodeState, Snapshot, SnapshotState
from entente.apps.content.services.requesting import REQUEST_PURPOSE
from entente.apps.deliveries import services as deliveries
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import Actor

REASON = "suspected child abuse"


@transaction.atomic
def close_previews(*, content_item: ContentItem, actor: Actor, at: datetime) -> None:
    """Shut every copy of an item for everybody, in all its cases, and copy nothing further.

    What is sealed stays sealed and preserved, readable by no function of this program: only the legal route of the
    case may have it. Copies that were asked for are called off; what still arrives is refused. Doing it again changes
    nothing.
    """
    changed = ContentItem.objects.filter(pk=content_item.pk, preview_closed_at__isnull=True).update(
        preview_closed_at=at, title_hint=""
    )
    if not changed:
        return
    content_item.preview_closed_at, content_item.title_hint = at, ""
    for snapshot in Snapshot.objects.filter(
        content_item=content_item, state__in=(SnapshotState.PENDING, SnapshotState.GAP)
    ):
        deliveries.settle_for_subject(
            subject_kind="snapshot",
            subject_id=snapshot.id,
            purposes=[REQUEST_PURPOSE],
            at=at,
            reason="nothing more is copied",
        )
    snapshots = Snapshot.objects.filter(content_item=content_item)
    snapshots.filter(state__in=(SnapshotState.PENDING, SnapshotState.GAP)).update(
        state=SnapshotState.CANCELLED, next_attempt_at=None
    )
    snapshots.exclude(decode_state=DecodeState.DONE).update(decode_state=DecodeState.NONE, decode_due_at=None)
    items = evidence.close_items(
        subject_kind="content_item", subject_id=content_item.pk, reason=REASON, actor=actor, at=at
    )
    audit.record(
        kind="content:preview:closed",
        subject_kind="content_item",
        subject_id=content_item.pk,
        actor=actor,
        at=at,
        facts={"items": items},
    )
