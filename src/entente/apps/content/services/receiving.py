"""Taking a copy in: streamed straight into the vault, digested on the way, registered in one transaction.

A kill before that transaction leaves files without keys, which a sweep removes; after it, a complete snapshot.
"""

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import entente
from entente.apps.audit import services as audit
from entente.apps.content.errors import (
    NoSuchSnapshot,
    SnapshotClosed,
    SnapshotDiffers,
    SnapshotEmpty,
    SnapshotTooLarge,
)
from entente.apps.content.models import DecodeState, PartRole, Snapshot, SnapshotPart, SnapshotState
from entente.apps.content.services import missing
from entente.apps.content.services.registering import note_platform_facts
from entente.apps.evidence import services as evidence
from entente.apps.evidence import vault
from entente.apps.evidence.errors import CopyTooLarge, VaultUnusable
from entente.apps.evidence.vault import SealedBlob
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.kernel.jsontypes import JSONValue
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.kernel.wake import notify_worker_on_commit

MAX_PARTS: Final = 50
"""A post with more files than this is pushed as an archive by its platform."""

GROUND: Final = "house.open_case"
"""What a copy is kept on from its arrival, until a decision gives it a ground in law or the case ends."""


BROUGHT_BY_STAFF: Final = "brought_by_staff"
BROUGHT_BY_HAND: Final = "brought_by_hand"
"""How a copy came that a person brought: somebody of this service, or who carries its measures out at the platform."""


@dataclass(frozen=True, slots=True)
class IncomingPart:
    """One file on its way in; `declared_type` is what the sender says it is."""

    chunks: Iterable[bytes]
    declared_type: str = ""


@dataclass(frozen=True, slots=True)
class _Sealed:
    role: PartRole
    declared_type: str
    blob: SealedBlob


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A sealed copy and how it came."""

    sealed: list[_Sealed]
    digest: str
    method: str
    actor: Actor
    at: datetime
    meta: Mapping[str, JSONValue]


def receive_snapshot(
    *,
    snapshot_id: UUID,
    parts: Iterable[IncomingPart],
    actor: Actor,
    at: datetime,
    method: str = "pushed_by_platform",
    case_id: UUID | None = None,
    related: bytes = b"",
    meta: Mapping[str, JSONValue] | None = None,
) -> Snapshot:
    """Take in a copy: its files, and the related data that a removal would destroy (TCO Art. 6), sealed apart.

    `method` says how it came: pushed by the platform, fetched, or brought by a person. With `case_id`, only a
    snapshot of that case is meant. `meta` holds what the platform says of the item (platform_ref, uploader_ref, uploader_language, title, kind,
    public). The same copy again changes nothing. Not to be called inside a transaction.
    Raises NoSuchSnapshot, SnapshotClosed, SnapshotDiffers, SnapshotTooLarge, SnapshotEmpty, VaultFull, VaultUnusable.
    """
    snapshot = _load(snapshot_id, case_id)
    _refuse_closed(snapshot)
    sealed: list[_Sealed] = []
    with ExitStack() as undo:
        undo.callback(_discard, sealed)
        _seal_all(parts, related, sealed)
        if not sealed:
            raise SnapshotEmpty(_("The copy holds no file."))
        digest = _digest_of(sealed)
        try:
            _register(snapshot, _Arrival(sealed, digest, method, actor, at, meta or {}))
        except ChangedMeanwhile:
            return _same_or_refused(snapshot_id, digest)
        undo.pop_all()
    return snapshot


def _load(snapshot_id: UUID, case_id: UUID | None = None) -> Snapshot:
    snapshot = Snapshot.objects.select_related("content_item").filter(pk=snapshot_id).first()
    if snapshot is None or case_id not in {None, snapshot.case_id}:
        raise NoSuchSnapshot(_("There is no such snapshot."))
    return snapshot


def _refuse_closed(snapshot: Snapshot) -> None:
    if snapshot.state in {SnapshotState.CANCELLED, SnapshotState.DESTROYED}:
        raise SnapshotClosed(_("Nothing more is copied for this item."))


def _seal_all(parts: Iterable[IncomingPart], related: bytes, sealed: list[_Sealed]) -> None:
    limit = config().limits.snapshot_bytes
    left = limit - len(related)
    try:
        for number, part in enumerate(parts):
            if number >= MAX_PARTS:
                raise SnapshotTooLarge(_("The copy has too many files."), limit_parts=MAX_PARTS)
            blob = vault.write(part.chunks, max_bytes=max(0, left))
            sealed.append(_Sealed(PartRole.ORIGINAL, part.declared_type[:100], blob))
            left -= blob.size_bytes
        if sealed and related:
            blob = vault.write([related], max_bytes=limit)
            sealed.append(_Sealed(PartRole.RELATED_DATA, "application/json", blob))
    except CopyTooLarge:
        raise SnapshotTooLarge(_("The copy is larger than this service keeps."), limit_bytes=limit) from None


def _digest_of(sealed: list[_Sealed]) -> str:
    """Return one digest for the whole copy: SHA-256 over the roles and digests of its parts, in order."""
    whole = hashlib.sha256(b"entente snapshot v1\x00")
    for part in sealed:
        whole.update(part.role.encode("ascii") + b"\x00" + part.blob.sha256)
    return whole.hexdigest()


@transaction.atomic
def _register(snapshot: Snapshot, arrival: _Arrival) -> None:
    size = sum(part.blob.size_bytes for part in arrival.sealed)
    was_given_up = snapshot.next_attempt_at is None
    compare_and_set(
        snapshot,
        expected=(SnapshotState.PENDING, SnapshotState.GAP),
        to=SnapshotState.COMPLETE,
        acquired_at=arrival.at,
        next_attempt_at=None,
        method=arrival.method,
        digest=arrival.digest,
        size_bytes=size,
        decode_state=DecodeState.WAITING,
        decode_due_at=arrival.at,
    )
    for position, part in enumerate(arrival.sealed):
        add_part(
            snapshot,
            part.blob,
            role=part.role,
            media_type=part.declared_type,
            method=arrival.method,
            actor=arrival.actor,
            at=arrival.at,
            position=position,
            declared_type=part.declared_type,
        )
    evidence.preserve(
        subject_kind="content_item",
        subject_id=snapshot.content_item_id,
        case_id=snapshot.case_id,
        ground_id=GROUND,
        starts_at=snapshot.requested_at,
        actor=arrival.actor,
        at=arrival.at,
    )
    note_platform_facts(snapshot.content_item, arrival.meta)
    audit.record(
        kind="content:snapshot:received",
        subject_kind="content_item",
        subject_id=snapshot.content_item_id,
        case_id=snapshot.case_id,
        actor=arrival.actor,
        at=arrival.at,
        facts={
            "digest": arrival.digest,
            "size_bytes": size,
            "parts": len(arrival.sealed),
            "method": arrival.method,
        },
    )
    if was_given_up:
        missing.note_arrival(snapshot, arrival.at)
    notify_worker_on_commit()


def add_part(
    snapshot: Snapshot,
    blob: SealedBlob,
    *,
    role: PartRole,
    media_type: str,
    method: str,
    actor: Actor,
    at: datetime,
    position: int,
    declared_type: str = "",
    source: SnapshotPart | None = None,
) -> SnapshotPart:
    """Register a sealed blob as a part of a snapshot, in the running transaction."""
    item = evidence.register_item(
        blob=blob,
        media_type=media_type or "application/octet-stream",
        subject_kind="content_item",
        subject_id=snapshot.content_item_id,
        method=method,
        tool_version=f"entente {entente.__version__}",
        actor=actor,
        at=at,
        case_id=snapshot.case_id,
    )
    return SnapshotPart.objects.create(
        snapshot=snapshot,
        evidence_item=item,
        source=source,
        role=role,
        position=position,
        declared_type=declared_type,
        media_type=media_type,
        size_bytes=blob.size_bytes,
    )


def _same_or_refused(snapshot_id: UUID, digest: str) -> Snapshot:
    """Return the snapshot when it holds this very copy already; the second one is discarded by the caller."""
    snapshot = _load(snapshot_id)
    _refuse_closed(snapshot)
    if snapshot.digest != digest:
        raise SnapshotDiffers(_("Another copy was received already; it stays."), digest=snapshot.digest)
    return snapshot


def _discard(sealed: list[_Sealed]) -> None:
    """Remove what was written for nothing; its keys were only in memory."""
    for part in sealed:
        with suppress(VaultUnusable):  # a stray without a key; the daily sweep takes it
            vault.destroy(part.blob.item_id)
