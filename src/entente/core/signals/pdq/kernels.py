"""The loops of PDQ that see every pixel, and the one that undoes the filters of PNG.

`bands` gives the tent of an axis, `add_rows` applies it along the columns while rows come in, `along_rows` along each
row at the end. Sums are of 32-bit floats in an order that is fixed, so every machine gives the same hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.compiled import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from entente.core.signals.pdq.reducing import Axis, Luma

SIDE = 64
"""Rows and columns of the small picture PDQ works on."""

RED, GREEN, BLUE = 0.299, 0.587, 0.114
"""Luma as ITU-R BT.601 has it."""

NONE, SUB, UP, AVERAGE, PAETH = 0, 1, 2, 3, 4
"""The filters a row of a PNG can be written with (PNG, third edition, 9.2)."""

RGB, RGBA = 3, 4
"""Bytes of a pixel of 8-bit colours, without and with alpha."""

BYTE, SIGN = 0xFF, 31

_NOTHING = np.float32(0.0)


@kernel
def bands(
    size: int, first: NDArray[np.int64], length: NDArray[np.int64], weights: NDArray[np.float32]
) -> None:
    """Fill in, for each of the 64 outputs along an axis of `size` inputs, first input, number and weights.

    Two passes of a box over `ceil(size / 128)` inputs, clipped at the ends, then every 64th part is sampled.
    `weights` is float32[64, 2 * ceil(size / 128) + 1]; what a run does not use stays as it was.
    """
    window = (size + 127) // 128
    right = (window + 2) // 2
    left = window - right
    change = np.zeros(weights.shape[1] + 1, dtype=np.float64)
    for k in range(SIDE):
        middle = int((k + 0.5) * size / SIDE)
        begin, end = max(0, middle - left), min(size, middle + right)
        start = max(0, begin - left)
        stop = min(size, end - 1 + right)
        change[:] = 0.0
        for j in range(begin, end):
            inner, outer = max(0, j - left), min(size, j + right)
            share = 1.0 / ((end - begin) * (outer - inner))
            change[inner - start] += share
            change[outer - start] -= share
        total = 0.0
        for at in range(stop - start):
            total += change[at]
            weights[k, at] = total
        first[k], length[k] = start, stop - start


@kernel
def _weight(axis: Axis, k: int, at: int) -> np.float32:
    """Return what input `at` weighs in output `k`."""
    first, length, weights = axis
    place = at - first[k]
    if place < 0 or place >= length[k]:
        return _NOTHING
    weight: np.float32 = weights[k, place]
    return weight


@kernel
def add_rows(rows: Luma, top: int, axis: Axis, sums: NDArray[np.float32]) -> None:
    """Add rows of luma, uint8 or float32[n, w], the first of which is row `top` of the picture, to float32[64, w].

    Four rows are taken at a time: each sum is then read and written a quarter as often.
    """
    first, length, _ = axis
    count, width = rows.shape
    last = count - 1
    low = 0
    for y in range(0, count, 4):
        at = top + y
        one, two, three, four = (
            rows[y],
            rows[min(y + 1, last)],
            rows[min(y + 2, last)],
            rows[min(y + 3, last)],
        )
        below = top + min(y + 4, count)
        while low < SIDE and first[low] + length[low] <= at:
            low += 1
        for k in range(low, SIDE):
            if first[k] >= below:
                break
            a = _weight(axis, k, at)
            b = _weight(axis, k, at + 1) if y + 1 < count else _NOTHING
            c = _weight(axis, k, at + 2) if y + 2 < count else _NOTHING
            d = _weight(axis, k, at + 3) if y + 3 < count else _NOTHING
            into = sums[k]
            for x in range(width):
                upper = a * np.float32(one[x]) + b * np.float32(two[x])
                lower = c * np.float32(three[x]) + d * np.float32(four[x])
                into[x] += upper + lower


@kernel
def along_rows(sums: NDArray[np.float32], axis: Axis, small: NDArray[np.float32]) -> None:
    """Reduce float32[64, w] along its rows to float32[64, 64], four rows at a time."""
    first, length, weights = axis
    for k in range(0, SIDE, 4):
        for column in range(SIDE):
            start = first[column]
            a, b, c, d = _NOTHING, _NOTHING, _NOTHING, _NOTHING
            for at in range(length[column]):
                weight = weights[column, at]
                a += weight * sums[k, start + at]
                b += weight * sums[k + 1, start + at]
                c += weight * sums[k + 2, start + at]
                d += weight * sums[k + 3, start + at]
            small[k, column], small[k + 1, column] = a, b
            small[k + 2, column], small[k + 3, column] = c, d


@kernel
def carry(luma: NDArray[np.float32]) -> None:
    """Put float32[h, w] through the reference's filter with a window of one, which would change nothing.

    It carries a sum along each row and each column, twice, adding what comes and taking off what leaves; so it
    leaves the rounding of what has passed, and that decides bits where a picture has nothing else to decide them.
    """
    height, width = luma.shape
    above, total = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.float32)
    for _ in range(2):
        for y in range(height):
            along, left = luma[y, 0], luma[y, 0]
            for x in range(1, width):
                entering = luma[y, x]
                along = (along + entering) - left
                left = entering
                luma[y, x] = along
        above[:] = luma[0]
        total[:] = luma[0]
        for y in range(1, height):
            row = luma[y]
            for x in range(width):
                entering = row[x]
                total[x] = (total[x] + entering) - above[x]
                above[x] = entering
                row[x] = total[x]


@kernel
def frequencies(
    small: NDArray[np.float32],
    cosines: NDArray[np.float32],
    half: NDArray[np.float32],
    lowest: NDArray[np.float32],
) -> None:
    """Fill in the 16 x 16 lowest frequencies of 64 x 64: `cosines`, float32[16, 64], times it times their transpose.

    `half`, float32[16, 64], holds what is in between. Products are added in the order of the reference, so that
    where a picture has no such frequency at all (a flag, a mirror image) even the noise around zero is the same.
    """
    half[:] = _NOTHING
    for i in range(cosines.shape[0]):
        for j in range(SIDE):
            for column in range(SIDE):
                half[i, column] += cosines[i, j] * small[j, column]
    for i in range(cosines.shape[0]):
        for k in range(cosines.shape[0]):
            total = _NOTHING
            for j in range(SIDE):
                total += half[i, j] * cosines[k, j]
            lowest[i, k] = total


@kernel
def _luma_of_row(row: NDArray[np.uint8], pixel: int, step: int, luma: NDArray[np.float32]) -> None:
    """Fill in the luma, float32[w], of one row."""
    for x in range(luma.shape[0]):
        at = x * pixel
        luma[x] = RED * row[at] + GREEN * row[at + step] + BLUE * row[at + 2 * step]


@kernel
def luma_of_colours(rows: NDArray[np.uint8], pixel: int, step: int, luma: NDArray[np.float32]) -> None:
    """Fill in the luma, float32[n, w], of rows of red, green, blue: uint8[n, w * pixel], a value every `step` bytes.

    It is not rounded to 8 bits in between.
    """
    for y in range(luma.shape[0]):
        # Numbers that are known beforehand let the compiler take many pixels at once.
        if pixel == RGB:
            _luma_of_row(rows[y], RGB, 1, luma[y])
        elif pixel == RGBA:
            _luma_of_row(rows[y], RGBA, 1, luma[y])
        else:
            _luma_of_row(rows[y], pixel, step, luma[y])


@kernel
def _undo_up(filtered: NDArray[np.uint8], above: NDArray[np.uint8], row: NDArray[np.uint8]) -> None:
    """Add the byte above."""
    for x in range(row.shape[0]):
        row[x] = (np.int32(filtered[x]) + np.int32(above[x])) & BYTE


@kernel
def _undo_sub(filtered: NDArray[np.uint8], pixel: int, row: NDArray[np.uint8]) -> None:
    """Add the byte to the left. Channel by channel: what is carried along stays in a register."""
    for channel in range(pixel):
        left = np.int32(0)
        for x in range(channel, row.shape[0], pixel):
            left = (left + np.int32(filtered[x])) & BYTE
            row[x] = left


@kernel
def _undo_average(
    filtered: NDArray[np.uint8], above: NDArray[np.uint8], pixel: int, row: NDArray[np.uint8]
) -> None:
    """Add the mean, rounded down, of the byte to the left and the one above."""
    for x in range(min(pixel, row.shape[0])):
        row[x] = (np.int32(filtered[x]) + (np.int32(above[x]) >> 1)) & BYTE
    for x in range(pixel, row.shape[0]):
        mean = (np.int32(row[x - pixel]) + np.int32(above[x])) >> 1
        row[x] = (np.int32(filtered[x]) + mean) & BYTE


@kernel
def _undo_paeth(
    filtered: NDArray[np.uint8], above: NDArray[np.uint8], pixel: int, row: NDArray[np.uint8]
) -> None:
    """Add the nearest of left, above and corner to left + above - corner; of equals the first of these (9.4).

    Chosen by masks of the signs, without a branch: which of the three it is cannot be foreseen.
    """
    for x in range(min(pixel, row.shape[0])):
        row[x] = (np.int32(filtered[x]) + np.int32(above[x])) & BYTE
    for x in range(pixel, row.shape[0]):
        left, up, corner = np.int32(row[x - pixel]), np.int32(above[x]), np.int32(above[x - pixel])
        to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - corner - corner)
        guess = up ^ ((up ^ corner) & ((to_corner - to_up) >> SIGN))
        guess = left ^ ((left ^ guess) & ((min(to_up, to_corner) - to_left) >> SIGN))
        row[x] = (np.int32(filtered[x]) + guess) & BYTE


@kernel
def unfilter(raw: NDArray[np.uint8], pixel: int, before: NDArray[np.uint8], rows: NDArray[np.uint8]) -> bool:
    """Undo the filters of PNG rows: uint8[n, 1 + m] into uint8[n, m], `before` being the row above the first.

    A byte is predicted from the one `pixel` bytes to its left, the one above, and the one at their corner. Returns
    whether every row names a filter that there is; from the first that does not on, `rows` stays as it was.
    """
    above = before
    for y in range(rows.shape[0]):
        kind, filtered, row = raw[y, 0], raw[y, 1:], rows[y]
        if kind == NONE:
            for x in range(row.shape[0]):
                row[x] = filtered[x]
        elif kind == UP:
            _undo_up(filtered, above, row)
        elif kind == SUB:
            _undo_sub(filtered, pixel, row)
        elif kind == AVERAGE:
            _undo_average(filtered, above, pixel, row)
        elif kind == PAETH:
            _undo_paeth(filtered, above, pixel, row)
        else:
            return False
        above = row
    return True
