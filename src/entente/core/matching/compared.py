"""The index of what has no index of its own: every signal is compared, by its type's own distance, in memory.

So the signals of a type that somebody adds are found from the first day, if slowly (some microseconds each).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from entente.core.matching.changes import in_sequence
from entente.core.matching.matches import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entente.core.matching.changes import Change
    from entente.core.signals.signal_type import SignalType


class ComparedIndex:
    """Signals of any type that follow a change sequence; nothing of it is kept on disk.

    Any number of threads may search; changes may come from any thread and take turns.
    """

    should_merge = False

    def __init__(self, signal_type: SignalType) -> None:
        self.refused: dict[int, str] = {}
        """Rows that were passed over, with what is wrong with their value."""
        self._type = signal_type
        self._turn = threading.Lock()
        self._state: tuple[dict[int, bytes], int] = ({}, 0)

    @property
    def reached(self) -> int:
        """The number of the last change that answers take into account."""
        return self._state[1]

    @property
    def in_memory(self) -> int:
        """How many signals are in no segment: all of them."""
        return len(self)

    def __len__(self) -> int:
        return len(self._state[0])

    def apply(self, changes: Iterable[Change], *, read: tuple[int, int] | None = None) -> int:
        """Take in changes; return the number reached. See `SegmentedIndex.apply`. Raises ChangesMissing."""
        with self._turn:
            values, reached = dict(self._state[0]), self._state[1]
            try:
                for number, row, value in in_sequence(changes, reached, read):
                    self._put(values, row, value)
                    reached = number
                reached = reached if read is None else max(reached, read[1])
            finally:
                self._state = values, reached
            return reached

    def search(self, value: bytes, radius: int) -> Answer:
        """Return (row, distance) of every signal within the radius. Raises MalformedSignal."""
        values, reached = self._state
        distances = ((self._type.distance(value, held), row) for row, held in values.items())
        near = sorted(found for found in distances if found[0] <= radius)
        return Answer([(row, distance) for distance, row in near], reached)

    def merge(self) -> bool:
        """Do nothing: there is no segment."""
        return False

    def refresh(self) -> bool:
        """Do nothing: there is no segment."""
        return False

    def rebuild(self, rows: Iterable[tuple[int, bytes]], reached: int) -> bool:
        """Hold all (row, value) that stand in the database at `reached`, unless more is reached already."""
        with self._turn:
            values: dict[int, bytes] = {}
            for row, value in rows:
                self._put(values, row, value)
            if self._state[1] <= reached:
                self._state = values, reached
                return True
            return False

    def _put(self, values: dict[int, bytes], row: int, value: bytes | None) -> None:
        """Let a row have a value, unless its type cannot compare it."""
        values.pop(row, None)
        self.refused.pop(row, None)
        if value is not None:
            try:
                self._type.distance(value, value)
            except Exception as error:  # noqa: BLE001 - a third party's type may fail in any way; the others must be found
                self.refused[row] = f"{type(error).__name__}: {error}"
            else:
                values[row] = value
