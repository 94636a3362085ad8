"""What comes back from the confined subprocess, and how it is written on the pipe.

A small frame of our own: four magic bytes, the length of a JSON object, the object, then the stills one
after the other. The reader trusts nothing in it: the writer may have been taken over by the file it read.
Never pickle.
"""

import json
import struct
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from entente.apps.content.decoding.limits import EXCERPT_CHARACTERS, LONGEST_SIDE_PIXELS

Outcome = Literal["ok", "unsupported", "truncated", "damaged", "too_large", "timeout", "memory", "crashed"]
"""`ok` may still carry notes; every other word says why there is less to see."""

STILL_NAMES: Final = ("blurred", "grey", "colour")
_MAGIC: Final = b"EDR1"
_LENGTH: Final = struct.Struct(">I")
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_MOST_NOTES: Final = 16
_MOST_JSON: Final = 64 * 1024
_LARGEST_NUMBER: Final = 2**53
_OUTCOMES: Final = frozenset(get_args(Outcome))
_HIDDEN: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class BadFrame(ValueError):
    """What came through the pipe is not an answer of ours."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decoding. `blurred`, `grey`, `colour` are PNG stills (empty when there is no picture).

    `duration_ms` is None for what has no duration, `frames` for what was not counted. `notes` are short
    stable words such as `mislabelled`, `animated`, `partial_input`, `encrypted`.
    """

    outcome: Outcome
    sniffed_type: str = "application/octet-stream"
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    duration_ms: int | None = None
    text_excerpt: str = ""
    notes: tuple[str, ...] = ()
    blurred: bytes = field(default=b"", repr=False)
    grey: bytes = field(default=b"", repr=False)
    colour: bytes = field(default=b"", repr=False)


def pack(decoded: Decoded) -> bytes:
    """Return the frame of one answer."""
    stills = {name: getattr(decoded, name) for name in STILL_NAMES}
    facts = {
        "outcome": decoded.outcome,
        "sniffed_type": decoded.sniffed_type,
        "width": decoded.width,
        "height": decoded.height,
        "frames": decoded.frames,
        "duration_ms": decoded.duration_ms,
        "text_excerpt": decoded.text_excerpt,
        "notes": list(decoded.notes),
        "stills": {name: len(still) for name, still in stills.items()},
    }
    text = json.dumps(facts, ensure_ascii=True).encode("ascii")
    return _MAGIC + _LENGTH.pack(len(text)) + text + b"".join(stills.values())


def unpack(frame: bytes) -> Decoded:
    """Return the answer in a frame. Raises BadFrame for anything that is not exactly one."""
    if frame[:4] != _MAGIC or len(frame) < 4 + _LENGTH.size:
        raise BadFrame("no frame")
    (length,) = _LENGTH.unpack_from(frame, 4)
    start = 4 + _LENGTH.size
    if length > _MOST_JSON or start + length > len(frame):
        raise BadFrame("length")
    try:
        facts = json.loads(frame[start : start + length])
    except (ValueError, RecursionError):
        raise BadFrame("json") from None
    if not isinstance(facts, dict):
        raise BadFrame("object")
    outcome = _text(facts, "outcome", 20)
    if outcome not in _OUTCOMES:
        raise BadFrame("outcome")
    stills = _stills(facts.get("stills"), frame[start + length :])
    return Decoded(
        outcome=outcome,  # type: ignore[arg-type] # it is one of the literals, as just checked
        sniffed_type=_text(facts, "sniffed_type", 100),
        width=_number(facts, "width"),
        height=_number(facts, "height"),
        frames=_number(facts, "frames"),
        duration_ms=_number(facts, "duration_ms"),
        text_excerpt=clean_text(_text(facts, "text_excerpt", EXCERPT_CHARACTERS)),
        notes=_notes(facts.get("notes")),
        **stills,
    )


def clean_text(text: str) -> str:
    """Replace what could act on a terminal or turn the reading order of a page around it."""
    return "".join(
        "\ufffd"
        if character in _HIDDEN or not (character.isprintable() or character in "\n\t ")
        else character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
    )


def _text(facts: dict[str, Any], name: str, longest: int) -> str:
    value = facts.get(name)
    if not isinstance(value, str) or len(value) > longest:
        raise BadFrame(name)
    return value


def _number(facts: dict[str, Any], name: str) -> int | None:
    value = facts.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST_NUMBER:
        raise BadFrame(name)
    return value


def _notes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MOST_NOTES:
        raise BadFrame("notes")
    for note in value:
        if not isinstance(note, str) or not note.replace("_", "").isalnum() or len(note) > 40:  # noqa: PLR2004
            raise BadFrame("notes")
    return tuple(value)


def _stills(sizes: object, rest: bytes) -> dict[str, bytes]:
    if not isinstance(sizes, dict) or set(sizes) != set(STILL_NAMES):
        raise BadFrame("stills")
    found: dict[str, bytes] = {}
    at = 0
    for name in STILL_NAMES:
        size = _number(sizes, name) or 0
        found[name] = rest[at : at + size]
        if len(found[name]) != size or (size and not _is_small_png(found[name])):
            raise BadFrame(name)
        at += size
    if at != len(rest):
        raise BadFrame("rest")
    return found


def _is_small_png(data: bytes) -> bool:
    """Check signature and first chunk (PNG, 11.2.2): a browser will be handed exactly this."""
    if data[:8] != _PNG or data[8:16] != b"\x00\x00\x00\x0dIHDR" or len(data) < 33:  # noqa: PLR2004
        return False
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    return 0 < width <= LONGEST_SIDE_PIXELS and 0 < height <= LONGEST_SIDE_PIXELS
