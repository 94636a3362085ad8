"""Which index the signals of a type are found in, all of them behind one interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from entente.core.matching.compared import ComparedIndex
from entente.core.matching.exact import ExactIndex, ShortExactIndex
from entente.core.matching.hamming import HammingIndex
from entente.core.matching.segmented import SegmentedIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from entente.core.matching.changes import Change
    from entente.core.matching.mapped import MappedIndex
    from entente.core.matching.matches import Answer
    from entente.core.signals.signal_type import SignalType


class SignalIndex(Protocol):
    """Signals of one type that follow a change sequence: canonical values in, rows out."""

    refused: dict[int, str]
    """Rows that were passed over, with what is wrong with their value."""

    def __len__(self) -> int: ...

    @property
    def reached(self) -> int:
        """The number of the last change that answers take into account."""

    @property
    def in_memory(self) -> int:
        """How many changes, or signals, are in no segment."""

    @property
    def should_merge(self) -> bool:
        """Whether enough changes are in memory for a merge to pay."""

    def apply(self, changes: Iterable[Change], *, read: tuple[int, int] | None = None) -> int:
        """Take in changes; return the number reached. Raises ChangesMissing."""

    def search(self, value: bytes, radius: int) -> Answer:
        """Return row and distance, in the type's unit, of what is near. Raises RadiusTooWide, or for a malformed value."""

    def merge(self) -> bool:
        """Write what is in memory to disk. Raises OSError."""

    def refresh(self) -> bool:
        """Pick up what another process merged."""

    def rebuild(self, rows: Iterable[tuple[int, bytes]], reached: int) -> bool:
        """Begin anew with all (row, value) that stand at one number. Raises OSError."""


_KINDS: Mapping[str, type[MappedIndex]] = {
    "pdq": HammingIndex,
    "sha256": ExactIndex,
    "text_exact": ExactIndex,
    "md5": ShortExactIndex,
    "url_md5": ShortExactIndex,
}


def index_for(signal_type: SignalType, folder: Path) -> SignalIndex:
    """Open the index of a signal type in a folder of its own, which is made if need be."""
    name = signal_type.name
    if name in _KINDS:
        return SegmentedIndex.follow(folder, _KINDS[name])
    if name == "text_minhash":
        from entente.core.matching.texts import TextIndex

        return SegmentedIndex.follow(folder, TextIndex)
    if name == "url":
        from entente.core.matching.urls import UrlIndex

        return UrlIndex.of(folder)
    if name == "vpdq":
        from entente.core.matching.videos import VideoIndex

        return VideoIndex.of(folder)
    return ComparedIndex(signal_type)
