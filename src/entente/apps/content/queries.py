"""Reading about content: states, sizes, notes, and which parts there are; the parts are opened by `services.open_part`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count

from entente.apps.content.addresses import canonical_url
from entente.apps.content.errors import AddressError
from entente.apps.content.models import (
    ContentItem,
    PartRole,
    ProtectedSource,
    Snapshot,
    SnapshotPart,
    SnapshotState,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class OriginalLine:
    """One file of a copy and what decoding made of it; the ids open with `services.open_part`.

    `outcome` is empty until it was decoded, then `ok` or the word that says why there is less to see.
    """

    id: UUID
    position: int
    declared_type: str
    media_type: str
    size_bytes: int
    outcome: str
    notes: tuple[str, ...]
    width: int | None
    height: int | None
    frames: int | None
    duration_ms: int | None
    still_id: UUID | None
    still_grey_id: UUID | None
    still_colour_id: UUID | None
    text_id: UUID | None


@dataclass(frozen=True, slots=True)
class PreviewData:
    """What a case page shows of one snapshot. `is_closed`: closed for everybody, nothing may be opened."""

    snapshot_id: UUID
    content_item_id: UUID
    case_id: UUID
    url: str
    title_hint: str
    state: str
    requested_at: datetime
    acquired_at: datetime | None
    gap_reason: str
    next_attempt_at: datetime | None
    digest: str
    size_bytes: int
    decode_state: str
    is_closed: bool
    originals: tuple[OriginalLine, ...]
    related_id: UUID | None

    @property
    def is_missing(self) -> bool:
        """Say whether the copy is not here and is still wanted."""
        return self.state in {SnapshotState.PENDING, SnapshotState.GAP} and not self.is_closed

    @property
    def is_given_up(self) -> bool:
        """Say whether nobody asks for it any more: a person asks again, or brings it."""
        return self.state == SnapshotState.GAP and self.next_attempt_at is None


@dataclass(frozen=True, slots=True)
class ProtectedLine:
    """One protected source. `pattern` as a person writes it."""

    id: UUID
    host: str
    path_prefix: str
    kind: str
    note: str
    added_at: datetime

    @property
    def pattern(self) -> str:
        """The host, with the start of the path where there is one."""
        return self.host + ("" if self.path_prefix == "/" else self.path_prefix)


def preview(*, content_item_id: UUID, case_id: UUID) -> PreviewData | None:
    """Return what there is to see of an item in a case; None when no copy was ever asked for."""
    found = _previews(Snapshot.objects.filter(content_item_id=content_item_id, case_id=case_id))
    return found[0] if found else None


def preview_by_id(snapshot_id: UUID) -> PreviewData | None:
    """Return one snapshot as a case page shows it; None when there is none."""
    found = _previews(Snapshot.objects.filter(pk=snapshot_id))
    return found[0] if found else None


def previews_of_case(
    case_id: UUID, *, limit: int = 100, content_item_ids: Iterable[UUID] | None = None
) -> list[PreviewData]:
    """Return the snapshots of a case, in the order they were asked for, or those of some of its items."""
    snapshots = Snapshot.objects.filter(case_id=case_id).order_by("pk")
    if content_item_ids is not None:
        snapshots = snapshots.filter(content_item_id__in=list(content_item_ids))
    return _previews(snapshots[:limit])


@dataclass(frozen=True, slots=True)
class SealedOriginal:
    """One sealed file of a copy, for what makes signals of it."""

    evidence_item_id: UUID
    declared_type: str


def originals_of(*, content_item_id: UUID, case_id: UUID) -> list[SealedOriginal]:
    """Return the files of the copy of one item in one case; none where it is closed for everybody, or not there."""
    parts = SnapshotPart.objects.filter(
        snapshot__content_item_id=content_item_id,
        snapshot__case_id=case_id,
        snapshot__state=SnapshotState.COMPLETE,
        snapshot__content_item__preview_closed_at__isnull=True,
        role=PartRole.ORIGINAL,
    ).order_by("position", "pk")
    return [SealedOriginal(part.evidence_item_id, part.declared_type) for part in parts]


def snapshot_counts(case_id: UUID) -> dict[str, int]:
    """Return how many snapshots of a case are in each state."""
    rows = Snapshot.objects.filter(case_id=case_id).values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows.order_by("state")}


def media_kinds_of_cases(case_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return which kinds of media ("image", "video", "audio", "text") the copies of each case hold."""
    found: dict[UUID, set[str]] = {}
    originals = SnapshotPart.objects.filter(snapshot__case_id__in=case_ids, role=PartRole.ORIGINAL)
    for case_id, media_type in originals.values_list("snapshot__case_id", "media_type").distinct():
        found.setdefault(case_id, set()).add(media_type.partition("/")[0])
    return {case_id: frozenset(kinds) for case_id, kinds in found.items()}


def missing_copies() -> int:
    """Return how many copies are missing at present, for `doctor`."""
    return Snapshot.objects.filter(state__in=(SnapshotState.PENDING, SnapshotState.GAP)).count()


def given_up_copies(case_id: UUID | None = None) -> int:
    """Return how many copies never came and are not asked for any more, of a case or of all."""
    return Snapshot.objects.given_up(case_id).count()


def closings_left(case_id: UUID) -> int:
    """Return about how many items of a case, closed for everybody already, something has still to be written down."""
    return Snapshot.objects.filter(case_id=case_id, content_item__closing__isnull=False).count()


def find_content(url: str) -> "ContentItem | None":
    """Return the known content item of an address, however it is written; None for an unknown one."""
    try:
        canonical = canonical_url(url).url
    except AddressError:
        canonical = url.strip()
    return ContentItem.objects.filter(url=canonical).first()


def protected_match(url: str) -> ProtectedLine | None:
    """Return the protected source an address belongs to, the most exact one; None when it belongs to none."""
    try:
        address = canonical_url(url)
    except AddressError:
        return None
    labels = address.host.split(".")
    hosts = [".".join(labels[start:]) for start in range(len(labels))]
    sources = ProtectedSource.objects.filter(host__in=hosts, removed_at__isnull=True)
    matching = [source for source in sources if _is_under(address.path, source.path_prefix)]
    if not matching:
        return None
    return _protected_line(max(matching, key=lambda s: (len(s.host), len(s.path_prefix))))


def any_protected(urls: "Iterable[str]") -> bool:
    """Say whether one of many addresses belongs to the protected corpus; the list is read once."""
    by_host: dict[str, list[ProtectedSource]] = {}
    for source in ProtectedSource.objects.filter(removed_at__isnull=True):
        by_host.setdefault(source.host, []).append(source)
    return bool(by_host) and any(_protected_in(by_host, url) for url in urls)


def _protected_in(by_host: "dict[str, list[ProtectedSource]]", url: str) -> bool:
    try:
        address = canonical_url(url)
    except AddressError:
        return False
    labels = address.host.split(".")
    above = (".".join(labels[start:]) for start in range(len(labels)))
    return any(
        _is_under(address.path, source.path_prefix) for host in above for source in by_host.get(host, ())
    )


def protected_sources() -> list[ProtectedLine]:
    """Return the whole list, by host."""
    rows = ProtectedSource.objects.filter(removed_at__isnull=True).order_by("host", "path_prefix")
    return [_protected_line(source) for source in rows]


def _is_under(path: str, prefix: str) -> bool:
    """Say whether a path lies under a prefix, ending at a segment: `/ab` is not under `/a`."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/")


def _protected_line(source: ProtectedSource) -> ProtectedLine:
    return ProtectedLine(
        id=source.id,
        host=source.host,
        path_prefix=source.path_prefix,
        kind=source.kind,
        note=source.note,
        added_at=source.added_at,
    )


def _previews(snapshots: "QuerySet[Snapshot]") -> list[PreviewData]:
    rows = list(snapshots.select_related("content_item"))
    parts: dict[UUID, list[SnapshotPart]] = {row.pk: [] for row in rows}
    for part in SnapshotPart.objects.filter(snapshot_id__in=list(parts)).order_by("position", "pk"):
        parts[part.snapshot_id].append(part)
    return [_preview(row, parts[row.pk]) for row in rows]


def _preview(snapshot: Snapshot, parts: list[SnapshotPart]) -> PreviewData:
    item = snapshot.content_item
    closed = item.preview_closed_at is not None
    related = next((part.id for part in parts if part.role == PartRole.RELATED_DATA), None)
    readable = snapshot.state == SnapshotState.COMPLETE and not closed
    return PreviewData(
        snapshot_id=snapshot.id,
        content_item_id=item.id,
        case_id=snapshot.case_id,
        url=item.url,
        title_hint=item.title_hint,
        state=snapshot.state,
        requested_at=snapshot.requested_at,
        acquired_at=snapshot.acquired_at,
        gap_reason=snapshot.gap_reason,
        next_attempt_at=snapshot.next_attempt_at,
        digest=snapshot.digest,
        size_bytes=snapshot.size_bytes,
        decode_state=snapshot.decode_state,
        is_closed=closed,
        originals=tuple(
            _original(part, parts if readable else []) for part in parts if part.role == PartRole.ORIGINAL
        ),
        related_id=related if readable else None,
    )


def _original(part: SnapshotPart, parts: list[SnapshotPart]) -> OriginalLine:
    made = {derived.role: derived.id for derived in parts if derived.source_id == part.id}
    return OriginalLine(
        id=part.id,
        position=part.position,
        declared_type=part.declared_type,
        media_type=part.media_type,
        size_bytes=part.size_bytes,
        outcome=part.outcome,
        notes=tuple(part.notes),
        width=part.width,
        height=part.height,
        frames=part.frames,
        duration_ms=part.duration_ms,
        still_id=made.get(PartRole.STILL),
        still_grey_id=made.get(PartRole.STILL_GREY),
        still_colour_id=made.get(PartRole.STILL_COLOUR),
        text_id=made.get(PartRole.TEXT),
    )
