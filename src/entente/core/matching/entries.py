"""What an index calls the hashes it holds.

Where a row has one hash, the entry of that hash is the row itself. Where a row may have several (the frames of a
video), an entry is one number of row, place among the row's hashes, and how many it has: so a match tells which hash
of the row was met and how many there are to meet, without asking anybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_HASHES_OF_ROW = 2**16
LARGEST_ROW_OF_SEVERAL = 2**31 - 1

_ROW_SHIFT = 32
_PLACE_SHIFT = 16
_SIXTEEN_BITS = 0xFFFF


class Parts(NamedTuple):
    """What the entries of rows with several hashes say; three arrays of one length."""

    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    """Of the hash among its row's, from 0."""
    counts: NDArray[np.int64]
    """How many hashes the row has."""


def entries_of(row: int, count: int) -> NDArray[np.int64]:
    """Return the entries of a row with so many hashes, MOST_HASHES_OF_ROW at most; the row is LARGEST_ROW_OF_SEVERAL at most."""
    return (row << _ROW_SHIFT) | (np.arange(count, dtype=np.int64) << _PLACE_SHIFT) | (count - 1)


def rows_of(entries: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of entries of rows with several hashes."""
    return entries >> _ROW_SHIFT


def parts_of(entries: NDArray[np.int64]) -> Parts:
    """Return what entries of rows with several hashes say."""
    return Parts(rows_of(entries), (entries >> _PLACE_SHIFT) & _SIXTEEN_BITS, (entries & _SIXTEEN_BITS) + 1)
