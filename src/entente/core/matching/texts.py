"""The index of near-duplicate texts: all MinHash signatures within a number of differing positions, exactly.

A signature is a version and 128 numbers of 16 bits (`entente.core.signals.texts.minhash`); two of different versions
differ everywhere. Two that differ in at most d positions agree in at least one of any d + 1. So there are tables of
the numbers in 80 of the positions, and a query of radius d (79 at most) looks into the d + 1 tables in which fewest
signatures have its number: what many texts share, a quotation or a footer, is passed over as long as there are
others. Beyond, or where the tables would not be shorter, every signature is compared, about a tenth of a microsecond each.

The file holds per signature 257 bytes, its row (8 bytes), and 320 bytes of tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np
from typing_extensions import override

from entente.core.matching.blocks import in_memory
from entente.core.matching.errors import BadSegment
from entente.core.matching.geometry import prefix_bits_for
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.matches import Matches, check_hashes, check_radius, in_order
from entente.core.matching.segment import Section, SegmentWriter
from entente.core.signals.texts.minhash import POSITIONS, SIGNATURE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from entente.core.matching.blocks import Block
    from entente.core.matching.segment import Segment

DEFAULT_RADIUS = 51
"""A similarity of 0.6, as TextMinhash has it."""

TABLES = 80
"""More than the radius that texts are matched at (64 at most): the longest are left out."""

SMALLEST_INDEXED = 2048
"""Fewer signatures than this are compared one by one; tables would not be faster."""

_NUMBER_BITS = 16
_BLOCK = 4096
_SCANNED_PER_LOOKUP = 4


class TextIndex(MappedIndex):
    """A mapped, immutable index of MinHash signatures. Any number of threads may ask at once."""

    kind = "minhash-128"
    width = SIGNATURE_BYTES
    widest_radius = POSITIONS
    merge_from = 2_000

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment)
        self._rows: NDArray[np.int64] = segment.array("rows", "i8").reshape(-1)
        self._versions: NDArray[np.uint8] = segment.array("versions", "u1").reshape(-1)
        self._numbers: NDArray[np.uint16] = segment.array("numbers", "u2")
        self._starts: NDArray[np.uint32] = segment.array("starts", "u4")
        self._positions: NDArray[np.uint32] = segment.array("positions", "u4")
        found = [self._numbers.shape, self._versions.shape, self._starts.shape, self._positions.shape]
        count, tables = len(self._rows), TABLES if len(self._rows) >= SMALLEST_INDEXED else 0
        buckets = 1 << prefix_bits_for(count)
        if found != [(count, POSITIONS), (count,), (tables, buckets + 1), (tables, count)]:
            raise BadSegment(f"{segment.path.name}: numbers, rows and tables do not belong together")

    @classmethod
    @override
    def build_from(
        cls, blocks: Iterable[Block], path: Path, *, count: int, numbered: bool = False, reached: int = 0
    ) -> Self:
        """Write an index of `count` signatures that come in blocks, which are in memory together once."""
        rows, signatures = in_memory(blocks, SIGNATURE_BYTES, count=count, numbered=numbered)
        numbers, tables = _numbers(signatures), TABLES if count >= SMALLEST_INDEXED else 0
        buckets = 1 << prefix_bits_for(count)
        sections = [
            Section("rows", "i8", count, 1),
            Section("versions", "u1", count, 1),
            Section("numbers", "u2", count, POSITIONS),
            Section("starts", "u4", tables, buckets + 1),
            Section("positions", "u4", tables, count),
        ]
        with SegmentWriter(path, kind=cls.kind, reached=reached, sections=sections) as writer:
            writer.write("rows", rows)
            writer.write("versions", signatures[:, 0])
            writer.write("numbers", numbers)
            for table in range(tables):
                prefixes = _prefixes(numbers[:, table], count)
                starts = np.zeros(buckets + 1, np.uint32)
                np.cumsum(np.bincount(prefixes, minlength=buckets), out=starts[1:])
                writer.write("starts", starts)
                writer.write("positions", np.argsort(prefixes, kind="stable"))
        return cls.open(path)

    @property
    @override
    def rows(self) -> NDArray[np.int64]:
        """[n] row of each signature."""
        return self._rows

    @override
    def hashes(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the signatures at positions first..last."""
        numbers = self._numbers[first:last]
        return np.hstack([self._versions[first:last, None], numbers.view(np.uint8)])

    @override
    def search(self, query: bytes, radius: int = DEFAULT_RADIUS) -> list[tuple[int, int]]:
        """Return (row, differing positions) of every near signature. Raises RadiusTooWide, MalformedHash."""
        return super().search(query, radius)

    @override
    def search_many(
        self, queries: NDArray[np.uint8], radius: int = DEFAULT_RADIUS, *, threads: int = 1
    ) -> Matches:
        """Search for q signatures, on one thread. Raises RadiusTooWide, MalformedHash."""
        check_radius(radius, POSITIONS)
        check_hashes(queries, SIGNATURE_BYTES)
        numbers = _numbers(queries)
        found = [
            self._asked(numbers[number], int(queries[number, 0]), radius) for number in range(len(queries))
        ]
        positions = np.concatenate([np.empty(0, np.int64), *(part[0] for part in found)])
        distances = np.concatenate([np.empty(0, np.int64), *(part[1] for part in found)])
        asked = np.repeat(np.arange(len(queries)), [len(part[0]) for part in found])
        return in_order(asked, self._rows[positions], distances)

    @staticmethod
    @override
    def scan(hashes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> Matches:
        """Compare q queries with n signatures that are in no index; `rows` of the answer are their positions."""
        check_radius(radius, POSITIONS)
        held, asked = _numbers(hashes), _numbers(queries)
        distances = np.empty((len(queries), len(hashes)), np.int64)
        for number, version in enumerate(queries[:, 0]):
            distances[number] = _differing(held, hashes[:, 0], asked[number], version)
        numbers, positions = np.nonzero(distances <= radius)
        return in_order(numbers, positions, distances[numbers, positions])

    def _asked(
        self, query: NDArray[np.uint16], version: int, radius: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return position and distance of every signature within the radius of one query."""
        candidates = self._candidates(query, radius)
        if candidates is not None:
            distances = _differing(self._numbers[candidates], self._versions[candidates], query, version)
        else:
            candidates, distances = np.arange(len(self)), np.empty(len(self), np.int64)
            for first in range(0, len(self), _BLOCK):
                part = slice(first, first + _BLOCK)
                distances[part] = _differing(self._numbers[part], self._versions[part], query, version)
        near = distances <= radius
        return candidates[near], distances[near]

    def _candidates(self, query: NDArray[np.uint16], radius: int) -> NDArray[np.int64] | None:
        """Return the positions of the signatures that may be near, each once; None for all."""
        count = len(self)
        if radius >= len(self._starts):
            return None
        tables, prefixes = np.arange(TABLES), _prefixes(query[:TABLES], count).astype(np.int64)
        begins = np.minimum(self._starts[tables, prefixes], count).astype(np.int64)
        ends = np.minimum(self._starts[tables, prefixes + 1], count).astype(np.int64)
        shortest = np.argsort(ends - begins, kind="stable")[: radius + 1]
        begins, ends = begins[shortest], np.maximum(ends, begins)[shortest]
        if (ends - begins).sum() * _SCANNED_PER_LOOKUP > count:
            return None
        places = zip(shortest.tolist(), begins.tolist(), ends.tolist(), strict=True)
        listed = np.concatenate([self._positions[table, begin:end] for table, begin, end in places])
        found: NDArray[np.int64] = np.minimum(np.unique(listed), count - 1).astype(np.int64)
        return found


def _numbers(signatures: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return the numbers of n signatures, n x 128. Which of their bytes comes first does not matter: they are compared."""
    return np.ascontiguousarray(signatures[:, 1:]).view("<u2")


def _prefixes(numbers: NDArray[np.uint16], count: int) -> NDArray[np.uint16]:
    """Return the buckets of some numbers in tables of `count` signatures."""
    return numbers >> np.uint16(_NUMBER_BITS - prefix_bits_for(count))


def _differing(
    held: NDArray[np.uint16], versions: NDArray[np.uint8], query: NDArray[np.uint16], version: int
) -> NDArray[np.int64]:
    """Return in how many positions each of n signatures differs from one."""
    # A comparison is a byte of 0 or 1: eight of them are counted as one word.
    differs = (held != query).view(np.uint64)
    distances = np.bitwise_count(differs).sum(axis=1, dtype=np.int64)
    return np.where(versions == version, distances, POSITIONS)
