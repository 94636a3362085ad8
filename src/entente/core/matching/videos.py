"""The index of videos: which known videos share enough frames with this one, in either direction.

A video is not a point. The index holds its different frames of a usable quality one by one, as 256-bit hashes; a
query looks up each of its own, and the frames that were met on either side are counted. The distance is that of the
signal type `vpdq`: the part, in percent, of the frames of the better known of the two that the other does not show.

A video without a usable frame is held and never met: there is nothing to compare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from entente.core.matching.changes import as_array
from entente.core.matching.entries import parts_of
from entente.core.matching.hamming import DEFAULT_RADIUS, HammingIndex
from entente.core.matching.matches import Answer, check_radius
from entente.core.matching.segmented import SegmentedIndex
from entente.core.signals.vpdq.signal import VpdqSignal, unpack
from entente.core.signals.vpdq.values import QUALITY

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

    from numpy.typing import NDArray

WIDEST_RADIUS = 99
"""In percent. At 100 videos would match that have nothing in common."""

_PERCENT = 100
_FRAME_BITS = 32


class VideoIndex(SegmentedIndex[HammingIndex]):
    """Videos that follow a change sequence. Values are those of the signal type `vpdq`."""

    several = True

    @classmethod
    def of(cls, folder: Path) -> Self:
        """Open the index in a folder; see `SegmentedIndex.follow`."""
        return cls.follow(folder, HammingIndex)

    @override
    def hashes_of(self, value: bytes) -> bytes:
        """Return the different usable frames of a video. Raises MalformedSignal."""
        return b"".join(_usable(value))

    @override
    def search(
        self, value: bytes, radius: int = VpdqSignal.default_radius, *, frame_radius: int = DEFAULT_RADIUS
    ) -> Answer:
        """Return (row, percent) of every video within the radius, two frames being the same within `frame_radius` bits.

        Raises RadiusTooWide, MalformedSignal.
        """
        check_radius(radius, WIDEST_RADIUS)
        frames = _usable(value)
        found, reached = self.search_many(as_array(b"".join(frames), HammingIndex.width), frame_radius)
        rows, places, counts = parts_of(found.rows)
        known, one_of_each = np.unique(rows, return_index=True)
        distances = np.minimum(
            _missing(_different(rows, found.queries), np.array(len(frames))),
            _missing(_different(rows, places), counts[one_of_each]),
        )
        near = np.flatnonzero(distances <= radius)
        near = near[np.argsort(distances[near], kind="stable")]
        return Answer(list(zip(known[near].tolist(), distances[near].tolist(), strict=True)), reached)


def _usable(value: bytes) -> list[bytes]:
    """Return the hashes of the frames that can be compared, each once, in the order of their time."""
    return list(dict.fromkeys(frame.value for frame in unpack(value) if frame.quality >= QUALITY))


def _different(rows: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the different frames met of each row, in the order of the rows."""
    pairs = np.unique((rows << _FRAME_BITS) | frames)
    counts: NDArray[np.int64] = np.unique(pairs >> _FRAME_BITS, return_counts=True)[1]
    return counts


def _missing(shared: NDArray[np.int64], frames: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return which part of some frames is not shared, in percent, rounded up."""
    over: NDArray[np.int64] = _PERCENT * (shared - frames) // frames
    return -over
