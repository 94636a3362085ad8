"""CSV (RFC 4180) with a header row: for spreadsheets, and for lists of millions.

    signal_type,value,labels,entity,note,partner_ref,retracted,changed_at
    sha256,9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08,graphic;video,,,17,false,2026-11-03T09:00:00Z

The columns may stand in any order; `signal_type` and `value` must be there, and a column that begins with `x_` is left
alone. `labels` are divided by semicolons, of which one that belongs to a label has a backslash before it. `retracted`
is true, false, 1, 0 or empty. `changed_at` is ISO 8601 with its offset. A retraction may name its reference alone:
then type and value are empty. Only a note may have several lines. UTF-8, with or without a byte order mark; lines end
with a newline, with or without a carriage return.

Spreadsheets run what begins with =, +, - or @. What begins so gets an apostrophe before it when it is written, and
loses it when it is read.

Streams: memory does not grow with the number of lines. A quote that is opened and not closed costs one line, not the
rest of the file.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from entente.core.exchange.entries import (
    MAX_LABEL_CHARACTERS,
    MAX_LABELS,
    MAX_NOTE_CHARACTERS,
    Bad,
    Entry,
)
from entente.core.exchange.errors import FormatUnreadable, MalformedEntry
from entente.core.exchange.formats.lines import MAX_LINE_BYTES, lines
from entente.core.exchange.reading import make_entry, read_time, write_time, write_value

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

COLUMNS = ("signal_type", "value", "labels", "entity", "note", "partner_ref", "retracted", "changed_at")
"""As they are written."""

_REQUIRED = frozenset(COLUMNS[:2])
_MOST_RECORD_LINES = MAX_NOTE_CHARACTERS + 2
_MOST_COLUMNS = 100
_MOST_LABELS_CHARACTERS = 3 * MAX_LABELS * MAX_LABEL_CHARACTERS

_RETRACTED: Mapping[str, bool] = {"true": True, "1": True, "false": False, "0": False, "": False}
_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",\n]*+)')
_LABEL = re.compile(r"(?:[^;\\]++|\\.|\\$)++")
_ESCAPED = re.compile(r"\\([;\\])")
_RUNS_IN_SPREADSHEETS = ("=", "+", "-", "@", "\t", "'")
_NEEDS_QUOTES = re.compile(r'[",\r\n]')
_UTF16 = (b"\xff\xfe", b"\xfe\xff")

Line = tuple[int, bytes | None]


def read(content: Content) -> Iterator[Entry | Bad]:
    """Yield what each line lists, or why it cannot be read.

    Raises FormatUnreadable at the first step if there is no header row with the columns above.
    """
    numbered = enumerate(lines(content), start=1)
    header = _Header.read(next(numbered, (1, b"")))
    rows = _Rows(numbered, header)
    for number, row in rows:
        if isinstance(row, Bad):
            yield row
            continue
        try:
            yield header.entry(row)
        except MalformedEntry as error:
            yield Bad(number, str(error))


def write(entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the header row, then one row for each entry. Raises MalformedEntry for a value that is not canonical."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    for entry in entries:
        cells = (
            entry.signal_type,
            write_value(entry),
            ";".join(re.sub(r"[;\\]", r"\\\g<0>", label) for label in entry.labels),
            entry.entity,
            entry.note,
            entry.partner_ref,
            "true" if entry.is_retracted else "false",
            write_time(entry.changed_at) if entry.changed_at else "",
        )
        yield (",".join(map(_written_cell, cells)) + "\r\n").encode()


class _Header:
    """Which column stands where."""

    def __init__(self, names: list[str]) -> None:
        self.width = len(names)
        places = {name: place for place, name in enumerate(names)}
        self.note = places.get("note", -1)
        self._signal_type, self._value = places["signal_type"], places["value"]
        # Behind the last cell of a row stands an empty one, for the columns that this file does not have.
        self._labels, self._entity, self._note, self._ref, self._retracted, self._changed_at = (
            places.get(name, self.width) for name in COLUMNS[2:]
        )

    @classmethod
    def read(cls, line: Line) -> _Header:
        """Read the header row. Raises FormatUnreadable."""
        written = line[1]
        if written is None or written[:2] in _UTF16 or b"\0" in written[:8]:
            raise FormatUnreadable("the first line is not a CSV header in UTF-8")
        text = written.removeprefix(b"\xef\xbb\xbf").decode(errors="replace").removesuffix("\r")
        names = [cell.strip().strip('"').lower() for cell in text.split(",", _MOST_COLUMNS)]
        if len(names) > _MOST_COLUMNS:
            raise FormatUnreadable(f"the header has more than {_MOST_COLUMNS} columns")
        for place, name in enumerate(names, start=1):
            if name not in COLUMNS and not name.startswith("x_"):
                raise FormatUnreadable(
                    f"column {place} of the header is none of {', '.join(COLUMNS)}, and does not begin with x_"
                )
        if len(set(names)) != len(names):
            raise FormatUnreadable("a column stands twice in the header")
        if not _REQUIRED.issubset(names):
            raise FormatUnreadable("the header needs the columns signal_type and value")
        return cls(names)

    def entry(self, cells: list[str]) -> Entry:
        """Return the entry of a row of the right width, and one empty cell behind it. Raises MalformedEntry."""
        retracted = _RETRACTED.get(cells[self._retracted].strip().lower())
        if retracted is None:
            raise MalformedEntry("retracted is neither true nor false")
        labels, changed_at = cells[self._labels], cells[self._changed_at].strip()
        return make_entry(
            signal_type=cells[self._signal_type].strip(),
            written=cells[self._value],
            labels=_read_labels(labels) if labels else (),
            entity=cells[self._entity],
            note=cells[self._note],
            partner_ref=cells[self._ref],
            is_retracted=retracted,
            changed_at=read_time(changed_at) if changed_at else None,
        )


class _Rows:
    """The rows of a file, each with the number of its first line: its cells and an empty one, or why it is none.

    A row goes on over several lines while a quote is open. If what comes together so is not a row, its first line
    alone is bad, and its other lines are read again, each from its own beginning.
    """

    def __init__(self, numbered: Iterator[Line], header: _Header) -> None:
        self._numbered = numbered
        self._again: deque[Line] = deque()
        self._header = header

    def __iter__(self) -> Iterator[tuple[int, list[str] | Bad]]:
        while (line := self._next()) is not None:
            number, written = line
            if written is None:
                yield number, Bad(number, f"the line is longer than {MAX_LINE_BYTES:,} bytes")
            elif b'"' in written:
                yield number, self._quoted(number, written)
            elif written not in {b"", b"\r"}:
                yield number, self._split(number, written)

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._numbered, None)

    def _split(self, number: int, written: bytes) -> list[str] | Bad:
        """Return the cells of a line that has no quote."""
        try:
            cells = written.decode().removesuffix("\r").split(",")
        except UnicodeDecodeError:
            return Bad(number, "the line is not UTF-8")
        if len(cells) != self._header.width:
            return Bad(number, self._wrong_width(len(cells)))
        if b"'" in written:
            cells = [_unguarded(cell) for cell in cells]
        return [*cells, ""]

    def _quoted(self, number: int, written: bytes) -> list[str] | Bad:
        """Return the cells of a row that begins with a line in which there is a quote."""
        row: list[Line] = [(number, written)]
        size, is_open = len(written), written.count(b'"') % 2 == 1
        while is_open and len(row) < _MOST_RECORD_LINES and size <= MAX_LINE_BYTES:
            following = self._next()
            if following is None:
                break
            row.append(following)
            if following[1] is None:
                break
            size += len(following[1])
            is_open ^= following[1].count(b'"') % 2 == 1
        cells = "a quote is opened and not closed" if is_open else self._cells(row)
        if isinstance(cells, list):
            return [*cells, ""]
        self._again.extendleft(reversed(row[1:]))
        return Bad(number, cells)

    def _cells(self, row: list[Line]) -> list[str] | str:
        """Return the cells of lines in which every quote is closed, or what is wrong with them."""
        try:
            text = b"\n".join(written or b"" for _, written in row).decode().removesuffix("\r")
        except UnicodeDecodeError:
            return "the line is not UTF-8"
        cells: list[str] = []
        end = -1
        while end < len(text):
            cell = _CELL.match(text, end + 1)
            if cell is None or text[cell.end() : cell.end() + 1] not in {",", ""}:
                return "a quote stands inside a cell, or something stands behind a quoted one"
            end = cell.end()
            cells.append(_unguarded(cell[2] if cell[1] is None else cell[1].replace('""', '"')))
        if len(cells) != self._header.width:
            return self._wrong_width(len(cells))
        if any("\n" in cell for place, cell in enumerate(cells) if place != self._header.note):
            return "a cell other than the note has several lines"
        return cells

    def _wrong_width(self, count: int) -> str:
        return f"the line has {count} cells instead of {self._header.width}"


def _read_labels(written: str) -> list[str]:
    if len(written) > _MOST_LABELS_CHARACTERS:
        raise MalformedEntry("the labels are too long")
    if "\\" not in written:
        return written.split(";")
    return [_ESCAPED.sub(r"\1", label) for label in _LABEL.findall(written)]


def _unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_RUNS_IN_SPREADSHEETS) else cell


def _written_cell(cell: str) -> str:
    if cell.startswith(_RUNS_IN_SPREADSHEETS):
        cell = f"'{cell}"
    return '"{}"'.format(cell.replace('"', '""')) if _NEEDS_QUOTES.search(cell) else cell
