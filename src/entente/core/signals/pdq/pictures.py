"""From the bytes of a picture to 64 x 64: whatever Pillow reads, and PNG in rows.

A JPEG holds luma as a plane of its own: asked for grey, the decoder leaves the chroma out, and asked for less than the
full size it leaves out most of the inverse transform too. What has colours is turned into luma without rounding.

What is taken of a picture, as the reference's usual path does: the first frame of an animation, the first page, the
colours beneath transparency (alpha is left out), pixels as they are stored (an orientation in the metadata is not
applied; the eight views of `dihedral_hashes` cover it). Where that path fails or takes numbers for what they are not,
this one does what a viewer does: palettes are looked up, ink is turned into colour, of 16 bits the higher eight count.

The bytes may be hostile. Whatever a reader makes of them, one of this package's errors comes out; but time and memory
are bounded only by the number of pixels. A caller who does not trust the file decodes in a confined process.
"""

from __future__ import annotations

import io
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.errors import ImageTooLarge, NotDecodable, SignalError
from entente.core.signals.pdq import png
from entente.core.signals.pdq.borrowing import borrowed
from entente.core.signals.pdq.hashing import USABLE_QUALITY, Coefficients, coefficients_of_small
from entente.core.signals.pdq.reducing import BAND_PIXELS, reader_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image
    from PIL.ImageFile import ImageFile

MOST_PIXELS = 100_000_000
"""A picture with more pixels is refused before anything of it is decoded."""

MOST_PIXELS_IN_ROWS = 200_000_000
"""The same for a PNG that is read in rows, which needs time but no memory."""

LONGEST_SIDE = 1_000_000
"""No viewer known to us shows a side longer than this (it is the limit of libpng)."""

COLOUR_PIXELS = 1_000_000
"""Up to here a JPEG is decoded with its colours, as the reference does; in a larger one, what the decoder rounds in
its luma averages out, and moves two bits at most in pictures that show something."""

FAST_SIDE = 375
"""In the fast mode, a larger JPEG is decoded at 1/2, 1/4 or 1/8 of its size such that no side gets shorter than this: a
photo of 12 megapixels at 1/8. Below, pictures were found that moved by more than 10 bits. Mere noise moves by more
in any case, since what a decoder leaves out is all there is to it."""

NOT_READ = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})
"""What Pillow calls pictures and is left alone: it would start another program for them, or cannot decode them."""

_JPEG = b"\xff\xd8\xff"
_PREFIX_BYTES = 16
_FIRST_CHANNEL = frozenset({"LA", "La", "LAB", "YCbCr"})
"""Modes whose first channel is luma, or as good as it."""


def coefficients_of_image(data: bytes, *, fast: bool = False) -> Coefficients:
    """Return the coefficients of a picture. Raises NotDecodable, ImageTooLarge, ImageTooSmall."""
    if data.startswith(png.SIGNATURE):
        header = png.header_of(data)
        if not header.interlaced:
            return coefficients_of_small(_small_of_png(data, header))
    small, reduced = _small(data, as_stored=False, fast=fast)
    found = coefficients_of_small(small)
    if reduced and not fast and found.quality < USABLE_QUALITY:
        # So little is to be seen that the rounding of the decoder's luma would decide many bits.
        return coefficients_of_small(_small(data, as_stored=True)[0])
    return found


def _small_of_png(data: bytes, header: png.Header) -> NDArray[np.float32]:
    _check_size(header.width, header.height, MOST_PIXELS_IN_ROWS)
    with _only_our_errors():
        reader = reader_of(header.height, header.width)
        png.read(data, header, reader)
    return reader.small()


def _small(data: bytes, *, as_stored: bool, fast: bool = False) -> tuple[NDArray[np.float32], bool]:
    """Return a picture reduced to 64 x 64, float32, 0 to 255, and whether less of it was decoded than is there."""
    with _only_our_errors(), _opened(data) as image:
        _check_size(*image.size, MOST_PIXELS)
        stored = image.mode, image.size
        if image.width * image.height > COLOUR_PIXELS and not as_stored:
            image.draft("L", (FAST_SIDE, FAST_SIDE) if fast else None)
        reduced = (image.mode, image.size) != stored
        image.load()
        _check_size(*image.size, MOST_PIXELS)  # icons tell their size only now
        reader = reader_of(image.height, image.width)
        with borrowed(image) as pixels:
            for rows in _bands(image) if pixels is None else (pixels,):
                if rows.shape[1] == image.width:
                    reader.add(rows)
                else:
                    reader.add_colours(rows, pixel=rows.shape[1] // image.width)
    return reader.small(), reduced


@contextmanager
def _only_our_errors() -> Iterator[None]:
    """Turn whatever a reader raises on a file into one of this package's errors."""
    from PIL.Image import DecompressionBombError, DecompressionBombWarning

    try:
        yield
    except SignalError:
        raise
    except (DecompressionBombError, DecompressionBombWarning, MemoryError) as error:
        raise ImageTooLarge("the picture needs more memory than is allowed to it") from error
    except Exception as error:
        raise NotDecodable("the picture is broken or cut short") from error


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if width * height > most_pixels or max(width, height) > LONGEST_SIDE:
        raise ImageTooLarge(
            f"the picture has {width} x {height} pixels; at most {most_pixels:,} are decoded, "
            f"and {LONGEST_SIDE:,} a side"
        )


def _opened(data: bytes) -> ImageFile:
    """Open a picture without decoding it. Raises NotDecodable when nobody knows it, and whatever readers raise.

    Pillow's own `open` warns and raises at a size that is set for the whole process; ours is checked exactly.
    """
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

    stream = io.BytesIO(data)
    if data.startswith(_JPEG):
        return JpegImageFile(stream)
    Image.init()
    for name in tuple(Image.ID):
        reads, knows = Image.OPEN[name]
        if name in NOT_READ or (knows is not None and knows(data[:_PREFIX_BYTES]) is not True):
            continue
        stream.seek(0)
        try:
            return reads(stream, "")
        except (SyntaxError, IndexError, TypeError, struct.error):
            continue  # how a reader says that this is for another one
    raise NotDecodable("not a picture of a kind that is read here")


def _bands(image: Image.Image) -> Iterator[NDArray[np.uint8]]:
    """Yield a decoded picture in bands of rows: luma, uint8[h, w], or red, green and blue, uint8[h, w * 3]."""
    image.info.pop("transparency", None)
    at_a_time = rows_of(BAND_PIXELS // image.width)
    for top in range(0, image.height, at_a_time):
        band = _pixels(image.crop((0, top, image.width, min(image.height, top + at_a_time))))
        yield band.reshape(len(band), -1)


def _pixels(band: Image.Image) -> NDArray[np.uint8]:
    """Return luma, uint8[h, w], or red, green and blue, uint8[h, w, 3], of a picture of any mode."""
    if band.mode in _FIRST_CHANNEL:
        return np.asarray(band.getchannel(0))
    if band.mode.startswith("I"):
        return np.asarray(np.clip(np.asarray(band), 0, 0xFFFF) >> 8, dtype=np.uint8)
    if band.mode == "F":
        return np.asarray(np.clip(np.nan_to_num(np.asarray(band)), 0, 255), dtype=np.uint8)
    if band.mode == "1":
        return np.asarray(band.convert("L"))
    if band.mode == "RGBa":
        band = band.convert("RGBA")
    return np.asarray(band if band.mode in {"L", "RGB"} else band.convert("RGB"))
