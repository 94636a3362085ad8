"""Near-duplicate texts: MinHash (Broder 1997) over shingles, and the band keys by which an index finds candidates.

A signature has POSITIONS numbers. Each is what remains of the smallest of all shingles after one of POSITIONS fixed
re-orderings, so two texts agree in a position with the probability J, the share of their shingles that they have in
common (Jaccard). The distance is the number of positions in which two signatures differ. It estimates

    J = 1 - distance / 128        with a standard error of sqrt(J (1 - J) / 128), at most 0.044

and 16 bits of each number are kept: two that differ look equal once in 65,536, which is far below that error.

Candidates are found by bands (Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4): a key for every
BAND_POSITIONS numbers in a row. Two texts share at least one of the BANDS keys with probability 1 - (1 - J^4)^32:

    J         0.1    0.2    0.3    0.4    0.5    0.6    0.7    0.8
    found   0.003  0.050  0.229  0.564  0.873  0.988 0.9998  1.000

An index that needs all pairs at the widest radius scans; one that answers an upload takes the bands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.texts.errors import TextTooShort
from entente.core.signals.texts.shingles import mix64, shingles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from entente.core.signals.texts.normalising import NormalisedText

VERSION = 1
"""First byte of every value. Any change of the normal form that moves signatures takes the next number."""

POSITIONS = 128
BANDS = 32
BAND_POSITIONS = POSITIONS // BANDS
SIGNATURE_BYTES = 1 + 2 * POSITIONS

FEWEST_SHINGLES = 8
"""Fewer say too little: one word changed would be half of the text."""

_SEED = 0x656E74656E7465
"""The ASCII codes of "entente"; a fixed number, so that two services compute the same signature."""

_BLOCK = 256
_KEPT_SHIFT = np.uint64(24)
_KEPT_MASK = np.uint64(0xFFFF)

_STREAM = mix64(np.arange(2 * POSITIONS, dtype=np.uint64) + np.uint64(_SEED))
_FACTORS = _STREAM[:POSITIONS] | np.uint64(1)
_TERMS = _STREAM[POSITIONS:]


def signature(text: NormalisedText) -> bytes:
    """Return the signature of a text: VERSION, then POSITIONS numbers of 16 bits, big-endian.

    Raises TextTooShort for fewer than FEWEST_SHINGLES different shingles.
    """
    found = shingles(text)
    if found.size < FEWEST_SHINGLES:
        raise TextTooShort(f"the text has {found.size} different shingles, and needs {FEWEST_SHINGLES}")
    kept = (_minima(found) >> _KEPT_SHIFT) & _KEPT_MASK
    return bytes([VERSION]) + kept.astype(">u2").tobytes()


def differing_positions(one: bytes, other: bytes) -> int:
    """Return in how many positions two signatures differ, 0 to POSITIONS."""
    return int(np.count_nonzero(_numbers(one) != _numbers(other)))


def estimated_jaccard(distance: int) -> float:
    """Return the share of common shingles that a distance stands for, 0 to 1."""
    return 1 - distance / POSITIONS


def band_keys(value: bytes) -> list[bytes]:
    """Return the BANDS keys of a signature: version, number of the band, its eight bytes."""
    width = 2 * BAND_POSITIONS
    return [
        bytes([value[0], band]) + value[1 + band * width : 1 + (band + 1) * width] for band in range(BANDS)
    ]


def candidate_probability(jaccard: float) -> float:
    """Return how probably two texts with this share of common shingles have a band key in common."""
    return 1 - (1 - jaccard**BAND_POSITIONS) ** BANDS


def _minima(found: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the smallest shingle under each re-ordering, shape (POSITIONS,).

    Multiplying by an odd number and adding another, modulo 2**64, re-orders numbers that are well mixed already. The
    block keeps the products in the processor's cache.
    """
    minima = np.full(POSITIONS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, found.size, _BLOCK):
        products = found[start : start + _BLOCK, None] * _FACTORS + _TERMS
        np.minimum(minima, products.min(axis=0), out=minima)
    return minima


def _numbers(value: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(value, dtype=">u2", offset=1)
