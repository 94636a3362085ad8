"""RFC 8785: canonical JSON, byte for byte."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.tlog.canonical import (
    DEEPEST_NESTING,
    LARGEST_SAFE_INTEGER,
    JSONValue,
    canonical_bytes,
    number_text,
)
from entente.core.tlog.errors import NotCanonical

# Bit patterns and texts of RFC 8785, appendix B.
APPENDIX_B = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("41b3de4355555555", "333333333.3333333"),
    ("41b3de4355555556", "333333333.3333334"),
    ("41b3de4355555557", "333333333.33333343"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "expected"), APPENDIX_B)
def test_numbers_are_written_as_appendix_b_says(bits: str, expected: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert number_text(value) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_without_a_json_form_are_refused(value: float) -> None:
    with pytest.raises(NotCanonical, match="no JSON form"):
        canonical_bytes(value)


def test_keys_are_ordered_by_utf16_code_units_not_by_code_points() -> None:
    # U+1F600 is a surrogate pair (D83D DE00) in UTF-16, so it comes before U+FB33 although its code point is larger.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical_bytes(dict.fromkeys(keys, 0)).decode()
    found = list(json.loads(written))
    assert found == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_only_what_must_be_escaped_is() -> None:
    text = '\u20ac$\x0f\nA\'B"\\\\"/\u2028\x7f\b\t\f\r\x00'
    expected = '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\x7f\\b\\t\\f\\r\\u0000"'
    assert canonical_bytes(text).decode() == expected


def test_a_nested_value_has_no_space_and_sorted_keys_at_every_level() -> None:
    value: JSONValue = {"b": [True, False, None, {"z": 1, "a": 2.5}], "a": {}, "c": ()}
    assert canonical_bytes(value) == b'{"a":{},"b":[true,false,null,{"a":2.5,"z":1}],"c":[]}'


def test_whole_numbers_beyond_the_safe_range_are_refused_not_rounded() -> None:
    assert canonical_bytes(-LARGEST_SAFE_INTEGER) == b"-9007199254740991"
    with pytest.raises(NotCanonical, match="rounded"):
        canonical_bytes(LARGEST_SAFE_INTEGER + 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        ({1: 2}, "key is text"),
        ({"a": {1, 2}}, "set is not"),
        (b"bytes", "bytes is not"),
    ],
)
def test_what_i_json_cannot_carry_is_refused(value: object, reason: str) -> None:
    with pytest.raises(NotCanonical, match=reason):
        canonical_bytes(value)  # type: ignore[arg-type]


def test_nesting_is_bounded() -> None:
    value: object = []
    for _ in range(DEEPEST_NESTING - 1):
        value = [value]
    assert canonical_bytes(value).startswith(b"[[")  # type: ignore[arg-type]
    with pytest.raises(NotCanonical, match="nested"):
        canonical_bytes([value])  # type: ignore[list-item]


def _as_a_double_where_it_was_one(digits: str) -> float:
    # JSON has one kind of number; Python reads a large double without a point back as an int.
    return int(digits) if abs(int(digits)) <= LARGEST_SAFE_INTEGER else float(digits)


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LARGEST_SAFE_INTEGER, LARGEST_SAFE_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=12,
)


@given(_values)
def test_what_is_written_reads_back_the_same_and_is_stable(value: object) -> None:
    once = canonical_bytes(value)  # type: ignore[arg-type]
    again = json.loads(once, parse_int=_as_a_double_where_it_was_one)
    assert again == value
    assert canonical_bytes(again) == once


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_survives_the_trip(value: float) -> None:
    assert float(number_text(value)) == value


@given(st.dictionaries(_texts, st.integers(0, 9), max_size=6), st.randoms())
def test_the_order_of_insertion_does_not_matter(value: dict[str, int], random: object) -> None:
    items = list(value.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert canonical_bytes(dict(items)) == canonical_bytes(value)
