"""Comparing two videos by the frames they share, both ways.

As in vPDQ, two frames match when both have a PDQ quality of at least 50 and are at most 31 of 256 bits apart, and a
video's share is the part of its own different frames that match any frame of the other. The two shares say different
things: of a short copy in a long film, all its frames are known but few of the film's are; of a film that holds a
short known video, the other way round.

A sparse hash is a query against dense ones: its own share is right, the known video's is not, since most known frames
have no sample near them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.vpdq.values import QUALITY, VALUE_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from entente.core.signals.vpdq.values import Frame, VideoHash

RADIUS_BITS = 31
"""Two frames at this distance or nearer show the same."""

SHARE = 0.8
"""From this share on, one of two videos is taken to be in the other (vPDQ's own default for the query)."""

_FURTHEST = 256
_PAIRS_AT_A_TIME = 1 << 20


@dataclass(frozen=True, slots=True)
class FramePair:
    """A frame of the query, a frame of the known video, and the bits in which they differ."""

    query: Frame
    known: Frame
    distance_bits: int


@dataclass(frozen=True, slots=True)
class VideoComparison:
    """What two videos share."""

    query_share: float
    """Which part of the query's frames is in the known video, 0 to 1; 0 when it has no usable frame."""

    known_share: float
    """Which part of the known video's frames is in the query."""

    query_frames: int
    """How many different usable frames the query has."""

    known_frames: int
    """How many the known video has."""

    of_query: tuple[FramePair, ...]
    """Each matching frame of the query with the nearest of the known video, in the order of the query's time."""

    of_known: tuple[FramePair, ...]
    """Each matching frame of the known video with the nearest of the query, in the order of its time."""

    def meets(
        self, *, query_share: float = SHARE, known_share: float = SHARE, shared_frames: int = 1
    ) -> bool:
        """Tell whether one video is in the other: either share is reached, by at least so many frames of it.

        vPDQ's default, the query's share alone, is `known_share=2`, which nothing reaches.
        """
        return (self.query_share >= query_share and len(self.of_query) >= shared_frames) or (
            self.known_share >= known_share and len(self.of_known) >= shared_frames
        )


def compare(
    query: VideoHash, known: VideoHash, *, radius_bits: int = RADIUS_BITS, quality: int = QUALITY
) -> VideoComparison:
    """Compare two videos by the frames of at least this quality that are at most `radius_bits` apart.

    A frame that occurs again, bit by bit, counts once. Raises ValueError for a radius outside 0 to 255.
    """
    return compare_frames(query.frames, known.frames, radius_bits=radius_bits, quality=quality)


def compare_frames(
    query: tuple[Frame, ...],
    known: tuple[Frame, ...],
    *,
    radius_bits: int = RADIUS_BITS,
    quality: int = QUALITY,
) -> VideoComparison:
    """Compare two sequences of frames as `compare` does. Raises ValueError."""
    if not 0 <= radius_bits < _FURTHEST:
        raise ValueError(f"a radius has 0 to {_FURTHEST - 1} bits, not {radius_bits}")
    ours, theirs = _different(query, quality), _different(known, quality)
    of_query, of_known = _nearest(_words(ours), _words(theirs))
    query_pairs = tuple(
        FramePair(ours[place], theirs[near], bits)
        for place, (near, bits) in enumerate(of_query)
        if bits <= radius_bits
    )
    known_pairs = tuple(
        FramePair(ours[near], theirs[place], bits)
        for place, (near, bits) in enumerate(of_known)
        if bits <= radius_bits
    )
    return VideoComparison(
        query_share=len(query_pairs) / max(1, len(ours)),
        known_share=len(known_pairs) / max(1, len(theirs)),
        query_frames=len(ours),
        known_frames=len(theirs),
        of_query=query_pairs,
        of_known=known_pairs,
    )


def _different(frames: tuple[Frame, ...], quality: int) -> list[Frame]:
    """Return the usable frames, each value once, in their order."""
    first: dict[bytes, Frame] = {}
    for frame in frames:
        if frame.quality >= quality:
            first.setdefault(frame.value, frame)
    return list(first.values())


def _words(frames: list[Frame]) -> NDArray[np.uint64]:
    """Return the hashes as four 64-bit words each, shape (4, n): only equal bits matter, not which is which."""
    packed = np.frombuffer(b"".join(frame.value for frame in frames), dtype=np.uint64)
    return np.ascontiguousarray(packed.reshape(-1, VALUE_BYTES // 8).T)


def _nearest(
    ours: NDArray[np.uint64], theirs: NDArray[np.uint64]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return, for every hash of each side, the place of the nearest on the other side and its distance in bits."""
    rows, columns = ours.shape[1], theirs.shape[1]
    if not rows or not columns:
        return [(0, _FURTHEST)] * rows, [(0, _FURTHEST)] * columns
    of_ours: list[tuple[int, int]] = []
    place = np.zeros(columns, dtype=np.int64)
    least = np.full(columns, _FURTHEST, dtype=np.uint16)
    at_a_time = max(1, _PAIRS_AT_A_TIME // columns)
    for start in range(0, rows, at_a_time):
        distances = _distances(ours[:, start : start + at_a_time], theirs)
        near = distances.argmin(axis=1)
        of_ours += zip(near.tolist(), distances[np.arange(len(near)), near].tolist(), strict=True)
        from_above = distances.argmin(axis=0)
        bits = distances[from_above, np.arange(columns)]
        nearer = bits < least
        place[nearer], least[nearer] = from_above[nearer] + start, bits[nearer]
    return of_ours, list(zip(place.tolist(), least.tolist(), strict=True))


def _distances(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Return the bits in which each differs from each, shape (n, m)."""
    total = np.zeros((ours.shape[1], theirs.shape[1]), dtype=np.uint16)
    for one, other in zip(ours, theirs, strict=True):
        total += np.bitwise_count(one[:, None] ^ other[None, :])
    return total
