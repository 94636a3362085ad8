"""Pixels of a Pillow picture looked at where they lie.

Pillow hands pixels to NumPy as a copy, which costs a large JPEG a tenth of its time. It shows where they lie by the
Arrow C data interface (a stable layout in memory; Apache Arrow, "The Arrow C data interface" and its PyCapsule protocol).
"""

from __future__ import annotations

import ctypes
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PIL import Image

PIXEL_BYTES = {"L": 1, "RGB": 4, "RGBA": 4, "RGBX": 4}
"""The modes that are understood, and the bytes of a pixel in Pillow's memory; the fourth is alpha or nothing."""


class _ArrowArray(ctypes.Structure):
    """struct ArrowArray, as the interface lays it down."""


_ArrowArray._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_ArrowArray))),
    ("dictionary", ctypes.c_void_p),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]

_pointer_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
"""What the interpreter itself offers for this; it raises ValueError for a capsule of another name."""


@contextmanager
def borrowed(image: Image.Image) -> Iterator[NDArray[np.uint8] | None]:
    """Lend the pixels of a decoded picture, uint8[h, w * bytes of a pixel], for as long as the context lasts.

    None for other modes than PIXEL_BYTES, and for a picture that Pillow keeps in several pieces (over 16 MB).
    """
    if image.mode not in PIXEL_BYTES:
        yield None
        return
    try:
        _, capsule = image.__arrow_c_array__()
    except ValueError:
        yield None
        return
    # The capsule holds the memory; this frame holds the capsule.
    yield _bytes_of(capsule, PIXEL_BYTES[image.mode] * image.width * image.height).reshape(image.height, -1)


def _bytes_of(capsule: object, count: int) -> NDArray[np.uint8]:
    """Return the values of an array of bytes, or of its only child where each element is several."""
    array = _ArrowArray.from_address(_pointer_of(capsule, b"arrow_array"))
    values = array.children[0].contents if array.n_children else array
    if values.length != count or values.offset or values.n_buffers != 2:  # noqa: PLR2004 - validity, values
        raise ValueError(f"{values.length} bytes where there should be {count}")
    return np.ctypeslib.as_array((ctypes.c_uint8 * count).from_address(values.buffers[1]))
