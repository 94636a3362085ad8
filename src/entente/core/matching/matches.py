"""What an index answers, and the checks of a question that all kinds share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from entente.core.matching.errors import MalformedHash, RadiusTooWide

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MANY = 4096
_NUMBER_BITS = 63


class Matches(NamedTuple):
    """Matches of several queries, by query, then distance, then row; three arrays of one length."""

    queries: NDArray[np.int64]
    """Number of the query; in a join, the row of the other index."""
    rows: NDArray[np.int64]
    distances: NDArray[np.int64]
    """In the unit of the kind: bits, differing positions, or 0 for what is equal."""


class Answer(NamedTuple):
    """What one question to an index that follows a change sequence is answered with."""

    matches: list[tuple[int, int]]
    """(row, distance), nearest first, then by row."""
    reached: int
    """The number of the change at which this is the whole truth; how old that is, only the asker can tell."""


def in_order(queries: NDArray[np.int64], rows: NDArray[np.int64], distances: NDArray[np.int64]) -> Matches:
    """Return matches by query, then distance, then row."""
    columns = (queries, distances, rows)
    order = np.lexsort(columns[::-1]) if len(rows) < _MANY else _order_of_many(columns)
    return Matches(queries[order], rows[order], distances[order])


def _order_of_many(columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    """Return the order of many matches: that of one number for each, where one has room for all of it."""
    bits = [int(column.max()).bit_length() if column.min() >= 0 else _NUMBER_BITS for column in columns]
    if sum(bits) > _NUMBER_BITS:
        return np.lexsort(columns[::-1])
    packed = columns[0]
    for column, width in zip(columns[1:], bits[1:], strict=True):
        packed = (packed << width) | column
    return np.argsort(packed)


def check_radius(radius: int, widest: int) -> None:
    """Raise RadiusTooWide unless the radius is one of 0..widest."""
    if not 0 <= radius <= widest:
        raise RadiusTooWide(f"exact for a radius from 0 to {widest}, not {radius}")


def check_hashes(hashes: NDArray[np.uint8], width: int) -> None:
    """Raise MalformedHash unless these are n x `width` bytes."""
    if hashes.dtype != np.uint8 or hashes.ndim != 2 or hashes.shape[1] != width:  # noqa: PLR2004 - rows and bytes
        raise MalformedHash(f"hashes are uint8 of n x {width}, not {hashes.dtype} of {hashes.shape}")


def as_query(query: bytes, width: int) -> NDArray[np.uint8]:
    """Return one hash as an array of 1 x `width`. Raises MalformedHash for another length."""
    if len(query) != width:
        raise MalformedHash(f"a hash has {width} bytes, not {len(query)}")
    return np.frombuffer(query, dtype=np.uint8).reshape(1, width)
