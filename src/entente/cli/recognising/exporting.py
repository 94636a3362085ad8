"""Writing a bank to a file: what stands in it, but for what may not leave yet."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from entente.apps.banks import queries, services
from entente.core.exchange.entries import Entry
from entente.core.signals.registry import signal_types

if TYPE_CHECKING:
    from entente.apps.kernel.actors import Actor
    from entente.core.exchange.formats import Format

_NEW_PRIVATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class Exported:
    """What was written, and what was left out: born of an order that may still be challenged, or of a type unknown here."""

    def __init__(self) -> None:
        self.count = 0
        self.not_yet = 0
        self.unknown = 0

    @property
    def left_out(self) -> int:
        """How many stand in the bank and not in the file."""
        return self.not_yet + self.unknown


def export_bank(
    line: queries.BankLine, path: Path, form: "Format", *, actor: "Actor", at: datetime
) -> Exported:
    """Write a bank to a new file, which only this user can read; put it on record before the file has its name.

    Raises FileExistsError, OSError.
    """
    if path.exists():
        raise FileExistsError(f"{path} is there already.")
    writing = path.with_name(f".{path.name}.writing")
    exported = Exported()
    try:
        with os.fdopen(os.open(writing, _NEW_PRIVATE, 0o600), "wb") as file:
            for piece in form.write(_entries(line, exported, at)):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        services.record_export(
            bank_id=line.id,
            count=exported.count,
            left_out=exported.left_out,
            form=form.name,
            actor=actor,
            at=at,
        )
        writing.rename(path)
    finally:
        writing.unlink(missing_ok=True)
    return exported


def _entries(line: queries.BankLine, exported: Exported, at: datetime) -> Iterator[Entry]:
    known = signal_types()
    for one in queries.entries_of_bank(line.id, at=at):
        if one.signal_type not in known:
            exported.unknown += 1
        elif one.not_shared_before is not None and one.not_shared_before > at:
            exported.not_yet += 1
        else:
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
