"""What a person reads: no name of a file reaches the terminal as it is, and long work says how far it is."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from entente.cli.recognising.json_lists import JsonList
from entente.cli.recognising.progress import Progress
from entente.cli.recognising.shown import as_bytes, counted, shown, span


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("plain name.jpg", "plain name.jpg"),
        ("صورة.jpg", "صورة.jpg"),
        ("\x1b[31mred\n", "\\x1b[31mred\\x0a"),
        ("a\\x1b", "a\\\\x1b"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\udcff.jpg", "\\xff.jpg"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_names_are_written_in_characters_that_print(name: str, written: str) -> None:
    assert shown(name) == written


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_two_names_are_written_alike(one: str, other: str) -> None:
    assert shown(one).isprintable()
    assert (shown(one) == shown(other)) == (one == other)


def test_the_bytes_of_a_name_are_those_of_the_file_system() -> None:
    assert as_bytes("a\udcff") == b"a\xff"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_700, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_times_have_their_two_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_numbers_have_their_noun() -> None:
    assert [counted(1, "file"), counted(2_000, "file"), counted(2, "match", "matches")] == [
        "1 file",
        "2,000 files",
        "2 matches",
    ]


class Screen(io.StringIO):
    """A terminal."""

    @override
    def isatty(self) -> bool:
        return True


class Time:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_progress_says_done_rate_and_time_left() -> None:
    time, log = Time(), io.StringIO()
    progress = Progress("scanned", "files", stream=log, clock=time)
    progress.skip(100)
    progress.advance(10)
    assert log.getvalue() == "", "it is too early to say anything"
    progress.total, time.now = 310, 20.0
    progress.advance(90)
    assert log.getvalue() == "scanned 200 of 310 files, 5 a second, 22 s left\n"
    assert progress.done == 200


def test_progress_without_a_total_says_no_time() -> None:
    time = Time()
    progress = Progress("loaded", "signals", stream=io.StringIO(), clock=time)
    time.now = 2.0
    progress.advance(8)
    assert progress.line() == "loaded 8 signals, 4 a second"


def test_a_watched_line_renews_itself_and_leaves_no_rest() -> None:
    time, screen, out = Time(), Screen(), io.StringIO()
    with Progress("scanned", "files", stream=screen, clock=time) as progress:
        time.now = 1.0
        progress.advance()
        progress.above("match", stream=out)
    assert screen.getvalue() == "\rscanned 1 files, 1 a second\x1b[K" + 2 * "\r\x1b[K"
    assert out.getvalue() == "match\n"


def test_quiet_work_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    time, screen = Time(), Screen()
    with Progress("scanned", "files", quiet=True, stream=screen, clock=time) as progress:
        time.now = 60.0
        progress.advance(5)
        progress.above("a match")
    assert screen.getvalue() == ""
    assert capsys.readouterr().out == "a match\n"


def test_a_list_is_written_item_by_item() -> None:
    stream = io.StringIO()
    with JsonList("files", stream, is_on=True) as items:
        items.add({"file": "é"})
        items.add({"file": "b"})
        items.finish({"count": 2})
    assert json.loads(stream.getvalue()) == {"files": [{"file": "é"}, {"file": "b"}], "count": 2}


def test_a_list_that_is_off_writes_nothing() -> None:
    stream = io.StringIO()
    with JsonList("files", stream, is_on=False):
        pass
    assert stream.getvalue() == ""
