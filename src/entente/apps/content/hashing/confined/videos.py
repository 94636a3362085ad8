"""Videos: the frames of vPDQ, read through the descriptor that the worker was begun with. Confined.

`core.signals.vpdq` opens files by their name and converts some pictures in several threads; both are refused in here.
Its one function that opens is replaced, in this process, by one that goes to an open descriptor, and what converts is
asked to do it alone; all else is as it is there.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import av
from av.error import FFmpegError

from entente.apps.content.hashing.confined.source import Source
from entente.apps.content.hashing.limits import VIDEO_FRAMES
from entente.apps.content.hashing.results import OF_VIDEOS, VPDQ, Hashed, Outcome
from entente.core.signals.vpdq import container, hashing, luma
from entente.core.signals.vpdq.near_copies import NEAR_COPY_BITS
from entente.core.signals.vpdq.signal import pack
from entente.core.signals.vpdq.values import QUALITY, Limits, VideoHash
from entente.core.signals.vpdq.values import Outcome as Ending

if TYPE_CHECKING:
    from os import PathLike

    import numpy as np
    from av import VideoFrame
    from av.container import InputContainer
    from numpy.typing import NDArray

    from entente.core.signals.vpdq.values import Mode

_INTERVAL_SECONDS: Final = 1.0
_LONGEST_GAP_SECONDS: Final = 10.0

_ENDINGS: Final[dict[Ending, Outcome]] = {
    Ending.NO_VIDEO: "unsupported",
    Ending.TOO_LARGE: "image_too_large",
}
"""What a video without a frame is called; every other is not decodable."""


def prepare() -> None:
    """Let this process read videos from open descriptors, by their name no more, and without other threads."""
    container.opened = _opened
    luma.pixels_of = _pixels_of


def hash_clip(source: Source, wanted: frozenset[str], *, cpu_seconds: float) -> Hashed:
    """Return the frames of a video in each of the wanted modes; what was hashed when the time was over is kept."""
    found = Hashed("low_quality")
    for name in sorted(wanted & OF_VIDEOS):
        mode: Mode = "sparse" if name == VPDQ else "dense"
        read = _read(source, mode, Limits(frames=VIDEO_FRAMES, cpu_seconds=cpu_seconds))
        if not read.frames:
            return Hashed(_ENDINGS.get(read.outcome, "not_decodable"), message="; ".join(read.notes))
        found.signals[name] = [pack(read.frames)]
        quality = max(frame.quality for frame in read.frames)
        ended = () if read.outcome == Ending.COMPLETE else (str(read.outcome),)
        found = Hashed(
            "ok" if quality >= QUALITY else "low_quality",
            found.signals,
            quality,
            notes=tuple(dict.fromkeys((*found.notes, *ended))),
        )
    return found


def _read(source: Source, mode: "Mode", limits: Limits) -> VideoHash:
    """Do what `hash_video` does, for a file without a name."""
    wish = hashing.Wish(mode, _INTERVAL_SECONDS, _LONGEST_GAP_SECONDS, NEAR_COPY_BITS, 1, limits)
    reading = hashing.Reading(wish, container.Faults(), time.process_time() + limits.cpu_seconds)
    try:
        return hashing._hashed(str(source.descriptor), reading)  # noqa: SLF001 - all of it but the opening by name
    except (
        FFmpegError,
        IndexError,
    ):  # PyAV raises the latter for a stream that begins in the middle of a file
        is_video = container.begins_like_a_video(source.head())
        return VideoHash((), 0.0, 0, Ending.DAMAGED if is_video else Ending.NO_VIDEO)


class _Alone:
    """A picture that is converted by the thread which asks for it."""

    def __init__(self, picture: "VideoFrame") -> None:
        self._picture = picture

    def __getattr__(self, name: str) -> Any:
        return getattr(self._picture, name)

    def to_ndarray(self, *, format: str) -> "NDArray[np.uint8]":  # noqa: A002 - PyAV's name
        return cast("NDArray[np.uint8]", self._picture.to_ndarray(format=format, threads=1))


_CONVERTED: Final = luma.pixels_of


def _pixels_of(frame: "VideoFrame") -> "NDArray[np.uint8]":
    """Do what it does in place of which this stands."""
    return _CONVERTED(cast("VideoFrame", _Alone(frame)))


@contextmanager
def _opened(path: "str | PathLike[str]") -> "Iterator[InputContainer]":
    """Open the container in a descriptor, whose number stands where a path would. Raises FFmpegError."""
    os.lseek(int(os.fspath(path)), 0, os.SEEK_SET)
    found = av.open(
        "fd:",
        metadata_errors="ignore",
        options={
            "fd": os.fspath(path),
            "protocol_whitelist": "fd",
            "format_whitelist": container.CONTAINERS,
        },
    )
    try:
        yield found
    finally:
        found.close()
