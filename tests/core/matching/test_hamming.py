"""The Hamming index answers as brute force does, whatever it holds and whatever is asked."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from entente.core.matching import hamming
from entente.core.matching.errors import BadSegment, MalformedHash, RadiusTooWide
from entente.core.matching.geometry import WIDEST_INDEXED_RADIUS
from entente.core.matching.hamming import SMALLEST_INDEXED, HammingIndex
from entente.core.matching.segment import Section, SegmentWriter
from tests.core.matching.sets import (
    SETS,
    Hashes,
    adversarial_set,
    at_distance,
    brute_force,
    clustered_set,
    equal_set,
    flip_bit,
    listed,
    near_to,
    queries_for,
    random_set,
    sets,
)

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COUNTS = [0, 1, 2, 257, 8191, 8192, 8193, 20_000]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that the examples of a property share."""
    return tmp_path_factory.mktemp("hamming")


def _answers(index: HammingIndex, queries: Hashes, radius: int) -> list[list[tuple[int, int, int]]]:
    """Ask in every way there is."""
    return [
        listed(index.search_many(queries, radius)),
        listed(index.search_many(queries, radius, threads=3)),
        [
            (number, row, distance)
            for number, query in enumerate(queries)
            for row, distance in index.search(query.tobytes(), radius)
        ],
    ]


@QUICK
@given(st.integers(0, 2**32), sets, st.sampled_from(COUNTS), st.integers(0, 256))
def test_every_way_of_asking_equals_brute_force(
    folder: Path, seed: int, kind: str, count: int, radius: int
) -> None:
    random = np.random.default_rng(seed)
    hashes = SETS[kind](random, count)
    radius = radius if kind != "equal" else min(radius, 40)
    index = HammingIndex.build(hashes, folder / "index")
    queries = queries_for(random, hashes, radius, 6)
    expected = brute_force(hashes, queries, radius)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            hamming, "_SCANNED_PER_LOOKUP", seed % 2 * 16
        )  # 0: wherever there are tables, they are asked
        for answer in _answers(index, queries, radius):
            assert answer == expected


@QUICK
@given(
    st.integers(0, 2**32),
    sets,
    st.sampled_from([8192, 8193, 20_000]),
    st.integers(0, WIDEST_INDEXED_RADIUS + 1),
)
def test_a_join_equals_brute_force(folder: Path, seed: int, kind: str, count: int, radius: int) -> None:
    random = np.random.default_rng(seed)
    hashes = SETS[kind](random, count)
    queries = queries_for(random, hashes, radius, 20)
    rows = random.permutation(1000)[: len(queries)]
    index = HammingIndex.build(hashes, folder / "index")
    other = HammingIndex.build(queries, folder / "other", rows=rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_JOIN_FROM", 1)
        patch.setattr(hamming, "_SCANNED_PER_LOOKUP", 0)
        found = index.join(other, radius, threads=1 + seed % 3)
    expected = [
        (int(rows[number]), row, distance) for number, row, distance in brute_force(hashes, queries, radius)
    ]
    assert listed(found) == sorted(expected, key=lambda match: (match[0], match[2], match[1]))


@pytest.mark.parametrize("radius", [*range(66), 100, 255, 256])
def test_every_radius_is_exact_at_its_edge(tmp_path: Path, radius: int) -> None:
    random = np.random.default_rng(radius)
    hashes = np.concatenate([random_set(random, 50_000), clustered_set(random, 2_000)])
    index = HammingIndex.build(hashes, tmp_path / "index")
    queries = np.array([at_distance(random, hashes[51_000], bits) for bits in (max(radius - 1, 0), radius)])
    assert listed(index.search_many(queries, radius)) == brute_force(hashes, queries, radius)


@pytest.mark.parametrize("radius", [15, 31, 47])
def test_tables_of_whole_chunks_equal_brute_force(tmp_path: Path, radius: int) -> None:
    random = np.random.default_rng(7)
    hashes = np.concatenate([random_set(random, 500_000), clustered_set(random, 40_000)])
    index = HammingIndex.build(hashes, tmp_path / "index")
    queries = queries_for(random, hashes, radius, 40)
    expected = brute_force(hashes, queries, radius)
    assert listed(index.search_many(queries, radius)) == expected
    other = HammingIndex.build(queries, tmp_path / "other")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_JOIN_FROM", 1)
        assert listed(index.join(other, radius, threads=2)) == expected


def test_a_join_of_many_with_many_equals_brute_force(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    hashes = np.concatenate([random_set(random, 8_000), clustered_set(random, 2_000)])
    queries = np.concatenate([near_to(random, hashes[:2_500], 31), random_set(random, 500)])
    index = HammingIndex.build(hashes, tmp_path / "index")
    found = index.join(HammingIndex.build(queries, tmp_path / "other"), threads=2)
    assert listed(found) == brute_force(hashes, queries, 31)


def test_swollen_buckets_are_answered_by_comparing_every_hash(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    same = equal_set(random, 30_000)
    alike = adversarial_set(random, 30_000)
    alike[:, :6] = same[0, :6]  # they meet the query in two chunks, and are far from it
    hashes = np.concatenate([same, alike])
    index = HammingIndex.build(hashes, tmp_path / "index")
    queries = np.concatenate([same[:1], near_to(random, same[:1], 20), random_set(random, 1)])
    expected = brute_force(hashes, queries, 31)
    assert listed(index.search_many(queries)) == expected
    assert listed(index.search_many(queries, threads=2)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_JOIN_FROM", 1)
        assert listed(index.search_many(queries, threads=2)) == expected


def test_more_matches_than_there_was_room_for_are_all_returned(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    hashes = np.concatenate([near_to(random, equal_set(random, 2_000), 3), random_set(random, 8_000)])
    index = HammingIndex.build(hashes, tmp_path / "index")
    queries = hashes[:300]
    expected = brute_force(hashes, queries, 6)
    assert len(expected) > 2 * 300
    assert listed(index.search_many(queries, 6)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hamming, "_JOIN_FROM", 1)
        assert listed(index.search_many(queries, 6)) == expected


@pytest.mark.parametrize("count", [3, SMALLEST_INDEXED])
def test_rows_are_those_that_were_given(tmp_path: Path, count: int) -> None:
    random = np.random.default_rng(2)
    hashes, rows = random_set(random, count), random.permutation(count) + 2**40
    index = HammingIndex.build(hashes, tmp_path / "index", rows=rows, reached=17)
    assert (len(index), index.reached, index.path) == (count, 17, tmp_path / "index")
    assert index.search(hashes[1].tobytes(), 0) == [(int(rows[1]), 0)]
    assert index.rows.tolist() == rows.tolist()
    assert np.array_equal(index.hashes(1, 3), hashes[1:3])
    index.verify()


def test_equal_hashes_are_all_found_in_the_order_of_their_rows(tmp_path: Path) -> None:
    hashes = equal_set(np.random.default_rng(1), 5)
    index = HammingIndex.build(hashes, tmp_path / "index", rows=np.array([5, 3, 9, 1, 7]))
    assert index.search(hashes[0].tobytes()) == [(1, 0), (3, 0), (5, 0), (7, 0), (9, 0)]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = HammingIndex.build(np.empty((0, 32), np.uint8), tmp_path / "index")
    assert (len(index), index.search(bytes(32), 256), index.rows.tolist()) == (0, [], [])
    assert listed(index.join(index, 256)) == []
    assert listed(index.search_many(np.empty((0, 32), np.uint8), threads=2)) == []


@pytest.mark.parametrize("radius", [-1, 257])
def test_a_radius_beyond_the_bits_is_refused(tmp_path: Path, radius: int) -> None:
    index = HammingIndex.build(np.zeros((1, 32), np.uint8), tmp_path / "index")
    for ask in (
        lambda: index.search(bytes(32), radius),
        lambda: index.join(index, radius),
        lambda: HammingIndex.scan(np.zeros((1, 32), np.uint8), np.zeros((1, 32), np.uint8), radius),
    ):
        with pytest.raises(RadiusTooWide, match="from 0 to 256"):
            ask()


@pytest.mark.parametrize("query", [b"", bytes(31), bytes(33)])
def test_a_query_of_another_length_is_refused(tmp_path: Path, query: bytes) -> None:
    index = HammingIndex.build(np.zeros((1, 32), np.uint8), tmp_path / "index")
    with pytest.raises(MalformedHash, match="32 bytes"):
        index.search(query)


@pytest.mark.parametrize(
    "hashes", [np.zeros((2, 31), np.uint8), np.zeros(32, np.uint8), np.zeros((2, 32), np.int64)]
)
def test_hashes_of_another_shape_are_refused_and_leave_no_file(tmp_path: Path, hashes: Hashes) -> None:
    with pytest.raises(MalformedHash, match="n x 32"):
        HammingIndex.build(hashes, tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [np.arange(3), np.arange(2.0), np.arange(4).reshape(2, 2)])
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, rows: NDArray[np.int64]) -> None:
    with pytest.raises(MalformedHash, match="2 hashes need as many rows"):
        HammingIndex.build(np.zeros((2, 32), np.uint8), tmp_path / "index", rows=rows)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [2, 4])
def test_another_number_of_hashes_than_was_said_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValueError, match="section"):
        HammingIndex.build_from(
            [(None, np.zeros((3, 32), np.uint8))], tmp_path / "index", count=count, numbered=True
        )
    assert list(tmp_path.iterdir()) == []


def test_more_hashes_than_positions_can_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedHash, match="at most"):
        HammingIndex.build_from([], tmp_path / "index", count=2**32)


def test_a_segment_takes_less_than_it_may(tmp_path: Path) -> None:
    hashes = random_set(np.random.default_rng(0), 100_000)
    index = HammingIndex.build(hashes, tmp_path / "index", rows=np.arange(100_000))
    assert index.path.stat().st_size / len(index) < 200


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ([("hashes", "u8", 3, 3), ("rows", "i8", 0, 1)], "do not belong together"),
        ([("hashes", "u8", 3, 4), ("rows", "i8", 2, 1)], "do not belong together"),
        ([("hashes", "u8", 3, 4)], "no section rows"),
        ([("hashes", "u4", 3, 4), ("rows", "i8", 0, 1)], "no section hashes of u8"),
        (
            [
                ("hashes", "u8", 3, 4),
                ("rows", "i8", 0, 1),
                ("starts", "u4", 16, 17),
                ("sketches", "u8", 16, 8),
                ("positions", "u4", 16, 3),
            ],
            "tables do not fit",
        ),
    ],
)
def test_sections_that_do_not_belong_together_are_refused(
    tmp_path: Path, sections: list[tuple[str, str, int, int]], message: str
) -> None:
    made = [Section(*section) for section in sections]
    with SegmentWriter(tmp_path / "index", kind=HammingIndex.kind, reached=0, sections=made) as writer:
        for section in made:
            writer.write(section.name, np.zeros((section.rows, section.columns)))
    with pytest.raises(BadSegment, match=message):
        HammingIndex.open(tmp_path / "index")


def test_an_altered_index_is_found_out_by_verify_and_never_leaves_its_arrays(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    hashes = random_set(random, SMALLEST_INDEXED)
    index = HammingIndex.build(hashes, tmp_path / "index", rows=np.arange(len(hashes)))
    for placed in index._segment._placed:
        for at in random.integers(placed.offset, placed.offset + placed.section.size, 6).tolist():
            flip_bit(index.path, at)
            altered = HammingIndex.open(index.path)
            altered.search_many(hashes[:50], 31)
            with pytest.raises(BadSegment, match=f"section {placed.section.name} was altered"):
                altered.verify()
            flip_bit(index.path, at)
    HammingIndex.open(index.path).verify()
