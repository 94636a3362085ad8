"""Video: the brightness of a picture, whatever its layout and range."""

from typing import Any

import av
import numpy as np
import pytest

from entente.core.signals.vpdq.luma import pixels_of
from tests.core.signals.videos import scenes

WIDTH, HEIGHT = 62, 50  # rows are padded


def _grey() -> Any:
    return scenes(5)(0, WIDTH, HEIGHT).mean(axis=2).astype(np.uint8)


@pytest.mark.parametrize(
    "layout",
    [
        "yuv420p",
        "yuv422p",
        "yuv444p",
        "yuvj420p",
        "yuva420p",
        "nv12",
        "gray",
        "yuv420p10le",
        "yuv444p12le",
        "yuv422p16le",
        "gray10le",
        "p010le",
        "yuyv422",
        "rgb24",
        "gbrp",
        "yuv420p10be",
    ],
)
def test_every_layout_gives_the_same_brightness(layout: str) -> None:
    grey = _grey()
    source = av.VideoFrame.from_ndarray(np.repeat(grey[:, :, None], 3, axis=2), format="rgb24")
    pixels = pixels_of(source.reformat(format=layout)).astype(int)
    assert pixels.shape[:2] == (HEIGHT, WIDTH)
    if pixels.ndim == 3:
        pixels = pixels.mean(axis=2)
    wrong = np.abs(pixels - grey)
    assert np.median(wrong) <= 2
    assert wrong.max() <= 4


def test_a_frame_that_says_its_range_is_full_is_not_stretched() -> None:
    frame = av.VideoFrame.from_ndarray(np.full((HEIGHT * 3 // 2, WIDTH), 16, np.uint8), format="yuv420p")
    assert pixels_of(frame).max() == 0
    frame.color_range = 2
    assert pixels_of(frame).min() == 16
