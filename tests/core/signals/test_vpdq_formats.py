"""Video: the peers' text and JSON, read line by line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.signals.vpdq import Frame, formats
from entente.core.signals.vpdq.formats import NotAFrame, Problem, read, read_json, read_text

ONE = "0123456789abcdef" * 4
TWO = "fedcba98" * 8
FRAMES = (Frame(0.0, bytes.fromhex(ONE), 100), Frame(1.001, bytes.fromhex(TWO), 49))

# As vpdq 0.2.5 and threatexchange 1.2.17 wrote frames of a clip of ours, the hashes replaced.
PEER_JSON = f'["{ONE},100,0.0", "{TWO},49,1.001"]'
PEER_TEXT = f"0,100,{ONE},0.0\n24,49,{TWO},1.001\n"
PEER_OBJECT = json.dumps(
    {
        "0": {"quality": 100, "hash": ONE, "timestamp": 0.0},
        "24": {"quality": 49, "hash": TWO, "timestamp": 1.001},
    }
)


@pytest.mark.parametrize(
    "text", [PEER_JSON, PEER_TEXT, PEER_OBJECT, f" {PEER_JSON}\n", PEER_TEXT.replace("\n", "\r\n")]
)
def test_all_forms_of_the_peers_are_read(text: str) -> None:
    assert read(text) == formats.Written(FRAMES, ())


def test_json_is_written_as_the_peer_writes_it() -> None:
    assert formats.write_json(FRAMES) == PEER_JSON


def test_a_bad_line_has_its_number_and_costs_no_other() -> None:
    text = f"{ONE},100,0.0\n\nhello\n{ONE},101,1\n{ONE[1:]},7,1\n{ONE},7,nan\n{TWO},49,1.001\n7,{ONE},7,1,9\nx,1,{ONE},1"
    found = read_text(text)
    assert found.frames == FRAMES
    assert [problem.number for problem in found.problems] == [3, 4, 5, 6, 8, 9]
    assert all(problem.reason for problem in found.problems)


def test_a_bad_entry_has_its_number_and_costs_no_other() -> None:
    found = read_json(json.dumps([f"{TWO},49,1.001", 7, None, {"hash": ONE}, f"{ONE},100,0.0"]))
    assert found.frames == FRAMES
    assert [problem.number for problem in found.problems] == [2, 3, 4]


@pytest.mark.parametrize("text", ["[", '["a",', "[" * 100_000, "[" + "9" * 5000 + "]", "{]"])
def test_what_is_not_json_is_one_problem(text: str) -> None:
    found = read(text)
    assert found.frames == ()
    assert len(found.problems) == 1
    assert "not JSON" in found.problems[0].reason


def test_json_of_something_else_is_one_problem() -> None:
    assert read_json("7") == formats.Written((), (Problem(1, "neither an array nor an object"),))
    assert read("") == read("[]") == formats.Written((), ())


def test_too_many_lines_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MOST_FRAMES", 2)
    found = read_text(f"{ONE},1,1\n" * 5)
    assert len(found.frames) == 2
    assert [problem.number for problem in found.problems] == [3]


@pytest.mark.parametrize(
    "line",
    [
        f" {ONE},1,1",
        f"{ONE},1,1 ",
        f"{ONE}, 1,1",
        f"{ONE},+1,1",
        f"{ONE},1,-1",
        f"{ONE},1,1e3",
        f"{ONE},1,inf",
        f"{ONE},1.0,1",
        f"{ONE},\u0661,1",
        f"{ONE},1,\u0661",
        f"\uff10{ONE[1:]},1,1",
        f"{ONE},1",
        "",
    ],
)
def test_a_line_is_read_strictly(line: str) -> None:
    with pytest.raises(NotAFrame) as refusal:
        formats.frame_of(line)
    assert ONE not in str(refusal.value)


_frames = st.lists(
    st.builds(
        Frame,
        st.integers(0, 10**8).map(lambda milliseconds: milliseconds / 1000),
        st.binary(min_size=32, max_size=32),
        st.integers(0, 100),
    ),
    max_size=6,
).map(lambda frames: tuple(sorted(frames, key=lambda frame: frame.time_seconds)))


@given(_frames)
def test_what_is_written_is_read_again(frames: tuple[Frame, ...]) -> None:
    assert read(formats.write_text(frames)) == formats.Written(frames, ())
    assert read(formats.write_json(frames)) == formats.Written(frames, ())


@given(st.text(max_size=60) | st.text(alphabet='[]{}",0123456789abcdef:.\n', max_size=60))
def test_any_text_is_read(text: str) -> None:
    for frame in read(text).frames:
        assert len(frame.value) == 32
