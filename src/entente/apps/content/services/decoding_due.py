"""Making previews of what arrived: outside any transaction, in the confined subprocess, sealed again at once."""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from entente.apps.content.decoding.decoder import decode
from entente.apps.content.decoding.limits import DEFAULT_LIMITS
from entente.apps.content.decoding.results import Decoded
from entente.apps.content.models import DecodeState, PartRole, Snapshot, SnapshotPart, SnapshotState
from entente.apps.content.services.receiving import add_part
from entente.apps.evidence import services as evidence
from entente.apps.evidence import vault
from entente.apps.evidence.errors import (
    ItemClosed,
    ItemDestroyed,
    SealBroken,
    VaultFull,
    VaultUnusable,
)
from entente.apps.evidence.vault import SealedBlob
from entente.apps.kernel.actors import SYSTEM

logger = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 3
"""A file that took the worker down twice is not tried for ever."""

LEASE: Final = timedelta(minutes=15)
"""After a kill the work is free again: longer than 50 parts at their wall limit would ever be allowed to wait."""

RETRY_AFTER: Final = timedelta(minutes=10)
_MAX_DECODED_PARTS: Final = 20
_MOST_STILL_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Preview:
    part: SnapshotPart
    decoded: Decoded
    blobs: tuple[tuple[PartRole, str, SealedBlob], ...]


def decode_due(*, at: datetime, limit: int = 4) -> int:
    """Decode the snapshots whose turn it is; the worker calls this. Return how many."""
    due = Snapshot.objects.filter(decode_due_at__lte=at).order_by("decode_due_at")
    return sum(_decode_one(pk, at) for pk in list(due.values_list("pk", flat=True)[:limit]))


def _decode_one(snapshot_id: UUID, at: datetime) -> int:
    snapshot = _claim(snapshot_id, at)
    if snapshot is None:
        return 0
    made: list[_Preview] = []
    try:
        originals = snapshot.parts.filter(role=PartRole.ORIGINAL).order_by("position")
        for part in list(originals[:_MAX_DECODED_PARTS]):
            made.append(_preview_of(part, at))  # noqa: PERF401 - those made before an error must be discarded
        kept = _register(snapshot, made, at)
    except (ItemClosed, ItemDestroyed):
        kept = False  # closed or destroyed meanwhile: nothing is previewed any more
    except (SealBroken, VaultFull, VaultUnusable) as error:
        logger.warning("snapshot %s: previews wait (%s)", snapshot.id, error.code)
        Snapshot.objects.filter(pk=snapshot.pk, decode_state=DecodeState.RUNNING).update(
            decode_state=DecodeState.WAITING, decode_due_at=at + RETRY_AFTER
        )
        kept = False
    if not kept:
        _discard(made)
    return 1


@transaction.atomic
def _claim(snapshot_id: UUID, at: datetime) -> Snapshot | None:
    """Take a snapshot for `LEASE`, or give it up after too many deaths."""
    taken = Snapshot.objects.filter(
        pk=snapshot_id,
        state=SnapshotState.COMPLETE,
        decode_due_at__lte=at,
        content_item__preview_closed_at__isnull=True,
    )
    snapshot = taken.first()
    if snapshot is None:
        Snapshot.objects.filter(pk=snapshot_id, decode_due_at__lte=at).update(
            decode_due_at=None, decode_state=DecodeState.NONE
        )
        return None
    if snapshot.decode_attempts >= MAX_ATTEMPTS:
        snapshot.parts.filter(role=PartRole.ORIGINAL, outcome="").update(outcome="crashed")
        _finish(snapshot)
        return None
    Snapshot.objects.filter(pk=snapshot.pk).update(
        decode_state=DecodeState.RUNNING, decode_due_at=at + LEASE, decode_attempts=F("decode_attempts") + 1
    )
    return snapshot


def _preview_of(part: SnapshotPart, at: datetime) -> _Preview:
    """Decode one original and seal what came out; nothing of it touches the disk unsealed."""
    limits = DEFAULT_LIMITS
    with os.fdopen(os.memfd_create("original", os.MFD_CLOEXEC), "w+b") as plain:
        size = 0
        for chunk in evidence.process_item(item_id=part.evidence_item_id, reason="making previews", at=at):
            room = limits.input_bytes - size
            if room > 0:
                plain.write(chunk[:room])
            size += len(chunk)
        plain.flush()
        partial = size > limits.input_bytes
        decoded = decode(plain.fileno(), limits=limits, declared_type=part.declared_type, partial=partial)
    pieces = (
        (PartRole.STILL, "image/png", decoded.blurred),
        (PartRole.STILL_GREY, "image/png", decoded.grey),
        (PartRole.STILL_COLOUR, "image/png", decoded.colour),
        (PartRole.TEXT, "text/plain", decoded.text_excerpt.encode()),
    )
    blobs = tuple(
        (role, media_type, vault.write([piece], max_bytes=_MOST_STILL_BYTES))
        for role, media_type, piece in pieces
        if piece
    )
    return _Preview(part, decoded, blobs)


@transaction.atomic
def _register(snapshot: Snapshot, made: list[_Preview], at: datetime) -> bool:
    """Add the previews, unless the preview was closed or the copy destroyed while they were made."""
    still_wanted = Snapshot.objects.select_for_update(of=("self",)).filter(
        pk=snapshot.pk,
        state=SnapshotState.COMPLETE,
        decode_state=DecodeState.RUNNING,
        content_item__preview_closed_at__isnull=True,
    )
    if still_wanted.first() is None:
        return False
    for preview in made:
        found = preview.decoded
        SnapshotPart.objects.filter(pk=preview.part.pk).update(
            media_type=found.sniffed_type[:100],
            outcome=found.outcome,
            notes=list(found.notes),
            width=found.width,
            height=found.height,
            frames=found.frames,
            duration_ms=found.duration_ms,
        )
        for role, media_type, blob in preview.blobs:
            add_part(
                snapshot,
                blob,
                role=role,
                media_type=media_type,
                method="decoded",
                actor=SYSTEM,
                at=at,
                position=preview.part.position,
                source=preview.part,
            )
    _finish(snapshot)
    return True


def _finish(snapshot: Snapshot) -> None:
    Snapshot.objects.filter(pk=snapshot.pk).update(decode_state=DecodeState.DONE, decode_due_at=None)


def _discard(made: list[_Preview]) -> None:
    for preview in made:
        for _role, _media_type, blob in preview.blobs:
            with suppress(VaultUnusable):  # a stray without a key; the daily sweep takes it
                vault.destroy(blob.item_id)
