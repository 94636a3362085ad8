"""PNG in rows: inflated, unfiltered and handed on band by band (PNG, third edition, W3C 2025).

Half a megabyte of PNG can hold hundreds of megapixels. Pillow has no reading in rows: it makes the whole picture, four
bytes a pixel, before anything can be seen of it. The format itself is simple (one zlib stream, a filter per row), and
the zlib of the standard library stops after as many bytes as it is asked for; so this reader holds one band, whatever
the size of the picture. Interlaced PNG, which is rare, comes in seven passes over the whole picture: Pillow reads it.

As Pillow and the reference do: of 16-bit values the high byte counts, alpha is left out, colour profiles and gamma
are not applied, of an animation the default image is taken. Checksums of chunks are not looked at, since viewers show
pictures in which they are wrong.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.errors import NotDecodable
from entente.core.signals.pdq.reducing import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from entente.core.signals.pdq.reducing import Reader

SIGNATURE = b"\x89PNG\r\n\x1a\n"

BAND_BYTES = 1 << 19
"""About how much of the rows is held at a time; at least four rows are."""

GREY, COLOUR, PALETTE, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 3, 4, 6
"""What a pixel is made of (11.2.1)."""

DEPTHS = {
    GREY: (1, 2, 4, 8, 16),
    COLOUR: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    COLOUR_ALPHA: (8, 16),
}
"""How many bits a value may have."""

_VALUES = {GREY: 1, COLOUR: 3, PALETTE: 1, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
_IHDR = struct.Struct(">IIBBBBB")
_CHUNK = struct.Struct(">I4s")
_CHECKSUM_BYTES = 4
PIECE_BYTES = 1 << 16
_BYTE_BITS = 8
_LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Header:
    """What the first chunk says."""

    width: int
    height: int
    depth: int
    kind: int
    interlaced: bool

    @property
    def pixel_bytes(self) -> int:
        """How far to the left the byte lies from which one is predicted."""
        return max(1, _VALUES[self.kind] * self.depth // _BYTE_BITS)

    @property
    def row_bytes(self) -> int:
        """The length of a row without its filter."""
        return -(-self.width * _VALUES[self.kind] * self.depth // _BYTE_BITS)


def header_of(data: bytes) -> Header:
    """Return what the first chunk of a file says that begins with SIGNATURE. Raises NotDecodable."""
    name, body = next(_chunks(data), (b"", b""))
    if name != b"IHDR" or len(body) != _IHDR.size:
        raise NotDecodable("a PNG without its header")
    width, height, depth, kind, compression, filtering, interlace = _IHDR.unpack(body)
    if (
        not (width and height)
        or depth not in DEPTHS.get(kind, ())
        or compression
        or filtering
        or interlace not in {0, 1}
    ):
        raise NotDecodable("a PNG whose header says what cannot be")
    return Header(width, height, depth, kind, interlaced=bool(interlace))


def read(data: bytes, header: Header, reader: Reader) -> None:
    """Hand all rows of a PNG that is not interlaced to a reader. Raises NotDecodable."""
    rows = _Rows(header, reader)
    for name, body in _chunks(data):
        if name == b"PLTE" and header.kind == PALETTE:
            rows.values = _palette(body)
        elif name == b"IDAT":
            for start in range(0, len(body), PIECE_BYTES):
                rows.add(body[start : start + PIECE_BYTES])
        if rows.missing == 0:
            return
    raise NotDecodable("a PNG that is cut short")


def _chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the name and the content of the chunks; the last may be cut short."""
    view, at = memoryview(data), len(SIGNATURE)
    while at + _CHUNK.size <= len(view):
        length, name = _CHUNK.unpack_from(view, at)
        at += _CHUNK.size
        yield name, view[at : at + length]
        at += length + _CHECKSUM_BYTES


def _palette(body: memoryview) -> NDArray[np.float32]:
    """Return the luma of each entry; an entry that is not there is black."""
    whole = np.frombuffer(body, dtype=np.uint8)[: len(body) // 3 * 3].reshape(-1, 3)[:256]
    values = np.zeros(256, dtype=np.float32)
    values[: len(whole)] = whole @ _LUMA
    return values


class _Rows:
    """Inflates bytes into a band of rows, and hands it on whenever it is full."""

    def __init__(self, header: Header, reader: Reader) -> None:
        self._header, self._reader = header, reader
        self._inflater = zlib.decompressobj()
        stride = 1 + header.row_bytes
        self._raw = np.empty((min(rows_of(BAND_BYTES // stride), header.height), stride), dtype=np.uint8)
        self._rows = np.empty((len(self._raw), header.row_bytes), dtype=np.uint8)
        self._above = np.zeros(header.row_bytes, dtype=np.uint8)
        self._filled = 0
        self.missing = header.height
        """How many rows have not been handed on."""
        self.values: NDArray[np.float32] | None = None
        """The luma of each value of a pixel, where these are not luma or colours themselves."""
        if header.kind == GREY and header.depth < _BYTE_BITS:
            self.values = np.linspace(0, 255, 1 << header.depth, dtype=np.float32)

    def add(self, piece: memoryview) -> None:
        """Take in the next compressed bytes. Raises NotDecodable."""
        pending: bytes | memoryview = piece
        flat = self._raw.reshape(-1)
        while self.missing:
            goal = min(len(self._raw), self.missing) * self._raw.shape[1]
            wanted = goal - self._filled
            try:
                inflated = self._inflater.decompress(pending, wanted)
            except zlib.error:
                raise NotDecodable("a PNG whose compressed rows are broken") from None
            flat[self._filled : self._filled + len(inflated)] = np.frombuffer(inflated, dtype=np.uint8)
            self._filled += len(inflated)
            if self._filled == goal:
                self._hand_on(goal // self._raw.shape[1])
            pending = self._inflater.unconsumed_tail
            if len(inflated) < wanted:
                return  # all of the piece is used up, or the stream has ended

    def _hand_on(self, count: int) -> None:
        from entente.core.signals.pdq import kernels

        header, rows = self._header, self._rows[:count]
        if not kernels.unfilter(self._raw[:count], header.pixel_bytes, self._above, rows):
            raise NotDecodable("a PNG with a filter that there is not")
        self._above[:] = rows[-1]
        self._filled = 0
        self.missing -= count
        if header.kind in {COLOUR, COLOUR_ALPHA}:
            self._reader.add_colours(rows, pixel=header.pixel_bytes, step=header.depth // _BYTE_BITS)
        elif self.values is not None:
            self._reader.add(self.values[self._places(rows)])
        elif header.kind == PALETTE:
            raise NotDecodable("a PNG without its palette")
        else:
            self._reader.add(rows[:, :: header.pixel_bytes])

    def _places(self, rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the values of the pixels, of which a byte may hold several, the first one highest."""
        depth = self._header.depth
        shifts = np.arange(_BYTE_BITS - depth, -1, -depth, dtype=np.uint8)
        places = (rows[:, :, None] >> shifts) & np.uint8((1 << depth) - 1)
        return places.reshape(len(rows), -1)[:, : self._header.width]
