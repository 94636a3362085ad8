"""The JSON Canonicalization Scheme, RFC 8785: one value, one sequence of bytes.

Input follows I-JSON (RFC 7493): text without lone surrogates, numbers that are IEEE 754 doubles. A whole number
outside +-(2**53 - 1) is refused rather than rounded, because a rounded count would still hash and sign well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import TypeAlias

from entente.core.tlog.errors import NotCanonical

JSONValue: TypeAlias = "bool | int | float | str | Sequence[JSONValue] | Mapping[str, JSONValue] | None"

LARGEST_SAFE_INTEGER = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly (RFC 7493 section 2.2)."""

DEEPEST_NESTING = 32
"""Deeper values are refused: no fact of ours needs them, and a reader's stack is finite."""

_LARGEST_PLAIN_EXPONENT = 21
_SMALLEST_PLAIN_EXPONENT = -6
_FIRST_PRINTABLE = 0x20

_SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPES = str.maketrans(
    {chr(code): f"\\u{code:04x}" for code in range(_FIRST_PRINTABLE)} | _SHORT_ESCAPES,
)


def canonical_bytes(value: JSONValue) -> bytes:
    """Return the RFC 8785 form of a JSON value, as UTF-8 bytes.

    Raises NotCanonical for what I-JSON cannot carry: NaN, infinities, unsafe integers, lone surrogates, keys that
    are not text, other Python types, nesting deeper than DEEPEST_NESTING.
    """
    parts: list[str] = []
    _write(value, parts, DEEPEST_NESTING)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical("text holds a lone surrogate") from error


def _write(value: JSONValue, parts: list[str], depth_left: int) -> None:
    """Append the canonical text of one value."""
    if value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, str):
        parts.append(_quoted(value))
    elif isinstance(value, int):
        parts.append(_whole_number(value))
    elif isinstance(value, float):
        parts.append(number_text(value))
    elif depth_left == 0:
        raise NotCanonical(f"nested deeper than {DEEPEST_NESTING}")
    elif isinstance(value, Mapping):
        _write_object(value, parts, depth_left - 1)
    elif isinstance(value, list | tuple):
        _write_array(value, parts, depth_left - 1)
    else:
        raise NotCanonical(f"{type(value).__name__} is not a JSON value")


def _write_object(value: Mapping[str, JSONValue], parts: list[str], depth_left: int) -> None:
    """Append an object with its keys in the order of their UTF-16 code units (RFC 8785 section 3.2.3)."""
    parts.append("{")
    for position, key in enumerate(sorted(value, key=_utf16)):
        if position:
            parts.append(",")
        parts.append(_quoted(key))
        parts.append(":")
        _write(value[key], parts, depth_left)
    parts.append("}")


def _write_array(value: Sequence[JSONValue], parts: list[str], depth_left: int) -> None:
    """Append an array; its order is part of the value."""
    parts.append("[")
    for position, item in enumerate(value):
        if position:
            parts.append(",")
        _write(item, parts, depth_left)
    parts.append("]")


def _utf16(key: object) -> bytes:
    """Return what keys are sorted by: big-endian UTF-16, whose byte order is its code-unit order."""
    if not isinstance(key, str):
        raise NotCanonical(f"an object key is text, not {type(key).__name__}")
    try:
        return key.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise NotCanonical("a key holds a lone surrogate") from error


def _quoted(text: str) -> str:
    """Return a JSON string: only what must be escaped is (RFC 8785 section 3.2.2.2)."""
    return f'"{text.translate(_ESCAPES)}"'


def _whole_number(value: int) -> str:
    """Return an integer in digits, refusing what a double would round."""
    if abs(value) > LARGEST_SAFE_INTEGER:
        raise NotCanonical("a whole number beyond 2**53 - 1 would be rounded by other readers")
    return str(int(value))


def number_text(value: float) -> str:
    """Return a double as ECMAScript writes it (Number::toString, RFC 8785 section 3.2.2.3).

    Raises NotCanonical for NaN and the infinities.
    """
    if not isfinite(value):
        raise NotCanonical("NaN and the infinities have no JSON form")
    if value == 0:
        return "0"  # minus zero too
    sign, digit_tuple, _exponent = parsed = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digit_tuple))
    # `point` is where the decimal point falls, counted from the first digit: ECMAScript calls it n.
    point = len(digits) + int(parsed.exponent)
    return ("-" if sign else "") + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """Return digits with their decimal point, or in exponent form outside ECMAScript's plain range."""
    if len(digits) <= point <= _LARGEST_PLAIN_EXPONENT:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _LARGEST_PLAIN_EXPONENT:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"
