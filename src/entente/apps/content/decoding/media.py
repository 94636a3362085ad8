"""Video and sound: one still, the size, the duration; never the sound itself. Runs confined."""

import importlib
import pkgutil
from typing import IO, Any

import av
from av.error import EOFError as MediaEnd
from av.error import FFmpegError

from entente.apps.content.decoding import pictures
from entente.apps.content.decoding.limits import LONGEST_SIDE_PIXELS, MAX_PIXELS, MAX_VIDEO_PACKETS
from entente.apps.content.decoding.results import Decoded
from entente.apps.content.decoding.sniffing import DECODED_MEDIA

_OPTIONS = {
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "protocol_whitelist": "",
    "enable_drefs": "0",
}
_STILL_AT_SECONDS = 2.0  # the very first frame is black more often than not


def prepare() -> None:
    """Load every part of PyAV that it would load only once it needs it, when no file can be opened any more."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith((".__main__", ".datasets")):
            importlib.import_module(module.name)
    pictures.prepare()


def decode_media(source: IO[bytes], media_type: str) -> Decoded:
    """Return one still of a video with its size and duration; of a sound, its duration only."""
    try:
        with av.open(
            source, format=DECODED_MEDIA[media_type], options=_OPTIONS, metadata_errors="replace"
        ) as opened:
            return _decode_opened(opened, media_type)
    except MediaEnd:
        return Decoded("truncated", media_type)
    except (FFmpegError, ValueError, OverflowError, IndexError):
        return Decoded("damaged", media_type)


def _decode_opened(container: Any, media_type: str) -> Decoded:
    duration_ms = _milliseconds(container.duration)
    if not container.streams.video:
        return Decoded("ok", media_type, duration_ms=duration_ms, notes=("no_picture",))
    stream = container.streams.video[0]
    width, height = stream.codec_context.width, stream.codec_context.height
    facts = Decoded("ok", media_type, width, height, stream.frames or None, duration_ms)
    if width * height > MAX_PIXELS:
        return Decoded("too_large", media_type, width, height, duration_ms=duration_ms)
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    frame = _first_frame(container, stream, duration_ms)
    if frame is None:
        return Decoded("truncated", media_type, width, height, duration_ms=duration_ms)
    scale = min(1.0, LONGEST_SIDE_PIXELS / max(frame.width, frame.height, 1))
    picture = frame.reformat(
        width=max(1, round(frame.width * scale)),
        height=max(1, round(frame.height * scale)),
        format="rgb24",
        threads=1,
    ).to_image()
    return pictures.stills(picture, facts)


def _first_frame(container: Any, stream: Any, duration_ms: int | None) -> Any:
    """Return a frame a little into the video, or the first that decodes, or None."""
    if duration_ms and duration_ms > 2 * _STILL_AT_SECONDS * 1000:
        try:
            container.seek(int(_STILL_AT_SECONDS * av.time_base))
            if (frame := _decodable(container, stream)) is not None:
                return frame
        except FFmpegError:
            pass  # a video that cannot be sought is read from its beginning
        container.seek(0)
    return _decodable(container, stream)


def _decodable(container: Any, stream: Any) -> Any:
    try:
        for number, packet in enumerate(container.demux(stream)):
            if number > MAX_VIDEO_PACKETS:
                return None
            try:
                for frame in packet.decode():
                    return frame
            except MediaEnd:
                return None
            except FFmpegError:
                continue  # one broken packet; the next may be whole
    except FFmpegError:
        return None
    return None


def _milliseconds(duration: int | None) -> int | None:
    return None if duration is None or duration < 0 else min(duration * 1000 // av.time_base, 2**53)
