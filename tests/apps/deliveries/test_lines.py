"""Subjects: what may stand in one line, and what becomes of what a stranger wrote."""

import pytest

from entente.apps.deliveries.types import LONGEST_SUBJECT, is_one_line, one_line


@pytest.mark.parametrize("text", ["Échéance, encore 3 minutes\u202f: délai", "a\u00a0b", "\u200fمرحبا", ""])
def test_words_of_every_language_are_one_line(text: str) -> None:
    assert is_one_line(text)
    assert one_line(text) == text


@pytest.mark.parametrize("text", ["a\r\nBcc: x", "a\u2028b", "a\u2029b", "a\0b", "a\x7fb", "a\ud800b"])
def test_what_would_end_the_line_becomes_a_blank(text: str) -> None:
    assert not is_one_line(text)
    assert is_one_line(one_line(text))
    assert one_line(text).startswith("a ")


def test_a_line_has_an_end() -> None:
    assert one_line("x" * LONGEST_SUBJECT) == "x" * LONGEST_SUBJECT
    assert one_line("x" * (LONGEST_SUBJECT + 1)) == "x" * (LONGEST_SUBJECT - 1) + "…"
    assert one_line("  a   b ") == "a b"
