"""A change sequence of which everybody knows what stands at any number: rows take turns with a few values."""

from typing import Any

from entente.core.matching.changes import Change
from entente.core.matching.segmented import SegmentedIndex

ROWS = 7
VALUES = [bytes([letter]) * 32 for letter in b"\x00\xff\x0f"]


def change(number: int) -> Change:
    """Return a change of the sequence: the rows come round, each time with the next value or with none."""
    turn = number // ROWS % (len(VALUES) + 1)
    return number, number % ROWS, None if turn == len(VALUES) else VALUES[turn]


def rows_with(value: bytes, reached: int) -> list[int]:
    """Return the rows that have a value at a number."""
    last = range(max(1, reached - ROWS + 1), reached + 1)
    return sorted(row for _, row, given in map(change, last) if given == value)


def check(index: SegmentedIndex[Any]) -> None:
    """Ask for every value and compare with what stands at the number of the answer."""
    for value in VALUES:
        matches, reached = index.search(value, 0)
        assert matches == [(row, 0) for row in rows_with(value, reached)], f"at {reached}"
