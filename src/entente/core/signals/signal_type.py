"""What a signal type is: a name, a strict written form, one canonical value, a distance, and its own examples.

The value of a signal is always canonical `bytes`: what a database row holds, what an index compares, what two services
agree on. The written form is what people and exchanges pass around; it is read strictly, because one hash with a
newline behind it is enough to break every later build of an index that trusted it.

A type is one small class without state. Third parties add theirs by entry point (`entente.core.signals.registry`) and
inherit the contract test that ours inherit.
"""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from typing_extensions import override

from entente.core.signals.errors import MalformedSignal

HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
"""What a written hash may consist of: ASCII only, although Python reads the digits of other scripts too."""


class Medium(StrEnum):
    """What a content item can be, and a signal type can be made from."""

    AUDIO = "audio"
    FILE = "file"
    IMAGE = "image"
    PDF = "pdf"
    TEXT = "text"
    URL = "url"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Examples:
    """Written signals that show what a type takes, refuses, and calls near. Made by us, of nothing real."""

    canonical: tuple[str, ...]
    """Well-formed, exactly as `write` writes them."""

    malformed: tuple[str, ...]
    """Refused by `parse` with MalformedSignal."""

    near: tuple[tuple[str, str], ...] = ()
    """Pairs within the default radius of each other."""

    far: tuple[tuple[str, str], ...] = ()
    """Pairs beyond the widest radius of each other."""

    folded: tuple[tuple[str, str], ...] = ()
    """Pairs of a form that is accepted although it is not canonical, and the canonical form it is read as."""


class SignalType(ABC):
    """One way of representing content so that it can be matched; without state, safe to share between threads."""

    name: ClassVar[str]
    """The identifier in tables, files and the API: lower-case ASCII letters, digits and underscores."""

    title: ClassVar[str]
    """What people call it, in English."""

    media: ClassVar[frozenset[Medium]]
    """What content it can be made from."""

    distance_unit: ClassVar[str]
    """What a distance counts, in words."""

    default_radius: ClassVar[int]
    """Two signals at this distance or nearer match, unless a bank says otherwise."""

    widest_radius: ClassVar[int]
    """The largest radius a bank may set; beyond it, unrelated content meets."""

    examples: ClassVar[Examples]
    """Written signals for the contract test and the documentation."""

    @abstractmethod
    def parse(self, written: str) -> bytes:
        """Return the canonical value of a written signal.

        Nothing is trimmed: blanks around it, a newline behind it, a digit of another script are refused. Upper-case
        hexadecimal is accepted and folded. Raises MalformedSignal, which says what is wrong without repeating it.
        """

    @abstractmethod
    def write(self, value: bytes) -> str:
        """Return the canonical written form of a value; the inverse of `parse`.

        Raises MalformedSignal if the value is not one of this type.
        """

    @abstractmethod
    def distance(self, one: bytes, other: bytes) -> int:
        """Return how far two values are apart, in `distance_unit`: symmetric, and 0 from a value to itself.

        Raises MalformedSignal if either is not a value of this type.
        """


@runtime_checkable
class FromContent(Protocol):
    """What a signal type offers when it is computed from the bytes of the content alone."""

    def from_content(self, content: bytes) -> bytes:
        """Return the value for this content; raises a SignalError when the content has none."""
        ...


def is_bare(written: str) -> bool:
    """Say whether a written signal has nothing blank or invisible at its ends, and no control character in it."""
    ends = {unicodedata.category(character) for character in written[:1] + written[-1:]}
    inside = {unicodedata.category(character) for character in set(written)}
    return not (ends & {"Cf", "Zl", "Zp", "Zs"} or inside & {"Cc", "Cs"})


class HexSignalType(SignalType):
    """A value of a fixed number of bytes, written as twice as many hexadecimal digits."""

    size_bytes: ClassVar[int]
    """How long every value is."""

    @override
    def parse(self, written: str) -> bytes:
        """Return the bytes of a written hash; raises MalformedSignal."""
        digits = 2 * self.size_bytes
        if len(written) != digits:
            raise MalformedSignal(
                f"{self.title} is {digits} hexadecimal digits, not {len(written)} characters"
            )
        for position, character in enumerate(written):
            if character not in HEX_DIGITS:
                raise MalformedSignal(f"{self.title}: character {position + 1} is not a hexadecimal digit")
        return self.checked(bytes.fromhex(written))

    @override
    def write(self, value: bytes) -> str:
        """Return the lower-case hexadecimal digits; raises MalformedSignal."""
        return self.checked(value).hex()

    def checked(self, value: bytes) -> bytes:
        """Return the value; raises MalformedSignal if its length is not this type's."""
        if len(value) != self.size_bytes:
            raise MalformedSignal(f"{self.title} is {self.size_bytes} bytes, not {len(value)}")
        return value


class ExactHexSignalType(HexSignalType):
    """A hash of which two are equal or have nothing to do with each other."""

    distance_unit = "0 when equal, 1 when not"
    default_radius = 0
    widest_radius = 0

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return 0 for equal values and 1 for all others; raises MalformedSignal."""
        return int(self.checked(one) != self.checked(other))
