"""Shingles: the overlapping stretches of a text, by which two texts are compared as sets (Broder 1997).

A shingle is SHINGLE_UNITS units in a row. A unit is a word where the script divides words by spaces, and a character
with its marks where it does not. Each shingle is one 64-bit number, the same on every machine and in every version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.texts.characters import BLANK, Trait, codes_of, looked_up, traits
from entente.core.signals.texts.scripts import is_unspaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from entente.core.signals.texts.normalising import NormalisedText

SHINGLE_UNITS = 3

_CODE_BITS = np.uint64(21)


def shingles(text: NormalisedText) -> NDArray[np.uint64]:
    """Return the distinct shingles of a text in ascending order, shape (n,); none for fewer than SHINGLE_UNITS units."""
    units = _units(codes_of(text.text))
    if units.size < SHINGLE_UNITS:
        return np.empty(0, np.uint64)
    mixed = mix64(units[2:])
    mixed = mix64(mixed + units[1:-1])
    return np.unique(mix64(mixed + units[:-2]))


def mix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-mixed 64-bit numbers, one to one: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _units(codes: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Return one number for each unit, in the order of the text."""
    if not codes.size:
        return np.empty(0, np.uint64)
    written = codes != BLANK
    begins = written.copy()
    begins[1:] &= ~written[:-1] | (
        is_unspaced(codes[1:]) & ((looked_up(codes[1:], traits) & Trait.MARK) == 0)
    )
    starts = np.flatnonzero(begins)
    positions = np.arange(codes.size, dtype=np.uint64)
    within = positions - np.maximum.accumulate(np.where(begins, positions, np.uint64(0)))
    # Summed, since a sum over stretches is one pass; the place within the unit is mixed in, or "tide" were "edit".
    letters = mix64((within << _CODE_BITS) | codes.astype(np.uint64))
    letters[~written] = 0
    return mix64(np.add.reduceat(letters, starts))
