"""A bank as a file for the browser: written under seal first, so that what is on record is what leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.banks import queries
from entente.core.exchange.entries import Entry
from entente.core.signals.registry import signal_types
from entente.web.uploading import CHUNK_BYTES, SealedFile

if TYPE_CHECKING:
    from entente.core.exchange.formats import Format


@dataclass(slots=True)
class Exported:
    """A written bank: how many signals it has, how many may not leave yet or are of a type unknown here."""

    file: SealedFile
    count: int = 0
    left_out: int = 0
    size_bytes: int = 0

    def chunks(self) -> Iterator[bytes]:
        """Yield the file, and let it go at its end."""
        with self.file:
            self.file.seek(0)
            while piece := self.file.read(CHUNK_BYTES):
                yield piece


def write_bank(bank_id: UUID, form: "Format", *, at: datetime) -> Exported:
    """Write what stands in a bank into a file that nobody else can read. Raises VaultFull."""
    exported = Exported(SealedFile())
    for piece in form.write(_entries(bank_id, exported, at)):
        exported.size_bytes += exported.file.write(piece)
    return exported


def _entries(bank_id: UUID, exported: Exported, at: datetime) -> Iterator[Entry]:
    known = signal_types()
    for one in queries.entries_of_bank(bank_id, at=at):
        if one.signal_type not in known or (one.not_shared_before or at) > at:
            exported.left_out += 1
            continue
        exported.count += 1
        yield Entry(
            signal_type=one.signal_type,
            value=one.value,
            labels=one.labels,
            entity=one.entity,
            note=one.note,
            partner_ref=one.partner_ref,
            changed_at=one.added_at,
        )
