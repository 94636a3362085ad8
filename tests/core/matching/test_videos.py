"""The index of videos finds what comparing every two of them finds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.matching.errors import RadiusTooWide
from entente.core.matching.videos import WIDEST_RADIUS, VideoIndex
from entente.core.signals.errors import MalformedSignal
from entente.core.signals.vpdq.comparison import compare_frames
from entente.core.signals.vpdq.signal import VpdqSignal, pack, unpack
from entente.core.signals.vpdq.values import Frame

SCENES = [np.random.default_rng(seed).bytes(32) for seed in range(8)]


def _frame(scene: int, bits: int, quality: int, seconds: int) -> Frame:
    value = int.from_bytes(SCENES[scene]) ^ ((1 << bits) - 1)
    return Frame(float(seconds), value.to_bytes(32), quality)


frames = st.builds(
    _frame,
    st.integers(0, 7),
    st.sampled_from([0, 3, 20, 31, 45]),
    st.sampled_from([30, 50, 100]),
    st.integers(0, 60),
)
videos = st.lists(frames, min_size=1, max_size=9).map(pack)


def _has_usable(value: bytes) -> bool:
    return any(frame.quality >= 50 for frame in unpack(value))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    known=st.lists(videos, max_size=6),
    later=st.lists(st.tuples(st.integers(0, 7), st.none() | videos), max_size=4),
    query=videos,
    radius=st.sampled_from([0, 20, 50, WIDEST_RADIUS]),
)
def test_distances_are_those_of_the_signal_type(
    tmp_path_factory: pytest.TempPathFactory,
    known: list[bytes],
    later: list[tuple[int, bytes | None]],
    query: bytes,
    radius: int,
) -> None:
    index, kind = VideoIndex.of(tmp_path_factory.mktemp("videos")), VpdqSignal()
    index.apply([(number, number - 1, value) for number, value in enumerate(known, 1)])
    index.merge()
    standing: dict[int, bytes | None] = dict(enumerate(known))
    for row, value in later:
        index.apply([(index.reached + 1, row, value)])
        standing[row] = value
    expected = sorted(
        (distance, row)
        for row, value in standing.items()
        if value is not None and _has_usable(value) and _has_usable(query)
        if (distance := kind.distance(query, value)) <= radius
    )
    found = index.search(query, radius)
    assert found == ([(row, distance) for distance, row in expected], len(known) + len(later))
    assert index.rebuild(
        [(row, value) for row, value in standing.items() if value is not None], index.reached
    )
    assert index.search(query, radius) == found


def test_a_short_copy_in_a_long_film_is_found_either_way_round(tmp_path: Path) -> None:
    long = pack([_frame(scene, 0, 100, 10 * scene) for scene in range(8)])
    short = pack([_frame(2, 9, 100, 0)])
    index = VideoIndex.of(tmp_path)
    index.apply([(1, 5, long)])
    assert index.search(short).matches == [(5, 0)]
    index.apply([(2, 5, None), (3, 6, short)])
    assert index.search(long).matches == [(6, 0)]
    assert index.search(pack([_frame(2, 0, 100, 0)]), 0, frame_radius=9).matches == [(6, 0)]
    assert index.search(pack([_frame(2, 0, 100, 0)]), 0, frame_radius=8).matches == []


def test_some_frames_of_both_are_a_distance(tmp_path: Path) -> None:
    one = pack([_frame(scene, 0, 100, scene) for scene in range(5)])
    other = pack([_frame(scene, 0, 100, scene) for scene in range(3, 8)] + [_frame(0, 0, 10, 9)])
    index = VideoIndex.of(tmp_path)
    index.apply([(1, 5, one)])
    shared = compare_frames(unpack(other), unpack(one))
    assert (shared.query_share, shared.known_share) == (0.4, 0.4)
    assert index.search(other, 60).matches == [(5, 60)]
    assert index.search(other, 59).matches == []


def test_a_video_without_a_usable_frame_is_held_and_never_met(tmp_path: Path) -> None:
    dark = pack([_frame(0, 0, 49, 0)])
    index = VideoIndex.of(tmp_path)
    index.apply([(1, 5, pack([_frame(0, 0, 100, 0)])), (2, 5, dark)])
    assert (index.refused, len(index)) == ({}, 0)
    assert index.search(dark).matches == []


def test_what_is_no_video_is_passed_over_or_refused(tmp_path: Path) -> None:
    index = VideoIndex.of(tmp_path)
    index.apply(
        [(1, 5, b"no video"), (2, 2**31, pack([_frame(0, 0, 100, 0)])), (3, 7, pack([_frame(1, 0, 100, 0)]))]
    )
    assert sorted(index.refused) == [5, 2**31]
    assert len(index) == 1
    with pytest.raises(MalformedSignal):
        index.search(b"no video")


@pytest.mark.parametrize("radius", [-1, 100])
def test_a_radius_at_which_anything_matches_is_refused(tmp_path: Path, radius: int) -> None:
    with pytest.raises(RadiusTooWide, match="from 0 to 99"):
        VideoIndex.of(tmp_path).search(pack([_frame(0, 0, 100, 0)]), radius)
