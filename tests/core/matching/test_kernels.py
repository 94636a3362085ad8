"""The loops, each beside what it stands for in NumPy; run twice, compiled and as plain Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from entente.core.matching import kernels, tables
from entente.core.matching.geometry import CHUNKS, plan_for, prefix_bits_for
from tests.core.matching.sets import (
    SETS,
    Hashes,
    brute_force,
    equal_set,
    near_to,
    queries_for,
    random_set,
    sets,
)

pytestmark = pytest.mark.kernels
FEW = settings(max_examples=25, deadline=None)
words = st.integers(0, 2**64 - 1)
seeds = st.integers(0, 2**32)


def _matches(found: NDArray[np.int64]) -> list[tuple[int, ...]]:
    return sorted((int(query), int(row), int(distance)) for query, row, distance in found)


def _expected(hashes: Hashes, queries: Hashes, radius: int) -> list[tuple[int, ...]]:
    return sorted(brute_force(hashes, queries, radius))


@settings(deadline=None)
@given(words)
def test_popcount_counts_bits(word: int) -> None:
    assert kernels.popcount(np.uint64(word)) == word.bit_count()


@settings(deadline=None)
@given(words, st.integers(0, 16))
def test_near_lanes_are_those_with_no_more_bits_than_they_may_have(word: int, allowed: int) -> None:
    bias = np.uint64((0x7F - allowed) * 0x0100_0100_0100_0100)
    lanes = [(word >> 16 * lane) & 0xFFFF for lane in range(4)]
    tops = sum(0x8000 << 16 * lane for lane in range(4) if lanes[lane].bit_count() <= allowed)
    assert int(kernels.near_lanes(np.uint64(word), bias)) == tops
    assert int(kernels.near_lanes(np.uint64(word), np.uint64(0x8000_8000_8000_8000))) == 0


@settings(deadline=None)
@given(seeds)
def test_a_window_is_a_piece_of_the_ring(seed: int) -> None:
    hashes = random_set(np.random.default_rng(seed), 3)
    ring = int.from_bytes(hashes[1].tobytes() * 2)
    for chunk in range(CHUNKS):
        expected = (ring >> (512 - 64 - 16 * chunk)) & (2**64 - 1)
        assert int(kernels.window(tables.as_words(hashes), 1, chunk)) == expected


@FEW
@given(seeds, sets, st.integers(1, 70))
def test_a_table_holds_every_hash_once_in_the_bucket_of_its_prefix(seed: int, kind: str, count: int) -> None:
    hashes = tables.as_words(SETS[kind](np.random.default_rng(seed), count))
    bits = prefix_bits_for(count)
    for chunk, (starts, sketches, positions) in enumerate(tables.filled_tables(hashes)):
        heads = tables.heads_of(hashes, chunk)
        assert sorted(positions.tolist()) == list(range(count))
        prefixes = heads[positions] >> np.uint32(32 - bits)
        assert np.array_equal(np.bincount(prefixes, minlength=1 << bits), np.diff(starts.astype(np.int64)))
        assert prefixes.tolist() == sorted(prefixes.tolist())
        behind = (heads[positions] >> np.uint32(16 - bits)) & np.uint32(0xFFFF)
        assert np.array_equal(sketches.view(np.uint16)[:count], behind)


@FEW
@given(seeds, sets, st.integers(1, 120), st.integers(0, 63))
def test_searching_and_joining_tables_equal_brute_force(
    seed: int, kind: str, count: int, radius: int
) -> None:
    random = np.random.default_rng(seed)
    hashes = SETS[kind](random, count)
    queries = queries_for(random, hashes, radius, 2)
    held = tables.held_in_memory(tables.as_words(hashes))
    asked = tables.as_words(queries)
    expected = _expected(hashes, queries, radius)
    assert _matches(tables.searched(asked, held, radius)) == expected
    assert _matches(tables.joined(asked, held, radius)) == expected
    assert _matches(tables.scanned(asked, held.hashes, radius)) == expected


def _asked(queries: NDArray[np.uint64], chunk: int = 0) -> kernels.Asked:
    heads = tables.heads_of(queries, chunk)
    order = np.argsort(heads, kind="stable")
    return kernels.Asked(queries, heads[order].reshape(1, -1), order, np.zeros(len(queries), np.bool_), chunk)


def test_a_bucket_larger_than_a_piece_is_compared_in_several() -> None:
    random = np.random.default_rng(1)
    hashes = np.concatenate([random_set(random, 3), equal_set(random, 4_300), random_set(random, 2)])
    held = tables.held_in_memory(tables.as_words(hashes))
    asked = tables.as_words(hashes[4_302:])
    assert _matches(tables.searched(asked, held, 0)) == _expected(hashes, hashes[4_302:], 0)


def test_a_query_with_too_many_candidates_is_marked_and_compared_with_every_hash() -> None:
    hashes = equal_set(np.random.default_rng(2), 8_400)
    held = tables.held_in_memory(tables.as_words(hashes))
    plan = plan_for(len(hashes), 0)._replace(budget=4_000)
    asked = _asked(held.hashes[:1])
    filled, done = kernels.join(asked, 0, 1, held, plan, np.empty((9_000, 3), np.int64))
    assert (filled, done, asked.swollen.tolist()) == (4_096, 1, [True])
    assert len(tables.searched(held.hashes[:1], held, 0)) == 8_400
    assert len(tables.joined(held.hashes[:1], held, 0)) == 8_400


@pytest.mark.parametrize(("room", "answer"), [(9_000, (8_400, 1)), (8_000, (0, 0)), (100, (0, 0))])
def test_a_query_that_finds_no_room_is_not_answered(room: int, answer: tuple[int, int]) -> None:
    hashes = equal_set(np.random.default_rng(2), 8_400)
    held = tables.held_in_memory(tables.as_words(hashes))
    plan = plan_for(len(hashes), 0)._replace(budget=9_000)
    found = np.empty((room, 3), np.int64)
    assert kernels.join(_asked(held.hashes[:1]), 0, 1, held, plan, found) == answer
    assert kernels.search(held.hashes[:1], 0, 1, held, plan, np.zeros(1, np.bool_), found) == answer
    assert kernels.scan(held.hashes[:1], 0, 1, held.hashes, 0, found) == answer


def test_pairs_are_verified_between_queries_and_what_was_answered_stays() -> None:
    random = np.random.default_rng(3)
    groups = [equal_set(random, 2_100) for _ in range(3)]
    hashes = np.concatenate(groups)
    queries = np.concatenate([group[:1] for group in groups])
    held = tables.held_in_memory(tables.as_words(hashes))
    plan = plan_for(len(hashes), 0)
    asked = _asked(tables.as_words(queries))
    found = np.empty((5_000, 3), np.int64)
    assert kernels.join(asked, 0, 3, held, plan, found) == (4_200, 2)
    assert set(found[:4_200, 0].tolist()) == set(asked.order[:2].tolist())
    assert kernels.join(asked, 2, 3, held, plan, found) == (2_100, 3)


def test_neighbours_in_the_order_share_a_run() -> None:
    random = np.random.default_rng(4)
    hashes = near_to(random, equal_set(random, 90), 4)
    queries = near_to(random, hashes, 1)  # more with one prefix than a run takes
    held = tables.held_in_memory(tables.as_words(hashes))
    assert _matches(tables.joined(tables.as_words(queries), held, 6)) == _expected(hashes, queries, 6)


@pytest.mark.parametrize("radius", [0, 31])
def test_altered_tables_reach_nothing_outside_and_find_nothing_false(radius: int) -> None:
    random = np.random.default_rng(5)
    hashes = random_set(random, 200)
    held = tables.held_in_memory(tables.as_words(hashes))
    true = set(_expected(hashes, hashes[:20], radius))
    for _ in range(20):
        altered = held._replace(
            starts=tables.frozen(random.integers(0, 2**32, held.starts.shape).astype(np.uint32)),
            positions=tables.frozen(random.integers(0, 2**32, held.positions.shape).astype(np.uint32)),
        )
        assert set(_matches(tables.searched(held.hashes[:20], altered, radius))) <= true
        assert set(_matches(tables.joined(held.hashes[:20], altered, radius))) <= true


def test_loops_can_be_loaded_before_they_are_needed() -> None:
    tables.prepare()
