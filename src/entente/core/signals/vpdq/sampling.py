"""Which frames of a video are hashed, and which of its packets must be decoded to see them.

Nothing here decodes: times and keyframe flags in, plans out. A packet is one compressed picture. Packets come in the
order in which they are decoded, which is not that of their times. A keyframe can be decoded alone; all others need
earlier ones, back to the keyframe before them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPARSE_SPACING = 2.0
"""Sparse samples are at least this many intervals apart, so that a video made of keyframes alone costs no more."""


class Step(IntEnum):
    """What to do with a packet."""

    DROP = 0
    """Nothing that is wanted depends on it."""

    REFERENCE = 1
    """Decode it if other pictures refer to it."""

    WANTED = 2
    """Decode it and hash its picture."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The packets of a video stream in decoding order."""

    pts: NDArray[np.int64]
    """Presentation times, shape (n,), in ticks."""

    keys: NDArray[np.bool_]
    """Which of them are keyframes, shape (n,)."""

    tick_seconds: float
    """How long a tick is."""

    rate: float | None
    """Pictures per second, as the container says or as was guessed from it; None when neither."""

    ragged: bool
    """Times are missing or doubled, so packets and pictures cannot be told to be the same things."""

    @property
    def seconds(self) -> NDArray[np.float64]:
        """The times of the pictures in the order in which they are shown, from 0."""
        shown = np.sort(self.pts)
        return np.asarray((shown - shown[:1]) * self.tick_seconds, dtype=np.float64)

    @property
    def without_plan(self) -> Timeline:
        """The same, to be decoded picture by picture."""
        return replace(self, ragged=True)


class DenseSampler:
    """Says of each picture, as they are shown one after the other, whether it is hashed.

    Every `int(rate * interval)`-th picture is, counted from the first: these are the frames that vPDQ takes, so an
    untouched file gives the same hashes as theirs. Where the rate varies, that leaves holes; so a picture is also
    taken when more than an interval, and half a picture, has passed since the last one taken.
    """

    def __init__(self, rate: float | None, interval_seconds: float) -> None:
        self._every = max(1, int(rate * interval_seconds)) if rate else 0
        self._patience = interval_seconds + (0.5 / rate if rate else 0.0)
        self._number = -1
        self._last = -np.inf

    def takes(self, seconds: float) -> bool:
        """Tell whether the next picture, shown at this time, is hashed."""
        self._number += 1
        counted = self._every and self._number % self._every == 0
        if not counted and seconds - self._last < self._patience:
            return False
        self._last = seconds
        return True


def dense_samples(timeline: Timeline, interval_seconds: float) -> NDArray[np.int64]:
    """Return the times in ticks of the pictures that a bank holds."""
    sampler = DenseSampler(timeline.rate, interval_seconds)
    taken = [sampler.takes(seconds) for seconds in timeline.seconds.tolist()]
    return np.sort(timeline.pts)[np.asarray(taken, dtype=np.bool_)]


def sparse_samples(
    timeline: Timeline, *, interval_seconds: float, longest_gap_seconds: float
) -> NDArray[np.int64]:
    """Return the times in ticks of the pictures that a query shows: keyframes, and as few others as fill the gaps.

    No two samples in a row are further apart than the longest gap, nor is the end from the last one, unless the
    pictures themselves are.
    """
    order = np.argsort(timeline.pts, kind="stable")
    seconds = timeline.seconds
    keys = np.flatnonzero(timeline.keys[order])
    chosen = _spaced(seconds, keys, SPARSE_SPACING * interval_seconds, longest_gap_seconds)
    filled: list[int] = []
    for position, start in enumerate(chosen):
        stop = chosen[position + 1] if position + 1 < len(chosen) else len(seconds) - 1
        filled += [start, *_between(seconds, start, stop, longest_gap_seconds)]
    return timeline.pts[order][np.asarray(filled, dtype=np.int64)]


def _spaced(
    seconds: NDArray[np.float64], keys: NDArray[np.int64], spacing: float, longest_gap: float
) -> list[int]:
    """Return keyframes that are not too close, keeping one that is when the next would leave too long a gap."""
    times = [*seconds[keys].tolist(), float(seconds[-1])]
    chosen: list[int] = []
    last = -np.inf
    for position, key in enumerate(keys.tolist()):
        if times[position] - last >= spacing or times[position + 1] - last > longest_gap:
            chosen.append(key)
            last = times[position]
    return chosen


def _between(seconds: NDArray[np.float64], start: int, stop: int, longest_gap: float) -> list[int]:
    """Return the pictures strictly between two that fill the gap, found from its end so that they come early.

    The earlier the last of them, the fewer pictures must be decoded to reach it.
    """
    found: list[int] = []
    current = stop
    while seconds[current] - seconds[start] > longest_gap:
        earlier = int(np.searchsorted(seconds, seconds[current] - longest_gap, side="left"))
        current = min(earlier, current - 1)
        if current <= start:
            break
        found.append(current)
    return found[::-1]


def plan(timeline: Timeline, samples: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return a Step per packet, in decoding order, that gives exactly the pictures shown at these times (ticks).

    What follows the last wanted picture before the next keyframe is dropped. A wanted picture that is shown before
    the keyframe it comes after (an open group of pictures) also needs all of the group before.
    """
    size = len(timeline.pts)
    wanted = np.isin(timeline.pts, samples)
    group = np.cumsum(timeline.keys)
    positions = np.arange(size)
    last = np.full(int(group[-1]) + 1, -1, dtype=np.int64)
    np.maximum.at(last, group[wanted], positions[wanted])
    opening = np.full(len(last), np.iinfo(np.int64).min)
    opening[group[timeline.keys]] = timeline.pts[timeline.keys]
    leading = np.unique(group[wanted & (timeline.pts < opening[group])])
    before = leading[leading > 0] - 1
    last[before] = np.searchsorted(group, before, side="right") - 1
    steps = np.where(positions <= last[group], Step.REFERENCE, Step.DROP).astype(np.uint8)
    steps[wanted] = Step.WANTED
    return steps
