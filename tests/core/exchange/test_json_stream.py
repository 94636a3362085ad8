"""JSON read object by object: what is broken is passed over, what cannot be followed ends the reading."""

import itertools
import json
import tracemalloc
from collections import deque
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats import json_stream
from entente.core.exchange.formats.json_stream import BROKEN, loads, objects

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=5), st.integers(1, 7), st.sampled_from([None, 1]))
def test_the_items_of_a_list_are_those_that_a_parser_finds(
    items: list[object], size: int, indent: int | None
) -> None:
    document = json.dumps(items, indent=indent).encode()
    assert list(objects(document[start : start + size] for start in range(0, len(document), size))) == items


@given(st.lists(JSON, max_size=4), st.dictionaries(st.text(max_size=4), JSON, max_size=4), st.integers(1, 7))
def test_lists_are_found_among_other_members(
    items: list[object], others: dict[str, object], size: int
) -> None:
    document = json.dumps({**others, "wanted": items, "last": {"wanted": [1]}}).encode()
    parts = [document[start : start + size] for start in range(0, len(document), size)]
    assert list(objects(parts, lists={"wanted"})) == items


def test_a_single_member_is_one_item() -> None:
    assert list(objects(b'{"a": 1, "Event": {"x": []}}', single="Event")) == [{"Event": {"x": []}}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (b'[1, {"a": NaN}, 2]', [1, BROKEN, 2]),
        (b'[1, {"a" 1}, {"b": ["}", "\\"]"]} , 2]', [1, BROKEN, {"b": ["}", '"]']}, 2]),
        (b"[nul, 2, 'x', 3]", [BROKEN, 2, BROKEN, 3]),
        (b'[{"a": tru}, [1 2], "a\nb", 3]', [BROKEN, BROKEN, BROKEN, 3]),
        (b"[" + b"9" * 5000 + b", 1]", [BROKEN, 1]),
        (b'[{"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}, 1]", [BROKEN, 1]),
        (b'["\xff", 1]', ["\udcff", 1]),
        (b"[ ]", []),
    ],
)
def test_an_item_that_is_not_json_is_passed_over(document: bytes, expected: list[object]) -> None:
    assert list(objects(document)) == expected
    assert list(objects([document[:5], document[5:]])) == expected


@pytest.mark.parametrize(
    ("document", "count", "reason"),
    [
        (b"", 0, "the document is not JSON"),
        (b"<html>", 0, "the document is not JSON"),
        (b'"text"', 0, "the document is not JSON"),
        ("[1]".encode("utf-16"), 0, "the document is not JSON"),
        (b"[1, 2", 2, "the document is cut short"),
        (b'[1, {"a": 1', 1, "cut short, or its brackets do not match"),
        (b'[1, "a', 1, "cut short, or its brackets do not match"),
        (b"[1,", 1, "cut short, or its brackets do not match"),
        (b"[1, nul", 2, "the document is cut short"),
        (b'[1, {"a": [}], 2]', 1, "cut short, or its brackets do not match"),
        (b'[1, {"a": "x}, {"b": "y"}]', 1, "brackets do not match|a comma or a bracket is missing"),
        (b"[1, " + b"[" * 100_001, 1, "nested too deeply"),
        (b"[1,,2]", 1, "a value is missing"),
        (b"[1,]", 1, "a value is missing"),
        (b"[1 2]", 1, "a comma or a bracket is missing"),
        (b"[1] x", 1, "something stands behind the end"),
        (b'{"a": 1}', 0, "an object that has no Event nor list"),
        (b"{}", 0, "an object that has no Event nor list"),
        (b'{"list": {}}', 0, "an object that has no Event nor list"),
        (b"{1: 2}", 0, "a name and a colon are missing"),
        (b'{"a" 2}', 0, "a name and a colon are missing"),
        (b'{"a\n": 2}', 0, "a name and a colon are missing"),
        (b'{"list": [1]', 1, "the document is cut short"),
    ],
)
def test_what_cannot_be_followed_ends_the_reading(document: bytes, count: int, reason: str) -> None:
    for parts in ([document], [document[:3], document[3:]]):
        found: list[object] = []
        with pytest.raises(FormatUnreadable, match=reason):
            # One by one: what came before the error has been handed out.
            deque(map(found.append, objects(parts, lists={"list"}, single="Event")), maxlen=0)
        assert len(found) == count


def test_an_object_that_never_ends_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_OBJECT_CHARACTERS", 100_000)
    endless = itertools.chain([b'[1, {"a": "'], itertools.repeat(b"x" * 1000))
    reading = objects(endless)
    assert next(reading) == 1
    with pytest.raises(FormatUnreadable, match="longer than 100,000 characters") as refusal:
        next(reading)
    assert refusal.value.line == 2


def test_one_text_is_parsed_or_broken() -> None:
    assert loads(' {"a": [1]} ') == {"a": [1]}
    for broken in ("", "{", "Infinity", "[" * 100_000, "9" * 5000, "{}x"):
        assert loads(broken) is BROKEN


def test_memory_does_not_grow_with_the_number_of_objects() -> None:
    def many(count: int) -> Iterator[bytes]:
        yield b'{"objects": [{}'
        for number in range(count):
            yield b', {"id": "%d", "x": "%s"}' % (number, b"x" * 200) if number % 10 else b", {x}"
        yield b"]}"

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            assert sum(1 for _ in objects(many(count), lists={"objects"})) == count + 1
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(20_000) < peak(1_000) + 200_000
