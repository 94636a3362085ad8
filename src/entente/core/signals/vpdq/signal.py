"""The signal type `vpdq`: a video's frames as one canonical value.

A value is the frames one after the other, in the order of their time, 37 bytes each: the time in whole milliseconds
(32 bits, big-endian), the quality (8 bits), the PDQ hash (32 bytes). It is written as the JSON array that the peers
exchange. How long near-copies last is not part of it.

A video is not a point: two of them meet by the frames they share. So the distance of two values is a percentage, and an
index holds the frames one by one, at their own radius in bits (`comparison.RADIUS_BITS`).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.signal_type import Examples, Medium, SignalType
from entente.core.signals.vpdq import formats
from entente.core.signals.vpdq.comparison import SHARE, compare_frames
from entente.core.signals.vpdq.values import VALUE_BYTES, Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKED = struct.Struct(">IB32s")
_LATEST_MILLISECONDS = 2**32 - 1
_HIGHEST_QUALITY = 100
_PERCENT = 100

_ONE = "0123456789abcdef" * 4
_NEAR_ONE = "0123456789abcdff" * 4
_OTHER = "fedcba98" * 8
_FIRST = f'["{_ONE},100,0.0", "{_OTHER},87,1.0"]'


def pack(frames: Sequence[Frame]) -> bytes:
    """Return frames as one canonical value, their times rounded to milliseconds.

    Raises MalformedSignal if there is none, or for one that does not fit: a time beyond 49 days, another quality
    than 0 to 100, a hash of another length.
    """
    packed = sorted(
        ((round(frame.time_seconds * 1000), frame.quality, frame.value) for frame in frames),
        key=lambda one: one[0],
    )
    for milliseconds, quality, value in packed:
        if not 0 <= milliseconds <= _LATEST_MILLISECONDS:
            raise MalformedSignal("vPDQ: the time of a frame is 0 to 4,294,967 seconds")
        if not 0 <= quality <= _HIGHEST_QUALITY or len(value) != VALUE_BYTES:
            raise MalformedSignal("vPDQ: a frame has a quality of 0 to 100 and a hash of 32 bytes")
    if not packed:
        raise MalformedSignal("vPDQ: a video without a frame has no signal")
    return b"".join(_PACKED.pack(*one) for one in packed)


def unpack(value: bytes) -> tuple[Frame, ...]:
    """Return the frames of a canonical value. Raises MalformedSignal if it is not one."""
    if not value or len(value) % _PACKED.size:
        raise MalformedSignal(f"vPDQ: a value is {_PACKED.size} bytes for each of its frames")
    frames = tuple(
        Frame(milliseconds / 1000, digest, quality)
        for milliseconds, quality, digest in _PACKED.iter_unpack(value)
    )
    if pack(frames) != value:
        raise MalformedSignal("vPDQ: the frames of a value are in the order of their time")
    return frames


class VpdqSignal(SignalType):
    """vPDQ: PDQ hashes of the frames of a video."""

    name = "vpdq"
    title = "vPDQ"
    media = frozenset({Medium.VIDEO})
    distance_unit = "percent of the frames of the better known of the two that the other does not show"
    default_radius = _PERCENT - round(SHARE * _PERCENT)
    widest_radius = 50
    examples = Examples(
        canonical=(_FIRST, f'["{_ONE},0,0.033"]'),
        malformed=(
            "[]",
            "{}",
            _ONE,
            f'["{_ONE},101,0.0"]',
            f'["{_ONE},100,-1.0"]',
            f'["{_ONE},100,nan"]',
            f'["{_ONE[1:]},100,0.0"]',
            f'["{_ONE},100,5000000.0"]',
            f'["{_ONE},100,0.0", 7]',
        ),
        near=((_FIRST, f'["{_NEAR_ONE},100,7.5"]'),),
        far=((f'["{_ONE},100,0.0"]', f'["{_OTHER},100,0.0"]'),),
        folded=(
            (f'["{_ONE.upper()},100,0"]', f'["{_ONE},100,0.0"]'),
            (f'["{_OTHER},87,1.0","{_ONE},100,0.0"]', _FIRST),
            (f'["0,100,{_ONE},0.0004"]', f'["{_ONE},100,0.0"]'),
        ),
    )

    @override
    def parse(self, written: str) -> bytes:
        """Return the value of a written video; raises MalformedSignal at its first bad frame."""
        if written[:1] + written[-1:] != "[]":
            raise MalformedSignal("vPDQ: a JSON array of lines hash,quality,time")
        found = formats.read_json(written)
        for problem in found.problems:
            raise MalformedSignal(f"vPDQ, frame {problem.number}: {problem.reason}")
        return pack(found.frames)

    @override
    def write(self, value: bytes) -> str:
        """Return the JSON array; raises MalformedSignal."""
        return formats.write_json(unpack(value))

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return how much of the better known of the two is not in the other, in percent, rounded up.

        0 when all usable frames of either are in the other. Videos without a usable frame are 100 apart unless they
        are the same. Raises MalformedSignal.
        """
        found = compare_frames(unpack(one), unpack(other))
        if one == other:
            return 0
        shares = ((len(found.of_query), found.query_frames), (len(found.of_known), found.known_frames))
        return min(-(-_PERCENT * (of - shared) // of) if of else _PERCENT for shared, of in shares)
