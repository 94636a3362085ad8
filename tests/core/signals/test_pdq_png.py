"""PDQ: PNG read in rows is what Pillow reads, in every layout; large ones take little; broken ones are told."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from entente.core.signals import pdq
from entente.core.signals.errors import ImageTooLarge, ImageTooSmall, NotDecodable
from entente.core.signals.pdq import pictures
from entente.core.signals.pdq import png as reader
from tests.core.signals import pngs
from tests.core.signals.pictures import grey, picture
from tests.core.signals.pngs import COLOUR, COLOUR_ALPHA, GREY, GREY_ALPHA, PALETTE, VALUES

LAYOUTS = [(kind, depth) for kind, depths in reader.DEPTHS.items() for depth in depths]
HEIGHT, WIDTH = 21, 37


def values_of(kind: int, depth: int) -> NDArray[np.int64]:
    """Return the values of a picture's pixels in a layout, shape (h, w, values); alpha is noise."""
    colours = picture("shapes", 3, HEIGHT, WIDTH)
    alpha = picture("noise", 3, HEIGHT, WIDTH)[:, :, :1]
    parts = {
        GREY: [grey(colours)[:, :, None]],
        COLOUR: [colours],
        PALETTE: [grey(colours)[:, :, None]],
        GREY_ALPHA: [grey(colours)[:, :, None], alpha],
        COLOUR_ALPHA: [colours, alpha],
    }[kind]
    eight = np.concatenate(parts, axis=2).astype(np.int64)
    return eight >> (8 - depth) if depth <= 8 else (eight << 8) | 0x5A


def seen(kind: int, depth: int, values: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the pixels that a viewer takes these values for, alpha left out."""
    if kind == PALETTE:
        return pngs.ramp(1 << depth)[values[:, :, 0]]
    shown = values >> 8 if depth == 16 else values * 255 // ((1 << depth) - 1)
    pixels = shown.astype(np.uint8)
    return pixels[:, :, 0] if kind in {GREY, GREY_ALPHA} else pixels[:, :, :3]


@pytest.mark.parametrize(("kind", "depth"), LAYOUTS)
def test_every_layout_is_read_as_a_viewer_does(kind: int, depth: int) -> None:
    values = values_of(kind, depth)
    assert values.shape[2] == VALUES[kind]
    content = pngs.picture_png(values, kind, depth)
    assert Image.open(io.BytesIO(content)).size == (WIDTH, HEIGHT)
    assert pdq.hash_image(content) == pdq.hash_pixels(seen(kind, depth, values))


@pytest.mark.parametrize("filters", [(0,), (1,), (2,), (3,), (4,), (4, 3, 1, 2, 0)])
@pytest.mark.parametrize("kind", [GREY, COLOUR, COLOUR_ALPHA])
def test_bands_of_rows_are_joined_without_a_seam(
    monkeypatch: pytest.MonkeyPatch, filters: tuple[int, ...], kind: int
) -> None:
    content = pngs.picture_png(values_of(kind, 8), kind, 8, filters)
    whole = pdq.hash_image(content)
    monkeypatch.setattr(reader, "BAND_BYTES", 1)
    monkeypatch.setattr(reader, "PIECE_BYTES", 7)
    assert pdq.hash_image(content) == whole


def test_a_picture_of_many_bands_has_the_hash_of_its_pixels() -> None:
    pixels = picture("landscape", 2, 700, 900)
    for layout in (pixels, grey(pixels)):
        buffer = io.BytesIO()
        Image.fromarray(layout).save(buffer, "PNG")
        assert pdq.hash_image(buffer.getvalue()) == pdq.hash_pixels(layout)


def test_an_interlaced_one_is_left_to_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    interlaced = pngs.png(
        pngs.header(8, 8, GREY, interlace=1),
        # Seven passes of rows of 1, 1, 2, 2, 4, 4 and 8 pixels, all of one grey.
        pngs.chunk(
            b"IDAT",
            zlib.compress(
                b"\0\x80" * 2
                + b"\0\x80\x80"
                + b"\0\x80\x80" * 2
                + b"\0\x80\x80\x80\x80" * 6
                + b"\0"
                + b"\x80" * 8
                + (b"\0" + b"\x80" * 8) * 3
            ),
        ),
    )
    assert pdq.hash_image(interlaced).quality == 0
    monkeypatch.setattr(pictures, "MOST_PIXELS", 63)
    with pytest.raises(ImageTooLarge):
        pdq.hash_image(interlaced)


def test_a_palette_may_be_shorter_than_the_values_and_in_pieces_unknown() -> None:
    values = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH, 1) % 256
    short = pngs.picture_png(values, PALETTE, 8).replace(
        pngs.chunk(b"PLTE", pngs.ramp(256).tobytes()), pngs.chunk(b"PLTE", bytes([255, 255, 255, 1, 2]))
    )
    expected = np.where(values[:, :, 0] == 0, 255, 0).astype(np.uint8)
    assert pdq.hash_image(short) == pdq.hash_pixels(expected)


def test_checksums_and_what_follows_the_rows_do_not_matter() -> None:
    content = pngs.picture_png(values_of(COLOUR, 8), COLOUR, 8)
    whole = pdq.hash_image(content)
    at = content.rindex(b"IDAT")
    length = int.from_bytes(content[at - 4 : at])
    end = at + 4 + length
    assert pdq.hash_image(content[:end]) == whole
    assert pdq.hash_image(content[:end] + b"\0\0\0\0" + content[end + 4 :] + b"something else") == whole


BODY = pngs.chunk(b"IDAT", zlib.compress((b"\0" + bytes(24)) * 8))
BROKEN = {
    "nothing but a signature": pngs.SIGNATURE,
    "no header": pngs.SIGNATURE + BODY,
    "a header that is cut short": (pngs.SIGNATURE + pngs.header(8, 8))[:20],
    "a header that is too long": pngs.png(pngs.chunk(b"IHDR", bytes(14)), BODY),
    "no width": pngs.png(pngs.header(0, 8), BODY),
    "no height": pngs.png(pngs.header(8, 0), BODY),
    "a depth that there is not": pngs.png(pngs.header(8, 8, COLOUR, 4), BODY),
    "a kind that there is not": pngs.png(pngs.header(8, 8, 5), BODY),
    "another compression": pngs.png(pngs.chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 1, 0, 0)), BODY),
    "other filters": pngs.png(pngs.chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 1, 0)), BODY),
    "another interlacing": pngs.png(pngs.header(8, 8, interlace=2), BODY),
    "no rows": pngs.png(pngs.header(8, 8)),
    "too few rows": pngs.png(pngs.header(8, 9), BODY),
    "no palette": pngs.png(pngs.header(24, 8, PALETTE), BODY),
    "a filter that there is not": pngs.png(
        pngs.header(8, 8), pngs.chunk(b"IDAT", zlib.compress((b"\x05" + bytes(24)) * 8))
    ),
    "rows that are not compressed": pngs.png(pngs.header(8, 8), pngs.chunk(b"IDAT", bytes(200))),
    "a checksum of the rows that is wrong": pngs.png(
        pngs.header(8, 9), pngs.chunk(b"IDAT", zlib.compress((b"\0" + bytes(24)) * 8)[:-1] + b"\0")
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_broken_is_told(fault: str) -> None:
    with pytest.raises(NotDecodable, match="PNG"):
        pdq.hash_image(BROKEN[fault])


def outcome(content: bytes) -> pdq.PdqHash | str:
    try:
        return pdq.hash_image(content)
    except NotDecodable as fault:
        return str(fault)


def test_one_that_is_cut_anywhere_is_told_or_whole() -> None:
    content = pngs.picture_png(values_of(COLOUR, 8), COLOUR, 8)
    whole = pdq.hash_image(content)
    found = [outcome(content[:length]) for length in range(8, len(content), 97)]
    assert {fault for fault in found if isinstance(fault, str)} == {
        "a PNG that is cut short",
        "a PNG without its header",
    }
    assert {hashed for hashed in found if isinstance(hashed, pdq.PdqHash)} <= {whole}


@pytest.mark.parametrize("sides", [(50_000, 50_000), (200_001, 1_000), (1_000_001, 5), (5, 2**31 - 1)])
def test_too_large_is_refused_before_anything_is_decoded(sides: tuple[int, int]) -> None:
    with pytest.raises(
        ImageTooLarge, match=r"pixels; at most 200,000,000 are decoded, and 1,000,000 a side"
    ) as it:
        pdq.hash_image(pngs.png(pngs.header(*sides)))
    assert it.value.code == "image_too_large"


@pytest.mark.parametrize("sides", [(1, 1), (4, 900), (900, 4)])
def test_too_small_has_no_hash(sides: tuple[int, int]) -> None:
    with pytest.raises(ImageTooSmall):
        pdq.hash_image(pngs.flat(*sides))


def test_169_megapixels_in_half_a_megabyte_take_two_seconds_and_512_megabytes_at_most(tmp_path: Path) -> None:
    content = pngs.flat(13_000, 13_000)
    assert len(content) < 600_000
    (tmp_path / "flat.png").write_bytes(content)
    program = (
        "import pathlib, sys, time\n"
        "from entente.core.signals import pdq\n"
        "pdq.prepare()\n"
        "before = time.process_time()\n"
        "found = pdq.hash_image(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "used = time.process_time() - before\n"
        "peak = pathlib.Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0]\n"
        "print(found.quality, used, int(peak) / 1e3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "flat.png"], capture_output=True, text=True, check=True
    )
    quality, cpu_seconds, megabytes = map(float, done.stdout.split())
    assert quality == 0
    assert cpu_seconds < 2
    assert megabytes < 512
