"""PDQ: whatever somebody hands over as a picture, a hash or one of our errors comes out."""

import io
import warnings
import zlib
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from entente.core.signals import pdq
from entente.core.signals.errors import ImageTooLarge, ImageTooSmall, NotDecodable, SignalError
from entente.core.signals.pdq import pictures
from tests.core.signals import pngs
from tests.core.signals.pictures import picture

KINDS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 60},
    "JPEG progressive": {"quality": 60, "progressive": True},
    "GIF": {},
    "WEBP": {},
    "BMP": {},
    "TIFF": {"compression": "tiff_lzw"},
    "TIFF deflate": {"compression": "tiff_adobe_deflate"},
    "JPEG2000": {},
    "AVIF": {},
    "ICO": {"sizes": [(32, 32)]},
    "TGA": {},
    "PCX": {},
    "PPM": {},
    "SGI": {},
    "DDS": {},
    "QOI": {},
}
"""Formats that can be written, so that there is something to damage."""

EXPECTED = (NotDecodable, ImageTooLarge, ImageTooSmall)
EXAMPLES = 25

Damage = tuple[str, float, bytes]
DAMAGES = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "cut out", "cut short", "double"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=6) | st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]),
    ),
    min_size=1,
    max_size=4,
)


@cache
def whole(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture("shapes", 1, 40, 48)).save(buffer, kind.partition(" ")[0], **KINDS[kind])
    return buffer.getvalue()


def damaged(content: bytes, damages: list[Damage]) -> bytes:
    for how, where, what in damages:
        # Most of what a reader believes stands at the beginning.
        at = int(where * where * len(content))
        behind = {
            "overwrite": what + content[at + len(what) :],
            "insert": what + content[at:],
            "cut out": content[at + len(what) :],
            "cut short": b"",
            "double": content[max(0, at - 20) :],
        }
        content = content[:at] + behind[how]
    return content


def outcome(content: bytes) -> tuple[pdq.PdqHash, ...] | SignalError:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(action="ignore"):
        # Limits at which nothing takes long, and warnings as they are in a program: not raised.
        patch.setattr(pictures, "MOST_PIXELS", 2_000_000)
        patch.setattr(pictures, "MOST_PIXELS_IN_ROWS", 2_000_000)
        try:
            return pdq.dihedral_hashes(content)
        except SignalError as fault:
            return fault


def hashed_or_told(content: bytes) -> None:
    found = outcome(content)
    if isinstance(found, SignalError):
        assert isinstance(found, EXPECTED)
        assert len(str(found)) < 200
    else:
        assert all(len(view.value) == 32 and 0 <= view.quality <= 100 for view in found)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(damages=DAMAGES)
def test_a_damaged_file_is_hashed_or_told(kind: str, damages: list[Damage]) -> None:
    hashed_or_told(damaged(whole(kind), damages))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=1000, deadline=None)
@given(damages=DAMAGES)
def test_many_damaged_files_are_hashed_or_told(kind: str, damages: list[Damage]) -> None:
    hashed_or_told(damaged(whole(kind), damages))


BEGINNINGS = [
    pngs.SIGNATURE,
    pngs.SIGNATURE + pngs.header(9, 9),
    b"\xff\xd8\xff",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBPVP8L",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"\0\0\1\0\1\0",
    b"8BPS\0\1",
    b"qoif",
    b"\0\0\0\x0cjP  \r\n\x87\n",
    b"\0\0\0\x20ftypavif",
    b"P6\n9 9\n255\n",
    b"%!PS-Adobe-3.0 EPSF-3.0\n",
    b"",
]


@settings(max_examples=150, deadline=None)
@given(beginning=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=400))
def test_any_bytes_are_hashed_or_told(beginning: bytes, rest: bytes) -> None:
    hashed_or_told(beginning + rest)


@settings(max_examples=100, deadline=None)
@given(
    sides=st.tuples(st.integers(0, 40), st.integers(0, 40)),
    kind=st.sampled_from([0, 1, 2, 3, 4, 6]),
    depth=st.sampled_from([1, 2, 4, 8, 16, 3]),
    rows=st.binary(max_size=2000),
    palette=st.binary(max_size=30),
)
def test_any_rows_in_a_sound_png_are_hashed_or_told(
    sides: tuple[int, int], kind: int, depth: int, rows: bytes, palette: bytes
) -> None:
    body = pngs.chunk(b"IDAT", zlib.compress(rows))
    hashed_or_told(pngs.png(pngs.header(*sides, kind, depth), pngs.chunk(b"PLTE", palette), body))
