"""XML read safely: no document type, and with it no entities, neither nested nor from elsewhere; bounded in depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from entente.core.exchange.errors import FeedUnreadable, MalformedEntry

MAX_DEPTH = 32
MAX_ELEMENTS = 500_000


@dataclass(slots=True)
class Element:
    """One element, without its namespace."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def named(self, tag: str) -> list[Element]:
        """Return the children of that name."""
        return [child for child in self.children if child.tag == tag]

    def child_text(self, tag: str, default: str | None = None) -> str:
        """Return the text of the only child of that name.

        Raises MalformedEntry if there are several, or none and no default.
        """
        found = self.named(tag)
        if not found and default is not None:
            return default
        if len(found) != 1:
            raise MalformedEntry(f"it has {len(found)} elements {tag} instead of one")
        return found[0].text


def parse(document: bytes) -> Element:
    """Return the root of a document. Raises FeedUnreadable."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse_document_type
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if isinstance(error, FeedUnreadable):
            raise
        raise FeedUnreadable("the answer is broken or cut short, not XML") from None
    return builder.root.children[0]


class _Builder:
    """Puts elements together as the parser meets them."""

    def __init__(self) -> None:
        self.root = Element("")
        self._open = [self.root]
        self._count = 0

    def refuse_document_type(self, *_: object) -> NoReturn:
        raise FeedUnreadable("the answer declares a document type, which is not read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise FeedUnreadable("the answer is nested too deeply, or has too many elements")
        element = Element(name.rpartition(" ")[2], attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].text += text
