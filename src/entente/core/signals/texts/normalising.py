"""The normal form of a text: what reads the same is the same.

It is a form for matching, never one to show: letters of several alphabets become one, so that a spoofed word and the
honest one meet. `NormalisedText.original_span` leads back to what a person wrote. In order:

1. every character is folded by itself (`folding`);
2. marks that stayed are put in canonical order, repeated ones and stacks are cut, what composes is composed (UAX #15);
3. a space is put where a script without spaces meets one with spaces;
4. spacing tricks are undone: three or more single letters in a row are joined (`l e t t e r s`, `l.e.t.t.e.r.s`),
   first those with one divider between each, then one space, then whatever stands between, so that wider gaps divide
   the words of a spaced-out sentence; a word of two letters cannot be told from two initials, and stays apart. What
   still divides becomes one space, and none between characters of a script without spaces.

The form is idempotent. It is that of the Unicode version of the running Python: a newer one may fold characters that an
older one does not know yet, and changes none that it knew. The work is linear in the text, and done in arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from entente.core.signals.texts import spacing
from entente.core.signals.texts.characters import (
    CHUNK_CHARACTERS,
    Traced,
    Trait,
    codes_of,
    combining_class,
    composed,
    distinct,
    looked_up,
    text_of,
    traits,
)
from entente.core.signals.texts.folding import folded

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_CHARACTERS = 1 << 24
"""Where the normal form is cut, and says so: beyond all but a few ligatures, a text of 10 MB stays below."""

MOST_MARKS = 6
"""As many marks as stay on one letter: more than the clusters of Myanmar and Tibetan need, fewer than a tower."""

_CODE_BITS = 21
_COMPOSITIONS = 2


@dataclass(frozen=True, slots=True, eq=False)
class NormalisedText:
    """A text in its normal form, and the way back."""

    text: str
    """The normal form: words divided by single spaces, none at either end."""

    decoded: str
    """The text as it was given; bytes that are not UTF-8 stand in it as U+FFFD."""

    had_invalid_utf8: bool
    """Whether bytes were replaced, so that not all that was sent has been looked at."""

    is_whole: bool
    """Whether the text was short enough to be looked at to its end."""

    origins: NDArray[np.int32] = field(repr=False)
    """For each character of `text`, the position in `decoded` it comes from."""

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where in `decoded` the characters from `start` to before `end` of `text` come from.

        Raises ValueError for a span that is empty or not within the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no span of a text of {len(self.text)} characters: {start} to {end}")
        origins = self.origins[start:end]  # not always ascending: marks may have changed places
        return int(origins.min()), int(origins.max()) + 1


def normalise(text: str | bytes) -> NormalisedText:
    """Return the normal form of a text; bytes are read as UTF-8, and what is not is replaced and said."""
    decoded, had_invalid_utf8 = _decoded(text)
    codes, origins, is_whole = _folded(decoded)
    if codes.size:
        found = Traced(codes, origins, looked_up(codes, traits))
        codes, origins, _traits = spacing.settled(_with_settled_marks(found))
    return NormalisedText(
        text=text_of(codes),
        decoded=decoded,
        had_invalid_utf8=had_invalid_utf8,
        is_whole=is_whole,
        origins=origins,
    )


def _decoded(text: str | bytes) -> tuple[str, bool]:
    if isinstance(text, str):
        return text, False
    try:
        return text.decode(), False
    except UnicodeDecodeError:
        return text.decode(errors="replace"), True


def _folded(text: str) -> tuple[NDArray[np.int32], NDArray[np.int32], bool]:
    """Fold every character; return the code points, where each comes from, and whether they are all."""
    given = codes_of(text)
    codes, origins = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    start, count = 0, 0
    while start < given.size and count <= MOST_CHARACTERS:
        part, part_origins = _folded_part(given[start : start + CHUNK_CHARACTERS])
        codes.append(part)
        origins.append(part_origins + np.int32(start))
        start += CHUNK_CHARACTERS
        count += part.size
    is_whole = start >= given.size and count <= MOST_CHARACTERS
    return np.concatenate(codes)[:MOST_CHARACTERS], np.concatenate(origins)[:MOST_CHARACTERS], is_whole


def _folded_part(given: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Replace each code point by what it is folded to, which may be nothing or several."""
    found, places = distinct(given)
    replacements = [folded(code) for code in found]
    lengths = np.array([len(replacement) for replacement in replacements], dtype=np.int32)
    starts = np.cumsum(lengths, dtype=np.int32) - lengths
    each = lengths[places]
    origins = np.repeat(np.arange(given.size, dtype=np.int32), each)
    # The n-th character of a replacement lies n behind its start; n counts from where the replacement begins.
    within = np.arange(origins.size, dtype=np.int32) - np.repeat(np.cumsum(each, dtype=np.int32) - each, each)
    return codes_of("".join(replacements))[starts[places][origins] + within], origins


def _with_settled_marks(given: Traced) -> Traced:
    """Order, thin out and compose the marks that stayed; most texts have none."""
    if not (given.traits & (Trait.MARK | Trait.COMPOSES)).any():
        return given
    ordered = given.at(_canonical_order(looked_up(given.codes, combining_class)))
    settled = ordered.at(np.flatnonzero(~_is_excess(ordered.codes, (ordered.traits & Trait.MARK) > 0)))
    for _time in range(_COMPOSITIONS):
        settled = _composed(settled)
    return settled


def _canonical_order(classes: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the order in which the marks of each cluster ascend by class (UAX #15, canonical ordering)."""
    positions = np.arange(classes.size)
    if not ((classes[1:] > 0) & (classes[:-1] > classes[1:])).any():
        return positions
    cluster = np.cumsum(classes == 0)
    return np.argsort((cluster << 8) | classes, kind="stable")


def _is_excess(codes: NDArray[np.int32], is_mark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which marks repeat the one before them, or are stacked too high."""
    excess = np.zeros(codes.size, dtype=np.bool_)
    excess[1:] = is_mark[1:] & (codes[1:] == codes[:-1])
    positions = np.arange(codes.size)
    base = np.maximum.accumulate(np.where(is_mark, -1, positions))
    return excess | (is_mark & (positions - base > MOST_MARKS))


def _composed(given: Traced) -> Traced:
    """Merge each pair that composes: a syllable of Hangul from its jamo, a kana and its voicing mark."""
    codes, origins, found = given
    seconds = np.flatnonzero((found[1:] & Trait.COMPOSES) > 0) + 1
    pairs = (codes[seconds - 1].astype(np.int64) << _CODE_BITS) | codes[seconds]
    distinct_pairs, places = np.unique(pairs, return_inverse=True)
    merged = np.array(
        [composed(pair >> _CODE_BITS, pair & ((1 << _CODE_BITS) - 1)) for pair in distinct_pairs.tolist()],
        dtype=np.int32,
    )[places]
    seconds, merged = seconds[merged >= 0], merged[merged >= 0]
    codes, found = codes.copy(), found.copy()
    codes[seconds - 1] = merged
    found[seconds - 1] = looked_up(merged, traits)
    kept = np.ones(codes.size, dtype=np.bool_)
    kept[seconds] = False
    return Traced(codes, origins, found).at(np.flatnonzero(kept))
