"""Pictures made on the spot, the same on every machine and for good: shapes, gradients, noise, landscapes, pages.

Chance comes from a counter and a mixing function (SplitMix64, Steele, Lea and Flood 2014), arithmetic is of whole
numbers and of basic operations on 64-bit floats, which IEEE 754 fixes to the last bit. So a kind, a seed and a size
name a picture, and hashes that the reference gave for it can be kept without it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]
    Picture = NDArray[np.uint8]

_GOLDEN, _MIX, _MIX_AGAIN = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


class Chance:
    """Numbers that look random and follow from the seed."""

    def __init__(self, *seed: object) -> None:
        """Begin a sequence."""
        self._start = np.uint64(zlib.crc32(repr(seed).encode())) << np.uint64(32)
        self._drawn = 0

    def numbers(self, *shape: int) -> Field:
        """Return numbers from 0 to below 1."""
        count = int(np.prod(shape))
        place = np.arange(self._drawn + 1, self._drawn + count + 1, dtype=np.uint64)
        self._drawn += count
        mixed = self._start + place * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_AGAIN
        mixed ^= mixed >> np.uint64(31)
        return ((mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from `low` to below `high`."""
        return low + int(self.numbers(1)[0] * (high - low))


def field(chance: Chance, shape: tuple[int, int], cells: int) -> Field:
    """Return a smooth field, 0 to 1: chance at the corners of about `cells` cells a side, smoothed in between."""
    height, width = shape
    corners = chance.numbers(cells + 2, cells + 2)
    y, x = np.arange(height) * (cells / height), np.arange(width) * (cells / width)
    rows, columns = y.astype(np.int64), x.astype(np.int64)
    down, along = (y - rows)[:, None], (x - columns)[None, :]
    down, along = down * down * (3.0 - 2.0 * down), along * along * (3.0 - 2.0 * along)
    upper = corners[rows][:, columns] * (1.0 - along) + corners[rows][:, columns + 1] * along
    lower = corners[rows + 1][:, columns] * (1.0 - along) + corners[rows + 1][:, columns + 1] * along
    smooth: Field = upper * (1.0 - down) + lower * down
    return smooth


def _cloud(chance: Chance, shape: tuple[int, int], coarse: int, octaves: int) -> Field:
    """Return fields of ever finer cells on top of each other, 0 to 1."""
    total, weight = np.zeros(shape), 0.0
    for octave in range(octaves):
        share = 0.55**octave
        total += share * field(chance, shape, min(coarse << octave, max(shape)))
        weight += share
    return total / weight


def _coloured(chance: Chance, grey: Field) -> Field:
    """Return a grey field, 0 to 1, between two colours."""
    dark, light = chance.numbers(3) * 0.4, 0.6 + chance.numbers(3) * 0.4
    return dark + grey[:, :, None] * (light - dark)


def landscape(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint a sky, three ranges of hills in front of each other, and the grain of a camera."""
    height, width = shape
    y = np.arange(height)[:, None] / height
    picture = _coloured(chance, 1.0 - y * 0.5 + 0.4 * (_cloud(chance, shape, 3, 6) - 0.5))
    for distance in range(3):
        ridge = 0.35 + 0.2 * distance + 0.35 * (field(chance, (1, width), 4 + 5 * distance) - 0.5)
        ground = _coloured(chance, 0.75 * _cloud(chance, shape, 6 << distance, 6))
        picture = np.where((y > ridge)[:, :, None], ground, picture)
    return picture + 0.04 * (chance.numbers(height, width, 1) + chance.numbers(height, width, 1) - 1.0)


def shapes(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint rectangles, discs and slanted edges over each other."""
    height, width = shape
    y, x = np.arange(height)[:, None] / height, np.arange(width)[None, :] / width
    picture = np.broadcast_to(chance.numbers(3), (height, width, 3))
    for number in range(12):
        top, left, tall, wide = chance.numbers(4)
        if number % 3 == 0:
            inside = (abs(y - top) < 0.3 * tall) & (abs(x - left) < 0.3 * wide)
        elif number % 3 == 1:
            inside = (y - top) * (y - top) + (x - left) * (x - left) < 0.06 * tall
        else:
            inside = (abs(y - top) < 0.4) & ((y - top) * (wide - 0.5) + (x - left) * (tall - 0.5) > 0.02)
        picture = np.where(inside[:, :, None], chance.numbers(3), picture)
    return picture


def gradient(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint a slow passage between colours, bent in both directions."""
    height, width = shape
    y, x = np.arange(height)[:, None] / height, np.arange(width)[None, :] / width
    a, b, c, d = chance.numbers(4)
    bent = (y - a) * (y - a) + 2.0 * (c - 0.5) * y * x + (x - b) * (x - b) * (0.5 + d)
    return _coloured(chance, (bent - bent.min()) / (bent.max() - bent.min()))


def noise(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint every pixel in a colour of its own."""
    return chance.numbers(*shape, 3)


def page(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint a screen of writing: dark words of different lengths in lines on light ground, a header, a picture."""
    height, width = shape
    lines = max(2, min(24, height // 4))
    words = chance.numbers(lines, 40) < 0.7
    row = (np.arange(height) * lines) // height
    inked = (np.arange(height) * lines * 4) // height % 4 != 0
    written = words[row][:, (np.arange(width) * 40) // width] & inked[:, None]
    picture = _coloured(chance, np.where(written, 0.1, 0.95))
    top, left = height // 3, chance.whole(0, max(1, width // 2))
    picture[top : 2 * top, left : left + width // 2] = _coloured(
        chance, _cloud(chance, (top, len(range(left, min(width, left + width // 2)))), 2, 4)
    )
    return picture


def stripes(chance: Chance, shape: tuple[int, int]) -> Field:
    """Paint upright bars, as on a flag. No picture for PDQ: every frequency it looks at is zero but for rounding."""
    height, width = shape
    bars = chance.numbers(chance.whole(3, 9), 3)
    return np.broadcast_to(bars[(np.arange(width) * len(bars)) // width], (height, width, 3))


KINDS: dict[str, Callable[[Chance, tuple[int, int]], Field]] = {
    "landscape": landscape,
    "shapes": shapes,
    "gradient": gradient,
    "noise": noise,
    "page": page,
    "stripes": stripes,
}


def picture(kind: str, seed: int, height: int, width: int) -> Picture:
    """Return a picture as red, green and blue, uint8[height, width, 3]."""
    painted = KINDS[kind](Chance(kind, seed, height, width), (height, width))
    return np.ascontiguousarray(np.clip(painted * 256.0, 0.0, 255.0), dtype=np.uint8)


def grey(colours: Picture) -> Picture:
    """Return a picture in grey, uint8[height, width]: a weighted mean of whole numbers."""
    parts = colours.astype(np.int64)
    return ((77 * parts[:, :, 0] + 150 * parts[:, :, 1] + 29 * parts[:, :, 2]) >> 8).astype(np.uint8)
