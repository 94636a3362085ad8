"""What one character becomes in the normal form, whatever stands beside it.

Compatibility forms (NFKC) and case are folded together until nothing changes, look-alikes are folded to one letter,
digits of every script to ASCII. Marks that decorate a letter are dropped: the accents of Latin, Greek and Cyrillic,
Arabic vowel signs and tatweel, Hebrew points, all that is stacked for show. Marks that are letters stay: the vowel
signs of the Indic scripts, of Thai, Lao, Khmer and Myanmar, the voicing marks of kana. What cannot be seen is dropped:
zero-width and bidirectional controls, variation selectors, tags, soft hyphens, fillers. What divides becomes a space or
a divider.

Leetspeak (`1` for `l`, `@` for `a`) is not folded: `5` is a number far more often than it is an `s`, so dates, prices
and names of models would meet words. Whoever wants `w34ther` writes it into a keyword set.
"""

from __future__ import annotations

import functools
import unicodedata

from entente.core.signals.texts.lookalikes import LOOKALIKES, base_letter

SPACE = " "
DIVIDER = "."
"""What all punctuation becomes: narrower than a space, and a space in the end."""

REPLACEMENT = " \ufffd "

_DECORATING_MARKS = (
    (0x0300, 0x036F),  # combining diacritical marks
    (0x0483, 0x0489),  # Cyrillic
    (0x0591, 0x05C7),  # Hebrew points and accents
    (0x0610, 0x061A),  # Arabic signs
    (0x064B, 0x065F),  # Arabic vowel signs, hamza and madda above
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),  # Quranic annotation
    (0x0711, 0x0711),  # Syriac
    (0x0730, 0x074A),
    (0x0897, 0x08FF),  # Arabic extended
    (0x180B, 0x180F),  # Mongolian variation selectors
    (0x1AB0, 0x1AFF),  # combining diacritical marks, extended
    (0x1DC0, 0x1DFF),  # supplement
    (0x20D0, 0x20FF),  # for symbols
    (0x2DE0, 0x2DFF),  # Cyrillic extended
    (0xA66F, 0xA67D),
    (0xA69E, 0xA69F),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),  # combining half marks
    (0x10EAB, 0x10EFF),  # Yezidi, Arabic extended C
)
"""Blocks in which a nonspacing or enclosing mark changes how a letter looks, not which one it is in running text."""

_UNSEEN = frozenset(
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters by category, blank by appearance
    "\u17b4\u17b5"  # Khmer inherent vowels
    "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"  # skin tones of emoji
    "\u0640\u07fa"  # tatweel of Arabic and N'Ko: a longer line between letters
    "'\u2018\u2019\u201b\u02bc\u02b9\u02bb\u055a\u05f3\ua78c\uff07`\u00b4"  # apostrophes: l'eau, don't
)
"""Dropped although their category would keep them or make them a space."""

_BLANK = frozenset("\u2800\ufffc\t\n\v\f\r\x1c\x1d\x1e\x1f\x85")
"""Blank Braille, the place of an object, and the controls that divide lines and fields."""

_IGNORABLE_PLANE = range(0xE0000, 0xE1000)
"""Tags and variation selectors, those to come included (Default_Ignorable_Code_Point)."""


@functools.lru_cache(maxsize=1 << 16)
def folded(code: int) -> str:
    """Return what a code point becomes: nothing, a space, a divider, a letter, seldom more (`ß`, ligatures, emoji).

    Folding the result again changes nothing. A lone surrogate becomes U+FFFD.
    """
    text = chr(code)
    if text in _UNSEEN or code in _IGNORABLE_PLANE:
        return ""
    if unicodedata.category(text) in {"Cn", "Co"}:
        return text  # nothing is known of it: unassigned here, or private
    text = LOOKALIKES.get(text, text)
    while (
        again := "".join(_parts(text))
    ) != text:  # twice at most: the suite folds every code point there is
        text = again
    return "".join(_placed(character) for character in text)


def _parts(text: str) -> list[str]:
    """Fold a short text once: compatibility, case, marks, look-alikes."""
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(character for character in bare if not _is_dropped(character))
    return [_alike(character) for character in unicodedata.normalize("NFC", kept)]


def _is_dropped(character: str) -> bool:
    """Say whether nothing of a decomposed character remains."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me"}:
        return character in _UNSEEN or any(
            first <= ord(character) <= last for first, last in _DECORATING_MARKS
        )
    return character in _UNSEEN or category == "Cf" or (category == "Cc" and character not in _BLANK)


def _alike(character: str) -> str:
    """Return the letter or digit that a character is taken for."""
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    return LOOKALIKES.get(character) or base_letter(character)


def _placed(character: str) -> str:
    """Return a folded character with the spaces it stands between: pictures have two, what divides is replaced."""
    category = unicodedata.category(character)
    if category == "Cs":
        return REPLACEMENT
    if character in _BLANK or category[0] == "Z":
        return SPACE
    if category[0] == "P" or category in {"Sk", "Sm", "Sc"}:
        return DIVIDER
    if category == "So":
        return f" {character} "
    return character
