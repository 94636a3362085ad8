"""From the picture of 64 x 64 to the 256 bits of PDQ and their quality.

PDQ (perceptual hash with DCT and quality metric) is described in "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm" (2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.pdq.reducing import SIDE, frozen, reader_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

FREQUENCIES = 16
BITS = FREQUENCIES * FREQUENCIES
MIDDLE = BITS // 2 - 1
"""The lower of the two middle values is the median."""

HIGHEST_QUALITY = 100
USABLE_QUALITY = 50
"""A hash of a lower quality shows too little to be compared."""

DIHEDRAL = (
    "original",
    "rotated_90",
    "rotated_180",
    "rotated_270",
    "flipped_top_bottom",
    "flipped_left_right",
    "transposed",
    "transposed_other_diagonal",
)
"""The eight views of a picture, turned counter-clockwise, in the order of `Coefficients.dihedral`."""

_GREY_AXES = 2
_COLOURS = 3


@dataclass(frozen=True, slots=True)
class PdqHash:
    """A PDQ hash: `value`, 32 bytes, is the usual 64-digit hex number; `quality`, 0 to 100, says how much was seen."""

    value: bytes
    quality: int

    @property
    def hex(self) -> str:
        """The usual 64 digits."""
        return self.value.hex()


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What a hash is read from: the 16 x 16 lowest frequencies of the small picture, and its quality."""

    values: NDArray[np.float32]
    quality: int

    def hash(self) -> PdqHash:
        """Return the hash of the picture as it is."""
        return PdqHash(_bits(self.values), self.quality)

    def dihedral(self) -> tuple[PdqHash, ...]:
        """Return the hashes of the eight views (`DIHEDRAL`), by transposing and by turning signs."""
        up = self.values
        over = up * _SIGNS[:, None]
        mirrored = up * _SIGNS[None, :]
        turned = over * _SIGNS[None, :]
        views = (up, mirrored.T, turned, over.T, over, mirrored, up.T, turned.T)
        return tuple(PdqHash(_bits(view), self.quality) for view in views)


def coefficients_of_pixels(pixels: NDArray[np.uint8]) -> Coefficients:
    """Return the coefficients of a whole picture, uint8[height, width] or uint8[height, width, 3].

    Raises ImageTooSmall, and ValueError for an array of another kind.
    """
    grey = pixels.ndim == _GREY_AXES
    if pixels.dtype != np.uint8 or not (grey or pixels.shape[_GREY_AXES:] == (_COLOURS,)):
        raise ValueError(f"pixels are uint8[h, w] or uint8[h, w, 3], not {pixels.dtype}{list(pixels.shape)}")
    height, width = pixels.shape[:_GREY_AXES]
    reader = reader_of(height, width)
    if grey:
        reader.add(pixels)
    else:
        reader.add_colours(pixels.reshape(height, width * _COLOURS))
    return coefficients_of_small(reader.small())


def coefficients_of_small(small: NDArray[np.float32]) -> Coefficients:
    """Return the coefficients of a picture of 64 x 64."""
    from entente.core.signals.pdq import kernels

    half = np.empty((FREQUENCIES, SIDE), dtype=np.float32)
    lowest = np.empty((FREQUENCIES, FREQUENCIES), dtype=np.float32)
    kernels.frequencies(small, _cosines(), half, lowest)
    return Coefficients(lowest, _quality(small))


def _quality(small: NDArray[np.float32]) -> int:
    """Return how much neighbours differ in all, in percent of black to white, divided by 90 and capped."""
    down = np.trunc((small[:-1] - small[1:]) * np.float32(100) / np.float32(255))
    along = np.trunc((small[:, :-1] - small[:, 1:]) * np.float32(100) / np.float32(255))
    return min(HIGHEST_QUALITY, int(np.abs(down).sum() + np.abs(along).sum()) // 90)


def _bits(values: NDArray[np.float32]) -> bytes:
    """Return the 256 bits, the last coefficient first: those above the median are set."""
    flat = values.ravel()
    median = np.partition(flat, MIDDLE)[MIDDLE]
    return np.packbits((flat > median)[::-1]).tobytes()


_SIGNS = np.array([(-1.0) ** (frequency + 1) for frequency in range(FREQUENCIES)], dtype=np.float32)
"""What mirroring an axis does to each of its frequencies."""


@cache
def _cosines() -> NDArray[np.float32]:
    """Return the 16 lowest frequencies above zero of the cosine transform, shape (16, 64)."""
    frequency, place = np.mgrid[1 : FREQUENCIES + 1, 0:SIDE]
    waves = np.cos(math.pi / (2 * SIDE) * frequency * (2 * place + 1))
    height = np.float64(np.float32(math.sqrt(2 / SIDE)))  # rounded first, as in the reference
    return frozen((height * waves).astype(np.float32))
