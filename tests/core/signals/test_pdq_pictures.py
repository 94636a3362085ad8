"""PDQ: pictures of every format and mode, animated, transparent, of 16 bits; and what is none."""

import io
import struct
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from entente.core.signals import pdq
from entente.core.signals.errors import ImageTooLarge, ImageTooSmall, NotDecodable, SignalError
from entente.core.signals.pdq import borrowing, pictures
from entente.core.signals.pdq.borrowing import borrowed
from tests.core.signals.pictures import grey, picture

COLOURS = picture("landscape", 1, 120, 150)
GREY = grey(COLOURS)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def apart(one: pdq.PdqHash, other: pdq.PdqHash) -> int:
    return (int(one.hex, 16) ^ int(other.hex, 16)).bit_count()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("BMP", {}),
        ("PPM", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TGA", {}),
        ("PCX", {}),
        ("SGI", {}),
        ("DDS", {}),
        ("QOI", {}),
        ("WEBP", {"lossless": True}),
        ("JPEG2000", {}),
    ],
)
def test_lossless_formats_give_the_hash_of_the_pixels(kind: str, options: dict[str, Any]) -> None:
    assert pdq.hash_image(encoded(Image.fromarray(COLOURS), kind, **options)) == pdq.hash_pixels(COLOURS)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 85}),
        ("JPEG", {"quality": 85, "progressive": True}),
        ("WEBP", {"quality": 80}),
        ("AVIF", {"quality": 80}),
        ("GIF", {}),
    ],
)
def test_lossy_formats_give_a_hash_near_it(kind: str, options: dict[str, Any]) -> None:
    found = pdq.hash_image(encoded(Image.fromarray(COLOURS), kind, **options))
    assert apart(found, pdq.hash_pixels(COLOURS)) <= 16


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_or_a_document_the_first_picture_is_hashed(kind: str) -> None:
    frames = [Image.fromarray(picture("shapes", seed, 90, 90)) for seed in range(100)]
    many = encoded(
        frames[0],
        kind,
        save_all=True,
        append_images=frames[1:],
        **({"lossless": True} if kind == "WEBP" else {}),
    )
    assert getattr(Image.open(io.BytesIO(many)), "n_frames", 1) == 100
    assert apart(pdq.hash_image(many), pdq.hash_pixels(np.asarray(frames[0]))) <= 8


def test_alpha_is_left_out_and_the_colours_beneath_are_hashed() -> None:
    image = Image.fromarray(COLOURS).convert("RGBA")
    image.putalpha(Image.fromarray(picture("noise", 1, 120, 150)[:, :, 0]))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        assert pdq.hash_image(encoded(image, kind, **options)) == pdq.hash_pixels(COLOURS)


def test_a_palette_with_transparent_entries_is_looked_up() -> None:
    image = Image.fromarray(COLOURS).quantize(32)
    expected = pdq.hash_pixels(np.asarray(image.convert("RGB")))
    for kind, options in (("GIF", {"transparency": 3}), ("PNG", {"transparency": bytes(range(32))})):
        assert apart(pdq.hash_image(encoded(image, kind, **options)), expected) <= 2


def test_of_16_bits_the_higher_eight_count() -> None:
    deep = (GREY.astype(np.uint16) << 8) | 0x33
    for kind in ("PNG", "TIFF", "PPM"):
        assert pdq.hash_image(encoded(Image.fromarray(deep), kind)) == pdq.hash_pixels(GREY)


def test_ink_is_turned_into_colour() -> None:
    image = Image.fromarray(COLOURS).convert("CMYK")
    expected = pdq.hash_pixels(np.asarray(image.convert("RGB")))
    assert pdq.hash_image(encoded(image, "TIFF")) == expected
    assert apart(pdq.hash_image(encoded(image, "JPEG", quality=95)), expected) <= 8


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "PA", "RGBX", "RGBA", "RGBa", "HSV", "YCbCr"])
def test_every_mode_is_understood(mode: str) -> None:
    image = Image.fromarray(COLOURS)
    if mode == "RGBa":
        image = image.convert("RGBA")
    if mode == "PA":
        image = image.convert("P")
    image = image.convert(mode)
    shown = image.convert("RGBA") if mode in {"RGBa", "PA"} else image
    expected = pdq.hash_pixels(np.asarray(shown.convert("RGB")))
    band = pictures._pixels(image)
    assert apart(pdq.hash_pixels(band), expected) <= 4


@pytest.mark.parametrize(
    ("image", "shown"),
    [
        (Image.fromarray(GREY.astype(np.uint16) << 8), GREY),
        (Image.fromarray(GREY.astype(">u2") << 8), GREY),
        (Image.fromarray(GREY.astype(np.int32) << 8), GREY),
        (Image.fromarray(GREY.astype(np.int32) * 0 - 5), GREY * 0),
        (Image.fromarray(GREY.astype(np.int32) * 0 + 2**30), GREY * 0 + 255),
        (Image.fromarray(GREY.astype(np.float32)), GREY),
        (
            Image.fromarray(np.where(GREY > 99, np.nan, np.float32(7)).astype(np.float32)),
            np.where(GREY > 99, 0, 7),
        ),
        (
            Image.fromarray(np.where(GREY > 99, np.inf, -np.inf).astype(np.float32)),
            np.where(GREY > 99, 255, 0),
        ),
        (Image.merge("LAB", [Image.fromarray(GREY)] * 3), GREY),
    ],
)
def test_wide_numbers_become_bytes(image: Image.Image, shown: Any) -> None:
    band = pictures._pixels(image)
    assert band.dtype == np.uint8
    assert (band == shown).all()


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "RGBX"])
def test_pixels_are_looked_at_where_they_lie(mode: str) -> None:
    image = Image.fromarray(COLOURS).convert(mode)
    with borrowed(image) as pixels:
        assert pixels is not None
        found = pixels.reshape(120, 150, -1)[:, :, :3]
        assert (found == np.atleast_3d(np.asarray(image))[:, :, :3]).all()
        image.putpixel((0, 0), 7 if mode == "L" else (7, 7, 7))
        assert pixels[0, 0] == 7


@pytest.mark.parametrize(
    "image", [Image.new("P", (9, 9)), Image.new("LA", (9, 9)), Image.new("L", (5000, 4000))]
)
def test_other_modes_and_pictures_in_several_pieces_are_not_lent(image: Image.Image) -> None:
    with borrowed(image) as pixels:
        assert pixels is None


def test_memory_of_another_size_than_expected_is_not_looked_at() -> None:
    _, capsule = Image.new("L", (9, 9)).__arrow_c_array__()
    with pytest.raises(ValueError, match="81 bytes where there should be 82"):
        borrowing._bytes_of(capsule, 82)


def enlarged(pixels: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    return np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)


def test_a_picture_in_several_pieces_has_the_hash_of_its_pixels() -> None:
    page = picture("page", 1, 525, 500)
    for layout in (enlarged(page, 4), enlarged(grey(page), 9)):
        assert layout.size > 3 << 22
        content = encoded(Image.fromarray(layout), "BMP")
        assert pdq.hash_image(content) == pdq.hash_pixels(layout)


@pytest.fixture(scope="module")
def large() -> Image.Image:
    return Image.fromarray(picture("shapes", 2, 1100, 1400))


def test_of_a_large_jpeg_luma_alone_is_decoded_and_hardly_anything_changes(large: Image.Image) -> None:
    content = encoded(large, "JPEG", quality=85)
    colours = np.asarray(Image.open(io.BytesIO(content)))
    assert apart(pdq.hash_image(content), pdq.hash_pixels(colours)) <= 2
    luma = Image.open(io.BytesIO(content))
    luma.draft("L", None)
    assert pdq.hash_image(content) == pdq.hash_pixels(np.asarray(luma))


def test_the_fast_mode_decodes_less_and_stays_near(large: Image.Image) -> None:
    content = encoded(large, "JPEG", quality=85)
    fast = pdq.hash_image(content, fast=True)
    reduced = Image.open(io.BytesIO(content))
    reduced.draft("L", (pictures.FAST_SIDE, pictures.FAST_SIDE))
    assert reduced.size == (700, 550)
    assert fast == pdq.hash_pixels(np.asarray(reduced))
    assert apart(fast, pdq.hash_image(content)) <= 10
    assert pdq.dihedral_hashes(content, fast=True)[0] == fast


def test_the_fast_mode_changes_nothing_else() -> None:
    for content in (encoded(Image.fromarray(COLOURS), kind) for kind in ("JPEG", "PNG", "BMP")):
        assert pdq.hash_image(content, fast=True) == pdq.hash_image(content)


def test_a_large_jpeg_that_shows_little_is_decoded_with_its_colours() -> None:
    content = encoded(Image.fromarray(picture("gradient", 1, 1100, 1000)), "JPEG", quality=90)
    colours = pdq.hash_pixels(np.asarray(Image.open(io.BytesIO(content))))
    assert colours.quality < pdq.USABLE_QUALITY
    assert pdq.hash_image(content) == colours
    assert pdq.hash_image(content, fast=True) != colours


def test_an_orientation_in_the_metadata_is_not_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.fromarray(COLOURS), "JPEG", quality=95, exif=exif)
    assert pdq.hash_image(content) == pdq.hash_image(encoded(Image.fromarray(COLOURS), "JPEG", quality=95))


NO_PICTURES = {
    "nothing": b"",
    "a byte": b"\x00",
    "text": b"Nothing to see here. " * 50,
    "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
    "HTML": b"<!doctype html><html><body><img src=a.png></body></html>",
    "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 200 200\n%%EndComments\nshowpage\n%%EOF\n",
    "ZIP": b"PK\x03\x04" + bytes(60),
    "a video": b"\x00\x00\x00\x20ftypisom" + bytes(100),
    "zeros": bytes(5000),
    "a beginning of JPEG": b"\xff\xd8\xff\xe0",
    "a beginning of GIF": b"GIF89a",
    "a beginning of WebP": b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    "a beginning of TIFF": b"II*\x00\x08\x00\x00\x00",
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_told(name: str) -> None:
    with pytest.raises(NotDecodable) as refusal:
        pdq.hash_image(NO_PICTURES[name])
    assert refusal.value.code == "not_decodable"
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "WEBP", "BMP", "TIFF", "PNG", "JPEG2000", "AVIF"])
def test_a_picture_that_is_cut_short_is_told(kind: str) -> None:
    content = encoded(Image.fromarray(COLOURS), kind)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(SignalError):
            pdq.hash_image(content[: int(len(content) * share)])


@pytest.mark.parametrize("kind", ["GIF", "BMP", "WEBP", "TIFF", "PPM"])
def test_one_pixel_has_no_hash(kind: str) -> None:
    with pytest.raises(ImageTooSmall, match="1 x 1"):
        pdq.hash_image(encoded(Image.new("RGB", (1, 1)), kind))


def test_a_jpeg_of_one_pixel_has_no_hash() -> None:
    with pytest.raises(ImageTooSmall, match="1 x 1"):
        pdq.hash_image(encoded(Image.new("RGB", (1, 1)), "JPEG"))


def bmp(width: int, height: int) -> bytes:
    """Return the beginning of a BMP that says it is so large."""
    return b"BM" + struct.pack("<IIIIiiHHIIIIII", 60, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def jpeg(width: int, height: int) -> bytes:
    """Return a JPEG whose header says it is so large."""
    content = bytearray(encoded(Image.fromarray(COLOURS), "JPEG"))
    at = content.index(b"\xff\xc0") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    "content", [bmp(50_000, 50_000), bmp(20_000, 5_001), bmp(1_000_001, 6), jpeg(50_000, 50_000)]
)
def test_too_large_is_refused_before_it_is_decoded(content: bytes) -> None:
    with pytest.raises(ImageTooLarge, match="at most 100,000,000 are decoded"):
        pdq.hash_image(content)


def test_a_hundred_megapixels_are_hashed() -> None:
    content = encoded(Image.new("L", (12_500, 8_000), 99), "JPEG")
    assert pdq.hash_image(content, fast=True).quality == 0


def test_an_icon_is_measured_again_when_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(encoded(Image.fromarray(COLOURS).resize((32, 32)), "ICO", sizes=[(32, 32)]))
    shown = pdq.hash_image(bytes(content))
    assert shown == pdq.hash_pixels(np.asarray(Image.fromarray(COLOURS).resize((32, 32))))
    content[6:8] = bytes([16, 20])  # the directory lies about its size, of which Pillow warns
    with warnings.catch_warnings(action="ignore"):
        assert pdq.hash_image(bytes(content)) == shown
        monkeypatch.setattr(pictures, "MOST_PIXELS", 1000)
        with pytest.raises(ImageTooLarge, match="32 x 32"):
            pdq.hash_image(bytes(content))


def test_whatever_a_reader_raises_is_one_of_our_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(Image.fromarray(COLOURS), "BMP")
    raised: list[tuple[Exception, type[SignalError]]] = [
        (MemoryError(), ImageTooLarge),
        (Image.DecompressionBombError(), ImageTooLarge),
        (Image.DecompressionBombWarning(), ImageTooLarge),
        (OSError("image file is truncated"), NotDecodable),
        (RecursionError(), NotDecodable),
        (ZeroDivisionError(), NotDecodable),
    ]
    for error, ours in raised:

        def fail(_self: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(ImageFile.ImageFile, "load", fail)
        with pytest.raises(ours) as refusal:
            pdq.hash_image(content)
        assert refusal.value.__cause__ is error


def test_asking_for_the_package_loads_neither_kernels_nor_pillow() -> None:
    program = (
        "import sys; from entente.core.signals import pdq; from entente.core.signals.pdq.signal import Pdq;"
        "Pdq().parse('00' * 32); print(sorted({'numba', 'PIL', 'django', 'av'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
