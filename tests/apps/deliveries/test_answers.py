"""What the other side says it did is read, never trusted."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.apps.deliveries.answers import answer_in_body, read_answer
from entente.apps.deliveries.errors import MalformedAnswer
from entente.apps.deliveries.types import LONGEST_REASON, Answer


def test_an_effect_with_its_time_is_read() -> None:
    answer = read_answer({"applied": True, "at": "2026-03-02T09:30:00Z", "more": "dropped"})
    assert answer == Answer(applied=True, at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    assert answer.facts() == {"applied": True, "at": "2026-03-02T09:30:00+00:00", "reason": ""}


@pytest.mark.parametrize("applied", [None, "true", 1, [], {}])
def test_neither_yes_nor_no_is_refused(applied: Any) -> None:
    with pytest.raises(MalformedAnswer):
        read_answer({"applied": applied})


@pytest.mark.parametrize("at", ["yesterday", "2026-03-02T09:30:00", 1772443800, None])
def test_a_time_that_is_none_counts_as_not_given(at: Any) -> None:
    assert read_answer({"applied": True, "at": at}).at is None


def test_a_reason_is_one_printable_line_of_bounded_length() -> None:
    answer = read_answer({"applied": False, "reason": "a\r\nb\x00c\u202e " + "x" * 1000})
    assert answer.reason.startswith("a bc xxx")
    assert len(answer.reason) == LONGEST_REASON
    assert read_answer({"applied": False, "reason": 7}).reason == ""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ok",
        b"\xff",
        b"[]",
        b"null",
        b'{"effect": true}',
        b'{"effect": {}}',
        b'{"effect": {"applied": 1}}',
        b"[" * 50_000,
    ],
)
def test_a_body_without_an_answer_is_no_answer(body: bytes) -> None:
    assert answer_in_body(body) is None


def test_a_body_with_an_answer_is_one() -> None:
    assert answer_in_body(json.dumps({"effect": {"applied": False, "reason": "gone"}}).encode()) == Answer(
        applied=False, reason="gone"
    )


@given(st.binary(max_size=80))
def test_any_bytes_are_survived(body: bytes) -> None:
    answer_in_body(body)
