"""Closing previews for everybody: the suspected-child-abuse key.

However many items a case has, all are closed at once, by a few statements: nothing can be opened, decoded or copied from
that moment. What is written about each one (its chain of custody, its audit event, the request called off) follows in
batches short enough for one writer, the first of them now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.content.models import Closing, ContentItem, DecodeState, Snapshot, SnapshotState
from entente.apps.content.services.requesting import REQUEST_PURPOSE
from entente.apps.deliveries import services as deliveries
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.wake import notify_worker_on_commit

if TYPE_CHECKING:
    from entente.apps.kernel.actors import ActorKind

REASON = "suspected child abuse"
BATCH: Final = 10
"""Items written about in one transaction: what a writer may hold (DESIGN 7)."""

_AT_ONCE: Final = 500


@transaction.atomic
def close_previews(*, content_item: ContentItem, actor: Actor, at: datetime) -> None:
    """Shut every copy of one item for everybody, as `close_previews_of` does."""
    close_previews_of(content_item_ids=[content_item.pk], actor=actor, at=at)
    content_item.refresh_from_db(fields=["preview_closed_at", "title_hint"])


@transaction.atomic
def close_previews_of(*, content_item_ids: Sequence[UUID], actor: Actor, at: datetime) -> int:
    """Shut every copy of many items for everybody, in all their cases, and copy nothing further; return how many.

    What is sealed stays sealed and preserved, readable by no function of this program: only the legal route of the
    case may have it. Copies that were asked for are called off; what still arrives is refused. Doing it again changes
    nothing.
    """
    closing = Closing.objects.create(
        actor_kind=actor.kind, actor_id_text=actor.id, actor_name=actor.name, closed_at=at
    )
    closed = 0
    for start in range(0, len(content_item_ids), _AT_ONCE):
        some = content_item_ids[start : start + _AT_ONCE]
        open_ones = ContentItem.objects.filter(pk__in=some, preview_closed_at__isnull=True)
        closed += open_ones.update(preview_closed_at=at, title_hint="", closing=closing)
        snapshots = Snapshot.objects.filter(content_item_id__in=some, content_item__closing=closing)
        snapshots.filter(state__in=(SnapshotState.PENDING, SnapshotState.GAP)).update(
            state=SnapshotState.CANCELLED, next_attempt_at=None
        )
        undecoded = snapshots.exclude(decode_state__in=(DecodeState.DONE, DecodeState.NONE))
        undecoded.update(decode_state=DecodeState.NONE, decode_due_at=None)
    if not closed:
        closing.delete()
        return 0
    _write_next(closing)
    notify_worker_on_commit()
    return closed


def continue_closings(*, at: datetime, limit: int = 5) -> int:  # noqa: ARG001 - every step of the worker is told the time
    """Go on writing about closed items, a batch each; the worker calls this until nothing is left."""
    unwritten = ContentItem.objects.filter(closing__isnull=False).order_by("closing_id")
    ids = unwritten.values_list("closing_id", flat=True).distinct()
    return sum(_go_on(closing_id) for closing_id in list(ids[:limit]))


@transaction.atomic
def _go_on(closing_id: UUID) -> int:
    return _write_next(Closing.objects.select_for_update().get(pk=closing_id))


def _write_next(closing: Closing) -> int:
    items = list(closing.items.order_by("pk")[:BATCH])
    for item in items:
        _write(item, closing)
    ContentItem.objects.filter(pk__in=[item.pk for item in items]).update(closing=None)
    return len(items)


def _write(item: ContentItem, closing: Closing) -> None:
    actor = Actor(
        kind=cast("ActorKind", closing.actor_kind), id=closing.actor_id_text, name=closing.actor_name
    )
    at = closing.closed_at
    for snapshot_id in Snapshot.objects.filter(content_item=item, state=SnapshotState.CANCELLED).values_list(
        "pk", flat=True
    ):
        deliveries.settle_for_subject(
            subject_kind="snapshot",
            subject_id=snapshot_id,
            purposes=[REQUEST_PURPOSE],
            at=at,
            reason="nothing more is copied",
        )
    items = evidence.close_items(
        subject_kind="content_item", subject_id=item.pk, reason=REASON, actor=actor, at=at
    )
    audit.record(
        kind="content:preview:closed",
        subject_kind="content_item",
        subject_id=item.pk,
        actor=actor,
        at=at,
        facts={"items": items},
    )
