"""The file a message came as: sealed in the vault before anything is read into it, opened with a reason.

It carries what no typed copy does: the electronic signature or seal, and what shows its receipt (TCO Art. 3(4)(e), 3(5)).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

import entente
from entente.apps.arrivals import queries
from entente.apps.arrivals.errors import NoOriginal
from entente.apps.arrivals.models import Arrival
from entente.apps.evidence import services as evidence
from entente.apps.evidence import vault
from entente.apps.evidence.errors import VaultFull, VaultUnusable
from entente.apps.evidence.vault import SealedBlob
from entente.apps.kernel.actors import Actor

GROUND: Final = "house.arrival"
PURPOSE: Final = "review_or_complaint"
METHOD: Final = "uploaded_by_staff"
EXTENSIONS: Final = {"application/pdf": "pdf", "application/json": "json"}
"""Media type -> how the downloaded file is named; anything else is unknown bytes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed file, or none, and why it could not be kept."""

    blob: SealedBlob | None
    problems: tuple[str, ...] = ()


@contextmanager
def sealed(raw: bytes) -> Iterator[tuple[SealedBlob | None, tuple[str, ...]]]:
    """Seal a file for the block, which registers it; what the block does not register is removed again.

    A full or broken vault keeps no order out: the block runs all the same, and is told what to note.
    """
    blob, problems = _write(raw)
    try:
        yield blob, problems
    except BaseException:
        if blob is not None:
            with suppress(VaultUnusable):  # a stray without a key; the daily sweep takes it
                vault.destroy(blob.item_id)
        raise


def _write(raw: bytes) -> tuple[SealedBlob | None, tuple[str, ...]]:
    if not raw:
        return None, ()
    try:
        return vault.write([raw], max_bytes=len(raw)), ()
    except (VaultFull, VaultUnusable) as error:
        kept = _("The file could not be kept here (%(why)s). Keep it elsewhere until it can.")
        return None, (kept % {"why": error.message},)


def keep(arrival: Arrival, file: Sealed, raw: bytes, actor: Actor, at: datetime) -> None:
    """Register a sealed file with its ground, in the transaction that records the message."""
    if file.blob is None:
        return
    evidence.register_item(
        blob=file.blob,
        media_type=media_type(raw),
        subject_kind="arrival",
        subject_id=arrival.id,
        method=METHOD,
        tool_version=f"entente {entente.__version__}",
        actor=actor,
        at=at,
    )
    keep_for(arrival, arrival.id, actor, at)


def keep_for(arrival: Arrival, case_id: UUID, actor: Actor, at: datetime) -> None:
    """Keep a message's file for a case; before there is one, the message's own number stands for it."""
    root = queries.root_of(arrival)
    if queries.original_of(arrival) is None:
        return
    evidence.preserve(
        subject_kind="arrival",
        subject_id=root,
        case_id=case_id,
        ground_id=GROUND,
        starts_at=arrival.received_at,
        actor=actor,
        at=at,
    )


def media_type(raw: bytes) -> str:
    """Return what a file is by its first bytes, never by its name."""
    start = raw[:1024].lstrip()
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    return "application/json" if start[:1] in {b"{", b"["} else "application/octet-stream"


@dataclass(frozen=True, slots=True)
class OpenedOriginal:
    """What a view hands out as a download: verified bytes of the given length, and a name for them."""

    file_name: str
    size_bytes: int
    chunks: Iterator[bytes]


def open_original(*, arrival_id: UUID, actor: Actor, reason: str, at: datetime) -> OpenedOriginal:
    """Write the opening into the chain of custody, then return the file. Not to be called inside a transaction.

    Raises NoOriginal, ReadingNotAllowed (no reason), ItemDestroyed, SealBroken, VaultUnusable.
    """
    arrival = queries.arrival(arrival_id)
    line = queries.original_of(arrival)
    if line is None:
        raise NoOriginal(_("This message came without a file."))
    chunks = evidence.read_item(
        item_id=line.id,
        actor=actor,
        case_id=arrival.case_id or queries.root_of(arrival),
        purpose=PURPOSE,
        reason=reason,
        at=at,
    )
    extension = EXTENSIONS.get(line.media_type, "bin")
    return OpenedOriginal(f"{line.sha256[:12]}.{extension}", line.size_bytes, chunks)
