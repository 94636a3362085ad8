"""Characters as arrays: a text as its code points, and what Unicode says of each, looked up once per distinct one."""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BLANK = ord(" ")

CHUNK_CHARACTERS = 1 << 20
"""How much of a text is looked up at a time, to bound what lies in memory besides the result."""

_CONJOINING_JAMO = (range(0x1100, 0x1200), range(0xA960, 0xA980), range(0xD7B0, 0xD800))
_LAST_COMPOSING = 0x12000
_COMPOSING_VOWELS_AND_FINALS = range(0x1161, 0x11C3)


class Trait:
    """What the passes over a folded text ask of a character, as bits: plain numbers, which arrays hold."""

    MARK = 1
    """A mark that stayed: it belongs to the character before it."""

    SPELLED = 2
    """A letter of a script that spells words letter by letter and divides them by spaces."""

    COMPOSES = 4
    """May merge with the character before it into one (canonical composition, UAX #15)."""


class Traced(NamedTuple):
    """A folded text under way: three arrays of one length, each pass returns new ones."""

    codes: NDArray[np.int32]
    """The code points."""

    origins: NDArray[np.int32]
    """Where in the given text each comes from."""

    traits: NDArray[np.uint8]
    """The traits of each."""

    def at(self, positions: NDArray[np.intp]) -> Traced:
        """Return the characters at these positions, in this order."""
        return Traced(self.codes[positions], self.origins[positions], self.traits[positions])


def codes_of(text: str) -> NDArray[np.int32]:
    """Return the code points of a text, shape (characters,); lone surrogates stay what they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<i4")


def text_of(codes: NDArray[np.int32]) -> str:
    """Return the text of code points."""
    return codes.astype("<i4", copy=False).tobytes().decode("utf-32-le", "surrogatepass")


def distinct(codes: NDArray[np.int32]) -> tuple[list[int], NDArray[np.intp]]:
    """Return the distinct code points in ascending order, and for each position which of them stands there.

    Linear in the text: a table of all code points is cheaper than sorting, and small beside a text worth the trouble.
    """
    present = np.zeros(int(codes.max(initial=0)) + 1, dtype=np.bool_)
    present[codes] = True
    found = np.flatnonzero(present)
    places = np.empty(present.size, dtype=np.intp)
    places[found] = np.arange(found.size)
    return found.tolist(), places[codes]


def looked_up(codes: NDArray[np.int32], of_code: Callable[[int], int]) -> NDArray[np.uint8]:
    """Return a small number for every position, computed once for each distinct code point."""
    looked = np.empty(codes.size, dtype=np.uint8)
    for start in range(0, codes.size, CHUNK_CHARACTERS):
        found, places = distinct(codes[start : start + CHUNK_CHARACTERS])
        looked[start : start + CHUNK_CHARACTERS] = np.array(list(map(of_code, found)), dtype=np.uint8)[places]
    return looked


@functools.lru_cache(maxsize=1 << 16)
def traits(code: int) -> int:
    """Return the traits of a folded code point."""
    category = unicodedata.category(chr(code))[0]
    if category == "L":
        found = 0 if any(code in block for block in _CONJOINING_JAMO) else Trait.SPELLED
    else:
        found = Trait.MARK if category == "M" else 0
    return found | (Trait.COMPOSES if code in _composing() else 0)


def combining_class(code: int) -> int:
    """Return the canonical combining class: 0 for what starts a cluster or keeps its place."""
    return unicodedata.combining(chr(code))


@functools.lru_cache(maxsize=1 << 16)
def composed(first: int, second: int) -> int:
    """Return the one code point that two merge into, or -1."""
    merged = unicodedata.normalize("NFC", chr(first) + chr(second))
    return ord(merged) if len(merged) == 1 else -1


@functools.cache
def _composing() -> frozenset[int]:
    """Return what may be the second of a pair: derived from the decompositions, and the jamo, which have a rule."""
    seconds = set(_COMPOSING_VOWELS_AND_FINALS)
    for code in range(_LAST_COMPOSING):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<" and unicodedata.normalize("NFC", chr(code)) == chr(code):  # noqa: PLR2004 - a pair
            seconds.add(int(parts[1], 16))
    return frozenset(seconds)
