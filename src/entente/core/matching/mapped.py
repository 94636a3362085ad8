"""What every kind of mapped index is: hashes of one width in a segment, written once, searched by any number of threads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from entente.core.matching.matches import Matches, as_query, in_order
from entente.core.matching.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from entente.core.matching.blocks import Block

_BLOCK = 65_536


class MappedIndex(ABC):
    """A mapped, immutable index of hashes. Any number of threads may ask at once."""

    kind: ClassVar[str]
    """What its files call themselves."""
    width: ClassVar[int]
    """Bytes of a hash."""
    widest_radius: ClassVar[int]
    """Every radius from 0 to this one is accepted, and answered exactly."""
    is_compiled: ClassVar[bool] = False
    """Whether its loops are compiled, so that the first question waits unless `tables.prepare` was called before."""
    merge_from: ClassVar[int]
    """So many changes in memory make a merge worth while; until then, scanning them costs less than a millisecond."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map an index. Raises BadSegment for anything but a whole one of this version, FileNotFoundError."""
        return cls(Segment.open(path, cls.kind))

    @classmethod
    def build(
        cls, hashes: NDArray[np.uint8], path: Path, *, rows: NDArray[np.int64] | None = None, reached: int = 0
    ) -> Self:
        """Write an index of n x `width` bytes to a file and open it.

        `rows` names the hashes in answers (default 0..n-1). `reached` is the last change the index holds. The file
        appears whole or not at all, and replaces an older one. Raises MalformedHash, OSError.
        """
        return cls.build_from(
            [(rows, hashes)], path, count=len(hashes), numbered=rows is None, reached=reached
        )

    @classmethod
    @abstractmethod
    def build_from(
        cls, blocks: Iterable[Block], path: Path, *, count: int, numbered: bool = False, reached: int = 0
    ) -> Self:
        """Write an index of `count` hashes that come in blocks; with `numbered` their rows are 0..n-1.

        Raises MalformedHash, OSError, and ValueError when the blocks hold another number of hashes.
        """

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def reached(self) -> int:
        """The number of the last change the index holds."""
        return self._segment.reached

    @property
    def path(self) -> Path:
        """Where the index was opened."""
        return self._segment.path

    def verify(self) -> None:
        """Read the whole file and compare its checksums. Raises BadSegment."""
        self._segment.verify()

    @property
    @abstractmethod
    def rows(self) -> NDArray[np.int64]:
        """[n] row of each hash."""

    @abstractmethod
    def hashes(self, first: int, last: int) -> NDArray[np.uint8]:
        """Return the hashes at positions first..last."""

    @abstractmethod
    def search_many(self, queries: NDArray[np.uint8], radius: int, *, threads: int = 1) -> Matches:
        """Search for q x `width` bytes. Raises RadiusTooWide, MalformedHash."""

    @staticmethod
    @abstractmethod
    def scan(hashes: NDArray[np.uint8], queries: NDArray[np.uint8], radius: int) -> Matches:
        """Compare q queries with n hashes that are in no index; `rows` of the answer are their positions."""

    def search(self, query: bytes, radius: int) -> list[tuple[int, int]]:
        """Return (row, distance) of every hash within the radius, nearest first. Raises RadiusTooWide, MalformedHash."""
        found = self.search_many(as_query(query, self.width), radius)
        return list(zip(found.rows.tolist(), found.distances.tolist(), strict=True))

    def join(self, other: Self, radius: int, *, threads: int = 1) -> Matches:
        """Search for every hash of another index; `queries` of the answer are its rows. Raises RadiusTooWide.

        All matches are held in memory: who joins what has many near-copies joins it in parts.
        """
        parts = [Matches(*(np.empty(0, np.int64) for _ in Matches._fields))]
        for first in range(0, len(other), _BLOCK):
            found = self.search_many(other.hashes(first, first + _BLOCK), radius, threads=threads)
            parts.append(found._replace(queries=other.rows[first + found.queries]))
        return in_order(*(np.concatenate(column) for column in zip(*parts, strict=True)))
