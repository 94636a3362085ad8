"""Opening one part for the person who asks: written down first, from the vault, never from the reported site."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.content.errors import NoPreview, PreviewClosed
from entente.apps.content.models import PartRole, SnapshotPart
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import Actor

PREVIEW_ROLES: Final = frozenset({PartRole.STILL, PartRole.STILL_GREY, PartRole.STILL_COLOUR, PartRole.TEXT})
PREVIEW_PERMISSION: Final = "content.open"
ORIGINAL_PERMISSION: Final = "evidence.open"
DEFAULT_PURPOSE: Final = "review_or_complaint"
PREVIEW_REASON: Final = "preview of the case"
"""Stands in the custody record where a preview was opened from its case page and nobody had to type."""


@dataclass(frozen=True, slots=True)
class OpenedPart:
    """What a view serves: the type to send and the verified bytes."""

    media_type: str
    size_bytes: int
    chunks: Iterator[bytes]


def open_part(
    *,
    part_id: UUID,
    actor: Actor,
    case_id: UUID,
    at: datetime,
    reason: str = "",
    purpose: str = DEFAULT_PURPOSE,
) -> OpenedPart:
    """Record the opening and return the part. Originals and related data need a written reason, previews do not.

    An original is always handed out as a download of unknown bytes, never as what it claims to be.
    Raises NoPreview, PreviewClosed, ReadingNotAllowed, ItemDestroyed, SealBroken.
    """
    part = SnapshotPart.objects.select_related("snapshot__content_item").filter(pk=part_id).first()
    if part is None or part.snapshot.case_id != case_id:
        raise NoPreview(_("There is nothing to show here."))
    if part.snapshot.content_item.preview_closed_at is not None:
        raise PreviewClosed(_("This preview is closed for everybody."))
    is_preview = part.role in PREVIEW_ROLES
    chunks = evidence.read_item(
        item_id=part.evidence_item_id,
        actor=actor,
        case_id=case_id,
        purpose=purpose,
        reason=reason or (PREVIEW_REASON if is_preview else ""),
        at=at,
        permission=PREVIEW_PERMISSION if is_preview else ORIGINAL_PERMISSION,
    )
    media_type = part.media_type if is_preview else "application/octet-stream"
    return OpenedPart(media_type=media_type, size_bytes=part.size_bytes, chunks=chunks)
