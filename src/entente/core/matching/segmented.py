"""An index that follows a change sequence: the newest segment in a folder, and what came after it in memory.

It is a cache. Every file in the folder can be deleted at any time; an index that finds none starts at 0 and is fed,
or rebuilt, from the database. Each answer is that of one number of the sequence, whatever happens meanwhile. Whether
that number is recent enough to be trusted, only who reads the sequence knows.

What is fed in was checked where it was entered. Should something malformed have slipped through all the same, it is
passed over and noted in `refused`: one bad signal never keeps the others from being found.
"""

from __future__ import annotations

import fcntl
import threading
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np

from entente.core.matching.changes import LivePart, LiveView, as_block, checked_count, in_sequence
from entente.core.matching.entries import rows_of
from entente.core.matching.errors import BadSegment
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.matches import Answer, Matches, as_query, check_hashes, in_order
from entente.core.matching.segment import remove_leftovers, sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from entente.core.matching.blocks import Block
    from entente.core.matching.changes import Change

SEGMENT_SUFFIX = ".segment"

_BLOCK = 65_536
_BATCH = 4096
_LOCK_NAME = "merge.lock"
_FOLDER_MODE = 0o700


Kind = TypeVar("Kind", bound=MappedIndex)


class _State(NamedTuple, Generic[Kind]):
    """What one answer is made of."""

    base: Kind | None
    live: LiveView


class SegmentedIndex(Generic[Kind]):
    """A segment and a live part behind the interface of one index.

    Any number of threads may search; changes, merges and refreshes may come from any thread and take turns. Here a
    signal's value is its one hash; subclasses say otherwise.
    """

    several: ClassVar[bool] = False
    """Whether a row may have several hashes; then `rows` of matches are entries (see `entries`)."""

    def __init__(self, folder: Path, kind: type[Kind]) -> None:
        self.folder = folder
        self.broken: dict[str, str] = {}
        """Segments that could not be opened, by file name, with the reason."""
        self.refused: dict[int, str] = {}
        """Rows that were passed over since this index was opened, with what is wrong with their value."""
        self.before_write: Callable[[int], None] = _nothing
        """Called with the number of a segment before that appears; what it raises keeps it from being written."""
        self._kind = kind
        self._known_broken: dict[str, tuple[int, int, int] | None] = {}
        self._filled_at = 0
        self._turn = threading.RLock()
        self._base: Kind | None = None
        self._live = LivePart(kind.width, 0, several=self.several)
        self._state: _State[Kind] = _State(None, self._live.view())

    @classmethod
    def follow(cls, folder: Path, kind: type[Kind]) -> Self:
        """Open the newest whole segment of a folder, which is made if need be; with none, `reached` is 0.

        Every checksum is compared, once (a tenth of a second for a million hashes). What is broken is in `broken`.
        """
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        index = cls(folder, kind)
        index.refresh()
        return index

    @property
    def reached(self) -> int:
        """The number of the last change that answers take into account."""
        return self._state.live.reached

    @property
    def should_merge(self) -> bool:
        """Whether enough changes are in memory for a merge to pay."""
        return len(self._live) >= self._kind.merge_from

    @property
    def in_memory(self) -> int:
        """How many changes are in no segment yet."""
        return len(self._live)

    @property
    def mapped(self) -> str:
        """The name of the segment that is in use, which may have been deleted since; empty without one."""
        base = self._state.base
        return "" if base is None else base.path.name

    @property
    def is_compiled(self) -> bool:
        """Whether the first question waits for loops to be loaded or compiled (`tables.prepare`)."""
        return self._kind.is_compiled

    def __len__(self) -> int:
        """Count the hashes that can answer; this reads all their rows."""
        return self._count(self._state)

    def hashes_of(self, value: bytes) -> bytes:
        """Return what stands in the index for a signal's value, one hash after the other. Raises ValueError."""
        return value

    def apply(self, changes: Iterable[Change], *, read: tuple[int, int] | None = None) -> int:
        """Take in changes (number, row, value or None for a retraction), in their order; return the number reached.

        What may be given, and what `read` says, is described at `in_sequence`. Raises ChangesMissing where one is
        missing or the order is wrong; what came before is in.
        """
        with self._turn:
            batch: list[Change] = []
            try:
                for number, row, value in in_sequence(changes, self._live.reached, read):
                    batch.append((number, row, self._checked(row, value)))
                    if len(batch) == _BATCH:
                        self._live.extend(batch)
                        batch = []
            finally:  # What came before something wrong is in.
                self._live.extend(batch)
                self._publish()
            if read is not None:
                self._live.advance(read[1])
                self._publish()
            return self._live.reached

    def search(self, value: bytes, radius: int) -> Answer:
        """Return (row, distance) of every signal within the radius. Raises RadiusTooWide, MalformedHash."""
        found, reached = self.search_many(as_query(value, self._kind.width), radius)
        return Answer(list(zip(found.rows.tolist(), found.distances.tolist(), strict=True)), reached)

    def search_many(self, queries: NDArray[np.uint8], radius: int) -> tuple[Matches, int]:
        """Search for q hashes; return the matches and the number of the change they are true at."""
        check_hashes(queries, self._kind.width)
        state = self._state
        parts = []
        if state.base is not None:
            found = state.base.search_many(queries, radius)
            kept = state.live.untouched(self._rows_of(found.rows))
            parts.append([column[kept] for column in found])
        numbers, positions, distances = self._kind.scan(state.live.hashes, queries, radius)
        kept = state.live.holds(positions)
        parts.append([numbers[kept], state.live.entries[positions[kept]], distances[kept]])
        return in_order(*(np.concatenate(column) for column in zip(*parts, strict=True))), state.live.reached

    def merge(self) -> bool:
        """Write one segment of everything that stands, swap it in, delete older ones; searches go on meanwhile.

        Returns False when another process is merging this folder, or has merged as much. Killed at any point, it
        leaves the older segment or the newer one, and at most a partial file that the next writer removes. Raises
        OSError (a full disk): then nothing has changed.
        """
        state = self._state
        if state.base is not None and state.base.reached >= state.live.reached:
            return False
        blocks = ((entries[kept], hashes()[kept]) for entries, kept, hashes in self._standing(state))
        return self._write(blocks, self._count(state), state.live.reached)

    def rebuild(self, rows: Iterable[tuple[int, bytes]], reached: int) -> bool:
        """Write a segment of all (row, value) that stand in the database at `reached`, as `merge` does."""
        blocks = list(self._gathered(rows))
        return self._write(blocks, sum(len(hashes) for _, hashes in blocks), reached)

    def fill(self, rows: Iterable[tuple[int, bytes]], reached: int) -> None:
        """Hold all (row, value) that stand in the database at `reached` in memory, in place of what was held.

        A segment that reaches less is not picked up any more: what ended between the two is told nowhere.
        """
        checked = [(reached, row, self._checked(row, value)) for row, value in rows]
        with self._turn:
            live = LivePart(self._kind.width, reached - 1, several=self.several)
            live.extend([change for change in checked if change[2]])
            live.advance(reached)
            self._base, self._live, self._filled_at = None, live, reached
            self._publish()

    def refresh(self) -> bool:
        """Pick up a newer segment that another process wrote; tell whether there was one."""
        with self._turn:
            known = self._filled_at - 1 if self._base is None else self._base.reached
            for path in sorted(self.folder.glob(f"*{SEGMENT_SUFFIX}"), reverse=True):
                if path.name <= _name(known):
                    return False
                found = self._opened(path)
                if found is not None and found.reached > known:
                    self._swap(found)
                    return True
            return False

    def _checked(self, row: int, value: bytes | None) -> bytes | None:
        """Return the hashes of a value, None for one that is malformed."""
        self.refused.pop(row, None)
        if value is None:
            return None
        try:
            hashes = self.hashes_of(value)
            checked_count(row, hashes, self._kind.width, several=self.several)
        except ValueError as error:
            self.refused[row] = str(error)
            return None
        return hashes

    def _gathered(self, rows: Iterable[tuple[int, bytes]]) -> Iterator[Block]:
        """Yield rows and their values as entries and hashes, in blocks."""
        batch: list[tuple[int, bytes]] = []
        for row, value in rows:
            hashes = self._checked(row, value)
            if hashes:
                batch.append((row, hashes))
            if len(batch) == _BATCH:
                yield as_block(batch, self._kind.width, several=self.several)
                batch = []
        yield as_block(batch, self._kind.width, several=self.several)

    def _opened(self, path: Path) -> Kind | None:
        """Open a segment, or note why not; one that was deleted this moment is simply not there."""
        identity = None
        try:
            identity = _identity(path)
            if self._known_broken.get(path.name) == identity:
                return None
            found = self._kind.open(path)
            if self._base is None:
                found.verify()
        except BadSegment as error:
            self.broken[path.name] = str(error)
            self._known_broken[path.name] = identity
            return None
        except FileNotFoundError:
            return None
        return found

    def _write(self, blocks: Iterable[Block], count: int, reached: int) -> bool:
        """Write a segment under the folder's lock, which ends with the process, and swap it in."""
        with (self.folder / _LOCK_NAME).open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self.refresh()
            if self._base is not None and self._base.reached > reached:
                return False
            remove_leftovers(self.folder)
            self.before_write(reached)
            path = self.folder / _name(reached)
            made = self._kind.build_from(blocks, path, count=count, reached=reached)
            with self._turn:
                self._swap(made)
            self._delete_but(path)
        return True

    def _swap(self, base: Kind) -> None:
        """Answer from a newer segment and what came after it."""
        self._base = base
        self._live = self._live.after(base.reached)
        self._publish()

    def _publish(self) -> None:
        """Let the next question see what was written; one assignment, so no question sees half of it."""
        self._state = _State(self._base, self._live.view())

    def _delete_but(self, newest: Path) -> None:
        """Delete older segments and broken ones; whoever maps them keeps them until it refreshes."""
        for path in self.folder.glob(f"*{SEGMENT_SUFFIX}"):
            if path.name < newest.name or (path != newest and path.name in self.broken):
                path.unlink(missing_ok=True)
        self.broken.clear()
        self._known_broken.clear()
        sync_folder(self.folder)

    def _rows_of(self, entries: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of what a segment calls its hashes."""
        return rows_of(entries) if self.several else entries

    def _count(self, state: _State[Kind]) -> int:
        """Count the hashes that stand."""
        return sum(int(kept.sum()) for _, kept, _ in self._standing(state))

    def _standing(
        self, state: _State[Kind]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_], Callable[[], NDArray[np.uint8]]]]:
        """Yield entries, which of them stand, and how to have their hashes, in blocks."""
        base, live = state
        if base is not None:
            rows = base.rows
            for first in range(0, len(rows), _BLOCK):
                block = rows[first : first + _BLOCK]
                yield (
                    block,
                    live.untouched(self._rows_of(block)),
                    partial(base.hashes, first, first + len(block)),
                )
        yield live.entries, live.holds(np.arange(len(live.entries))), lambda: live.hashes


def _nothing(_reached: int) -> None:
    """Do nothing before a segment is written."""


def _name(reached: int) -> str:
    """Return the name of the segment that reaches a number; names sort as the numbers do."""
    return f"{reached:020d}{SEGMENT_SUFFIX}" if reached >= 0 else ""


def _identity(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is replaced. Raises FileNotFoundError."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
