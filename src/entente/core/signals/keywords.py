"""Keyword sets: which of many words stand in a text, found in its normal form by one pass (Aho and Corasick 1975).

A word that was found is a reason to look, never a verdict: the reporter, the researcher and the teacher write it too,
and it says nothing about what the text does with it.

Where a word begins and ends depends on the script. Where spaces divide words, a whole word or a whole phrase is meant:
`art` is not in `start`. Hangul glues particles to the end of a word and Arabic and Hebrew glue conjunctions and the
article to its front, so these may stand there. Scripts without spaces have no such border: a word is wherever its
characters are.
"""

from __future__ import annotations

import itertools
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation
from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.signal_type import Examples, Medium, SignalType, is_bare
from entente.core.signals.texts.normalising import NormalisedText, normalise
from entente.core.signals.texts.scripts import MOST_PROCLITICS, is_unspaced, proclitics_of, takes_particles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_KEYWORD_CHARACTERS = 200
"""In the normal form. It also bounds how many words can end in one place."""

MOST_MATCHES = 1000

_BATCH = 1000
_LONGEST_WRITTEN = 1000
_DIVIDER = "\uf8ff"
"""A character for private use: it folds to itself, belongs to no script, and no word is joined across it."""

_WINDOW = 2048
"""How much is searched at a time: all that is found in it lies in memory, wanted or not."""


@dataclass(frozen=True, slots=True)
class KeywordMatch:
    """One place in which a word stands. A reason to look, never a verdict."""

    word: str
    """As it was written in the set."""

    start: int
    """Its first character in the normalised text."""

    end: int
    """Behind its last character there."""

    original: tuple[int, int]
    """Start and end in the text as it was given, for whoever is shown it."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What is searched for a word: with a space where the word must begin or end."""

    word: str
    searched: str
    pad_before: int
    pad_after: int
    proclitics: frozenset[str]


class KeywordSet:
    """A compiled set; it does not change, and may be used by several threads."""

    def __init__(self, patterns: list[_Pattern]) -> None:
        self._patterns = patterns
        self._longest = max((len(pattern.searched) for pattern in patterns), default=0)
        self._automaton = AhoCorasick(
            [pattern.searched for pattern in patterns], implementation=Implementation.ContiguousNFA
        )

    @classmethod
    def compile(cls, words: Iterable[str]) -> KeywordSet:
        """Make a set of words and phrases; those with the same normal form are one, under its first spelling.

        Raises MalformedSignal for a word without letters, digits or pictures, and for one that is too long.
        """
        by_form: dict[str, str] = {}
        for several in _batches(words):
            for word, form in zip(several, _forms(several), strict=True):
                by_form.setdefault(form, word)
        return cls([_pattern(word, form) for form, word in by_form.items()])

    def __len__(self) -> int:
        return len(self._patterns)

    def find(self, text: str | bytes | NormalisedText, *, most: int = MOST_MATCHES) -> list[KeywordMatch]:
        """Return where words of the set stand, overlapping ones too, in the order in which they start.

        At most `most`: if there are as many, there may be more behind the last one that was looked at.
        """
        normalised = text if isinstance(text, NormalisedText) else normalise(text)
        matches: list[KeywordMatch] = []
        for match in self._matches(normalised):
            if len(matches) >= most:
                break
            matches.append(match)
        return sorted(matches, key=lambda match: (match.start, match.end))

    def _matches(self, text: NormalisedText) -> Iterator[KeywordMatch]:
        """Yield the matches in the order in which they end."""
        searched = f" {text.text} "
        for position in range(0, len(searched), _WINDOW):
            first = max(0, position - self._longest + 1)
            window = searched[first : position + _WINDOW]
            for index, start, end in self._automaton.find_matches_as_indexes(window, overlapping=True):
                pattern = self._patterns[index]
                # What ends before this position was found in the window before.
                if first + end > position and _may_begin(searched, first + start, pattern.proclitics):
                    span = first + start + pattern.pad_before - 1, first + end - pattern.pad_after - 1
                    yield KeywordMatch(pattern.word, *span, original=text.original_span(*span))


def keyword_form(word: str) -> str:
    """Return the normal form of a word or phrase. Raises MalformedSignal."""
    return _checked_form(normalise(word).text)


def _checked_form(form: str) -> str:
    if not any(unicodedata.category(character)[0] in "LNS" for character in form):
        raise MalformedSignal("a keyword has a letter, a digit or a picture")
    if len(form) > MAX_KEYWORD_CHARACTERS:
        raise MalformedSignal(f"a keyword has at most {MAX_KEYWORD_CHARACTERS} characters in its normal form")
    return form


def _batches(words: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(words)
    while several := list(itertools.islice(iterator, _BATCH)):
        yield several


def _forms(words: list[str]) -> list[str]:
    """Return the normal forms of many words, normalised as one text: its arrays are dear for a single word."""
    if any(_DIVIDER in word or len(word) > _LONGEST_WRITTEN for word in words):
        return [keyword_form(word) for word in words]
    together = normalise(f" {_DIVIDER} ".join(words)).text
    return [_checked_form(form.strip(" ")) for form in together.split(_DIVIDER)]


def _pattern(word: str, form: str) -> _Pattern:
    proclitics = proclitics_of(form[0])
    unspaced_first, unspaced_last = is_unspaced(np.array([ord(form[0]), ord(form[-1])], dtype=np.int32))
    before = 0 if unspaced_first or proclitics else 1
    after = 0 if unspaced_last or takes_particles(form[-1]) else 1
    return _Pattern(word, f"{' ' * before}{form}{' ' * after}", before, after, proclitics)


def _may_begin(searched: str, start: int, proclitics: frozenset[str]) -> bool:
    """Say whether a word may begin here: at a border, or behind letters that are glued to words of its script."""
    if not proclitics:
        return True
    before = searched[max(0, start - MOST_PROCLITICS - 1) : start]
    glued = before.rpartition(" ")
    return bool(glued[1]) and proclitics.issuperset(glued[2])


class Keyword(SignalType):
    """One word or phrase; its value is the UTF-8 of its normal form, and what matches is found by a KeywordSet."""

    name = "keyword"
    title = "Keyword"
    media = frozenset({Medium.PDF, Medium.TEXT})
    distance_unit = "0 when equal, 1 when not"
    default_radius = 0
    widest_radius = 0
    examples = Examples(
        canonical=("rain", "mountain lake", "天气", "3d", "مطر"),
        malformed=(" ", "...", "rain\nsnow", "\u200brain", "a" * (MAX_KEYWORD_CHARACTERS + 1)),
        near=(("Rain", "r\u0430in"), ("mountain  lake", "MOUNTAIN-LAKE"), ("rain", "r a i n")),
        far=(("rain", "rains"), ("rain", "snow")),
        folded=(("Mountain, Lake", "mountain lake"),),
    )

    @override
    def parse(self, written: str) -> bytes:
        """Return the normal form of a word or phrase, as UTF-8; raises MalformedSignal."""
        if not is_bare(written):
            raise MalformedSignal(
                "a keyword has nothing invisible at its ends and no control character in it"
            )
        return keyword_form(written).encode()

    @override
    def write(self, value: bytes) -> str:
        """Return the word in its normal form; raises MalformedSignal if the value is not canonical."""
        return self._checked(value).decode()

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return 0 for equal words and 1 for all others; raises MalformedSignal."""
        return int(self._checked(one) != self._checked(other))

    def _checked(self, value: bytes) -> bytes:
        try:
            written = value.decode()
        except UnicodeDecodeError:
            raise MalformedSignal("the value of a keyword is UTF-8") from None
        if self.parse(written) != value:
            raise MalformedSignal("the value of a keyword is its normal form")
        return value
