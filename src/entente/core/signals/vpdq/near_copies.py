"""Leaving out frames that say again what the last one said: a still shot, a slide, hours of black."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from entente.core.signals.vpdq.values import QUALITY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entente.core.signals.vpdq.values import Frame

NEAR_COPY_BITS = 4
"""Two re-encodings of one frame differ by about this much. A copy at distance d of a frame that was dropped is at
most at d + 4 of the one that was kept."""


def without_near_copies(frames: Iterable[Frame], near_copy_bits: int = NEAR_COPY_BITS) -> tuple[Frame, ...]:
    """Return frames in the order of their time, each lasting until its last near-copy.

    Frames are near-copies when they follow each other and both are usable (quality 50 or more) and at most
    `near_copy_bits` apart, measured from the one kept so that a slow pan is not swallowed; or when both are not
    usable, whatever their bits, since those are noise.
    """
    kept: list[Frame] = []
    for frame in sorted(frames, key=lambda one: one.time_seconds):
        if kept and _repeats(kept[-1], frame, near_copy_bits):
            kept[-1] = replace(kept[-1], until_seconds=max(kept[-1].until_seconds, frame.until_seconds))
        else:
            kept.append(frame)
    return tuple(kept)


def _repeats(kept: Frame, frame: Frame, near_copy_bits: int) -> bool:
    """Tell whether a frame is a near-copy of the last one kept."""
    if (kept.quality < QUALITY) != (frame.quality < QUALITY):
        return False
    return frame.quality < QUALITY or bits_apart(kept.value, frame.value) <= near_copy_bits


def bits_apart(one: bytes, other: bytes) -> int:
    """Return how many bits of two hashes differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()
