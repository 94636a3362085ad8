"""When a failed attempt is repeated."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.apps.deliveries import schedules
from entente.apps.deliveries.schedules import ORDINARY, URGENT, Purpose, next_attempt_at, purpose_of
from tests.apps.deliveries.conftest import FakeTransport, purpose

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def wait(
    attempt: int, *, alarm_in: float | None = None, retry_after: float | None = None, draw: float = 0.5
) -> float:
    """Return the seconds until the next attempt; a draw of 0.5 is no jitter."""
    planned = next_attempt_at(
        schedule=URGENT,
        attempt=attempt,
        now=NOW,
        alarm_at=None if alarm_in is None else NOW + timedelta(seconds=alarm_in),
        retry_after_seconds=retry_after,
        random=lambda: draw,
    )
    return (planned - NOW).total_seconds()


def test_the_first_retries_are_quick_then_the_wait_doubles_up_to_a_minute() -> None:
    assert [wait(attempt) for attempt in range(1, 10)] == [1, 2, 4, 8, 15, 30, 60, 60, 60]


def test_a_thousand_attempts_overflow_nothing() -> None:
    assert wait(1000) == 60


def test_jitter_spreads_a_fifth_to_either_side() -> None:
    assert wait(5, draw=0.0) == pytest.approx(12)
    assert wait(5, draw=0.999999) == pytest.approx(18, abs=0.01)


def test_while_an_alarm_is_ahead_a_third_of_the_time_left_is_the_longest_wait() -> None:
    assert wait(7, alarm_in=30) == 10
    assert wait(7, alarm_in=1) == 1  # never busier than a second
    assert wait(7, alarm_in=-5) == 60


def test_the_other_side_may_ask_for_more_time_but_not_past_the_alarm() -> None:
    assert wait(1, retry_after=20) == 20
    assert wait(1, retry_after=100_000) == 60
    assert wait(1, retry_after=20, alarm_in=30) == 10
    assert wait(5, retry_after=1) == 15


@given(
    st.integers(1, 500),
    st.floats(0, 1, exclude_max=True),
    st.none() | st.floats(-100, 1e5),
    st.none() | st.floats(0, 1e6),
)
def test_the_next_attempt_is_always_ahead_and_never_far(
    attempt: int, draw: float, alarm_in: float | None, retry_after: float | None
) -> None:
    assert 1 <= wait(attempt, draw=draw, alarm_in=alarm_in, retry_after=retry_after) <= 60 * 1.2


def test_purposes_are_registered_known_or_ordinary(fake: FakeTransport) -> None:
    own = purpose(schedule=URGENT)
    assert purpose_of("letter") is own
    assert purpose_of("action.apply") is schedules.PURPOSES["action.apply"]
    assert purpose_of("anything else") == Purpose(ORDINARY)
