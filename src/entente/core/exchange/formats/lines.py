"""Content in pieces, and its lines: in bounded memory, however long a line is that somebody made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, TypeAlias

Content: TypeAlias = bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
"""A document: in memory, as an open binary file, or in pieces of any size."""

PIECE_BYTES = 1 << 16
"""How much is taken from memory or from a file at a time."""

MAX_LINE_BYTES = 4 << 20
"""A longer line is passed over without being held. A written video of 24 hours, a frame each second, fits twice."""


def pieces(content: Content) -> Iterator[bytes]:
    """Yield the content piece by piece."""
    read = getattr(content, "read", None)
    if isinstance(content, (bytes, bytearray, memoryview)):
        for start in range(0, len(content), PIECE_BYTES):
            yield bytes(content[start : start + PIECE_BYTES])
    elif read is None:
        yield from filter(None, content)
    else:
        while piece := read(PIECE_BYTES):
            yield piece


def lines(content: Content, *, longest: int = MAX_LINE_BYTES) -> Iterator[bytes | None]:
    """Yield the lines without their newline, and None for one that is longer than `longest` bytes.

    A line ends with a newline; the carriage return before it stays. A last line without one counts, an empty one
    behind the last newline does not.
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces(content):
        *whole, rest = piece.split(b"\n")
        for end in whole:
            size += len(end)
            if size <= longest:
                yield b"".join((*held, end)) if held else end
            else:
                yield None
            held.clear()
            size = 0
        size += len(rest)
        if size > longest:
            held.clear()
        elif rest:
            held.append(rest)
    if size:
        yield b"".join(held) if size <= longest else None
