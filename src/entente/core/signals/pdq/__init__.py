"""PDQ: a picture as 256 bits that stay almost the same when it is scaled, re-encoded or written upon.

    found = pdq.hash_image(data)
    found.hex, found.quality
    pdq.dihedral_hashes(data)[pdq.DIHEDRAL.index("flipped_left_right")].hex

Two hashes at most 31 bits apart show the same picture, as far as PDQ can tell; one of a quality under 50 shows too
little to be compared. Distances of up to 10 between decoders of the same file are normal.

Everything here may be called by several threads at once. The kernels are loaded when the first picture is hashed
(compiled, where no process before did it), Pillow when the first file is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.pdq.hashing import (
    DIHEDRAL,
    USABLE_QUALITY,
    Coefficients,
    PdqHash,
    coefficients_of_pixels,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DIHEDRAL", "USABLE_QUALITY", "PdqHash", "dihedral_hashes", "hash_image", "hash_pixels", "prepare"]


def hash_image(data: bytes, *, fast: bool = False) -> PdqHash:
    """Return the hash of a picture, given as the bytes of a file.

    `fast` is for very large JPEGs: one with more than a megapixel is decoded at a reduced scale, no side under 375
    pixels. The hash differs by up to 10 bits from the one at full scale, that of mere noise by more. Other pictures are
    not affected.

    Raises NotDecodable (nothing, no picture, broken, cut short), ImageTooLarge (the limits are those of `pictures`)
    and ImageTooSmall (a side of under 5 pixels).
    """
    return _coefficients(data, fast=fast).hash()


def hash_pixels(pixels: NDArray[np.uint8]) -> PdqHash:
    """Return the hash of a picture given as luma, uint8[h, w], or red, green and blue, uint8[h, w, 3].

    Raises ImageTooSmall (a side of under 5 pixels), ValueError (another type or shape).
    """
    return coefficients_of_pixels(pixels).hash()


def dihedral_hashes(picture: bytes | NDArray[np.uint8], *, fast: bool = False) -> tuple[PdqHash, ...]:
    """Return the hashes of a picture in its eight views, turned and mirrored, in the order of DIHEDRAL.

    The picture is decoded once. Takes and raises what `hash_image` and `hash_pixels` do.
    """
    if isinstance(picture, bytes):
        return _coefficients(picture, fast=fast).dihedral()
    return coefficients_of_pixels(picture).dihedral()


def prepare() -> None:
    """Load all kernels, so that the first picture does not wait: a second, or twenty where they must be compiled."""
    tiny = np.zeros((8, 8, 3), dtype=np.uint8)
    for pixels in (tiny, np.zeros((8, 160, 3), dtype=np.uint8), np.zeros((8, 160), dtype=np.uint8)):
        hash_pixels(pixels)
    from entente.core.signals.pdq import kernels

    kernels.unfilter(np.zeros((8, 25), dtype=np.uint8), 3, tiny[0, :, :].reshape(24), tiny.reshape(8, 24))


def _coefficients(data: bytes, *, fast: bool) -> Coefficients:
    from entente.core.signals.pdq.pictures import coefficients_of_image

    return coefficients_of_image(data, fast=fast)
