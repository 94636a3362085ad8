"""The order of matches, and the checks that every question passes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.core.matching.matches import in_order


@pytest.mark.parametrize("count", [0, 1, 50, 5_000])
@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32),
    widest=st.sampled_from([1, 1_000, 2**40, 2**62]),
    lowest=st.sampled_from([0, -1]),
)
def test_matches_come_by_query_then_distance_then_row(
    count: int, seed: int, widest: int, lowest: int
) -> None:
    random = np.random.default_rng(seed)
    queries, rows = (random.integers(lowest, widest, count) for _ in range(2))
    distances = random.integers(0, 257, count)
    found = in_order(queries, rows, distances)
    expected = sorted(zip(queries.tolist(), distances.tolist(), rows.tolist(), strict=True))
    assert (
        list(zip(found.queries.tolist(), found.distances.tolist(), found.rows.tolist(), strict=True))
        == expected
    )
