"""Filling a bank from a file: a million lines in a minute, whatever is wrong with some of them."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from entente.apps.banks.services import MOST_AT_ONCE, Added, NewSignal, Source, add_signals
from entente.apps.kernel import clock
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable

if TYPE_CHECKING:
    from entente.apps.kernel.actors import Actor
    from entente.core.exchange.formats import Format

BAD_SUFFIX: Final = ".bad.csv"
RETRACTION: Final = "it is a retraction: retract signals on the pages of the bank, with a reason"


@dataclass(slots=True)
class Sums:
    """What came of a file so far. `last_change` is the number at which all of it is enforced."""

    read: int = 0
    added: int = 0
    known: int = 0
    bad: int = 0
    last_change: int = 0
    problem: str = ""
    """Why the rest of the file could not be made out, where it could not."""


class BadFile:
    """Where what was not taken is told, line by line; there is no such file when all was taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: Any = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, item: int, reason: str, *, line: int | str = "") -> None:
        """Tell of one: which item of the file it is, from 1, on which line where that is known. Raises OSError."""
        if self._writer is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow(("item", "line", "reason"))
        self._writer.writerow((item, line, reason))
        self.count += 1


def import_file(
    path: Path,
    form: "Format",
    *,
    bank_id: UUID,
    actor: "Actor",
    bad: BadFile,
    told: Callable[[Sums, float], None],
) -> Sums:
    """Add what a file lists to a bank, MOST_AT_ONCE at a time; the same again adds nothing.

    `told` hears the sums and the share of the file after each batch. A file that cannot be followed to its end is
    loaded up to there, and `problem` says why. Raises OSError, and what `add_signals` raises.
    """
    sums = Sums()
    size = max(path.stat().st_size, 1)
    source = Source(how="import", words=path.name)
    provenance: UUID | None = None
    with path.open("rb") as file:
        for items, signals in _batches(form.read(file), sums, bad):
            added = add_signals(
                bank_id=bank_id,
                signals=signals,
                source=source,
                actor=actor,
                at=clock.now(),
                provenance_id=provenance,
            )
            provenance = added.provenance_id
            _count(sums, added, items, bad)
            told(sums, file.tell() / size)
    return sums


def _batches(
    found: Iterator[Entry | Bad], sums: Sums, bad: BadFile
) -> Iterator[tuple[list[int], list[NewSignal]]]:
    """Yield signals with the numbers of their items; what is none of them goes into the file of the bad."""
    items: list[int] = []
    signals: list[NewSignal] = []
    for one in _until_unreadable(found, sums):
        sums.read += 1
        if isinstance(one, Bad):
            bad.add(sums.read, one.reason, line=one.line)
        elif one.is_retracted:
            bad.add(sums.read, RETRACTION)
        else:
            items.append(sums.read)
            signals.append(
                NewSignal(one.signal_type, one.value, "", one.note, one.entity, one.labels, one.partner_ref)
            )
        if len(signals) == MOST_AT_ONCE:
            yield items, signals
            items, signals = [], []
    yield items, signals
    sums.bad = bad.count


def _until_unreadable(found: Iterator[Entry | Bad], sums: Sums) -> Iterator[Entry | Bad]:
    try:
        yield from found
    except FormatUnreadable as error:
        sums.problem = f"from line {error.line} on it cannot be read: {error}"


def _count(sums: Sums, added: Added, items: list[int], bad: BadFile) -> None:
    sums.added += added.added
    sums.known += added.known
    sums.last_change = max(sums.last_change, added.last_change)
    for one in added.bad:
        bad.add(items[one.index], one.reason)
    sums.bad = bad.count
