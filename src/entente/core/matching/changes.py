"""The change sequence of signals, and the part of it that no segment holds yet.

The database numbers the changes of its signals without a gap. An index is a cache of that sequence: the segment holds
everything up to one number, the live part what came after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from entente.core.matching.entries import LARGEST_ROW_OF_SEVERAL, MOST_HASHES_OF_ROW, entries_of
from entente.core.matching.errors import ChangesMissing, MalformedHash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

Change = tuple[int, int, bytes | None]
"""Number, row, and the value the row has from now on; None for a retraction."""

_FIRST_ROOM = 64
_NEVER = 2**63 - 1
_FEW_ROWS = 1024


def in_sequence(
    changes: Iterable[Change], reached: int, read: tuple[int, int] | None = None
) -> Iterator[Change]:
    """Yield the changes behind `reached`, in their order; what comes before is passed over, so a reader may begin early.

    Where the sequence is shared with other indexes, `read` = (after, upto) says that these are all the changes of
    this one with a number above `after` and up to `upto`; without it, every number follows on the one before.

    Raises ChangesMissing where one is missing or the order is wrong.
    """
    if read is not None and read[0] > reached:
        raise ChangesMissing(f"read after {read[0]} where {reached} is reached")
    for change in changes:
        number = change[0]
        if number <= reached:
            continue
        last = reached + 1 if read is None else read[1]
        if number > last:
            raise ChangesMissing(f"change {number} where {last} is the last there can be")
        yield change
        reached = number


class LiveView(NamedTuple):
    """The live part as it was at one number. Later changes add facts; none that it shows is altered by them."""

    reached: int
    hashes: NDArray[np.uint8]
    entries: NDArray[np.int64]
    ended: NDArray[np.int64]
    """[k] number of the change that ended each hash."""
    touched: NDArray[np.int64]
    """The row of every change here, in their order: what an older segment says of it no longer counts."""
    changed: dict[int, int]
    """Row to the number of its first change here."""

    def holds(self, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of these positions stood at this number."""
        return self.ended[positions] > self.reached

    def untouched(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of these rows no change has touched up to this number."""
        if len(rows) > _FEW_ROWS:
            return np.isin(rows, self.touched, invert=True)
        changed, reached = self.changed, self.reached
        return np.fromiter((changed.get(row, _NEVER) > reached for row in rows.tolist()), np.bool_, len(rows))


class LivePart:
    """The changes behind a segment, in memory, to be scanned. One thread writes; views are for any."""

    def __init__(self, width: int, reached: int, *, several: bool = False) -> None:
        self.reached = reached
        self._width = width
        self._several = several
        self._count = 0
        self._hashes = np.empty((_FIRST_ROOM, width), np.uint8)
        self._entries = np.empty(_FIRST_ROOM, np.int64)
        self._began = np.empty(_FIRST_ROOM, np.int64)
        self._ended = np.empty(_FIRST_ROOM, np.int64)
        self._changes = 0
        self._touched = np.empty(_FIRST_ROOM, np.int64)
        self._numbers = np.empty(_FIRST_ROOM, np.int64)
        self._standing: dict[int, slice] = {}
        self._changed: dict[int, int] = {}

    def __len__(self) -> int:
        """Count the changes."""
        return self._changes

    def extend(self, changes: list[tuple[int, int, bytes | None]]) -> None:
        """Add changes, each with a higher number than the one before: (number, row, hashes or None).

        Hashes are as `checked_count` asks for them. Raises ChangesMissing for a number that is not after `reached`;
        then nothing has changed.
        """
        if changes and changes[0][0] <= self.reached:
            raise ChangesMissing(f"change {changes[0][0]} after {self.reached}")
        ended: list[tuple[slice, int]] = []
        written: list[tuple[int, int, bytes]] = []
        count = self._count
        for number, row, hashes in changes:
            self._changed.setdefault(row, number)
            before = self._standing.pop(row, None)
            if before is not None:
                ended.append((before, number))
            if hashes:
                place = slice(count, count + len(hashes) // self._width)
                self._standing[row] = place
                written.append((number, row, hashes))
                count = place.stop
        self._append(written, count)
        for place, number in ended:
            self._ended[place] = number
        self._note(changes)

    def advance(self, number: int) -> None:
        """Say that there is no further change up to this number; an earlier one says nothing new."""
        self.reached = max(self.reached, number)

    def view(self) -> LiveView:
        """Return the live part as it is now."""
        kept = slice(0, self._count)
        return LiveView(
            self.reached,
            self._hashes[kept],
            self._entries[kept],
            self._ended[kept],
            self._touched[: self._changes],
            self._changed,
        )

    def after(self, number: int) -> LivePart:
        """Return the live part behind a segment that reaches `number`."""
        rest = LivePart(self._width, max(number, self.reached), several=self._several)
        kept = self._began[: self._count] > number
        rest._count = int(kept.sum())
        rest._hashes = _with_room(self._hashes[: self._count][kept], rest._count, 1)
        rest._entries, rest._began, rest._ended = (
            _with_room(column[: self._count][kept], rest._count, 1)
            for column in (self._entries, self._began, self._ended)
        )
        later = self._numbers[: self._changes] > number
        rest._changes = int(later.sum())
        rest._touched, rest._numbers = (
            _with_room(column[: self._changes][later], rest._changes, 1)
            for column in (self._touched, self._numbers)
        )
        dropped = self._count - rest._count
        for row, place in self._standing.items():
            if place.start >= dropped:
                rest._standing[row] = slice(place.start - dropped, place.stop - dropped)
        changes = slice(0, rest._changes)
        for row, first in zip(rest._touched[changes].tolist(), rest._numbers[changes].tolist(), strict=True):
            rest._changed.setdefault(row, first)
        return rest

    def _append(self, written: list[tuple[int, int, bytes]], count: int) -> None:
        """Write hashes behind the others, which are `count` then."""
        place, more = slice(self._count, count), count - self._count
        entries, added = as_block(
            [(row, hashes) for _, row, hashes in written], self._width, several=self._several
        )
        numbers = np.array([number for number, _, _ in written], np.int64)
        self._hashes = _with_room(self._hashes, self._count, more)
        self._entries = _with_room(self._entries, self._count, more)
        self._began = _with_room(self._began, self._count, more)
        self._ended = _with_room(self._ended, self._count, more)
        self._hashes[place] = added
        self._entries[place] = entries
        self._began[place] = np.repeat(numbers, [len(hashes) // self._width for _, _, hashes in written])
        self._ended[place] = _NEVER
        self._count = count

    def _note(self, changes: list[tuple[int, int, bytes | None]]) -> None:
        """Remember which rows were touched, and what is reached."""
        place = slice(self._changes, self._changes + len(changes))
        self._touched = _with_room(self._touched, self._changes, len(changes))
        self._numbers = _with_room(self._numbers, self._changes, len(changes))
        self._touched[place] = [row for _, row, _ in changes]
        self._numbers[place] = [number for number, _, _ in changes]
        self._changes = place.stop
        self.reached = changes[-1][0] if changes else self.reached


def checked_count(row: int, hashes: bytes, width: int, *, several: bool) -> int:
    """Return how many hashes are written to a row. Raises MalformedHash.

    It is one where a row cannot have several; there can be none where it can, and as many as entries can tell apart.
    """
    count, over = divmod(len(hashes), width)
    if over or not (several or count == 1):
        raise MalformedHash(f"row {row}: a hash has {width} bytes, not {len(hashes)}")
    if several and (count > MOST_HASHES_OF_ROW or not 0 <= row <= LARGEST_ROW_OF_SEVERAL):
        raise MalformedHash(
            f"row {row}: {count} hashes; there is room for {MOST_HASHES_OF_ROW}, and for rows up to 2**31 - 1"
        )
    return count


def as_block(
    written: list[tuple[int, bytes]], width: int, *, several: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the entries and the hashes of some rows, the hashes as `checked_count` asks for them."""
    hashes = as_array(b"".join(of_row for _, of_row in written), width)
    if not several:
        return np.array([row for row, _ in written], np.int64), hashes
    parts = [entries_of(row, len(of_row) // width) for row, of_row in written]
    return np.concatenate([np.empty(0, np.int64), *parts]), hashes


def as_array(hashes: bytes, width: int) -> NDArray[np.uint8]:
    """Return hashes that lie one after the other, as k x `width` bytes."""
    return np.frombuffer(hashes, np.uint8).reshape(-1, width)


Column = TypeVar("Column", bound=np.generic)


def _with_room(array: NDArray[Column], count: int, more: int) -> NDArray[Column]:
    """Return the array with room for `more` behind the first `count`: itself, or a longer one. Views keep the old."""
    if count + more <= len(array):
        return array
    longer = np.empty((max(2 * count, count + more), *array.shape[1:]), array.dtype)
    longer[:count] = array[:count]
    return longer
