"""The brightness of a decoded picture as PDQ wants it: 8 bits, 0 black, 255 white, without a detour over colour.

Most video already holds luma as its first plane, so nothing is converted but the range: video is usually "limited",
16 to 235 (Rec. ITU-R BT.601 and BT.709), and stretching it changes no bit of a PDQ hash but its quality. Pictures of
any other layout are converted to red, green and blue.

What the container says about turning the picture (its display matrix) is not applied, and interlaced pictures are
hashed as they are woven: vPDQ does the same, and hashes must agree. Somebody who looks for turned copies asks PDQ for
the eight views of a frame.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, cast

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

_LUMA_FIRST = re.compile(r"(?P<family>yuvj?a?4\d\dp|gray|nv12|nv21|nv16|nv24)(?:(?P<bits>9|10|12|14|16)le)?")
"""Names of pixel formats whose first plane is nothing but luma, least significant bits used."""

_FULL_RANGE = 2
"""How a frame says that its range is 0 to 255 already."""


class Plane(Protocol):
    """One plane of a picture: rows of `line_size` bytes, of which the last ones may be padding."""

    line_size: int
    height: int


def _stretched() -> NDArray[np.uint8]:
    """Return the table from limited to full range, shape (256,)."""
    limited = np.arange(256, dtype=np.float64)
    return np.asarray(np.clip(np.rint((limited - 16.0) * (255.0 / 219.0)), 0, 255), dtype=np.uint8)


_STRETCHED = _stretched()


def pixels_of(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return luma, uint8[h, w], or red, green and blue, uint8[h, w, 3], of a decoded picture."""
    layout = _LUMA_FIRST.fullmatch(frame.format.name)
    if layout is None or frame.planes[0].line_size <= 0:
        return cast("NDArray[np.uint8]", frame.to_ndarray(format="rgb24"))
    plane = first_plane(frame.planes[0], frame.width, int(layout["bits"] or 8))
    if layout["family"] == "gray" or layout["family"].startswith("yuvj") or frame.color_range == _FULL_RANGE:
        return np.ascontiguousarray(plane)
    return _STRETCHED[plane]


def first_plane(plane: Plane, width: int, bits: int) -> NDArray[np.uint8]:
    """Return a plane as uint8[h, w], the padding of its rows cut off and its samples shifted to 8 bits."""
    raw: NDArray[np.uint8] = np.frombuffer(cast("bytes", plane), dtype=np.uint8)
    rows = raw[: plane.line_size * plane.height].reshape(plane.height, plane.line_size)
    if bits == 8:  # noqa: PLR2004 - a byte
        return rows[:, :width]
    wide = rows[:, : 2 * width].view("<u2")
    return (wide >> (bits - 8)).astype(np.uint8)
