"""Chunks, thresholds and plans: no two hashes within a radius fail to meet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.core.matching.geometry import (
    CHUNKS,
    LARGEST_THRESHOLD,
    WIDEST_INDEXED_RADIUS,
    lookups,
    plan_for,
    prefix_bits_for,
    thresholds_for,
)


@settings(deadline=None)
@given(st.lists(st.integers(0, 16), min_size=CHUNKS, max_size=CHUNKS), st.integers(0, WIDEST_INDEXED_RADIUS))
def test_two_hashes_within_a_radius_meet_in_a_chunk_and_the_next(differing: list[int], radius: int) -> None:
    while sum(differing) > radius:
        differing[int(np.argmax(differing))] -= 1
    t = thresholds_for(radius)
    assert any(
        differing[i] <= t[i] and differing[i] + differing[(i + 1) % CHUNKS] <= t[i] + t[(i + 1) % CHUNKS] + 1
        for i in range(CHUNKS)
    )


@pytest.mark.parametrize("radius", range(WIDEST_INDEXED_RADIUS + 1))
def test_thresholds_spend_the_radius_and_no_more_than_the_plan_has(radius: int) -> None:
    thresholds = thresholds_for(radius)
    assert sum(t + 1 for t in thresholds) == radius + 1
    assert -1 <= min(thresholds) <= max(thresholds) <= LARGEST_THRESHOLD


@pytest.mark.parametrize(("count", "bits"), [(0, 4), (1, 4), (8192, 11), (524_287, 16), (10**7, 16)])
def test_tables_are_sized_to_what_they_hold(count: int, bits: int) -> None:
    assert prefix_bits_for(count) == bits


@pytest.mark.parametrize("count", [1, 8192, 10**6])
def test_a_plan_lists_every_flip_of_up_to_three_bits_once_the_fewest_first(count: int) -> None:
    plan = plan_for(count, 31)
    bits = np.bitwise_count(plan.flips)
    assert len(np.unique(plan.flips)) == len(plan.flips)
    assert bits.tolist() == sorted(bits.tolist())
    for number in range(LARGEST_THRESHOLD + 1):
        part = slice(plan.flip_ends[number], plan.flip_ends[number + 1])
        assert set(bits[part].tolist()) == {number}


def test_a_million_hashes_take_272_lookups_at_radius_31() -> None:
    assert lookups(10**6, 31) == 16 * 17
    assert lookups(10**6, 0) == 1
