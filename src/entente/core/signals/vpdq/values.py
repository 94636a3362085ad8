"""What the hash of a video is: its frames with their time and quality, and how the reading of the file ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Mode = Literal["dense", "sparse"]
"""Dense: a frame per interval, for a bank. Sparse: keyframes first, for a query against a dense bank."""

VALUE_BYTES = 32
"""The length of the PDQ hash of a frame."""

QUALITY = 50
"""A frame of a lower PDQ quality (0 to 100) shows too little to be compared: black, a fade, a plain wall."""


class Outcome(StrEnum):
    """How the reading of a file ended. Whatever is wrong with a file is one of these, never an exception."""

    COMPLETE = "complete"
    """Read from its beginning to its end."""

    DAMAGED = "damaged"
    """Parts could not be read or decoded; the frames are those of the rest, perhaps none."""

    TRUNCATED = "truncated"
    """It ends before the duration it declares; the frames are those that are there."""

    NO_VIDEO = "no_video"
    """Not a video container that is read here, or one without a video stream: a text, a picture, a song."""

    NO_FRAMES = "no_frames"
    """There is a video stream, and nothing in it can be hashed."""

    TOO_LARGE = "too_large"
    """Its pictures have more pixels than the limits allow; none was decoded."""

    TOO_LONG = "too_long"
    """Longer, in seconds, packets or frames, than the limits allow; the frames are those of its beginning."""

    OUT_OF_TIME = "out_of_time"
    """The processor time ran out; the frames are those hashed until then."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read of one file. A limit that is reached is an outcome, and the frames so far are kept."""

    duration_seconds: float = 12 * 3600.0
    """How much of the video is looked at."""

    packets: int = 4_000_000
    """How many compressed pictures are listed (9 bytes each): 18 hours at 60 a second."""

    frames: int = 50_000
    """How many frames are hashed."""

    pixels: int = 8192 * 4608
    """Width times height of one picture."""

    cpu_seconds: float = 3600.0
    """Processor time of this process, all threads. It is looked at between packets; a caller who does not trust
    the file also limits the process itself."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a video, and for how long the video went on looking like it."""

    time_seconds: float
    """When it is shown, counted from the first picture of the video."""

    value: bytes
    """Its PDQ hash, 32 bytes."""

    quality: int
    """Its PDQ quality, 0 to 100."""

    until_seconds: float = 0.0
    """When the last of its dropped near-copies is shown; its own time if there are none."""

    def __post_init__(self) -> None:
        """Let a frame last at least until its own time."""
        if self.until_seconds < self.time_seconds:
            object.__setattr__(self, "until_seconds", self.time_seconds)


@dataclass(frozen=True, slots=True)
class VideoHash:
    """The frames of a video in the order of their time, without near-copies, and how they were read."""

    frames: tuple[Frame, ...]
    duration_seconds: float
    """From the first picture to the end of the last one that was found; 0 when none was."""

    decoded_frames: int
    """How many pictures left the decoder, hashed or not."""

    outcome: Outcome
    notes: tuple[str, ...] = ()
    """What else is worth knowing, in words: what was damaged, which limit was reached."""
