"""What the matching of texts must know about scripts: which write without spaces, which glue words together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNSPACED_RANGES = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x0F00, 0x0FFF),  # Tibetan, whose syllables are divided, not its words
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x1B00, 0x1B7F),  # Balinese
    (0x2E80, 0x2FDF),  # radicals of Han
    (0x3005, 0x3007),  # iteration mark, closing mark and zero of Han
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3031, 0x312F),  # kana marks, Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),  # Bopomofo and Katakana extensions
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA000, 0xA4CF),  # Yi
    (0xA980, 0xA9FF),  # Javanese, Myanmar extension B
    (0xAA60, 0xAADF),  # Myanmar extension A, Tai Viet
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x1AFF0, 0x1B16F),  # kana supplements
    (0x20000, 0x3FFFF),  # Han, the supplementary planes
)
"""Blocks whose words are not divided by spaces (UAX #14 class SA, UAX #29 ideographs), first and last code point."""

_EDGES = np.array([edge for first, last in _UNSPACED_RANGES for edge in (first, last + 1)], dtype=np.int32)

_HANGUL = (range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xAC00, 0xD800))

PROCLITICS = {
    "arabic": frozenset("وفبكلسا"),
    "hebrew": frozenset("והבלכמש"),
}
"""Letters that conjunctions, prepositions and the article glue to the front of a word: `والمطر` is "and the rain"."""

MOST_PROCLITICS = 4
"""As many as are glued to one word: conjunction, preposition and an article of two letters."""

_PROCLITIC_SCRIPTS = ((range(0x0600, 0x0780), "arabic"), (range(0x0590, 0x0600), "hebrew"))


def is_unspaced(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say of each code point whether its script writes words without spaces between them."""
    inside: NDArray[np.bool_] = np.searchsorted(_EDGES, codes, side="right") % 2 == 1
    return inside


def takes_particles(character: str) -> bool:
    """Say whether grammar is glued to the end of a word in this script, so that a word need not end where it does."""
    return any(ord(character) in block for block in _HANGUL)


def proclitics_of(character: str) -> frozenset[str]:
    """Return the letters that may be glued before a word that begins with this character; empty for most scripts."""
    for block, script in _PROCLITIC_SCRIPTS:
        if ord(character) in block:
            return PROCLITICS[script]
    return frozenset()
