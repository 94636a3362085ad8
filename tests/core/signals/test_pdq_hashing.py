"""PDQ: pixels to hashes, the eight views, quality, what is refused; the signal type keeps its contract."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from entente.core.signals import pdq
from entente.core.signals.errors import ImageTooPlain, ImageTooSmall, NotDecodable, SignalError
from entente.core.signals.pdq import reducing
from entente.core.signals.pdq.signal import Pdq
from tests.core.signals.contract import SignalTypeContract
from tests.core.signals.pictures import grey, picture


class TestPdq(SignalTypeContract):
    kind = Pdq()


def as_png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def apart(one: pdq.PdqHash, other: pdq.PdqHash) -> int:
    return Pdq().distance(one.value, other.value)


def test_the_example_is_a_picture_of_ours() -> None:
    lake, small, shapes = Pdq.examples.canonical
    assert pdq.hash_pixels(picture("landscape", 7, 300, 400)).hex == lake
    assert pdq.hash_pixels(picture("shapes", 7, 300, 400)).hex == shapes
    assert Pdq().distance(bytes.fromhex(lake), bytes.fromhex(small)) == 10


def test_a_hash_is_32_bytes_and_64_digits() -> None:
    found = pdq.hash_pixels(picture("landscape", 1, 100, 140))
    assert len(found.value) == 32
    assert found.hex == found.value.hex()
    assert 0 <= found.quality <= 100


def test_bytes_and_pixels_of_a_picture_have_one_hash() -> None:
    pixels = picture("landscape", 3, 150, 200)
    assert pdq.hash_image(as_png(pixels)) == pdq.hash_pixels(pixels)
    assert pdq.dihedral_hashes(as_png(pixels)) == pdq.dihedral_hashes(pixels)
    assert pdq.dihedral_hashes(pixels)[0] == pdq.hash_pixels(pixels)


def test_grey_is_hashed_like_the_same_in_three_colours() -> None:
    for height, width in ((40, 60), (150, 200)):
        pixels = grey(picture("landscape", 4, height, width))
        colours = np.repeat(pixels[:, :, None], 3, axis=2)
        assert apart(pdq.hash_pixels(pixels), pdq.hash_pixels(colours)) <= 2


def test_layout_in_memory_does_not_matter() -> None:
    for height, width in ((40, 60), (150, 200)):
        pixels = picture("page", 4, height, width)
        for same in (np.asfortranarray(pixels), np.repeat(pixels, 2, axis=1)[:, ::2], pixels[::-1][::-1]):
            assert pdq.hash_pixels(same) == pdq.hash_pixels(pixels)
        assert pdq.hash_pixels(np.asfortranarray(grey(pixels))) == pdq.hash_pixels(grey(pixels))


@pytest.mark.parametrize("kind", ["landscape", "shapes"])
@pytest.mark.parametrize("sides", [(96, 128), (250, 310)])
def test_the_views_are_those_of_turned_and_mirrored_pictures(kind: str, sides: tuple[int, int]) -> None:
    pixels = picture(kind, 5, *sides)
    turned = {
        "original": pixels,
        "rotated_90": np.rot90(pixels),
        "rotated_180": np.rot90(pixels, 2),
        "rotated_270": np.rot90(pixels, 3),
        "flipped_top_bottom": pixels[::-1],
        "flipped_left_right": pixels[:, ::-1],
        "transposed": pixels.transpose(1, 0, 2),
        "transposed_other_diagonal": np.rot90(pixels, 2).transpose(1, 0, 2),
    }
    assert tuple(turned) == pdq.DIHEDRAL
    views = dict(zip(pdq.DIHEDRAL, pdq.dihedral_hashes(pixels), strict=True))
    for name, view in turned.items():
        # Samples are not taken symmetrically, so a turned picture is a few bits from the turned hash.
        assert apart(views[name], pdq.hash_pixels(view)) <= 24, name


def test_a_mirrored_smaller_coarser_copy_is_within_the_radius_of_one_view() -> None:
    pixels = picture("landscape", 6, 400, 600)
    buffer = io.BytesIO()
    Image.fromarray(pixels[:, ::-1]).resize((420, 280)).save(buffer, "JPEG", quality=40)
    copy = pdq.hash_image(buffer.getvalue())
    distances = [apart(view, copy) for view in pdq.dihedral_hashes(pixels)]
    assert min(distances) == distances[pdq.DIHEDRAL.index("flipped_left_right")] <= Pdq.default_radius
    assert distances[0] > Pdq.default_radius


def test_a_plain_picture_has_a_hash_of_quality_0_and_no_signal() -> None:
    plain = np.full((90, 160, 3), 77, dtype=np.uint8)
    assert pdq.hash_pixels(plain).quality == 0
    with pytest.raises(ImageTooPlain, match="quality of 0; from 50"):
        Pdq().from_content(as_png(plain))


def test_what_shows_enough_has_a_signal() -> None:
    content = as_png(picture("landscape", 8, 120, 160))
    assert Pdq().from_content(content) == pdq.hash_image(content).value


@pytest.mark.parametrize("shape", [(1, 1), (4, 300), (300, 4), (1, 1, 3), (4, 5, 3), (0, 0), (0, 9, 3)])
def test_a_side_under_five_pixels_is_too_small(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageTooSmall, match="5 pixels a side"):
        pdq.hash_pixels(np.zeros(shape, dtype=np.uint8))
    with pytest.raises(ImageTooSmall):
        pdq.dihedral_hashes(np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize("shape", [(5, 5), (5, 5, 3), (5, 700), (700, 5, 3)])
def test_five_pixels_are_enough(shape: tuple[int, ...]) -> None:
    assert len(pdq.hash_pixels(np.zeros(shape, dtype=np.uint8)).value) == 32


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((9, 9), dtype=np.float32),
        np.zeros((9, 9), dtype=np.uint16),
        np.zeros((9, 9, 4), dtype=np.uint8),
        np.zeros((9, 9, 1), dtype=np.uint8),
        np.zeros(81, dtype=np.uint8),
        np.zeros((9, 9, 3, 1), dtype=np.uint8),
    ],
)
def test_an_array_of_another_kind_is_no_picture(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="pixels are uint8") as refusal:
        pdq.hash_pixels(pixels)
    assert not isinstance(refusal.value, SignalError)


@pytest.mark.parametrize("sides", [(40, 60), (200, 300)])
def test_rows_that_do_not_fit_are_refused(sides: tuple[int, int]) -> None:
    height, width = sides
    for rows in (np.zeros((2, width + 1), dtype=np.uint8), np.zeros((height + 1, width), dtype=np.uint8)):
        with pytest.raises(ValueError, match="rows 0 to"):
            reducing.reader_of(*sides).add(rows)
    with pytest.raises(ValueError, match="rows of 7 bytes"):
        reducing.reader_of(*sides).add_colours(np.zeros((2, 7), dtype=np.uint8))


def test_a_very_long_axis_is_not_kept() -> None:
    assert reducing.axis_of(900) is reducing.axis_of(900)
    assert reducing.axis_of(20_000) is not reducing.axis_of(20_000)


def test_nothing_is_no_picture() -> None:
    with pytest.raises(NotDecodable):
        pdq.hash_image(b"")


def test_threads_do_not_disturb_each_other() -> None:
    files = [as_png(picture(kind, 9, 130, 170)) for kind in ("landscape", "shapes", "noise", "page")] * 6
    alone = [pdq.dihedral_hashes(content) for content in files[:4]] * 6
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pdq.dihedral_hashes, files)) == alone


def test_kernels_can_be_loaded_beforehand() -> None:
    pdq.prepare()
    assert pdq.hash_pixels(np.zeros((5, 5), dtype=np.uint8)).quality == 0
