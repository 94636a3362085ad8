"""How long a file says it is: the surest sign of a cut, whatever the decoder made of the rest."""

import os
from typing import IO, Final

_MOST_BOXES: Final = 64
_TAIL_BYTES: Final = 2048


def is_cut(source: IO[bytes], media_type: str) -> bool:
    """Say whether the container promises more bytes than there are (RIFF, ISO base media, PDF)."""
    size = source.seek(0, os.SEEK_END)
    if media_type in {"image/webp", "video/x-msvideo", "audio/wav"}:
        source.seek(4)
        head = source.read(4)
        return len(head) < 4 or 8 + int.from_bytes(head, "little") > size + 1  # noqa: PLR2004 - an odd end is padded
    if media_type in {"image/avif", "video/mp4", "video/quicktime", "audio/mp4"}:
        return _boxes_end(source, size) > size
    if media_type == "application/pdf":
        source.seek(max(0, size - _TAIL_BYTES))
        return b"%%EOF" not in source.read(_TAIL_BYTES)
    return False


def _boxes_end(source: IO[bytes], size: int) -> int:
    """Follow the top-level boxes (ISO/IEC 14496-12, 4.2) and return where the last one claims to end."""
    at = 0
    for _ in range(_MOST_BOXES):
        source.seek(at)
        head = source.read(16)
        if len(head) < 8:  # noqa: PLR2004 - size and type of a box
            return at + (8 if head else 0)
        length = int.from_bytes(head[:4])
        if length == 1 and len(head) == 16:  # noqa: PLR2004 - a 64-bit size follows
            length = int.from_bytes(head[8:])
        if length < 8:  # noqa: PLR2004 - zero means "to the end"; other small values are nonsense
            return size
        at += length
        if at >= size:
            return at
    return at
