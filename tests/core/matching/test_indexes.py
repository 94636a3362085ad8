"""Each signal type has its index, and all of them answer alike; a type of others is compared one by one."""

from pathlib import Path

import pytest
from typing_extensions import override

from entente.core.matching.compared import ComparedIndex
from entente.core.matching.errors import ChangesMissing
from entente.core.matching.exact import ExactIndex
from entente.core.matching.indexes import index_for
from entente.core.matching.segmented import SegmentedIndex
from entente.core.signals.errors import MalformedSignal
from entente.core.signals.registry import SignalTypes
from entente.core.signals.signal_type import SignalType
from tests.core.signals.third_parties import Sound

TYPES = [*SignalTypes().values(), Sound()]


class Fragile(SignalType):
    """A third party's type that fails in its own way."""

    name = "fragile"

    @override
    def parse(self, written: str) -> bytes:
        return written.encode()

    @override
    def write(self, value: bytes) -> str:
        return value.decode()

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        if b"!" in one + other:
            raise ZeroDivisionError("by accident")
        return abs(len(one) - len(other))


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_near_and_far_are_found_as_the_examples_of_the_type_say(tmp_path: Path, kind: SignalType) -> None:
    near = [(kind.parse(one), kind.parse(other)) for one, other in kind.examples.near]
    far = [(kind.parse(one), kind.parse(other)) for one, other in kind.examples.far]
    for place, (radius, pairs) in enumerate(((kind.default_radius, near), (kind.widest_radius, far))):
        for number, (one, other) in enumerate(pairs):
            index = index_for(kind, tmp_path / f"{place}{number}")
            assert (len(index), index.reached, index.should_merge) == (0, 0, False)
            assert index.apply([(1, 7, one), (2, 8, None)]) == 2
            for _ in range(2):
                found = index.search(other, radius)
                assert found.reached == 2
                assert [row for row, _ in found.matches] == ([7] if pairs is near else [])
                assert all(distance <= radius for _, distance in found.matches)
                index.merge()
                index.refresh()
            assert index.rebuild([(9, one)], 4)
            assert index.apply([(6, 9, None)], read=(4, 6)) == 6
            assert index.search(other, radius) == ([], 6)
            assert not index.refused


def test_what_is_kept_is_read_again_by_the_next_process(tmp_path: Path) -> None:
    for kind in TYPES:
        value = kind.parse(kind.examples.canonical[0])
        index = index_for(kind, tmp_path / kind.name)
        index.apply([(1, 3, value)])
        if index.merge():
            assert index_for(kind, tmp_path / kind.name).search(value, 0) == ([(3, 0)], 1)
        else:
            assert isinstance(index, ComparedIndex)


def test_a_type_of_others_is_compared_one_by_one() -> None:
    index = ComparedIndex(Fragile())
    assert index.apply([(1, 3, b"ab"), (2, 5, b"abcd"), (3, 4, b"abcd"), (4, 9, b"!"), (5, 3, b"abcde")]) == 5
    assert index.search(b"abc", 2) == ([(4, 1), (5, 1), (3, 2)], 5)
    assert index.refused == {9: "ZeroDivisionError: by accident"}
    assert index.apply([(6, 9, b"abc"), (7, 5, None)], read=(5, 9)) == 9
    assert index.search(b"abc", 1) == ([(9, 0), (4, 1)], 9)
    assert (index.refused, len(index), index.in_memory) == ({}, 3, 3)


def test_changes_of_a_type_of_others_may_not_be_missing() -> None:
    index = ComparedIndex(Fragile())
    with pytest.raises(ChangesMissing, match="change 3 where 2"):
        index.apply([(1, 3, b"ab"), (3, 4, b"ab")])
    assert (index.reached, index.search(b"ab", 0).matches) == (1, [(3, 0)])
    assert not index.rebuild([(8, b"ab")], 0)
    assert index.rebuild([(8, b"ab")], 1)
    assert index.search(b"ab", 0) == ([(8, 0)], 1)


def test_signals_of_one_type_are_not_mixed_with_another(tmp_path: Path) -> None:
    index = SegmentedIndex.follow(tmp_path, ExactIndex)
    with pytest.raises(ValueError, match="32 bytes"):
        index.search(bytes(16), 0)
    assert issubclass(MalformedSignal, ValueError)
