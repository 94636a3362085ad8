"""Opening a video file and taking its packets out, whatever somebody has put into it.

The only module here that opens anything. A file may name other files and addresses (playlists, references); so only
containers that hold their own pictures are opened, by the `file` protocol alone, and a text that looks like art for a
terminal is not a video although decoders would draw it.
"""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from av.stream import Discard, Disposition

from entente.core.signals.vpdq.sampling import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike

    from av import Packet, VideoStream
    from av.container import InputContainer

    from entente.core.signals.vpdq.values import Limits

CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,obu,ivf,flv,live_flv,asf,ogg,"
    "rm,mxf,nut,wtv,dv,gif,apng,swf,mjpeg,yuv4mpegpipe"
)
"""The formats that are read, by libavformat's names. Left out on purpose: playlists (hls, dash, concat), pictures,
terminal art, and everything that is nothing but raw samples."""

MOST_FAULTS = 16
"""After this many read errors the rest of a file is given up."""

KEPT_BYTES = 32 << 20
"""Up to this size the packets of a video are kept in memory; a larger file is read twice."""

_BEGINNINGS = re.compile(
    rb"....(?:ftyp|moov|mdat|free|wide|skip)|\x1aE\xdf\xa3|RIFF....AVI |OggS|FLV\x01|\x00\x00\x01[\xb3\xba]"
    rb"|G.{187}G|0&\xb2u\x8ef\xcf\x11",
    re.DOTALL,
)
"""How files of the usual containers begin: what tells a broken video from something else."""

_TAGGED_DURATION = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(slots=True)
class Faults:
    """What went wrong while reading, counted by what was done."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, doing: str) -> None:
        """Count one more."""
        self.counts[doing] = self.counts.get(doing, 0) + 1

    @property
    def notes(self) -> tuple[str, ...]:
        """The counts in words."""
        return tuple(f"{count} x {doing}" for doing, count in self.counts.items())


def begins_like_a_video(beginning: bytes) -> bool:
    """Tell whether the first 200 bytes of a file are those of a usual video container."""
    return _BEGINNINGS.match(beginning) is not None


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[InputContainer]:
    """Open a container and close it. Raises FFmpegError for what is none of CONTAINERS."""
    container = av.open(
        f"file:{path}",
        metadata_errors="ignore",
        options={"protocol_whitelist": "file", "format_whitelist": CONTAINERS},
    )
    try:
        yield container
    finally:
        container.close()


def video_stream(container: InputContainer) -> VideoStream | None:
    """Return the first stream of moving pictures, not the cover of a song, and have all others skipped."""
    chosen: VideoStream | None = None
    for stream in container.streams.video:
        if chosen is None and not stream.disposition & Disposition.attached_pic:
            chosen = stream
    for other in container.streams:
        if other is not chosen:
            other.discard = Discard.all
    return chosen


def packets(container: InputContainer, stream: VideoStream, faults: Faults) -> Iterator[Packet[VideoStream]]:
    """Yield the compressed pictures of a stream, going on behind what cannot be read."""
    for _attempt in range(MOST_FAULTS):
        try:
            for packet in container.demux(stream):
                if packet.size:
                    yield packet
        except FFmpegError:
            faults.add("a part of the file that cannot be read")
        else:
            return


def rate_of(stream: VideoStream) -> float | None:
    """Return the pictures per second that the container states, or what was guessed from its first pictures."""
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else None


def declared_seconds(container: InputContainer, stream: VideoStream) -> float:
    """Return how long the container says that the video is; 0 if it does not say."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    tagged = _TAGGED_DURATION.match(stream.metadata.get("DURATION", ""))
    if tagged:
        return int(tagged[1]) * 3600 + int(tagged[2]) * 60 + float(tagged[3])
    if container.duration and len(container.streams) == 1:
        return container.duration / av.time_base
    return 0.0


@dataclass(frozen=True, slots=True)
class Contents:
    """What listing the packets of a file told, before any picture was decoded."""

    timeline: Timeline
    end_seconds: float
    """From the first picture to the end of the last."""

    complete: bool
    """All packets were listed: no limit was reached."""

    cut_short: bool
    """There is less than the container declares."""

    kept: Sequence[Packet[VideoStream]] | None
    """The packets, to be decoded without reading the file again; None if they are larger than KEPT_BYTES."""


def list_packets(container: InputContainer, stream: VideoStream, faults: Faults, limits: Limits) -> Contents:
    """List the times of all packets of a video, without decoding, and keep them if they are not too large."""
    tick = float(stream.time_base or 0) or 1 / av.time_base
    pts: list[int] = []
    keys: list[bool] = []
    kept: list[Packet[VideoStream]] | None = []
    ragged, complete, found, size, longest = False, True, 0, 0, 0
    horizon = limits.duration_seconds / tick
    for packet in packets(container, stream, faults):
        found, size = found + 1, size + packet.size
        if packet.is_corrupt:
            faults.add("a picture that is cut short")
        if packet.pts is None or packet.is_discard:
            ragged = True
        else:
            pts.append(packet.pts)
            keys.append(packet.is_keyframe)
            longest = max(longest, packet.duration or 0)
        if kept is not None:
            kept.append(packet)
            kept = kept if size <= KEPT_BYTES else None
        if found >= limits.packets or (pts and pts[-1] - pts[0] > horizon):
            complete = False
            break
    times = np.asarray(pts, dtype=np.int64)
    ragged = ragged or len(np.unique(times)) < len(times)
    timeline = Timeline(times, np.asarray(keys, dtype=np.bool_), tick, rate_of(stream), ragged=ragged)
    end = _end_seconds(timeline, longest * tick)
    declared = declared_seconds(container, stream)
    short = end + max(1.0, 0.02 * declared) < declared or found + 1 < stream.frames
    return Contents(timeline, end, complete=complete, cut_short=complete and bool(pts) and short, kept=kept)


def _end_seconds(timeline: Timeline, picture_seconds: float) -> float:
    """Return when the last picture ends, at most 10 s after it begins."""
    if not len(timeline.pts):
        return 0.0
    spread = float(timeline.pts.max()) - float(timeline.pts.min())
    return spread * timeline.tick_seconds + min(picture_seconds, 10.0)


def configure(stream: VideoStream, *, threads: int, limits: Limits) -> None:
    """Prepare the decoder: how many threads, and no picture larger than the limit."""
    stream.codec_context.thread_count = threads
    stream.codec_context.options = {"max_pixels": str(limits.pixels)}


def decode(stream: VideoStream, packet: Packet[VideoStream], faults: Faults) -> list[av.VideoFrame]:
    """Hand a packet to the decoder and return the pictures that come out, none if it cannot be decoded."""
    try:
        return stream.codec_context.decode(packet)
    except FFmpegError:
        faults.add("a picture that cannot be decoded")
        return []


def drain(stream: VideoStream, faults: Faults) -> list[av.VideoFrame]:
    """Take the last pictures out of a decoder and make it ready for a keyframe."""
    frames: list[av.VideoFrame] = []
    try:
        frames = stream.codec_context.decode(None)
    except FFmpegError:
        faults.add("a picture that cannot be decoded")
    with suppress(FFmpegError):
        stream.codec_context.flush_buffers()
    return frames
