"""Texts: the same words, and nearly the same words. Confined."""

import codecs
from typing import Final

from entente.apps.content.hashing.results import TEXT_EXACT, TEXT_MINHASH, Hashed
from entente.core.signals.texts.errors import TextTooShort
from entente.core.signals.texts.normalising import normalise
from entente.core.signals.texts.signal_types import TextExact, TextMinhash

_TYPES: Final[dict[str, TextExact | TextMinhash]] = {TEXT_EXACT: TextExact(), TEXT_MINHASH: TextMinhash()}


def hash_text(content: bytes, wanted: frozenset[str]) -> Hashed:
    """Return the signals of a text in UTF-8, or in UTF-16 with its mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return hash_words(content.decode("utf-16", errors="replace"), wanted)
    return hash_words(content, wanted)


def hash_words(text: str | bytes, wanted: frozenset[str]) -> Hashed:
    """Return those of the signals that the text says enough for; `low_quality` when it is none."""
    normal = normalise(text)
    signals: dict[str, list[bytes]] = {}
    notes = [] if normal.is_whole else ["text_cut"]
    notes += ["invalid_utf8"] if normal.had_invalid_utf8 else []
    for name in sorted(wanted.intersection(_TYPES)):
        try:
            signals[name] = [_TYPES[name].from_text(normal)]
        except TextTooShort:
            notes.append("text_too_short" if name == TEXT_MINHASH else "text_empty")
    return Hashed("ok" if signals else "low_quality", signals, notes=tuple(notes))
