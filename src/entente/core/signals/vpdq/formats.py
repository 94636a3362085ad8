"""Writing the frames of a video as others do, and reading what they wrote.

Three forms are in use around vPDQ, and all are read:

- text, a frame per line: `hash,quality,time`, or with the number of the frame in front `number,quality,hash,time`;
- JSON, an array of such lines of the first kind: what Hasher-Matcher-Actioner and ThreatExchange hold as one signal;
- JSON, an object of objects with `hash`, `quality` and `timestamp` by number of the frame: the form before that.

A hash is 64 hexadecimal digits, a quality a whole number from 0 to 100, a time seconds with a decimal point or none.
What differs from that in a line is a problem with its number, never a reason to lose the other lines. None of the
forms says how long a frame's near-copies last; that is not carried.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entente.core.signals.vpdq.values import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_FRAMES = 200_000
"""More lines than this are not read: two days of video at one frame a second."""

_HASH = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,20})?", re.ASCII)
_HIGHEST_QUALITY = 100
_SHORT, _NUMBERED = 3, 4


@dataclass(frozen=True, slots=True)
class Problem:
    """A line, or an entry of a JSON array or object, that is not a frame: its number from 1, and what is wrong."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """What was read: the frames in the order of their time, and everything that was not a frame."""

    frames: tuple[Frame, ...]
    problems: tuple[Problem, ...]


class NotAFrame(ValueError):
    """A line is not a frame; the message says why without repeating it."""


def read(text: str) -> Written:
    """Return the frames of any of the three forms, told apart by the first character."""
    return read_json(text) if text.lstrip()[:1] in {"[", "{"} else read_text(text)


def read_text(text: str) -> Written:
    """Return the frames of a text with a frame per line; empty lines are passed over."""
    lines = ((number, line) for number, line in enumerate(text.split("\n"), 1))
    return _collected((number, line.removesuffix("\r")) for number, line in lines if line.strip())


def read_json(text: str) -> Written:
    """Return the frames of a JSON array of lines, or of an object of objects by number of the frame.

    A text that is not JSON has one problem, with the number of its line.
    """
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        return Written((), (Problem(error.lineno, f"not JSON: {error.msg}"),))
    except (RecursionError, ValueError):
        return Written((), (Problem(1, "not JSON that can be read: nested too deep, or a number too long"),))
    if isinstance(parsed, list):
        return _collected(enumerate(parsed, 1))
    if isinstance(parsed, dict):
        return _collected(enumerate(parsed.values(), 1))
    return Written((), (Problem(1, "neither an array nor an object"),))


def _collected(entries: Iterable[tuple[int, Any]]) -> Written:
    """Return the frames of numbered entries, and what is wrong with the others."""
    frames: list[Frame] = []
    problems: list[Problem] = []
    for number, entry in entries:
        if len(frames) + len(problems) >= MOST_FRAMES:
            problems.append(Problem(number, f"more than {MOST_FRAMES} lines; this and the rest are not read"))
            break
        try:
            frames.append(_frame(entry))
        except NotAFrame as error:
            problems.append(Problem(number, str(error)))
    return Written(tuple(sorted(frames, key=lambda frame: frame.time_seconds)), tuple(problems))


def _frame(entry: Any) -> Frame:
    """Return the frame of a line or of an object. Raises NotAFrame."""
    if isinstance(entry, str):
        return frame_of(entry)
    if isinstance(entry, dict):
        return _checked(*(str(entry.get(name, "")) for name in ("hash", "quality", "timestamp")))
    raise NotAFrame("neither a line of text nor an object")


def frame_of(line: str) -> Frame:
    """Return the frame of one line, `hash,quality,time` or `number,quality,hash,time`. Raises NotAFrame."""
    columns = line.split(",", maxsplit=_NUMBERED)
    if len(columns) == _SHORT:
        return _checked(*columns)
    if len(columns) == _NUMBERED:
        number, quality, value, seconds = columns
        if not _WHOLE.fullmatch(number):
            raise NotAFrame("the number of the frame is not a whole number")
        return _checked(value, quality, seconds)
    raise NotAFrame("not hash,quality,time")


def _checked(value: str, quality: str, seconds: str) -> Frame:
    """Return a frame of its three columns. Raises NotAFrame."""
    if not _HASH.fullmatch(value):
        raise NotAFrame("the hash is not 64 hexadecimal digits")
    if not _WHOLE.fullmatch(quality) or int(quality) > _HIGHEST_QUALITY:
        raise NotAFrame("the quality is not a whole number from 0 to 100")
    if not _SECONDS.fullmatch(seconds):
        raise NotAFrame("the time is not a number of seconds")
    return Frame(float(seconds), bytes.fromhex(value), int(quality))


def line_of(frame: Frame) -> str:
    """Return `hash,quality,time` of a frame, the time to the millisecond."""
    return f"{frame.value.hex()},{frame.quality},{round(frame.time_seconds, 3)}"


def write_text(frames: Iterable[Frame]) -> str:
    """Return a line per frame, each with a newline."""
    return "".join(f"{line_of(frame)}\n" for frame in frames)


def write_json(frames: Iterable[Frame]) -> str:
    """Return the JSON array that the peers hold as one signal."""
    return json.dumps([line_of(frame) for frame in frames])
