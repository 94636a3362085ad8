"""The exact indexes find every equal digest and nothing else."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.matching.errors import BadSegment, MalformedHash, RadiusTooWide
from entente.core.matching.exact import ExactIndex, ShortExactIndex
from entente.core.matching.segment import Section, SegmentWriter
from tests.core.matching.sets import Hashes, Match, listed

KINDS = [ExactIndex, ShortExactIndex]


def _digests(random: np.random.Generator, count: int, width: int) -> Hashes:
    """Return digests of which many are equal, and many more begin alike."""
    digests = random.integers(0, 3, (count, width), dtype=np.uint8)
    digests[: count // 2, 2:] = 0
    digests[count // 2 :, :-1] = 255
    return digests


def _expected(digests: Hashes, queries: Hashes, rows: list[int]) -> list[Match]:
    return sorted(
        (number, row, 0)
        for number, query in enumerate(queries)
        for row, digest in zip(rows, digests, strict=True)
        if np.array_equal(query, digest)
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(0, 60))
def test_every_way_of_asking_equals_brute_force(
    tmp_path: Path, kind: type[ExactIndex], seed: int, count: int
) -> None:
    random = np.random.default_rng(seed)
    digests, rows = _digests(random, count, kind.width), random.permutation(count) + 100
    queries = np.concatenate([_digests(random, 6, kind.width), digests[:4]])
    index = kind.build(digests, tmp_path / "index", rows=rows, reached=3)
    expected = _expected(digests, queries, rows.tolist())
    assert listed(index.search_many(queries)) == expected
    assert listed(kind.scan(digests, queries, 0)) == _expected(digests, queries, list(range(count)))
    asked = [(n, row, d) for n, query in enumerate(queries) for row, d in index.search(query.tobytes())]
    assert asked == expected
    other = kind.build(queries, tmp_path / "other", rows=np.arange(10)[: len(queries)] + 50)
    assert listed(index.join(other, 0)) == [(number + 50, row, d) for number, row, d in expected]
    assert (len(index), index.reached) == (count, 3)
    index.verify()


@pytest.mark.parametrize("kind", KINDS)
def test_a_join_takes_the_other_in_parts(tmp_path: Path, kind: type[ExactIndex]) -> None:
    digests = np.zeros((70_000, kind.width), np.uint8)
    digests[:, :4] = np.arange(70_000, dtype=">u4").reshape(-1, 1).view(np.uint8)
    index = kind.build(digests, tmp_path / "index")
    found = index.join(kind.build(digests[::-1], tmp_path / "other"), 0)
    assert np.array_equal(found.queries, np.arange(70_000))
    assert np.array_equal(found.rows, found.queries[::-1])


def test_only_what_is_equal_can_be_asked_for(tmp_path: Path) -> None:
    index = ExactIndex.build(np.zeros((1, 32), np.uint8), tmp_path / "index")
    with pytest.raises(RadiusTooWide, match="from 0 to 0"):
        index.search(bytes(32), 1)
    with pytest.raises(RadiusTooWide, match="from 0 to 0"):
        ExactIndex.scan(np.zeros((1, 32), np.uint8), np.zeros((1, 32), np.uint8), 1)
    with pytest.raises(MalformedHash, match="32 bytes"):
        index.search(bytes(16))
    with pytest.raises(MalformedHash, match="n x 32"):
        index.search_many(np.zeros((1, 16), np.uint8))


@pytest.mark.parametrize(("rows", "count"), [(None, 1), (np.arange(2), 1), (np.arange(1.0), 1)])
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, rows: object, count: int) -> None:
    with pytest.raises(MalformedHash, match="rows of int64"):
        ExactIndex.build_from([(rows, np.zeros((1, 32), np.uint8))], tmp_path / "index", count=count)  # type: ignore[list-item]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [0, 1, 3])
def test_another_number_of_digests_than_was_said_is_refused(tmp_path: Path, count: int) -> None:
    blocks = [(None, np.zeros((2, 32), np.uint8))]
    with pytest.raises(ValueError, match="another number of hashes"):
        ExactIndex.build_from(blocks, tmp_path / "index", count=count, numbered=True)
    assert list(tmp_path.iterdir()) == []


def test_one_kind_is_not_taken_for_the_other(tmp_path: Path) -> None:
    ExactIndex.build(np.zeros((1, 32), np.uint8), tmp_path / "index")
    with pytest.raises(BadSegment, match="not a segment of exact-128"):
        ShortExactIndex.open(tmp_path / "index")


@pytest.mark.parametrize(("digests", "heads"), [((2, 16), 2), ((2, 32), 1), ((1, 32), 2)])
def test_sections_that_do_not_belong_together_are_refused(
    tmp_path: Path, digests: tuple[int, int], heads: int
) -> None:
    sections = [
        Section("digests", "u1", *digests),
        Section("rows", "i8", 2, 1),
        Section("heads", "u8", heads, 1),
    ]
    with SegmentWriter(tmp_path / "index", kind=ExactIndex.kind, reached=0, sections=sections) as writer:
        for section in sections:
            writer.write(section.name, np.zeros((section.rows, section.columns)))
    with pytest.raises(BadSegment, match="do not belong together"):
        ExactIndex.open(tmp_path / "index")
