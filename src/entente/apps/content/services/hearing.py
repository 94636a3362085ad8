"""What lower layers tell this one, through their registries."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.content.models import ContentItem, DecodeState, Snapshot, SnapshotState
from entente.apps.content.services.requesting import seal_gap
from entente.apps.kernel.jsontypes import JSONValue

if TYPE_CHECKING:
    from entente.apps.deliveries.models import Delivery


def forget_content(content_item_id: UUID, at: datetime) -> None:  # noqa: ARG001 - the registry's shape
    """Forget what repeats a destroyed copy: its title and who uploaded it. The address stays in its cases."""
    ContentItem.objects.filter(pk=content_item_id).update(title_hint="", uploader_ref="")
    Snapshot.objects.filter(content_item_id=content_item_id, state=SnapshotState.COMPLETE).update(
        state=SnapshotState.DESTROYED, decode_state=DecodeState.NONE, decode_due_at=None
    )


def note_platform_answer(delivery: "Delivery", at: datetime, facts: Mapping[str, JSONValue]) -> None:
    """Keep why the platform says it has no copy; the retries go on, because it may have one later."""
    if facts.get("applied") is False:
        reason = facts.get("reason")
        detail = f":{reason}" if isinstance(reason, str) and reason else ""
        seal_gap(snapshot_id=delivery.subject_id, reason=f"refused_by_platform{detail}", at=at)
