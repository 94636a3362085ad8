"""PDQ: the hashes that the reference gives for pictures of ours. See tests/vectors/pdq/README.md."""

import csv
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from entente.core.signals import pdq
from tests.core.signals.pictures import grey, picture

VECTORS = Path(__file__).parents[2] / "vectors" / "pdq"
Row = dict[str, str]


@cache
def known(name: str) -> list[Row]:
    with (VECTORS / name).open(newline="") as file:
        return list(csv.DictReader(file))


def pixels_of(row: Row) -> NDArray[np.uint8]:
    """Make the picture again; what differs from what the reference saw is a fault of the generator."""
    colours = picture(row["kind"], int(row["seed"]), int(row["height"]), int(row["width"]))
    pixels = colours if row["layout"] == "colour" else grey(colours)
    assert zlib.crc32(pixels.tobytes()) == int(row["crc32"])
    return pixels


def bits_apart(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def sides(row: Row) -> tuple[int, int]:
    return int(row["height"]), int(row["width"])


def test_there_are_a_few_hundred_of_all_kinds() -> None:
    rows = known("pictures.csv")
    assert len(rows) > 300
    assert {row["kind"] for row in rows} == {"landscape", "shapes", "gradient", "noise", "page", "stripes"}
    assert sum(int(row["quality"]) >= pdq.USABLE_QUALITY for row in rows) > 200


def test_small_pictures_have_the_hash_of_the_reference_to_the_bit() -> None:
    rows = [row for row in known("pictures.csv") if max(sides(row)) <= 128]
    assert len(rows) > 200
    for row in rows:
        found = pdq.hash_pixels(pixels_of(row))
        assert (found.hex, found.quality) == (row["hash"], int(row["quality"])), row


def test_larger_pictures_are_at_most_two_bits_from_the_reference() -> None:
    rows = [row for row in known("pictures.csv") if max(sides(row)) > 128]
    apart: Counter[int] = Counter()
    for row in rows:
        found = pdq.hash_pixels(pixels_of(row))
        assert abs(found.quality - int(row["quality"])) <= 1, row
        apart[bits_apart(found.hex, row["hash"])] += 1
    assert set(apart) <= {0, 2}
    assert apart[0] >= 0.95 * len(rows)


def test_all_eight_views_have_the_hashes_of_the_reference() -> None:
    rows = known("views.csv")
    assert len(rows) > 50
    for row in rows:
        views = pdq.dihedral_hashes(pixels_of(row))
        furthest = 0 if max(sides(row)) <= 128 else 2
        assert len(views) == len(pdq.DIHEDRAL)
        for number, view in enumerate(views):
            assert bits_apart(view.hex, row[f"view_{number}"]) <= furthest, row
            assert view.quality == views[0].quality


@pytest.mark.kernels
@pytest.mark.parametrize("sides_of_it", [(5, 5), (8, 8), (13, 40), (64, 64)])
def test_the_kernels_as_plain_python_give_the_same(sides_of_it: tuple[int, int]) -> None:
    rows: list[Any] = [
        row
        for row in known("pictures.csv")
        if sides(row) == sides_of_it and row["seed"] == "0" and row["kind"] in {"page", "stripes"}
    ]
    assert len(rows) == 4
    for row in rows:
        found = pdq.hash_pixels(pixels_of(row))
        assert (found.hex, found.quality) == (row["hash"], int(row["quality"]))
