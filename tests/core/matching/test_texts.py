"""The index of texts answers as brute force does, and passes over what many texts share."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from entente.core.matching import texts
from entente.core.matching.errors import BadSegment, MalformedHash, RadiusTooWide
from entente.core.matching.segment import Section, SegmentWriter
from entente.core.matching.texts import SMALLEST_INDEXED, TABLES, TextIndex
from entente.core.signals.texts.minhash import POSITIONS, SIGNATURE_BYTES, VERSION, differing_positions
from entente.core.signals.texts.signal_types import TextMinhash
from tests.core.matching.sets import Hashes, Match, listed

Numbers = NDArray[np.uint16]


def _signatures(random: np.random.Generator, count: int, *, alphabet: int = 2**16) -> Hashes:
    """Return signatures whose numbers are among `alphabet`: the fewer, the more they have in common."""
    numbers = (random.integers(0, alphabet, (count, POSITIONS)) * (2**16 // alphabet)).astype(np.uint16)
    signatures = np.full((count, SIGNATURE_BYTES), VERSION, np.uint8)
    signatures[:, 1:] = numbers.view(np.uint8)
    return signatures


def _near_to(random: np.random.Generator, signature: Hashes, positions: int) -> Hashes:
    """Return a signature that differs in so many positions."""
    near = signature.copy()
    near[1 + 2 * random.choice(POSITIONS, positions, replace=False)] ^= 1
    return near


def _expected(held: Hashes, queries: Hashes, radius: int) -> list[Match]:
    found = []
    for number, query in enumerate(queries):
        for row, signature in enumerate(held):
            distance = differing_positions(query.tobytes(), signature.tobytes())
            distance = distance if query[0] == signature[0] else POSITIONS
            found += [(number, row, distance)] if distance <= radius else []
    return sorted(found, key=lambda match: (match[0], match[2], match[1]))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    count=st.sampled_from([0, 1, 63, 64, 300]),
    alphabet=st.sampled_from([2, 16, 2**16]),
    radius=st.integers(0, POSITIONS),
)
def test_every_way_of_asking_equals_brute_force(
    tmp_path: Path, seed: int, count: int, alphabet: int, radius: int
) -> None:
    random = np.random.default_rng(seed)
    held = _signatures(random, count, alphabet=alphabet)
    held[count // 2 :: 7, 0] = VERSION + 1
    edges = (0, radius, min(radius + 1, POSITIONS))
    queries = np.array(
        [_near_to(random, signature, bits) for signature in held[:3] for bits in edges]
        + list(_signatures(random, 2, alphabet=alphabet))
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "SMALLEST_INDEXED", 64)
        index = TextIndex.build(held, tmp_path / "index", reached=9)
        assert listed(index.search_many(queries, radius)) == _expected(held, queries, radius)
        assert listed(TextIndex.scan(held, queries, radius)) == _expected(held, queries, radius)
        assert np.array_equal(index.hashes(0, count), held)
        assert (len(index), index.reached) == (count, 9)
        index.verify()


@pytest.mark.parametrize("radius", [0, 51, 64, TABLES - 1, TABLES, POSITIONS - 1])
def test_an_indexed_set_equals_brute_force_at_the_edge_of_the_radius(tmp_path: Path, radius: int) -> None:
    random = np.random.default_rng(radius)
    held = _signatures(random, SMALLEST_INDEXED + 5)
    index = TextIndex.build(held, tmp_path / "index")
    queries = np.array([_near_to(random, held[9], radius), _near_to(random, held[9], radius + 1)])
    expected = _expected(held, queries, radius)
    assert listed(index.search_many(queries, radius)) == expected
    assert [match for match in expected if match[1] == 9] == [(0, 9, radius)]
    assert index.search(queries[0].tobytes(), radius) == [match[1:] for match in expected if match[0] == 0]


def test_numbers_that_everybody_has_cost_nothing_while_there_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(4)
    held = _signatures(random, 5_000)
    held[:, 1:41] = 7  # twenty positions: the footer of a mailing list
    index = TextIndex.build(held, tmp_path / "index")
    compared: list[int] = []
    differing = texts._differing

    def counted(part: Numbers, versions: Hashes, query: Numbers, version: int) -> NDArray[np.int64]:
        compared.append(len(part))
        return differing(part, versions, query, version)

    monkeypatch.setattr(texts, "_differing", counted)
    assert (9, 40) in index.search(_near_to(random, held[9], 40).tobytes(), 51)
    assert sum(compared) < 1_000
    compared.clear()
    index.search(held[9].tobytes(), TABLES - 1)  # now all tables are needed, those that everybody is in too
    assert sum(compared) == 5_000


def test_texts_are_found_as_their_signal_type_measures_them(tmp_path: Path) -> None:
    kind = TextMinhash()
    first = "the river rose again during the night and the ferry stayed on the far bank until noon"
    written = [first, first.replace("until noon", "before the market"), " ".join(reversed(first.split()))]
    values = [kind.from_content(text.encode()) for text in written]
    held = np.frombuffer(b"".join(values), np.uint8).reshape(-1, SIGNATURE_BYTES)
    index = TextIndex.build(held, tmp_path / "index")
    assert dict(index.search(values[0], POSITIONS)) == {
        row: kind.distance(values[0], value) for row, value in enumerate(values)
    }


def test_altered_tables_reach_nothing_outside_and_find_nothing_false(tmp_path: Path) -> None:
    random = np.random.default_rng(6)
    held = _signatures(random, SMALLEST_INDEXED)
    index = TextIndex.build(held, tmp_path / "index")
    index._starts = random.integers(0, 2**32, index._starts.shape).astype(np.uint32)
    index._positions = random.integers(0, 2**32, index._positions.shape).astype(np.uint32)
    for number in range(20):
        assert set(index.search(held[number].tobytes())) <= {(number, 0)}


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    index = TextIndex.build(np.zeros((1, SIGNATURE_BYTES), np.uint8), tmp_path / "index")
    for radius in (-1, POSITIONS + 1):
        with pytest.raises(RadiusTooWide, match="from 0 to 128"):
            index.search(bytes(SIGNATURE_BYTES), radius)
        with pytest.raises(RadiusTooWide, match="from 0 to 128"):
            TextIndex.scan(index.hashes(0, 1), index.hashes(0, 1), radius)
    with pytest.raises(MalformedHash, match="257 bytes"):
        index.search(bytes(256))


def test_sections_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    sections = [
        Section("rows", "i8", 2, 1),
        Section("versions", "u1", 1, 1),
        Section("numbers", "u2", 2, POSITIONS),
        Section("starts", "u4", 0, 17),
        Section("positions", "u4", 0, 2),
    ]
    with SegmentWriter(tmp_path / "index", kind=TextIndex.kind, reached=0, sections=sections) as writer:
        for section in sections:
            writer.write(section.name, np.zeros((section.rows, section.columns)))
    with pytest.raises(BadSegment, match="do not belong together"):
        TextIndex.open(tmp_path / "index")
