"""Spaces of a folded text: where they are missing, where they are a trick, where they say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.texts.characters import BLANK, Traced, Trait
from entente.core.signals.texts.folding import DIVIDER
from entente.core.signals.texts.scripts import is_unspaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIVIDER = ord(DIVIDER)
_NARROW_GAPS = (1, 2)
"""Widths of one divider and of one space; joined in this order, so that `l.i.k.e t.h.i.s` is two words."""

SHORTEST_JOINED = 3
"""Fewer single letters in a row are initials and one-letter words."""


def settled(given: Traced) -> Traced:
    """Return the text with single spaces between its words and none elsewhere. The text is not empty."""
    divided = _divided_by_script(given)
    codes, _origins, found = divided
    starts, ends = _words(codes)
    if not starts.size:
        return given.at(np.empty(0, np.intp))
    unspaced = _is_unspaced(codes, found)
    single = _single_letters(found, starts, ends) & ~unspaced[starts]
    joined = _joined(single, _widths(codes, starts, ends))
    # A mark after a space has lost its letter: it must not find another one.
    is_loose = (found[starts[1:]] & Trait.MARK) > 0
    says_nothing = unspaced[ends[:-1] - 1] & unspaced[starts[1:]] & ~is_loose
    kept, spaces = _is_written(codes), ends[:-1][~(joined | says_nothing)]
    kept[spaces] = True
    codes = codes.copy()
    codes[spaces] = BLANK
    return divided._replace(codes=codes).at(np.flatnonzero(kept))


def _divided_by_script(given: Traced) -> Traced:
    """Put a space where a script that writes without spaces meets one that does not."""
    codes, origins, found = given
    unspaced = _is_unspaced(codes, found)
    if not unspaced.any():
        return given
    written = _is_written(codes)
    borders = (unspaced[1:] != unspaced[:-1]) & written[1:] & written[:-1] & ((found[1:] & Trait.MARK) == 0)
    places = np.flatnonzero(borders) + 1
    return Traced(
        np.insert(codes, places, BLANK),
        np.insert(origins, places, origins[places]),
        np.insert(found, places, 0),
    )


def _is_unspaced(codes: NDArray[np.int32], found: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Say of each character whether its script writes without spaces; a mark is of the script of its letter."""
    is_mark = (found & Trait.MARK) > 0
    own = is_unspaced(codes) & ~is_mark
    if not own.any():
        return own
    base = np.maximum.accumulate(np.where(is_mark, -1, np.arange(codes.size)))
    unspaced: NDArray[np.bool_] = own[base] & (base >= 0)
    return unspaced


def _is_written(codes: NDArray[np.int32]) -> NDArray[np.bool_]:
    written: NDArray[np.bool_] = (codes != BLANK) & (codes != _DIVIDER)
    return written


def _words(codes: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return where the stretches between spaces start, and where they end."""
    written = np.zeros(codes.size + 2, dtype=np.int8)
    written[1:-1] = _is_written(codes)
    edges = np.diff(written)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _single_letters(
    found: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Say which stretches are one letter, with the marks it carries."""
    marks_before = np.zeros(found.size + 1, dtype=np.int32)
    np.cumsum((found & Trait.MARK) > 0, out=marks_before[1:])
    characters = (ends - starts) - (marks_before[ends] - marks_before[starts])
    single: NDArray[np.bool_] = (characters == 1) & ((found[starts] & Trait.SPELLED) > 0)
    return single


def _widths(codes: NDArray[np.int32], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how wide each gap between two words is: a divider counts 1, a space 2."""
    spaces_before = np.zeros(codes.size + 1, dtype=np.int32)
    np.cumsum(codes == BLANK, out=spaces_before[1:])
    widths: NDArray[np.int64] = starts[1:] - ends[:-1] + spaces_before[starts[1:]] - spaces_before[ends[:-1]]
    return widths


def _joined(single: NDArray[np.bool_], widths: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each gap whether it divides letters of one word: first the narrow gaps, then all that are left."""
    joined = np.zeros(widths.size, dtype=np.bool_)
    for wanted in (*(widths == width for width in _NARROW_GAPS), np.ones_like(joined)):
        free = single.copy()
        free[1:] &= ~joined
        free[:-1] &= ~joined
        joined |= _in_long_runs(free[1:] & free[:-1] & wanted)
    return joined


def _in_long_runs(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the flags that stand in runs long enough: n flags join n + 1 letters."""
    padded = np.zeros(flags.size + 2, dtype=np.int8)
    padded[1:-1] = flags
    edges = np.diff(padded)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    change = np.zeros(flags.size + 1, dtype=np.int8)
    long = ends - starts >= SHORTEST_JOINED - 1
    change[starts[long]] = 1
    change[ends[long]] = -1
    return np.cumsum(change[:-1], dtype=np.int8) > 0
