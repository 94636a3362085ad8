"""Frames of the hashing pool: what is packed comes back, and whatever is not exactly a frame is refused."""

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.apps.content.decoding.results import BadFrame
from entente.apps.content.hashing import results
from entente.apps.content.hashing.frames import (
    Answer,
    Request,
    Stage,
    pack_answer,
    pack_request,
    unpack_answer,
    unpack_request,
)
from entente.apps.content.hashing.limits import VIDEO_FRAMES
from entente.apps.content.hashing.results import OUTCOMES, SHAPES, WANTED, Asked, Hashed
from entente.core.signals.texts import minhash
from entente.core.signals.vpdq.signal import pack
from entente.core.signals.vpdq.values import Frame

EVERYTHING = Asked(frozenset(WANTED))
FULL = Hashed(
    "ok",
    {
        "sha256": [b"a" * 32],
        "md5": [b"b" * 16],
        "pdq": [b"c" * 32] * 3,
        "pdq_dihedral": [bytes([n]) * 32 for n in range(8)],
        "vpdq": [pack([Frame(0.5, b"d" * 32, 100), Frame(2.0, b"e" * 32, 0)])],
        "text_minhash": [b"\x01" + b"f" * 256],
    },
    91,
    "application/vnd.oasis.opendocument.text",
    ("mislabelled", "truncated"),
    "Größe",
)
ANSWER = Answer(7, Stage.DONE, FULL)


def body_of(answer: Answer) -> bytes:
    return pack_answer(answer)[4:]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_answers_come_back(outcome: results.Outcome) -> None:
    for hashed in (replace(FULL, outcome=outcome), Hashed(outcome)):
        answer = Answer(2**32 - 1, Stage.BEGUN, hashed)
        frame = pack_answer(answer)
        assert frame[:4] == struct.pack(">I", len(frame) - 4)
        assert unpack_answer(frame[4:], EVERYTHING) == answer


@given(st.frozensets(st.sampled_from(WANTED)), st.booleans(), st.booleans(), st.integers(0, 2**63))
def test_requests_come_back(wanted: frozenset[str], as_text: bool, declared: bool, size: int) -> None:  # noqa: FBT001
    request = Request(3, size, Asked(wanted, as_text=as_text, declared_text=declared))
    assert unpack_request(pack_request(request)[4:]) == request


def test_requests_are_refused_unless_exact() -> None:
    body = pack_request(Request(1, 5, EVERYTHING))[4:]
    for bad in (
        b"",
        body[:-1],
        body + b"\0",
        b"EHQ2" + body[4:],
        body[:-1] + b"\x04",
        body[:-3] + b"\xff\xff\0",
    ):
        with pytest.raises(BadFrame):
            unpack_request(bad)


def test_what_nobody_can_make_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be made from a file: photo_dna, url"):
        Asked(frozenset({"url", "photo_dna", "pdq"}))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"EHA2" + body_of(ANSWER)[4:],
        body_of(ANSWER)[:-1],
        body_of(ANSWER) + b"\0",
        body_of(ANSWER)[:8] + b"\x03" + body_of(ANSWER)[9:],
        body_of(ANSWER)[:9] + bytes([len(OUTCOMES)]) + body_of(ANSWER)[10:],
        body_of(ANSWER)[:10] + b"\x65" + body_of(ANSWER)[11:],
        body_of(ANSWER).replace("ö".encode(), b"\xff\xff"),
    ],
)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(BadFrame):
        unpack_answer(body, EVERYTHING)


@pytest.mark.parametrize(
    "changes",
    [
        {"sniffed_type": "image"},
        {"sniffed_type": "image/"},
        {"sniffed_type": "image/png/x"},
        {"sniffed_type": "image/<svg>"},
        {"sniffed_type": "image/\x7f"},
        {"notes": ("<script>",)},
        {"notes": ("",)},
        {"notes": ("_",)},
        {"signals": {"sha256": []}},
        {"signals": {"sha256": [b"a" * 32] * 2}},
        {"signals": {"sha256": [b"a" * 31]}},
        {"signals": {"sha256": [b"a" * 64]}},
        {"signals": {"sha256": [b""]}},
        {"signals": {"pdq": [b"a" * 32] * 33}},
        {"signals": {"pdq_dihedral": [b"a" * 32] * 9}},
        {"signals": {"text_minhash": [b"\x02" + b"f" * 256]}},
        {"signals": {"vpdq": [b"\0" * 36]}},
        {"signals": {"vpdq": [struct.pack(">IB32s", 0, 101, b"")]}},
        {"signals": {"vpdq": [struct.pack(">IB32sIB32s", 5, 1, b"", 4, 1, b"")]}},
        {"signals": {"vpdq": [b"\0" * 37 * (VIDEO_FRAMES + 1)]}},
    ],
)
def test_an_answer_that_lies_is_refused(changes: dict[str, object]) -> None:
    body = body_of(replace(ANSWER, hashed=replace(FULL, **changes)))  # type: ignore[arg-type]
    with pytest.raises(BadFrame):
        unpack_answer(body, EVERYTHING)


def test_signals_that_were_not_asked_for_are_refused() -> None:
    body = body_of(replace(ANSWER, hashed=Hashed("ok", {"sha256": [b"a" * 32]})))
    with pytest.raises(BadFrame):
        unpack_answer(body, Asked(frozenset({"md5"})))
    doubled = body[:-38] + body[-38:].replace(b"\x01\0\x01", b"\x02\0\x01", 1) + body[-38:][1:]
    with pytest.raises(BadFrame):
        unpack_answer(doubled, EVERYTHING)
    beyond = bytearray(body)
    beyond[-38] = len(WANTED)
    with pytest.raises(BadFrame):
        unpack_answer(bytes(beyond), EVERYTHING)


def test_too_many_notes_are_refused_and_never_packed() -> None:
    many = replace(FULL, notes=tuple(f"note_{n}" for n in range(30)), message="x" * 1000, signals={})
    answer = unpack_answer(body_of(replace(ANSWER, hashed=many)), EVERYTHING)
    assert (len(answer.hashed.notes), len(answer.hashed.message)) == (16, 300)
    body = body_of(replace(ANSWER, hashed=replace(FULL, notes=("n",) * 16)))
    at = body.index(b"\x10\x01n\x01n")
    with pytest.raises(BadFrame):
        unpack_answer(body[:at] + b"\x11\x01n" + body[at + 1 :], EVERYTHING)
    long_note = body_of(replace(ANSWER, hashed=Hashed("ok", notes=("n" * 40,))))
    at = long_note.index(b"\x01\x28nnn")
    with pytest.raises(BadFrame):
        unpack_answer(long_note[:at] + b"\x01\x29n" + long_note[at + 2 :], EVERYTHING)


def test_messages_cannot_act_on_a_terminal() -> None:
    body = body_of(Answer(1, Stage.DONE, Hashed("ok", message="a\x1b[2Jb\u202e")))
    assert unpack_answer(body, EVERYTHING).hashed.message == "a\ufffd[2Jb\ufffd"


@given(st.binary(max_size=120))
def test_any_bytes_are_refused_cleanly(data: bytes) -> None:
    for body in (data, b"EHA1" + data, body_of(ANSWER)[:11] + data):
        with pytest.raises(BadFrame):
            unpack_answer(body, EVERYTHING)


def test_shapes_are_those_of_the_signal_types() -> None:
    from entente.core.signals.pdq import DIHEDRAL
    from entente.core.signals.registry import signal_types

    assert SHAPES["text_minhash"].size_bytes == minhash.SIGNATURE_BYTES
    assert results.MINHASH_VERSION == minhash.VERSION
    assert len(FULL.signals["vpdq"][0]) == 2 * results.VPDQ_FRAME_BYTES
    assert SHAPES["pdq_dihedral"].most_values == len(DIHEDRAL)
    for name in ("sha256", "md5", "text_exact"):
        signal_type = signal_types()[name]
        assert SHAPES[name].size_bytes == signal_type.size_bytes  # type: ignore[attr-defined]
    assert set(SHAPES) == set(WANTED)
