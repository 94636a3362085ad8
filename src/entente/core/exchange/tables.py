"""Reading what somebody else's JSON or XML holds, key by key; every wrong type is said, none is coerced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime

from entente.core.exchange.errors import MalformedEntry
from entente.core.exchange.reading import read_time, read_unix_time

_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_LOCAL_TIME = re.compile(r"([0-9-]{10}) ([0-9:]{8}),([0-9]{3,6})")


class Table:
    """One JSON object. A key that is missing and one that is null are the same; keys are named in messages, values never.

    Every method raises MalformedEntry for a value of another type, and where there is none and no default.
    """

    def __init__(self, value: object, name: str = "it") -> None:
        if not isinstance(value, Mapping):
            raise MalformedEntry(f"{name} is not an object")
        self._values = value

    def has(self, key: str) -> bool:
        """Say whether the key stands there with anything but null."""
        return self._values.get(key) is not None

    def texts_by_key(self, *, beside: AbstractSet[str] = frozenset()) -> list[tuple[str, str]]:
        """Return every key with its text, but for those `beside`. These keys are the partner's: no message has them."""
        return [(key, _text_in(value, "it")) for key, value in self._values.items() if key not in beside]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self._values.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise MalformedEntry(f"{key} is not a text")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise MalformedEntry(f"{key} is neither true nor false")
        return value

    def identifier(self, key: str) -> str:
        """Return an identifier, which may be a text or a whole number; empty where there is none."""
        value = self._values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(key, "")

    def whole(self, key: str) -> int:
        """Return a whole number that is not negative."""
        value = self._values.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise MalformedEntry(f"{key} is not a whole number")
        return value

    def time(self, key: str) -> datetime | None:
        """Return a time: seconds since 1970 as a number or a text, ISO 8601, or the same with a comma and in UTC.

        None where there is none, and for a text that is none of them: the time of a change is good to know, not
        needed to know what changed.
        """
        value = self._values.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return read_unix_time(value)
        text = self.text(key, "")
        if local := _LOCAL_TIME.fullmatch(text):
            text = f"{local[1]}T{local[2]}.{local[3]}Z"
        try:
            return read_unix_time(float(text)) if _DECIMAL.fullmatch(text) else read_time(text)
        except MalformedEntry:
            return None

    def items(self, key: str, *, is_needed: bool = False) -> list[object]:
        """Return a list; empty where there is none and none is needed."""
        value = self._values.get(key)
        if value is None and not is_needed:
            return []
        if not isinstance(value, list):
            raise MalformedEntry(f"{key} is not a list")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts; empty where there is none."""
        return [_text_in(item, key) for item in self.items(key)]

    def table(self, key: str) -> Table:
        """Return the object under a key; an empty one where there is none."""
        value = self._values.get(key)
        return Table({} if value is None else value, key)

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the objects of a list."""
        for item in self.items(key):
            yield Table(item, f"an item of {key}")


def _text_in(item: object, key: str) -> str:
    if not isinstance(item, str):
        raise MalformedEntry(f"an item of {key} is not a text")
    return item
