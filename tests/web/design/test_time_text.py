"""How time left is written."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from entente.web import time_text

NOW = datetime(2031, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english() -> object:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (59, "00:59"),
        (3599, "59:59"),
        (3600, "1 h 00 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 d 0 h"),
        (1_000_000, "11 d 13 h"),
    ],
)
def test_clock_text(seconds: int, text: str) -> None:
    assert time_text.clock_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(600, "10 min"), (86_400, "24 h"), (864_000, "10 d")])
def test_step_text(seconds: int, text: str) -> None:
    assert time_text.step_text(seconds) == text


def _describe(left: float, *, start: float | None = None, near: int | None = None) -> time_text.TimeText:
    return time_text.describe(
        due_at=NOW + timedelta(seconds=left),
        now=NOW,
        start_at=None if start is None else NOW - timedelta(seconds=start),
        near_seconds=near,
    )


def test_the_last_quarter_is_near() -> None:
    assert _describe(901, start=2699).level == "ample"
    assert _describe(900, start=2700).level == "near"
    assert _describe(901).level == "ample"
    assert _describe(900).level == "near"
    assert _describe(900, near=60).level == "ample"


def test_a_start_after_the_end_is_not_measured_from() -> None:
    assert _describe(10, start=-20).near_seconds == time_text.NEAR_SECONDS


def test_the_end_is_over_and_never_shown_as_left() -> None:
    assert _describe(0.4).clock == "00:01"
    assert _describe(0.4).word != "over"
    assert (_describe(0).clock, _describe(0).level) == ("00:00", "over")
    assert _describe(-61.9).clock == "01:01"


def test_no_deadline_has_a_word_and_no_figure() -> None:
    text = time_text.describe(due_at=None, now=NOW)
    assert (text.clock, text.word, text.level) == ("", "no deadline", "none")


def test_a_met_deadline_stands_still() -> None:
    due = NOW + timedelta(minutes=10)
    early = time_text.describe(due_at=due, now=NOW, met_at=due - timedelta(seconds=90))
    late = time_text.describe(due_at=due, now=NOW, met_at=due + timedelta(seconds=30))
    assert (early.clock, early.word, early.level) == ("01:30", "left when met", "met")
    assert (late.clock, late.word, late.level) == ("00:30", "late when met", "met")
