"""Write the known answers of PDQ anew, with a Python that has pdqhash. See README.md beside this file."""

from __future__ import annotations

import csv
import itertools
import zlib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.core.signals.pictures import KINDS, grey, picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HERE = Path(__file__).parent

SIZES = (
    (5, 5), (5, 9), (8, 8), (13, 40), (31, 31), (32, 32), (63, 65), (64, 64), (100, 80), (128, 128),
    (127, 129), (200, 129), (97, 311), (150, 200), (256, 256),
)  # fmt: skip
VIEWED = ((13, 40), (100, 80), (97, 311))
UNFILTERED = 128
"""Beyond this side, stripes leave nothing but the noise of the reference's own filter."""


def pictures() -> Iterator[tuple[list[object], NDArray[np.uint8]]]:
    """Yield the pictures that are asked about: their name, and their pixels."""
    for kind, (height, width), seed in itertools.product(KINDS, SIZES, range(2)):
        if kind == "stripes" and max(height, width) > UNFILTERED:
            continue
        colours = picture(kind, seed, height, width)
        for layout, pixels in (("colour", colours), ("grey", grey(colours))):
            yield [kind, seed, height, width, layout, zlib.crc32(pixels.tobytes())], pixels


def as_digits(bits: Any) -> str:
    """Return 256 ones and zeros as 64 digits."""
    return np.packbits(np.asarray(bits, dtype=np.uint8)).tobytes().hex()


def main() -> None:
    """Write both files."""
    reference = import_module("pdqhash")
    with (
        (HERE / "pictures.csv").open("w", newline="") as file,
        (HERE / "views.csv").open("w", newline="") as of_views,
    ):
        plain, views = csv.writer(file, lineterminator="\n"), csv.writer(of_views, lineterminator="\n")
        name = ["kind", "seed", "height", "width", "layout", "crc32"]
        plain.writerow([*name, "hash", "quality"])
        views.writerow([*name, *(f"view_{number}" for number in range(8))])
        for named, pixels in pictures():
            colours = pixels if pixels.ndim == 3 else np.repeat(pixels[:, :, None], 3, axis=2)
            bits, quality = reference.compute(colours)
            plain.writerow([*named, as_digits(bits), quality])
            if pixels.shape[:2] in VIEWED:
                views.writerow([*named, *(as_digits(one) for one in reference.compute_dihedral(colours)[0])])


if __name__ == "__main__":
    main()
