"""Video: which frames are hashed and which packets that needs, on times alone."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.signals.vpdq.sampling import (
    DenseSampler,
    Step,
    Timeline,
    dense_samples,
    plan,
    sparse_samples,
)

TICK = 0.01


def _timeline(times: list[int], keys: set[int], rate: float | None = None) -> Timeline:
    """Return a timeline in decoding order; `keys` are places in it."""
    flags = np.asarray([place in keys for place in range(len(times))])
    return Timeline(np.asarray(times, dtype=np.int64), flags, TICK, rate, ragged=False)


_times = st.lists(st.integers(1, 900), min_size=1, max_size=60).map(lambda gaps: np.cumsum(gaps).tolist())


@given(_times, st.sampled_from([None, 0.5, 5.0, 25.0]), st.sampled_from([0.5, 1.0, 3.0]))
def test_dense_begins_at_once_and_leaves_no_hole(
    times: list[int], rate: float | None, interval: float
) -> None:
    taken = set(dense_samples(_timeline(times, {0}, rate), interval).tolist())
    assert times[0] in taken
    last = times[0]
    patience = (interval + (0.5 / rate if rate else 0)) / TICK
    for time in times:
        if time in taken:
            last = time
        else:
            assert time - last < patience + 1e-6


def test_dense_counts_frames_where_the_rate_is_steady() -> None:
    steady = _timeline([4 * n for n in range(100)], {0}, 25.0)
    assert (dense_samples(steady, 1.0) / 100).tolist() == [0, 1, 2, 3]
    assert (dense_samples(steady, 0.5) / 100).tolist() == [0.48 * n for n in range(9)]


def test_a_sampler_without_a_rate_goes_by_time() -> None:
    sampler = DenseSampler(None, 1.0)
    assert [sampler.takes(seconds) for seconds in (0, 0.5, 1.0, 1.9, 2.1)] == [True, False, True, False, True]


@given(_times, st.data(), st.sampled_from([2.0, 5.0, 10.0]))
def test_sparse_leaves_no_gap_that_could_be_filled(
    times: list[int], data: st.DataObject, longest: float
) -> None:
    keys = {0, *data.draw(st.sets(st.integers(0, len(times) - 1)))}
    timeline = _timeline(times, keys)
    taken = sparse_samples(timeline, interval_seconds=1.0, longest_gap_seconds=longest).tolist()
    assert taken == sorted(set(taken))
    assert taken[0] == times[0]
    assert set(taken) <= set(times)
    for here, there in itertools.pairwise([*taken, times[-1]]):
        between = [time for time in times if here < time < there]
        assert there - here <= longest / TICK + 1e-6 or not between


def test_sparse_passes_over_keyframes_that_are_close() -> None:
    every = _timeline([4 * n for n in range(500)], set(range(500)), 25.0)
    taken = sparse_samples(every, interval_seconds=1.0, longest_gap_seconds=10.0)
    assert (taken / 100).tolist() == [2.0 * n for n in range(10)]


def test_sparse_fills_a_long_gap_with_few_and_early_frames() -> None:
    one_key = _timeline([4 * n for n in range(601)], {0}, 25.0)
    taken = sparse_samples(one_key, interval_seconds=1.0, longest_gap_seconds=10.0)
    assert (taken / 100).tolist() == [0, 4, 14]


def _needed(pts: list[int], keys: set[int], samples: set[int]) -> dict[int, Step]:
    """Say for every packet, slowly, whether a wanted picture needs it: all since the keyframe it stands on."""
    steps = {}
    for place in range(len(pts)):
        wanted_later = False
        for later in range(place, len(pts)):
            if pts[later] not in samples:
                continue
            starts = [key for key in sorted(keys) if key <= later]
            start = starts[-1] if starts else 0
            if starts and pts[later] < pts[start]:
                start = starts[-2] if len(starts) > 1 else 0
            wanted_later = wanted_later or start <= place
        steps[place] = Step.REFERENCE if wanted_later else Step.DROP
        if pts[place] in samples:
            steps[place] = Step.WANTED
    return steps


@given(st.permutations(range(14)), st.sets(st.integers(0, 13)), st.sets(st.integers(0, 13), min_size=1))
def test_a_plan_keeps_what_wanted_pictures_stand_on_and_drops_the_rest(
    pts: list[int], keys: set[int], samples: set[int]
) -> None:
    timeline = _timeline(list(pts), keys)
    found = plan(timeline, np.asarray(sorted(samples), dtype=np.int64)).tolist()
    assert found == list(_needed(list(pts), keys, samples).values())


@pytest.mark.parametrize("rate", [None, 25.0])
def test_the_times_of_a_timeline_begin_at_nothing(rate: float | None) -> None:
    assert _timeline([300, 100, 200], {0}, rate).seconds.tolist() == [0, 1, 2]
