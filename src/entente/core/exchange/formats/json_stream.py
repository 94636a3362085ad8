"""The objects of a JSON document, one after the other, in bounded memory; one that is broken does not take the others.

An object is parsed where it stands. If that fails, its end is looked for by its brackets: what lies between is broken,
and reading goes on behind it. Where the brackets do not match either, nothing further can be found.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, NoReturn

from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats.lines import pieces

if TYPE_CHECKING:
    from entente.core.exchange.formats.lines import Content

MAX_OBJECT_CHARACTERS = 16 << 20
"""A longer object ends the reading: nobody can tell whether it ends at all."""

MAX_DEPTH = 100_000
"""Of brackets in an object that cannot be parsed; deeper ones are no longer followed to its end."""

_BLANKS = re.compile(r"[ \t\r\n]*+")
_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_SCALAR = re.compile(r"[^\s,:\]}\[{\"]++")
_CLOSING = {"{": "}", "[": "]"}


class Broken:
    """Stands for an object that is not JSON."""


BROKEN = Broken()


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def loads(text: str) -> object:
    """Return what one JSON text holds, or BROKEN. Whatever is wrong with it, nothing is raised."""
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return BROKEN
    return value


def objects(
    content: Content, *, lists: AbstractSet[str] = frozenset(), single: str | None = None
) -> Iterator[object]:
    """Yield the items of a document that is a list; of one that is an object, the items of the members in `lists`.

    If a member is named `single`, the whole document is one item: an object with this member alone. Items that are
    not JSON are BROKEN. Raises FormatUnreadable for what is neither list nor object, holds nothing of what is asked
    for, is cut short, or cannot be followed further; its line is the number of the item.
    """
    return _Document(content).items(lists, single)


class _Document:
    """A document read from its beginning, of which only what is not yet parsed is held."""

    def __init__(self, content: Content) -> None:
        self._pieces = pieces(content)
        # What is not UTF-8 becomes halves of characters, which no text of an entry may hold.
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._text = ""
        self._at = 0
        self._is_whole = False
        self._count = 0

    def items(self, lists: AbstractSet[str], single: str | None) -> Iterator[object]:
        opening = self._peek()
        if opening == "[":
            yield from self._items()
        elif opening == "{":
            yield from self._members(lists, single)
        else:
            self._fail("the document is not JSON")
        if self._peek():
            self._fail("something stands behind the end of the document")

    def _members(self, lists: AbstractSet[str], single: str | None) -> Iterator[object]:
        """Yield what the members hold that are asked for, and pass over the others."""
        is_found = False
        for name in self._names():
            if name in lists and self._peek() == "[":
                is_found = True
                yield from self._items()
            elif name == single:
                is_found = True
                self._count += 1
                yield {single: self._value()}
            else:
                self._value()
        if not is_found:
            wanted = " nor ".join(sorted(name for name in (*lists, single) if name))
            self._fail(f"the document is an object that has no {wanted}")

    def _items(self) -> Iterator[object]:
        """Yield the items of a list that begins here."""
        self._at += 1
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            self._count += 1
            yield self._value()
            if self._divider("]") == "]":
                return

    def _names(self) -> Iterator[str]:
        """Yield the names of an object's members; the caller takes each value before it asks for the next."""
        self._at += 1
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            name = self._value() if self._peek() == '"' else None
            if not isinstance(name, str) or self._peek() != ":":
                self._fail("a name and a colon are missing")
            self._at += 1
            yield name
            if self._divider("}") == "}":
                return

    def _divider(self, closing: str) -> str:
        """Pass over the comma or the bracket behind a value, and return it."""
        found = self._peek()
        if found not in {",", closing}:
            self._fail("the document is cut short" if not found else "a comma or a bracket is missing")
        self._at += 1
        return found

    def _peek(self) -> str:
        """Return the next character that is not blank, or nothing at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def _value(self) -> object:
        """Return the value that begins here, or BROKEN, and pass over it."""
        self._peek()
        while True:
            value, end = self._parsed()
            if end:
                self._at = end
                return value
            if len(self._text) - self._at > MAX_OBJECT_CHARACTERS:
                self._fail(f"an object is longer than {MAX_OBJECT_CHARACTERS:,} characters")
            if self._is_whole:
                self._fail("the document is cut short, or its brackets do not match")
            # Each time twice as much: an object is not read again for each piece of it.
            self._more(len(self._text) - self._at + 1)

    def _parsed(self) -> tuple[object, int]:
        """Return the value that begins here and where it ends; BROKEN and its end; or 0 where no end is in sight."""
        opening = self._text[self._at : self._at + 1]
        if opening not in {'"', *_CLOSING}:
            return self._parsed_scalar()
        try:
            return _DECODER.raw_decode(self._text, self._at)
        except (ValueError, RecursionError):
            return BROKEN, self._end_by_brackets()

    def _parsed_scalar(self) -> tuple[object, int]:
        scalar = _SCALAR.match(self._text, self._at)
        if scalar is None and self._at < len(self._text):
            self._fail("a value is missing")
        # What ends with the text at hand may go on: 12 may be 123.
        if scalar is None or (scalar.end() == len(self._text) and not self._is_whole):
            return BROKEN, 0
        return loads(scalar[0]), scalar.end()

    def _end_by_brackets(self) -> int:
        open_brackets: list[str] = []
        for mark in _MARKS.finditer(self._text, self._at):
            found = mark[0]
            if found in _CLOSING:
                open_brackets.append(_CLOSING[found])
                if len(open_brackets) > MAX_DEPTH:
                    self._fail("an object is nested too deeply")
            elif found == '"' or (len(found) == 1 and open_brackets.pop() != found):
                return 0  # a text that does not end here, or a bracket that closes another
            if not open_brackets:
                return mark.end()
        return 0

    def _more(self, least: int) -> bool:
        """Take in at least so many characters, dropping what is parsed; False if there are none."""
        taken: list[str] = []
        size = 0
        while size < least and not self._is_whole:
            piece = next(self._pieces, None)
            self._is_whole = piece is None
            taken.append(self._decoder.decode(piece or b"", self._is_whole))
            size += len(taken[-1])
        self._text = "".join((self._text[self._at :], *taken))
        self._at = 0
        return size > 0

    def _fail(self, message: str) -> NoReturn:
        raise FormatUnreadable(message, line=max(self._count, 1))
