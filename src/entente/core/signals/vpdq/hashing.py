"""From a video file to the hash of the video.

The packets are listed first, without decoding: that tells which pictures to hash and which need not be decoded for
them. A large file is then read a second time, the packets of a small one are kept. Where packets cannot be told to be pictures (raw streams,
doubled or missing times), or the plan does not give the pictures it should, every picture is decoded and those to
hash are chosen as they come: slower, and the same ones.

vPDQ is described in Meta's "vPDQ" (2022), PDQ in "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
Algorithm" (2019).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.errors import ImageTooSmall
from entente.core.signals.vpdq.near_copies import NEAR_COPY_BITS, without_near_copies
from entente.core.signals.vpdq.sampling import (
    SPARSE_SPACING,
    DenseSampler,
    Step,
    dense_samples,
    plan,
    sparse_samples,
)
from entente.core.signals.vpdq.values import Frame, Limits, Outcome, VideoHash

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from av import Packet, VideoFrame, VideoStream
    from numpy.typing import NDArray

    from entente.core.signals.vpdq.container import Contents, Faults
    from entente.core.signals.vpdq.sampling import Timeline
    from entente.core.signals.vpdq.values import Mode

LIMITS = Limits()

_BEGINNING_BYTES = 200
_TOO_SMALL = "a picture too small to be hashed"

_DROPS_NON_REFERENCES = frozenset({"h264", "mpeg2video", "mpeg4"})
"""Decoders that can leave out pictures to which no other refers without changing any other. Others cannot (VP9 learns
from them), or call something else a non-reference (HEVC with temporal layers)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What `hash_video` was asked for."""

    mode: Mode
    interval_seconds: float
    longest_gap_seconds: float
    near_copy_bits: int
    threads: int
    limits: Limits

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        if not 0 < self.interval_seconds <= self.longest_gap_seconds:
            raise ValueError("an interval is above 0 seconds and no longer than the longest gap")
        if self.mode not in {"dense", "sparse"}:
            raise ValueError("a mode is dense or sparse")

    def samples(self, timeline: Timeline) -> NDArray[np.int64]:
        """Return the times, in ticks, of the pictures to hash."""
        if self.mode == "dense":
            return dense_samples(timeline, self.interval_seconds)
        return sparse_samples(
            timeline,
            interval_seconds=self.interval_seconds,
            longest_gap_seconds=self.longest_gap_seconds,
        )

    def sampler(self, timeline: Timeline) -> DenseSampler:
        """Return who chooses the pictures to hash as they come, when their times are not known before."""
        if self.mode == "dense":
            return DenseSampler(timeline.rate, self.interval_seconds)
        spacing = min(SPARSE_SPACING * self.interval_seconds, self.longest_gap_seconds)
        return DenseSampler(timeline.rate, spacing)


@dataclass(slots=True)
class Reading:
    """One reading of a file: what was hashed so far, and what stopped it."""

    wish: Wish
    faults: Faults
    deadline_cpu: float
    frames: list[Frame] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    decoded: int = 0
    last_seconds: float = 0.0
    stopped: Outcome | None = None
    lacking: bool = False
    """The plan did not give the pictures it should."""

    def again(self) -> Reading:
        """Return an empty reading under the same limits; the time already spent counts."""
        return Reading(self.wish, self.faults, self.deadline_cpu)

    def over(self) -> bool:
        """Tell, and remember, whether a limit is reached."""
        if time.process_time() > self.deadline_cpu:
            self.stopped = Outcome.OUT_OF_TIME
        elif len(self.frames) >= self.wish.limits.frames:
            self.stopped = Outcome.TOO_LONG
        return self.stopped is not None

    def hash(self, picture: VideoFrame, seconds: float) -> None:
        """Hash one picture, if it is large enough to have a hash."""
        from av.error import FFmpegError

        from entente.core.signals import pdq
        from entente.core.signals.vpdq.luma import pixels_of

        try:
            found = pdq.hash_pixels(pixels_of(picture))
        except ImageTooSmall:
            self.faults.add(_TOO_SMALL)
            return
        except (ValueError, FFmpegError):
            self.faults.add("a picture that cannot be converted")
            return
        self.frames.append(Frame(seconds, found.value, found.quality))


def hash_video(
    path: str | PathLike[str],
    *,
    mode: Mode = "dense",
    interval_seconds: float = 1.0,
    longest_gap_seconds: float = 10.0,
    near_copy_bits: int = NEAR_COPY_BITS,
    threads: int = 1,
    limits: Limits = LIMITS,
) -> VideoHash:
    """Return the frames of a video file with their hashes, and how the reading ended.

    Dense, for a bank: a frame per interval, those that vPDQ takes. Sparse, for a query against a dense bank:
    keyframes at least two intervals apart, and others only where two would be further apart than the longest gap.
    Near-copies are dropped (`without_near_copies`). With one thread all work is done by the caller's.

    Whatever is wrong with the file is the outcome of the hash. Raises OSError if the file cannot be opened at all,
    ValueError for an interval or mode that means nothing.
    """
    wish = Wish(mode, interval_seconds, longest_gap_seconds, near_copy_bits, threads, limits)
    with Path(path).open("rb") as file:
        beginning = file.read(_BEGINNING_BYTES)
    from av.error import FFmpegError

    from entente.core.signals.vpdq import container

    reading = Reading(wish, container.Faults(), time.process_time() + limits.cpu_seconds)
    try:
        return _hashed(path, reading)
    except FFmpegError:
        if container.begins_like_a_video(beginning):
            return _nothing(Outcome.DAMAGED, "begins like a video, and cannot be opened")
        return _nothing(Outcome.NO_VIDEO, "not a video container that is read here")


def _hashed(path: str | PathLike[str], reading: Reading) -> VideoHash:
    """List the packets of a file, decode what is needed, and return the hash. Raises FFmpegError."""
    from entente.core.signals.vpdq import container

    with container.opened(path) as opened:
        stream = container.video_stream(opened)
        if stream is None:
            return _nothing(Outcome.NO_VIDEO, "no video stream")
        if stream.codec_context is None:
            return _nothing(Outcome.NO_FRAMES, "no decoder for this video")
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > reading.wish.limits.pixels:
            return _nothing(Outcome.TOO_LARGE, f"pictures of {width} x {height}")
        contents = container.list_packets(opened, stream, reading.faults, reading.wish.limits)
        if contents.kept is not None:
            container.configure(stream, threads=reading.wish.threads, limits=reading.wish.limits)
            _decode(stream, contents.kept, contents.timeline, reading)
            if reading.lacking:
                reading = reading.again()
                _decode(stream, contents.kept, contents.timeline.without_plan, reading)
            return _hash_of(contents, reading)
    _decode_file(path, contents.timeline, reading)
    if reading.lacking:
        reading = reading.again()
        _decode_file(path, contents.timeline.without_plan, reading)
    return _hash_of(contents, reading)


def _decode_file(path: str | PathLike[str], timeline: Timeline, reading: Reading) -> None:
    """Read a file again whose packets are too large to be kept. Raises FFmpegError."""
    from entente.core.signals.vpdq import container

    with container.opened(path) as opened:
        stream = container.video_stream(opened)
        if stream is None:
            reading.faults.add("a file that changed while it was read")
            return
        container.configure(stream, threads=reading.wish.threads, limits=reading.wish.limits)
        found = container.packets(opened, stream, container.Faults())  # the first reading counted them
        _decode(stream, found, timeline, reading)


def _decode(
    stream: VideoStream, found: Iterable[Packet[VideoStream]], timeline: Timeline, reading: Reading
) -> None:
    """Decode and hash by the plan, or everything where there cannot be one."""
    stream.codec_context.skip_frame = "DEFAULT"
    if timeline.ragged or not timeline.keys.any():
        _decode_all(stream, found, timeline, reading)
        return
    samples = reading.wish.samples(timeline)
    _decode_planned(stream, found, timeline, samples, reading)
    # Without damage, this means keyframes that are none (gradual refresh) or pictures under other times.
    missing = not reading.seen.issuperset(samples.tolist())
    reading.lacking = missing and reading.stopped is None and not reading.faults.counts


def _nothing(outcome: Outcome, note: str) -> VideoHash:
    """Return the hash of a file of which nothing was seen."""
    return VideoHash((), 0.0, 0, outcome, (note,))


def _decode_planned(
    stream: VideoStream,
    found: Iterable[Packet[VideoStream]],
    timeline: Timeline,
    samples: NDArray[np.int64],
    reading: Reading,
) -> None:
    """Decode the packets that the plan names and hash the pictures shown at the sampled times."""
    from entente.core.signals.vpdq import container

    context = stream.codec_context
    drops = context.name in _DROPS_NON_REFERENCES
    wanted = frozenset(samples.tolist())
    first = int(timeline.pts.min())
    fed = True

    def take(pictures: Iterable[VideoFrame]) -> None:
        for picture in pictures:
            reading.decoded += 1
            pts = picture.pts
            if pts is not None and pts in wanted and pts not in reading.seen:
                reading.seen.add(pts)
                reading.hash(picture, (pts - first) * timeline.tick_seconds)

    steps = plan(timeline, samples)
    last = int(np.flatnonzero(steps)[-1])
    for packet, step in zip(found, steps[: last + 1].tolist(), strict=False):
        if reading.over():
            return
        if step == Step.DROP:
            if fed:
                take(container.drain(stream, reading.faults))
            fed = False
            continue
        fed = True
        if drops:
            context.skip_frame = "DEFAULT" if step == Step.WANTED else "NONREF"
        take(container.decode(stream, packet, reading.faults))
    take(container.drain(stream, reading.faults))


def _decode_all(
    stream: VideoStream, found: Iterable[Packet[VideoStream]], timeline: Timeline, reading: Reading
) -> None:
    """Decode every picture and hash those that the sampler takes."""
    from entente.core.signals.vpdq import container

    sampler = reading.wish.sampler(timeline)
    rate = timeline.rate or 25.0
    first: int | None = None

    def take(pictures: Iterable[VideoFrame]) -> None:
        nonlocal first
        for picture in pictures:
            seconds = reading.decoded / rate
            if picture.pts is not None:
                first = picture.pts if first is None else first
                seconds = max(0.0, (picture.pts - first) * timeline.tick_seconds)
            reading.decoded += 1
            reading.last_seconds = max(reading.last_seconds, seconds + 1 / rate)
            if sampler.takes(seconds):
                reading.hash(picture, seconds)

    for packet in found:
        if reading.over():
            return
        if reading.last_seconds > reading.wish.limits.duration_seconds:
            reading.stopped = Outcome.TOO_LONG
            return
        take(container.decode(stream, packet, reading.faults))
    take(container.drain(stream, reading.faults))


def _hash_of(contents: Contents, reading: Reading) -> VideoHash:
    """Return the hash that a finished reading amounts to."""
    frames = without_near_copies(reading.frames, reading.wish.near_copy_bits)
    return VideoHash(
        frames=frames,
        duration_seconds=max(contents.end_seconds, reading.last_seconds),
        decoded_frames=reading.decoded,
        outcome=_outcome(contents, reading),
        notes=reading.faults.notes,
    )


def _outcome(contents: Contents, reading: Reading) -> Outcome:
    """Say how the reading ended: what stopped it first, then what is missing."""
    if reading.stopped is not None:
        return reading.stopped
    if not contents.complete:
        return Outcome.TOO_LONG
    if contents.cut_short:
        return Outcome.TRUNCATED
    if any(note != _TOO_SMALL for note in reading.faults.counts):
        return Outcome.DAMAGED
    return Outcome.COMPLETE if reading.frames else Outcome.NO_FRAMES
