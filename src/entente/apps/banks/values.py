"""Canonical values: checked by their signal type, and short enough to be a key.

A value that slipped in malformed would stop an index from being built, so nothing is kept that its type did not read
or write itself.
"""

import hashlib
from collections.abc import Iterable

from entente.apps.banks.errors import BankInvalid
from entente.apps.banks.types import BadSignal, NewSignal
from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.reading import read_value
from entente.core.signals.errors import SignalError
from entente.core.signals.registry import signal_types
from entente.core.signals.signal_type import SignalType

KEY_BYTES = 32
"""A value up to this long is its own key."""

MOST_VALUE_BYTES = 4_000_000
"""A day of video at one frame per second is 3.2 MB."""

LONGEST_NAME = 40


def key_of(value: bytes) -> bytes:
    """Return what a bank holds a value under: itself, or a mark and its SHA-256. No value is another one's digest."""
    return value if len(value) <= KEY_BYTES else b"#" + hashlib.sha256(value).digest()


class UnusableValue(ValueError):
    """The value is not one of its type, or of no type that is known here; the message does not repeat it."""


def value_of(signal: NewSignal) -> bytes:
    """Return the canonical value of a signal that is to be added. Raises UnusableValue."""
    if signal.written:
        try:
            return checked(read_value(signal.signal_type, signal.written))
        except MalformedEntry as error:
            raise UnusableValue(str(error)) from None
    kind = known_type(signal.signal_type)
    try:
        kind.write(signal.value)
    except SignalError as error:
        raise UnusableValue(str(error)) from None
    except Exception as error:  # noqa: BLE001 - a third party's type may fail in any way; the next one must be read
        raise UnusableValue(f"{signal.signal_type} failed to check it ({type(error).__name__})") from None
    return checked(signal.value)


def checked(value: bytes) -> bytes:
    """Return a value that is neither empty nor larger than anybody's signal. Raises UnusableValue."""
    if not 0 < len(value) <= MOST_VALUE_BYTES:
        raise UnusableValue(f"a value has 1 to {MOST_VALUE_BYTES:,} bytes")
    return value


def known_type(name: str) -> SignalType:
    """Return a signal type that this installation has. Raises UnusableValue."""
    try:
        return signal_types()[name]
    except KeyError:
        raise UnusableValue("no signal type of this name is known here") from None


def written(signal_type: str, value: bytes) -> str:
    """Return a value as people read it; hexadecimal where its type is not installed any more."""
    try:
        return known_type(signal_type).write(value)
    except (UnusableValue, SignalError):
        return value.hex()


def radius_of(signal_type: str, radii: dict[str, int]) -> int:
    """Return the radius of a bank for a type: its own, or the type's default. Raises UnusableValue."""
    kind = known_type(signal_type)
    return min(radii.get(signal_type, kind.default_radius), kind.widest_radius)


def checked_radii(radii: Iterable[tuple[str, object]]) -> dict[str, int]:
    """Return radii that their types allow. Raises BankInvalid, which names the widest."""
    checked: dict[str, int] = {}
    for name, radius in radii:
        try:
            widest = known_type(name).widest_radius
        except UnusableValue as error:
            raise BankInvalid(f"{name}: {error}.", field="radii") from None
        if not isinstance(radius, int) or isinstance(radius, bool) or not 0 <= radius <= widest:
            raise BankInvalid(f"{name}: the radius is a whole number from 0 to {widest}.", field="radii")
        checked[name] = radius
    return checked


def bad(index: int, error: Exception) -> BadSignal:
    """Return why one of many was not taken."""
    return BadSignal(index, str(error))
