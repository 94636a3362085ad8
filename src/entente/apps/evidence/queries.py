"""Reading about evidence; never the evidence itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Sum

from entente.apps.evidence.models import (
    CustodyEvent,
    EvidenceItem,
    ItemState,
    Preservation,
    PreservationState,
)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item as a case page lists it; `sha256` in hexadecimal."""

    id: UUID
    media_type: str
    size_bytes: int
    sha256: str
    state: str
    method: str
    acquired_at: datetime
    is_closed: bool
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class PreservationLine:
    """One ground for keeping a subject."""

    id: UUID
    case_id: UUID
    ground_id: str
    purposes: tuple[str, ...]
    state: str
    starts_at: datetime
    until: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One thing that was done with an item."""

    kind: str
    actor_kind: str
    actor_name: str
    at: datetime
    case_id: UUID | None
    purpose: str
    reason: str


@dataclass(frozen=True, slots=True)
class VaultTotals:
    """What `doctor` shows of the vault."""

    sealed_items: int
    sealed_bytes: int
    to_destroy: int


def items_of(subject_kind: str, subject_id: UUID) -> list[ItemLine]:
    """Return every item of a subject, destroyed ones included, oldest first."""
    items = EvidenceItem.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("pk")
    return [
        ItemLine(
            id=item.id,
            media_type=item.media_type,
            size_bytes=item.size_bytes,
            sha256=bytes(item.sha256).hex(),
            state=item.state,
            method=item.method,
            acquired_at=item.acquired_at,
            is_closed=item.closed_at is not None,
            destroyed_at=item.destroyed_at,
        )
        for item in items
    ]


def preservations_of(subject_kind: str, subject_id: UUID) -> list[PreservationLine]:
    """Return every ground for keeping a subject, the one that lasts longest first."""
    rows = Preservation.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by(
        "-until", "pk"
    )
    return [_preservation(row) for row in rows]


def _preservation(row: Preservation) -> PreservationLine:
    return PreservationLine(
        id=row.id,
        case_id=row.case_id,
        ground_id=row.ground_id,
        purposes=tuple(row.purposes),
        state=row.state,
        starts_at=row.starts_at,
        until=row.until,
        ended_at=row.ended_at,
    )


def preservations_of_case(case_id: UUID, subject_ids: Collection[UUID]) -> dict[UUID, list[PreservationLine]]:
    """Return for each of some subjects of a case what keeps it for that case now, the longest first."""
    rows = Preservation.objects.filter(
        subject_id__in=subject_ids, case_id=case_id, state=PreservationState.ACTIVE
    )
    found: dict[UUID, list[PreservationLine]] = {}
    for row in rows.order_by("-until", "pk"):
        found.setdefault(row.subject_id, []).append(_preservation(row))
    return found


def preservation(preservation_id: UUID) -> tuple[UUID, PreservationLine] | None:
    """Return one ground for keeping, with the subject it keeps."""
    row = Preservation.objects.filter(pk=preservation_id).first()
    return (row.subject_id, _preservation(row)) if row is not None else None


def preserved_until(subject_kind: str, subject_id: UUID) -> datetime | None:
    """Return until when a subject is kept at the longest; None when nothing keeps it."""
    found: datetime | None = Preservation.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, state=PreservationState.ACTIVE
    ).aggregate(last=Max("until"))["last"]
    return found


def custody_trail(item_id: UUID, *, limit: int = 500) -> list[CustodyLine]:
    """Return what was done with an item, oldest first."""
    return [
        CustodyLine(
            kind=event.kind,
            actor_kind=event.actor_kind,
            actor_name=event.actor_name,
            at=event.at,
            case_id=event.case_id,
            purpose=event.purpose,
            reason=event.reason,
        )
        for event in CustodyEvent.objects.filter(item_id=item_id).order_by("at", "pk")[:limit]
    ]


def totals() -> VaultTotals:
    """Return how much lies in the vault and how much waits for destruction."""
    sealed = EvidenceItem.objects.filter(state=ItemState.SEALED).aggregate(
        items=Count("pk"), size=Sum("size_bytes")
    )
    return VaultTotals(
        sealed_items=sealed["items"],
        sealed_bytes=sealed["size"] or 0,
        to_destroy=EvidenceItem.objects.filter(state=ItemState.DESTROYING).count(),
    )
