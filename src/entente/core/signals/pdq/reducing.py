"""From rows of pixels to the picture of 64 x 64 that PDQ looks at.

The reference filters the whole picture (a box along rows and columns, twice) and takes samples of it. Both steps are
linear and act on each axis alone: here they are one small matrix per axis, with a short run of weights per output. So a
picture is read once, from top to bottom, straight from 8-bit pixels, and no full-size picture of floats is ever made.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import numpy as np
from typing_extensions import override

from entente.core.signals.errors import ImageTooSmall

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 64
SMALLEST_SIDE = 5
"""A picture with a side under five pixels has no PDQ hash."""

WIDEST_UNFILTERED = 128
"""Up to this many pixels the window of the filter is one pixel."""

BAND_PIXELS = 1 << 18
"""How many pixels are taken at a time where not all are at hand: as many as a processor core keeps near it."""

_LONGEST_KEPT = 1 << 14

Values = TypeVar("Values", bound="NDArray[Any]")
Luma: TypeAlias = "NDArray[np.uint8] | NDArray[np.float32]"
"""0 black, 255 white."""


Axis: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]"
"""The tent of one axis: for each of 64 outputs the first input, how many, and their weights. Not writable."""


def axis_of(size: int) -> Axis:
    """Return the tent along an axis of `size` pixels; those of usual sizes are kept."""
    return _kept_axis(size) if size <= _LONGEST_KEPT else _axis(size)


def _axis(size: int) -> Axis:
    from entente.core.signals.pdq import kernels

    widest = 2 * ((size + 127) // 128) + 1
    first, length = np.zeros(SIDE, dtype=np.int64), np.zeros(SIDE, dtype=np.int64)
    weights = np.zeros((SIDE, widest), dtype=np.float32)
    kernels.bands(size, first, length, weights)
    return frozen(first), frozen(length), frozen(weights)


_kept_axis = lru_cache(maxsize=64)(_axis)


def frozen(values: Values) -> Values:
    """Return the same numbers, contiguous and not writable: kernels are compiled for this kind of array alone."""
    view = np.ascontiguousarray(values).view()
    view.setflags(write=False)
    return cast("Values", view)


class Reader(ABC):
    """Takes a picture in as rows, from top to bottom, and reduces it to 64 x 64."""

    def __init__(self, height: int, width: int) -> None:
        """Begin a picture."""
        self._height, self._width = height, width
        self._taken = 0

    def add(self, luma: Luma) -> None:
        """Take in the next rows of luma, 0 to 255, shape (rows, width). Raises ValueError for more than there are."""
        top, bottom = self._taken, self._taken + luma.shape[0]
        if luma.shape[1] != self._width or bottom > self._height:
            # Kernels write where they are told to: what does not fit must not reach them.
            raise ValueError(
                f"rows {top} to {bottom}, {luma.shape[1]} wide, of {self._width} x {self._height}"
            )
        self._add(luma)
        self._taken = bottom

    @abstractmethod
    def _add(self, luma: Luma) -> None:
        """Take in rows that fit, of which the first is row `self._taken`."""

    @abstractmethod
    def small(self) -> NDArray[np.float32]:
        """Return the picture at 64 x 64, 0 to 255."""

    def add_colours(self, rows: NDArray[np.uint8], *, pixel: int = 3, step: int = 1) -> None:
        """Take in the next rows of red, green and blue.

        uint8[rows, width * pixel]: a pixel has `pixel` bytes, and its three values stand `step` bytes apart.
        Raises ValueError for another width, and for more rows than there are.
        """
        from entente.core.signals.pdq import kernels

        if rows.shape[1] != self._width * pixel:
            raise ValueError(f"rows of {rows.shape[1]} bytes for {self._width} pixels of {pixel}")
        at_a_time = rows_of(BAND_PIXELS // self._width)
        luma = np.empty((min(at_a_time, rows.shape[0]), self._width), dtype=np.float32)
        for top in range(0, rows.shape[0], at_a_time):
            band = rows[top : top + at_a_time]
            into = luma[: band.shape[0]]
            kernels.luma_of_colours(frozen(band), pixel, step, into)
            self.add(into)


class FilteringReader(Reader):
    """Reduces rows as they come. It holds 64 sums per column, 256 bytes for a pixel of width, whatever the height."""

    def __init__(self, height: int, width: int) -> None:
        """Begin a picture."""
        super().__init__(height, width)
        self._rows, self._columns = axis_of(height), axis_of(width)
        self._sums = np.zeros((SIDE, width), dtype=np.float32)

    @override
    def _add(self, luma: Luma) -> None:
        from entente.core.signals.pdq import kernels

        kernels.add_rows(frozen(luma), self._taken, self._rows, self._sums)

    @override
    def small(self) -> NDArray[np.float32]:
        """Return the picture at 64 x 64."""
        from entente.core.signals.pdq import kernels

        small = np.empty((SIDE, SIDE), dtype=np.float32)
        kernels.along_rows(self._sums, self._columns, small)
        return small


class SamplingReader(Reader):
    """Keeps a picture of which no side is longer than WIDEST_UNFILTERED, and takes samples of it."""

    def __init__(self, height: int, width: int) -> None:
        """Begin a picture."""
        super().__init__(height, width)
        self._luma = np.empty((height, width), dtype=np.float32)
        self._rounded = False

    @override
    def _add(self, luma: Luma) -> None:
        self._luma[self._taken : self._taken + luma.shape[0]] = luma
        self._rounded |= luma.dtype != np.uint8

    @override
    def small(self) -> NDArray[np.float32]:
        """Return the picture at 64 x 64."""
        from entente.core.signals.pdq import kernels

        if self._rounded and self._luma.shape != (SIDE, SIDE):
            kernels.carry(self._luma)
        place = (np.arange(SIDE) + 0.5) / SIDE
        rows, columns = (place * self._height).astype(np.int64), (place * self._width).astype(np.int64)
        return self._luma[rows[:, None], columns]


def reader_of(height: int, width: int) -> Reader:
    """Begin a picture. Raises ImageTooSmall."""
    if min(height, width) < SMALLEST_SIDE:
        raise ImageTooSmall(f"the picture is {width} x {height}; PDQ needs {SMALLEST_SIDE} pixels a side")
    kind = SamplingReader if max(height, width) <= WIDEST_UNFILTERED else FilteringReader
    return kind(height, width)


def rows_of(wished: int) -> int:
    """Return how many rows to take at a time, which is a multiple of the four that the kernels take."""
    return max(4, wished // 4 * 4)
