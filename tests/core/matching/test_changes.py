"""The live part: what came after a segment, as it was at any number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.core.matching.changes import Change, LivePart, LiveView, checked_count, in_sequence
from entente.core.matching.entries import (
    LARGEST_ROW_OF_SEVERAL,
    MOST_HASHES_OF_ROW,
    entries_of,
    parts_of,
    rows_of,
)
from entente.core.matching.errors import ChangesMissing, MalformedHash

WIDTH = 2
rows = st.integers(0, 9)
one_hash = st.none() | st.binary(min_size=WIDTH, max_size=WIDTH)
several_hashes = st.none() | st.lists(st.binary(min_size=WIDTH, max_size=WIDTH), max_size=4).map(b"".join)


def _standing(view: LiveView, *, several: bool) -> dict[int, bytes]:
    """Return row and hashes of what a view shows as standing."""
    found: dict[int, bytes] = {}
    kept = view.holds(np.arange(len(view.entries)))
    for entry, written in zip(view.entries[kept].tolist(), view.hashes[kept], strict=True):
        row = entry >> 32 if several else entry
        found[row] = found.get(row, b"") + written.tobytes()
    return found


@pytest.mark.parametrize("kind", ["one", "several"])
@settings(deadline=None)
@given(st.data())
def test_every_view_stays_as_it_was_whatever_comes_later(kind: str, data: st.DataObject) -> None:
    several = kind == "several"
    written = several_hashes if several else one_hash
    live = LivePart(WIDTH, 5, several=several)
    views: list[tuple[LiveView, dict[int, bytes], set[int]]] = []
    standing: dict[int, bytes] = {}
    touched: set[int] = set()
    for number, (row, hashes) in enumerate(data.draw(st.lists(st.tuples(rows, written), max_size=150)), 6):
        live.extend([(number, row, hashes)])
        standing = {**standing, row: hashes or b""}
        touched = touched | {row}
        views.append((live.view(), standing, touched))
    for view, was, changed in views:
        assert _standing(view, several=several) == {row: hashes for row, hashes in was.items() if hashes}
        assert view.untouched(np.arange(10)).tolist() == [row not in changed for row in range(10)]
        many = np.arange(2_000) % 10
        assert view.untouched(many).tolist() == [row not in changed for row in many.tolist()]


@pytest.mark.parametrize("kind", ["one", "several"])
@settings(deadline=None)
@given(st.data(), st.integers(0, 40))
def test_what_is_behind_a_number_is_what_came_after_it(kind: str, data: st.DataObject, number: int) -> None:
    several = kind == "several"
    written = several_hashes if several else one_hash
    changes = list(enumerate(data.draw(st.lists(st.tuples(rows, written), min_size=1, max_size=30)), 1))
    live, expected = LivePart(WIDTH, 0, several=several), LivePart(WIDTH, 0, several=several)
    for at, (row, hashes) in changes:
        live.extend([(at, row, hashes)])
    expected.advance(number)
    for at, (row, hashes) in changes[number:]:
        expected.extend([(at, row, hashes)])
    rest = live.after(number)
    assert (len(rest), rest.reached) == (max(0, len(changes) - number), max(number, len(changes)))
    for at, (row, hashes) in enumerate(data.draw(st.lists(st.tuples(rows, written), max_size=9)), 100):
        rest.extend([(at, row, hashes)])
        expected.extend([(at, row, hashes)])
    assert _standing(rest.view(), several=several) == _standing(expected.view(), several=several)
    assert rest.view().untouched(np.arange(10)).tolist() == expected.view().untouched(np.arange(10)).tolist()


@pytest.mark.parametrize("kind", ["one", "several"])
@settings(deadline=None)
@given(st.data())
def test_many_changes_at_once_are_as_one_after_the_other(kind: str, data: st.DataObject) -> None:
    several = kind == "several"
    written = several_hashes if several else one_hash
    drawn = data.draw(st.lists(st.tuples(rows, written), max_size=150))
    changes: list[Change] = [(number, row, hashes) for number, (row, hashes) in enumerate(drawn, 1)]
    at_once, one_by_one = LivePart(WIDTH, 0, several=several), LivePart(WIDTH, 0, several=several)
    at_once.extend(changes)
    for change in changes:
        one_by_one.extend([change])
    for live in (at_once, one_by_one):
        live.extend([])
        live.extend([(len(changes) + 1, 3, b"ab"), (len(changes) + 2, 4, None)])
    assert _standing(at_once.view(), several=several) == _standing(one_by_one.view(), several=several)
    assert at_once.reached == one_by_one.reached == len(changes) + 2
    half = len(changes) // 2
    assert _standing(at_once.after(half).view(), several=several) == _standing(
        one_by_one.after(half).view(), several=several
    )


@pytest.mark.parametrize("hashes", [b"", b"1", b"123", b"1234"])
def test_where_a_row_has_one_hash_another_length_is_refused(hashes: bytes) -> None:
    assert checked_count(7, b"ab", WIDTH, several=False) == 1
    with pytest.raises(MalformedHash, match="row 7: a hash has 2 bytes"):
        checked_count(7, hashes, WIDTH, several=False)


@pytest.mark.parametrize(
    ("row", "count"), [(-1, 1), (LARGEST_ROW_OF_SEVERAL + 1, 1), (1, MOST_HASHES_OF_ROW + 1)]
)
def test_where_a_row_has_several_hashes_what_has_no_room_is_refused(row: int, count: int) -> None:
    assert (
        checked_count(LARGEST_ROW_OF_SEVERAL, bytes(2 * MOST_HASHES_OF_ROW), WIDTH, several=True)
        == MOST_HASHES_OF_ROW
    )
    assert checked_count(0, b"", WIDTH, several=True) == 0
    with pytest.raises(MalformedHash, match=f"row {row}: {count} hashes"):
        checked_count(row, bytes(WIDTH * count), WIDTH, several=True)
    with pytest.raises(MalformedHash, match="row 1: a hash has 2 bytes"):
        checked_count(1, b"abc", WIDTH, several=True)


def test_a_number_that_was_reached_is_refused() -> None:
    live = LivePart(WIDTH, 4)
    with pytest.raises(ChangesMissing, match="change 4 after 4"):
        live.extend([(4, 1, b"ab")])
    assert (live.reached, len(live)) == (4, 0)


def _sequence(changes: list[Change], reached: int, read: tuple[int, int] | None = None) -> list[int]:
    return [number for number, _, _ in in_sequence(changes, reached, read)]


def test_a_sequence_of_its_own_has_every_number() -> None:
    changes: list[Change] = [(number, 1, None) for number in (3, 4, 5, 6)]
    assert _sequence(changes, 4) == [5, 6]
    assert _sequence(changes, 2) == [3, 4, 5, 6]
    assert _sequence(changes, 9) == []
    with pytest.raises(ChangesMissing, match="change 3 where 2"):
        _sequence(changes, 1)
    with pytest.raises(ChangesMissing, match="change 6 where 4"):
        _sequence([(3, 1, None), (6, 1, None)], 2)


def test_a_shared_sequence_has_the_numbers_that_were_read() -> None:
    changes: list[Change] = [(3, 1, None), (9, 1, None)]
    assert _sequence(changes, 0, (0, 9)) == [3, 9]
    assert _sequence(changes, 4, (2, 20)) == [9]
    assert _sequence([], 4, (4, 20)) == []
    with pytest.raises(ChangesMissing, match="read after 5 where 4"):
        _sequence(changes, 4, (5, 9))
    with pytest.raises(ChangesMissing, match="change 9 where 8"):
        _sequence(changes, 0, (0, 8))


@settings(deadline=None)
@given(st.integers(0, LARGEST_ROW_OF_SEVERAL), st.integers(0, 50) | st.just(MOST_HASHES_OF_ROW))
def test_an_entry_says_row_place_and_how_many(row: int, count: int) -> None:
    entries = entries_of(row, count)
    parts = parts_of(entries)
    assert rows_of(entries).tolist() == parts.rows.tolist() == [row] * count
    assert parts.places.tolist() == list(range(count))
    assert parts.counts.tolist() == [count] * count
