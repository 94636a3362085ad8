"""PDQ: each kernel against what it is defined to do, and against itself as plain Python."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from entente.core.signals.pdq import kernels
from entente.core.signals.pdq.reducing import Axis, FilteringReader, axis_of
from tests.core.signals.pictures import picture
from tests.core.signals.pngs import filtered

pytestmark = pytest.mark.kernels


def plain(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python that a kernel is written in; the kernel itself where nothing is compiled."""
    return cast("Callable[..., Any]", getattr(kernel, "py_func", kernel))


def dense(axis: Axis, size: int) -> NDArray[np.float64]:
    """Return a tent as a matrix, shape (64, size)."""
    matrix = np.zeros((64, size))
    for row, first, length, weights in zip(matrix, *axis, strict=True):
        row[first : first + length] = weights[:length]
    return matrix


def defined(size: int) -> NDArray[np.float64]:
    """Return the two passes of a box and the sampling as a matrix, straight from their definition."""
    window = -(-size // 128)
    half = (window + 2) // 2
    covered = [slice(max(0, place - (window - half)), min(size, place + half)) for place in range(size)]
    box = np.zeros((size, size))
    for row, part in zip(box, covered, strict=True):
        row[part] = 1.0 / (part.stop - part.start)
    return np.array([box[covered[int((k + 0.5) * size / 64)]].mean(axis=0) for k in range(64)])


@pytest.mark.parametrize("size", [5, 63, 64, 65, 127, 128, 129, 200, 256, 257, 640])
def test_an_axis_is_two_boxes_and_a_sample(size: int) -> None:
    assert dense(axis_of(size), size) == pytest.approx(defined(size), abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(size=st.integers(5, 500))
def test_an_axis_of_any_length_is_two_boxes_and_a_sample(size: int) -> None:
    assert dense(axis_of(size), size) == pytest.approx(defined(size), abs=1e-7)


@pytest.mark.parametrize(("height", "width"), [(5, 130), (130, 6), (131, 33)])
@pytest.mark.parametrize("bands", [(4, 8), (1, 2, 3), (1000,)])
def test_rows_may_come_in_any_portions(height: int, width: int, bands: tuple[int, ...]) -> None:
    luma = picture("noise", 1, height, width)[:, :, 0]
    reader = FilteringReader(height, width)
    top, turn = 0, 0
    while top < height:
        count = bands[turn % len(bands)]
        reader.add(luma[top : top + count])
        top, turn = top + count, turn + 1
    expected = defined(height) @ luma @ defined(width).T
    assert reader.small() == pytest.approx(expected, abs=1e-3)


def test_compiled_and_plain_are_equal_to_the_bit() -> None:
    height, width = 13, 140
    colours = picture("page", 2, height, width).reshape(height, width * 3)
    axes = axis_of(height), axis_of(width)
    results = []
    for of in (lambda kernel: kernel, plain):
        first, length, weights = np.zeros(64, np.int64), np.zeros(64, np.int64), np.zeros((64, 5), np.float32)
        of(kernels.bands)(width, first, length, weights)
        luma = np.empty((height, width), dtype=np.float32)
        of(kernels.luma_of_colours)(colours, 3, 1, luma)
        sums, small = np.zeros((64, width), dtype=np.float32), np.empty((64, 64), dtype=np.float32)
        of(kernels.add_rows)(luma, 0, axes[0], sums)
        of(kernels.add_rows)(colours[:, :width], 0, axes[0], sums)
        of(kernels.along_rows)(sums, axes[1], small)
        half, lowest = np.empty((16, 64), dtype=np.float32), np.empty((16, 16), dtype=np.float32)
        of(kernels.frequencies)(small, small[:16], half, lowest)
        carried = luma.copy()
        of(kernels.carry)(carried)
        results.append([first, length, weights, luma, sums, small, half, lowest, carried])
    for compiled, python in zip(*results, strict=True):
        assert compiled.tobytes() == python.tobytes()


@pytest.mark.parametrize(("pixel", "step"), [(3, 1), (4, 1), (6, 2), (8, 2)])
def test_luma_is_weighed_in_every_layout_of_pixels(pixel: int, step: int) -> None:
    rows = np.random.default_rng(pixel).integers(0, 256, (3, 7 * pixel), dtype=np.uint8)
    luma = np.empty((3, 7), dtype=np.float32)
    kernels.luma_of_colours(rows, pixel, step, luma)
    values = rows.reshape(3, 7, pixel)[:, :, : 3 * step : step]
    assert luma == pytest.approx(values @ np.array([0.299, 0.587, 0.114]), abs=1e-4)


@pytest.mark.parametrize("pixel", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("kind", range(5))
def test_filters_are_undone(pixel: int, kind: int) -> None:
    rows = np.random.default_rng(kind).integers(0, 256, (4, 5 * pixel), dtype=np.uint8)
    raw = np.frombuffer(filtered(rows, pixel, [kind, 2, kind]), dtype=np.uint8).reshape(4, -1).copy()
    for unfilter in (kernels.unfilter, plain(kernels.unfilter)):
        found = np.zeros_like(rows)
        assert unfilter(raw, pixel, np.zeros(5 * pixel, dtype=np.uint8), found)
        assert (found == rows).all()


def test_a_row_shorter_than_a_pixel_is_no_reason_to_read_beyond_it() -> None:
    for kind in range(5):
        raw, found = np.array([[kind, 7]], dtype=np.uint8), np.zeros((1, 1), dtype=np.uint8)
        assert kernels.unfilter(raw, 8, np.zeros(1, dtype=np.uint8), found)
        assert found[0, 0] == 7


def test_a_filter_that_there_is_not_is_told() -> None:
    raw = np.array([[0, 1, 2], [5, 3, 4], [0, 9, 9]], dtype=np.uint8)
    found = np.zeros((3, 2), dtype=np.uint8)
    assert not kernels.unfilter(raw, 1, np.zeros(2, dtype=np.uint8), found)
    assert found.tolist() == [[1, 2], [0, 0], [0, 0]]
