"""PNG files of any layout, good and bad, written chunk by chunk."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
VALUES = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and checksum."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def header(width: int, height: int, kind: int = COLOUR, depth: int = 8, *, interlace: int = 0) -> bytes:
    """Return the first chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace))


def png(first: bytes, *chunks: bytes) -> bytes:
    """Return a file of chunks, of which IEND is added."""
    return SIGNATURE + first + b"".join(chunks) + chunk(b"IEND", b"")


def packed(values: NDArray[np.integer], depth: int) -> NDArray[np.uint8]:
    """Return rows of values, shape (h, w * values of a pixel), as the bytes of rows: big-endian, the first highest."""
    if depth == 16:
        return values.astype(">u2").view(np.uint8).reshape(len(values), -1)
    bits = (values[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
    return np.packbits(bits.reshape(len(values), -1).astype(np.uint8), axis=1)


def _predicted(row: NDArray[np.int64], above: NDArray[np.int64], pixel: int, kind: int) -> NDArray[np.int64]:
    left = np.concatenate([np.zeros(pixel, dtype=np.int64), row])[: len(row)]
    corner = np.concatenate([np.zeros(pixel, dtype=np.int64), above])[: len(row)]
    to_left, to_above, to_corner = abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)
    nearest = np.where((to_left <= to_above) & (to_left <= to_corner), left, above)
    nearest = np.where((to_corner < to_above) & (to_corner < to_left), corner, nearest)
    return [np.zeros_like(row), left, above, (left + above) // 2, nearest][kind]


def filtered(rows: NDArray[np.uint8], pixel: int, filters: Sequence[int]) -> bytes:
    """Return the bytes of rows, each through the next of the filters."""
    above = np.zeros(rows.shape[1], dtype=np.int64)
    written = []
    for y, row in enumerate(rows.astype(np.int64)):
        kind = filters[y % len(filters)]
        written.append(
            bytes([kind]) + ((row - _predicted(row, above, pixel, kind)) & 255).astype(np.uint8).tobytes()
        )
        above = row
    return b"".join(written)


def picture_png(
    values: NDArray[np.integer], kind: int, depth: int, filters: Sequence[int] = (0, 1, 2, 3, 4)
) -> bytes:
    """Return a PNG of the values of pixels, shape (h, w, values of a pixel); a palette is a ramp through colours."""
    height, width, count = values.shape
    rows = packed(values.reshape(height, width * count), depth)
    data = zlib.compress(filtered(rows, max(1, count * depth // 8), filters), 1)
    pieces = [chunk(b"IDAT", data[start : start + 1000]) for start in range(0, len(data), 1000)]
    palette = [chunk(b"PLTE", ramp(1 << depth).tobytes())] if kind == PALETTE else []
    return png(header(width, height, kind, depth), *palette, *pieces)


def ramp(count: int) -> NDArray[np.uint8]:
    """Return a palette, shape (count, 3)."""
    place = np.arange(count) * 255 // max(1, count - 1)
    return np.stack([place, 255 - place, place * place // 255], axis=1).astype(np.uint8)


def flat(width: int, height: int) -> bytes:
    """Return a picture of one colour, nearly as small as a writer makes it.

    Rows are compressed a hundred at a time, the same hundred again and again: a full flush forgets what was before.
    """
    squeeze = zlib.compressobj(9, wbits=-15)
    first = b"\x01" + bytes([200, 30, 60]) + bytes(3 * (width - 1))
    again = b"\x02" + bytes(3 * width)
    whole, rest = divmod(height - 1, 100)
    total = zlib.adler32(first)
    pieces = [b"\x78\xda", squeeze.compress(first), squeeze.flush(zlib.Z_FULL_FLUSH)]
    for rows, count in ((again * 100, whole), (again, rest)):
        piece = squeeze.compress(rows) + squeeze.flush(zlib.Z_FULL_FLUSH)
        pieces += [piece] * count
        for _ in range(count):
            total = zlib.adler32(rows, total)
    body = b"".join(pieces) + squeeze.flush() + struct.pack(">I", total)
    return png(header(width, height), chunk(b"IDAT", body))
