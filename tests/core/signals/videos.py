"""Clips made on the spot: gradients and drifting rectangles, a new scene every two seconds, nothing of anybody's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Painter = Callable[[float, int, int], Picture]

SCENE_SECONDS = 2.0


def scenes(seed: int) -> Painter:
    """Return a painter of slowly drifting rectangles on a gradient, another set in each scene."""

    def paint(seconds: float, width: int, height: int) -> Picture:
        random = np.random.default_rng([seed, int(seconds / SCENE_SECONDS)])
        drift = seconds % SCENE_SECONDS
        y, x = np.mgrid[0:height, 0:width]
        tilt = random.uniform(-1, 1, 2)
        ground = 128 + 50 * tilt[0] * (x / width) + 50 * tilt[1] * (y / height)
        picture = np.repeat(ground[:, :, None], 3, axis=2)
        for _ in range(14):
            left, top = random.uniform(-0.1, 0.9, 2) + drift * random.uniform(-0.01, 0.01, 2)
            side = random.uniform(0.08, 0.3, 2)
            rows = slice(max(0, int(top * height)), max(0, int((top + side[1]) * height)))
            columns = slice(max(0, int(left * width)), max(0, int((left + side[0]) * width)))
            picture[rows, columns] = random.integers(20, 236, 3)
        return picture.astype(np.uint8)

    return paint


def black(_seconds: float, width: int, height: int) -> Picture:
    """Paint nothing."""
    return np.zeros((height, width, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Clip:
    """How a clip is encoded."""

    seconds: float = 6.0
    rate: Fraction = Fraction(12)
    width: int = 320
    height: int = 240
    begin_seconds: float = 0.0
    codec: str = "libx264"
    layout: str = "yuv420p"
    gop: int = 24
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"), ("sc_threshold", "0"))
    muxing: tuple[tuple[str, str], ...] = ()
    times: tuple[float, ...] = ()
    """Seconds of each picture where the rate varies."""

    def write(self, path: Path, paint: Painter) -> Path:
        """Encode a clip and return its path."""
        with av.open(str(path), "w", options=dict(self.muxing)) as container:
            stream = cast("Any", container.add_stream(self.codec, rate=self.rate))
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.layout
            stream.codec_context.gop_size = self.gop
            stream.options = dict(self.options)
            for picture in self._pictures(paint):
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        return path

    def _pictures(self, paint: Painter) -> Iterator[av.VideoFrame]:
        times = self.times or tuple(float(n / self.rate) for n in range(int(self.seconds * self.rate)))
        for seconds in times:
            picture = paint(self.begin_seconds + seconds, self.width, self.height)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.time_base = Fraction(1, 12_000)
            frame.pts = round(seconds * 12_000)
            yield frame


def write_tone(path: Path) -> Path:
    """Write a second of sound without a picture."""
    with av.open(str(path), "w") as container:
        stream = cast("Any", container.add_stream("aac", rate=44_100))
        samples = np.sin(np.arange(44_100, dtype=np.float32) / 20)[None, :]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 44_100
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
