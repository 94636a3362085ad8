"""The Hamming index: all hashes of 256 bits within a radius of a query, exactly.

Which radius is served how (every one from 0 to 256 is accepted and exact):

- up to 63, where looking into the buckets costs less than comparing every hash (radius 31: from 8,192 hashes on;
  radius 63: from 150,000): by tables over sixteen chunks of the hash (see `geometry`);
- beyond, or fewer hashes: by comparing every hash, two to three nanoseconds each;
- a query that meets swollen buckets (a picture with hundreds of thousands of near-copies): by comparing every hash
  too, as soon as the tables have cost as much. So no query costs more than a few scans.

The file holds per hash 32 bytes, its row where rows were given (8 bytes), and 96 to 130 bytes of tables. It is mapped,
so processes share it, and nothing is rebuilt at start.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Self

import numpy as np
from typing_extensions import override

from entente.core.matching.blocks import check_block
from entente.core.matching.errors import BadSegment, MalformedHash
from entente.core.matching.geometry import (
    CHUNKS,
    HASH_BYTES,
    HASH_WORDS,
    WIDEST_INDEXED_RADIUS,
    WIDEST_RADIUS,
    lookups,
    prefix_bits_for,
)
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.matches import Matches, as_query, check_hashes, check_radius, in_order
from entente.core.matching.segment import Section, SegmentWriter
from entente.core.matching.tables import (
    Held,
    as_words,
    filled_tables,
    joined,
    scanned,
    searched,
    sketch_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from entente.core.matching.blocks import Block
    from entente.core.matching.segment import Segment

DEFAULT_RADIUS = 31
"""The distance up to which two PDQ hashes count as the same picture (Facebook, "PDQ and TMK+PDQF", 2019)."""

SMALLEST_INDEXED = 8192
"""Fewer hashes than this are compared one by one; tables would not be faster."""

_MOST_HASHES = 2**32 - 1
_JOIN_FROM = 2048
_SCANNED_PER_LOOKUP = 16
_BLOCK = 65_536
_FEW = 64
_NEAREST_FIRST = itemgetter(1, 0)


class HammingIndex(MappedIndex):
    """A mapped, immutable index of 256-bit hashes. Any number of threads may ask at once."""

    kind = "hamming-256"
    width = HASH_BYTES
    widest_radius = WIDEST_RADIUS
    is_compiled = True
    merge_from = 20_000

    def __init__(self, segment: Segment) -> None:
        super().__init__(segment)
        self._words: NDArray[np.uint64] = segment.array("hashes", "u8")
        self._rows: NDArray[np.int64] = segment.array("rows", "i8").reshape(-1)
        self._held = self._read_tables() if "starts" in segment.arrays else None
        if self._words.shape[1] != HASH_WORDS or len(self._rows) not in {0, len(self)}:
            raise BadSegment(f"{segment.path.name}: hashes and rows do not belong together")

    @classmethod
    @override
    def build_from(
        cls, blocks: Iterable[Block], path: Path, *, count: int, numbered: bool = False, reached: int = 0
    ) -> Self:
        """Write an index of `count` hashes that come in blocks; memory is bounded by a block and one table.

        With `numbered` the rows are 0..n-1 and are not stored. Raises MalformedHash, OSError, and ValueError when
        the blocks hold another number of hashes.
        """
        if count > _MOST_HASHES:
            raise MalformedHash(f"one index holds at most {_MOST_HASHES} hashes")
        with SegmentWriter(
            path, kind=cls.kind, reached=reached, sections=_sections(count, numbered=numbered)
        ) as writer:
            for block in blocks:
                rows, hashes = check_block(block, HASH_BYTES, numbered=numbered)
                if rows is not None:
                    writer.write("rows", rows)
                for first in range(0, len(hashes), _BLOCK):
                    writer.write("hashes", as_words(hashes[first : first + _BLOCK]))
            if count >= SMALLEST_INDEXED:
                _write_tables(writer, count)
        return cls.open(path)

    @override
    def __len__(self) -> int:
        return len(self._words)

    @property
    @override
    def rows(self) -> NDArray[np.int64]:
        """[n] row of each hash."""
        return self._rows if len(self._rows) else np.arange(len(self))

    @override
    def hashes(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the hashes at positions first..last as bytes."""
        return self._words[first:last].astype(">u8").view(np.uint8).reshape(-1, HASH_BYTES)

    @override
    def search(self, query: bytes, radius: int = DEFAULT_RADIUS) -> list[tuple[int, int]]:
        """Return (row, distance) of every hash within the radius, nearest first. Raises RadiusTooWide, MalformedHash."""
        check_radius(radius, WIDEST_RADIUS)
        found = self._asked(as_words(as_query(query, HASH_BYTES)), radius, 1)
        if len(found) > _FEW:
            matches = self._named(found)
            return list(zip(matches.rows.tolist(), matches.distances.tolist(), strict=True))
        rows = self._rows[found[:, 1]] if len(self._rows) else found[:, 1]
        return sorted(zip(rows.tolist(), found[:, 2].tolist(), strict=True), key=_NEAREST_FIRST)

    @override
    def search_many(
        self, queries: NDArray[np.uint8], radius: int = DEFAULT_RADIUS, *, threads: int = 1
    ) -> Matches:
        """Search for q x 32 bytes; many at once are cheaper each. Raises RadiusTooWide, MalformedHash."""
        check_radius(radius, WIDEST_RADIUS)
        check_hashes(queries, HASH_BYTES)
        return self._named(self._asked(as_words(queries), radius, threads))

    @override
    def join(self, other: Self, radius: int = DEFAULT_RADIUS, *, threads: int = 1) -> Matches:
        """Search for every hash of another index; `queries` of the answer are its rows. Raises RadiusTooWide.

        All matches are held in memory: who joins what has many near-copies joins it in parts.
        """
        check_radius(radius, WIDEST_RADIUS)
        found = self._asked(other._words, radius, threads)
        return self._named(found, other.rows)

    @staticmethod
    @override
    def scan(hashes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> Matches:
        """Compare q queries with n hashes that are in no index; `rows` of the answer are their positions."""
        check_radius(radius, WIDEST_RADIUS)
        # Which byte of a word comes first changes no distance.
        asked, held = (np.ascontiguousarray(part).view(np.uint64) for part in (queries, hashes))
        return in_order(*scanned(asked, held, radius).T)

    def _asked(self, queries: NDArray[np.uint64], radius: int, threads: int) -> NDArray[np.int64]:
        """Answer in the way that is cheapest for so many queries, hashes and this radius: (query, position, distance)."""
        held = self._held
        if held is None or self._is_cheaper_scanned(radius):
            return scanned(queries, self._words, radius, threads)
        if len(queries) >= _JOIN_FROM:
            return joined(queries, held, radius, threads)
        return searched(queries, held, radius, threads)

    def _is_cheaper_scanned(self, radius: int) -> bool:
        """Tell whether so many buckets would be asked that comparing every hash is no slower."""
        if radius > WIDEST_INDEXED_RADIUS:
            return True
        return len(self) < _SCANNED_PER_LOOKUP * lookups(len(self), radius)

    def _named(self, found: NDArray[np.int64], query_rows: NDArray[np.int64] | None = None) -> Matches:
        """Return matches with rows instead of positions, in order."""
        numbers, positions, distances = found.T
        rows = self._rows[positions] if len(self._rows) else positions
        return in_order(numbers if query_rows is None else query_rows[numbers], rows, distances)

    def _read_tables(self) -> Held:
        """Return the tables in the file. Raises BadSegment unless they have the shape that fits so many hashes."""
        segment = self._segment
        tables = (
            segment.array("starts", "u4"),
            segment.array("sketches", "u8"),
            segment.array("positions", "u4"),
        )
        wanted = [(section.rows, section.columns) for section in _table_sections(len(self))]
        if [part.shape for part in tables] != wanted:
            raise BadSegment(f"{segment.path.name}: the tables do not fit the hashes")
        return Held(self._words, *tables)


def _sections(count: int, *, numbered: bool) -> list[Section]:
    """Return what the file of so many hashes holds."""
    return [
        Section("hashes", "u8", count, HASH_WORDS),
        Section("rows", "i8", 0 if numbered else count, 1),
        *(_table_sections(count) if count >= SMALLEST_INDEXED else ()),
    ]


def _table_sections(count: int) -> tuple[Section, ...]:
    """Return the tables in the file of so many hashes."""
    return (
        Section("starts", "u4", CHUNKS, (1 << prefix_bits_for(count)) + 1),
        Section("sketches", "u8", CHUNKS, sketch_words(count)),
        Section("positions", "u4", CHUNKS, count),
    )


def _write_tables(writer: SegmentWriter, count: int) -> None:
    """Make one table after the other from the hashes that are already in the file."""
    names = [section.name for section in _table_sections(count)]
    for table in filled_tables(writer.read_back("hashes")):
        for name, part in zip(names, table, strict=True):
            writer.write(name, part)
