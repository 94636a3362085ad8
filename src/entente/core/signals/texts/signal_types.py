"""The signal types of texts: the same words, and nearly the same words."""

from __future__ import annotations

import hashlib

from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.signal_type import ExactHexSignalType, Examples, HexSignalType, Medium
from entente.core.signals.texts import minhash
from entente.core.signals.texts.errors import TextTooShort
from entente.core.signals.texts.normalising import NormalisedText, normalise

_TEXT = frozenset({Medium.PDF, Medium.TEXT})


class TextExact(ExactHexSignalType):
    """SHA-256 of the UTF-8 of a text in its normal form: equal for all that reads the same, however short."""

    name = "text_exact"
    title = "Text, exact"
    media = _TEXT
    size_bytes = 32
    examples = Examples(
        canonical=("a665a45920422f9d417e4867efdc4fb8a04a1f3fff1fa07e998e86f7f7a27ae3",),  # of "123"
        malformed=("a665a459", "zz" * 32, "good morning"),
        near=(("ab" * 32, "AB" * 32),),
        far=(("00" * 32, "00" * 31 + "01"),),
        folded=(("AB" * 32, "ab" * 32),),
    )

    def from_content(self, content: bytes) -> bytes:
        """Return the value of a text in UTF-8; raises TextTooShort if nothing of it can be read."""
        return self.from_text(normalise(content))

    def from_text(self, text: NormalisedText) -> bytes:
        """Return the value of a text in its normal form; raises TextTooShort if it is empty."""
        if not text.text:
            raise TextTooShort("the text is empty in its normal form")
        return hashlib.sha256(text.text.encode()).digest()


class TextMinhash(HexSignalType):
    """MinHash of a text in its normal form; `entente.core.signals.texts.minhash` says what a distance means."""

    name = "text_minhash"
    title = "Text, near-duplicate"
    media = _TEXT
    size_bytes = minhash.SIGNATURE_BYTES
    distance_unit = f"differing positions of {minhash.POSITIONS}"
    default_radius = 51  # a Jaccard similarity of 0.6
    widest_radius = 64  # of 0.5: unrelated texts have next to nothing in common, templates and quotations do
    examples = Examples(
        canonical=("01" + "00ff" * minhash.POSITIONS,),
        malformed=("01", "00" * minhash.SIGNATURE_BYTES, "02" + "00ff" * minhash.POSITIONS),
        near=(("01" + "00ff" * 128, "01" + "0100" * 51 + "00ff" * 77),),
        far=(("01" + "00ff" * 128, "01" + "0100" * 65 + "00ff" * 63),),
        folded=(("01" + "00FF" * 128, "01" + "00ff" * 128),),
    )

    def from_content(self, content: bytes) -> bytes:
        """Return the value of a text in UTF-8; raises TextTooShort."""
        return self.from_text(normalise(content))

    def from_text(self, text: NormalisedText) -> bytes:
        """Return the value of a text in its normal form; raises TextTooShort."""
        return minhash.signature(text)

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return in how many positions two signatures differ; raises MalformedSignal."""
        return minhash.differing_positions(self.checked(one), self.checked(other))

    def lookup_keys(self, value: bytes) -> list[bytes]:
        """Return the keys of which two near texts share at least one; raises MalformedSignal."""
        return minhash.band_keys(self.checked(value))

    @override
    def checked(self, value: bytes) -> bytes:
        """Return the value; raises MalformedSignal for another length or another version."""
        if super().checked(value)[0] != minhash.VERSION:
            raise MalformedSignal(f"{self.title} of version {value[0]}: this is version {minhash.VERSION}")
        return value
