"""What goes over the socket between the pool and a worker: frames of our own, read strictly. Never pickle.

A frame is its length (32 bits, big-endian) and that many bytes, which begin with four magic bytes and the number of
the job. The reader of an answer trusts nothing in it: its writer may have been taken over by the file it read.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from entente.apps.content.decoding.results import BadFrame, clean_text
from entente.apps.content.hashing.results import (
    MINHASH_VERSION,
    OUTCOMES,
    SHAPES,
    TEXT_MINHASH,
    VPDQ_FRAME_BYTES,
    WANTED,
    Asked,
    Hashed,
)

HEAD: Final = struct.Struct(">I")
LARGEST_BYTES: Final = 4 * 1024 * 1024
"""Two videos of the most frames are 1.5 MB; more than this is not an answer of ours."""

_REQUEST: Final = struct.Struct(">4sIQHB")
_REQUEST_MAGIC: Final = b"EHQ1"
_ANSWER: Final = struct.Struct(">4sIBBB")
_ANSWER_MAGIC: Final = b"EHA1"
_FRAME: Final = struct.Struct(">IB")
_AS_TEXT: Final = 1
_DECLARED_TEXT: Final = 2
_NO_QUALITY: Final = 255
_HIGHEST_QUALITY: Final = 100
_MOST_NOTES: Final = 16
_LONGEST_NOTE: Final = 40
_LONGEST_TYPE: Final = 100
_LONGEST_MESSAGE: Final = 300


class Stage(IntEnum):
    """Which of the two answers to a job a frame is."""

    BEGUN = 1
    """What is known before decoding: the sniffed type and the digests."""

    DONE = 2


@dataclass(frozen=True, slots=True)
class Request:
    """One job: its number, the size of the file in bytes, what to make of it."""

    number: int
    size_bytes: int
    asked: Asked


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to the job of that number."""

    number: int
    stage: Stage
    hashed: Hashed


def pack_request(request: Request) -> bytes:
    """Return the frame of a request, its length included."""
    mask = sum(1 << place for place, name in enumerate(WANTED) if name in request.asked.wanted)
    flags = _AS_TEXT * request.asked.as_text | _DECLARED_TEXT * request.asked.declared_text
    body = _REQUEST.pack(_REQUEST_MAGIC, request.number, request.size_bytes, mask, flags)
    return HEAD.pack(len(body)) + body


def unpack_request(body: bytes) -> Request:
    """Return the request in a frame without its length. Raises BadFrame."""
    if len(body) != _REQUEST.size:
        raise BadFrame("length")
    magic, number, size_bytes, mask, flags = _REQUEST.unpack(body)
    if magic != _REQUEST_MAGIC or mask >> len(WANTED) or flags & ~(_AS_TEXT | _DECLARED_TEXT):
        raise BadFrame("request")
    wanted = frozenset(name for place, name in enumerate(WANTED) if mask & (1 << place))
    asked = Asked(wanted, as_text=bool(flags & _AS_TEXT), declared_text=bool(flags & _DECLARED_TEXT))
    return Request(number, size_bytes, asked)


def pack_answer(answer: Answer) -> bytes:
    """Return the frame of an answer, its length included; words that are too long are cut."""
    hashed = answer.hashed
    quality = _NO_QUALITY if hashed.quality is None else hashed.quality
    pieces = [
        _ANSWER.pack(_ANSWER_MAGIC, answer.number, answer.stage, OUTCOMES.index(hashed.outcome), quality),
        _short(hashed.sniffed_type[:_LONGEST_TYPE]),
        bytes([len(hashed.notes[:_MOST_NOTES])]),
        *(_short(note[:_LONGEST_NOTE]) for note in hashed.notes[:_MOST_NOTES]),
        _sized(hashed.message[:_LONGEST_MESSAGE].encode(errors="replace")),
        bytes([len(hashed.signals)]),
    ]
    for name, values in hashed.signals.items():
        pieces.append(bytes([WANTED.index(name), len(values)]))
        pieces += [_sized(value) for value in values]
    body = b"".join(pieces)
    return HEAD.pack(len(body)) + body


def unpack_answer(body: bytes, asked: Asked) -> Answer:
    """Return the answer in a frame without its length. Raises BadFrame for anything that does not answer `asked`."""
    reader = _Reader(body)
    magic, number, stage, outcome, quality = _ANSWER.unpack(reader.take(_ANSWER.size))
    if magic != _ANSWER_MAGIC or stage not in set(Stage) or outcome >= len(OUTCOMES):
        raise BadFrame("head")
    if quality > _HIGHEST_QUALITY and quality != _NO_QUALITY:
        raise BadFrame("quality")
    hashed = Hashed(
        outcome=OUTCOMES[outcome],
        quality=None if quality == _NO_QUALITY else quality,
        sniffed_type=_media_type(reader.words(reader.number(1))),
        notes=_notes(reader),
        message=clean_text(reader.words(reader.number(4))[:_LONGEST_MESSAGE]),
        signals=_signals(reader, asked),
    )
    reader.end()
    return Answer(number, Stage(stage), hashed)


class _Reader:
    """Takes a frame apart from its beginning to its end."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def take(self, count: int) -> bytes:
        piece = self._body[self._at : self._at + count]
        if len(piece) != count:
            raise BadFrame("short")
        self._at += count
        return piece

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count))

    def words(self, count: int) -> str:
        try:
            return self.take(count).decode()
        except UnicodeDecodeError:
            raise BadFrame("words") from None

    def end(self) -> None:
        if self._at != len(self._body):
            raise BadFrame("rest")


def _short(words: str) -> bytes:
    written = words.encode("ascii", errors="replace")
    return bytes([len(written)]) + written


def _sized(value: bytes) -> bytes:
    return HEAD.pack(len(value)) + value


def _media_type(words: str) -> str:
    parts = words.split("/")
    if len(words) > _LONGEST_TYPE or len(parts) != 2:  # noqa: PLR2004 - type and subtype (RFC 6838, 4.2)
        raise BadFrame("type")
    for part in parts:
        if not (part.isascii() and part.translate(_TYPE_MARKS).isalnum()):
            raise BadFrame("type")
    return words


_TYPE_MARKS: Final = {ord(mark): None for mark in "-+._"}


def _notes(reader: _Reader) -> tuple[str, ...]:
    count = reader.number(1)
    if count > _MOST_NOTES:
        raise BadFrame("notes")
    notes = tuple(reader.words(reader.number(1)) for _ in range(count))
    for note in notes:
        if len(note) > _LONGEST_NOTE or not (note.isascii() and note.replace("_", "").isalnum()):
            raise BadFrame("notes")
    return notes


def _signals(reader: _Reader, asked: Asked) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for _ in range(reader.number(1)):
        place, count = reader.number(1), reader.number(1)
        name = WANTED[place] if place < len(WANTED) else ""
        if name not in asked.wanted or name in found or not 0 < count <= SHAPES[name].most_values:
            raise BadFrame("signals")
        found[name] = [_value(name, reader.take(reader.number(4))) for _ in range(count)]
    return found


def _value(name: str, value: bytes) -> bytes:
    shape = SHAPES[name]
    parts, rest = divmod(len(value), shape.size_bytes)
    if rest or not 0 < parts <= shape.most_parts:
        raise BadFrame(name)
    if name == TEXT_MINHASH and value[0] != MINHASH_VERSION:
        raise BadFrame(name)
    if shape.size_bytes == VPDQ_FRAME_BYTES:
        _check_frames(value)
    return value


def _check_frames(value: bytes) -> None:
    """Check that frames are in the order of their time, each of a quality there is."""
    latest = 0
    for at in range(0, len(value), VPDQ_FRAME_BYTES):
        time, quality = _FRAME.unpack_from(value, at)
        if time < latest or quality > _HIGHEST_QUALITY:
            raise BadFrame("frames")
        latest = time
