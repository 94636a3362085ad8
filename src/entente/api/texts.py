"""Text that can be kept: JSON can write characters that no database holds."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from entente.apps.kernel.errors import Invalid


class TextUnreadable(Invalid):
    """A null character or half a surrogate pair: nobody wrote that on purpose in a message meant to be read."""

    code = "text_unreadable"
    title = "A text holds characters that cannot be kept"


def is_storable(text: str) -> bool:
    """Say whether every database keeps the text: no null character (PostgreSQL), no lone surrogate (UTF-8)."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def refuse_unstorable(value: Any) -> None:
    """Look through parsed JSON. Raises TextUnreadable."""
    if not all(map(is_storable, _texts(value))):
        raise TextUnreadable(
            "Send text without null characters and without lone surrogates (RFC 8259, section 8.2)."
        )


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            waiting.extend(part)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("holds a null character or a lone surrogate")
    return text


StorableText = Annotated[str, AfterValidator(_storable)]
"""A field of a request whose text goes into the database."""
