"""The exact index: which rows have this digest (SHA-256 and other 32 bytes; MD5 and other 16 bytes).

The digests lie sorted in a mapped file, their first eight bytes beside them as numbers, so that a search reads about
twenty numbers and compares the few digests that begin alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from typing_extensions import override

from entente.core.matching.blocks import in_memory
from entente.core.matching.errors import BadSegment
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.matches import Matches, check_hashes, check_radius, in_order
from entente.core.matching.segment import Section, SegmentWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from entente.core.matching.blocks import Block
    from entente.core.matching.segment import Segment


class ExactIndex(MappedIndex):
    """A mapped, immutable index of digests of 32 bytes. Any number of threads may ask at once."""

    kind = "exact-256"
    width = 32
    widest_radius = 0
    merge_from = 20_000

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment)
        self._digests: NDArray[np.uint8] = segment.array("digests", "u1")
        self._rows: NDArray[np.int64] = segment.array("rows", "i8").reshape(-1)
        self._heads: NDArray[np.uint64] = segment.array("heads", "u8").reshape(-1)
        if self._digests.shape != (len(self._rows), self.width) or len(self._heads) != len(self._rows):
            raise BadSegment(f"{segment.path.name}: digests, heads and rows do not belong together")

    @classmethod
    @override
    def build_from(
        cls, blocks: Iterable[Block], path: Path, *, count: int, numbered: bool = False, reached: int = 0
    ) -> Self:
        """Write an index of `count` digests that come in blocks. Sorting takes all of them in memory once."""
        rows, digests = in_memory(blocks, cls.width, count=count, numbered=numbered)
        heads = _heads(digests)
        order = np.argsort(heads, kind="stable")
        sections = [
            Section("digests", "u1", count, cls.width),
            Section("rows", "i8", count, 1),
            Section("heads", "u8", count, 1),
        ]
        with SegmentWriter(path, kind=cls.kind, reached=reached, sections=sections) as writer:
            writer.write("digests", digests[order])
            writer.write("rows", rows[order])
            writer.write("heads", heads[order])
        return cls.open(path)

    @property
    @override
    def rows(self) -> NDArray[np.int64]:
        """[n] row of each digest."""
        return self._rows

    @override
    def hashes(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the digests at positions first..last."""
        return self._digests[first:last]

    @override
    def search(self, query: bytes, radius: int = 0) -> list[tuple[int, int]]:
        """Return (row, 0) of every equal digest. Raises RadiusTooWide for any radius but 0, MalformedHash."""
        return super().search(query, radius)

    @override
    def search_many(self, queries: NDArray[np.uint8], radius: int = 0, *, threads: int = 1) -> Matches:
        """Search for q digests, on one thread. Raises RadiusTooWide for any radius but 0, MalformedHash."""
        check_radius(radius, 0)
        check_hashes(queries, self.width)
        heads = _heads(queries)
        first = np.searchsorted(self._heads, heads, side="left")
        length = np.maximum(np.searchsorted(self._heads, heads, side="right") - first, 0)
        numbers = np.repeat(np.arange(len(queries)), length)
        inside = np.arange(len(numbers)) - np.repeat(np.cumsum(length) - length, length)
        positions = np.repeat(first, length) + inside
        equal = (self._digests[positions] == queries[numbers]).all(axis=1)
        return in_order(numbers[equal], self._rows[positions[equal]], np.zeros(int(equal.sum()), np.int64))

    @staticmethod
    @override
    def scan(hashes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> Matches:
        """Compare q queries with n digests that are in no index; `rows` of the answer are their positions."""
        check_radius(radius, 0)
        heads = _heads(hashes)
        found = [np.flatnonzero(heads == head) for head in _heads(queries)]
        numbers = np.repeat(np.arange(len(queries)), [len(part) for part in found])
        positions = np.concatenate([np.empty(0, np.int64), *found])
        equal = (hashes[positions] == queries[numbers]).all(axis=1)
        return in_order(numbers[equal], positions[equal], np.zeros(int(equal.sum()), np.int64))


class ShortExactIndex(ExactIndex):
    """The same for digests of 16 bytes."""

    kind = "exact-128"
    width = 16


def _heads(digests: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the first eight bytes of each digest as a number."""
    heads: NDArray[np.uint64] = np.ascontiguousarray(digests[:, :8]).view(">u8")
    return heads.astype(np.uint64).reshape(-1)
