"""One line of custody for everything that is done with an item."""

from datetime import datetime
from uuid import UUID

from entente.apps.evidence.models import CustodyEvent, EvidenceItem
from entente.apps.kernel.actors import Actor


def note(
    *,
    item: EvidenceItem,
    kind: str,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
    purpose: str = "",
    reason: str = "",
) -> CustodyEvent:
    """Append a line, in the running transaction."""
    return CustodyEvent.objects.create(
        item=item,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        at=at,
        case_id=case_id,
        purpose=purpose,
        reason=reason,
    )


def lock_items(subject_kind: str, subject_id: UUID) -> None:
    """Lock a subject's items, so that a ground that begins and the last one that ends cannot miss each other.

    On SQLite every writing transaction is alone already.
    """
    rows = EvidenceItem.objects.select_for_update().filter(subject_kind=subject_kind, subject_id=subject_id)
    list(rows.order_by("pk").values_list("pk", flat=True))
