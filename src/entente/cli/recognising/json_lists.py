"""One JSON document with one long list in it, written item by item, so that it is never held."""

import json
from typing import Any, Self, TextIO


class JsonList:
    """Opens and closes the document around the items; writes nothing at all when it is off."""

    def __init__(self, name: str, stream: TextIO, *, is_on: bool) -> None:
        self._name, self._stream, self._is_on = name, stream, is_on
        self._rest: dict[str, Any] = {}
        self._divider = ""

    def __enter__(self) -> Self:
        if self._is_on:
            self._stream.write(f"{{{json.dumps(self._name)}: [")
        return self

    def add(self, document: dict[str, Any]) -> None:
        """Write one item."""
        self._stream.write(self._divider + json.dumps(document, ensure_ascii=False))
        self._divider = ", "

    def finish(self, rest: dict[str, Any]) -> None:
        """Say what stands behind the list."""
        self._rest = rest

    def __exit__(self, *_error: object) -> None:
        if self._is_on:
            members = "".join(
                f", {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
                for key, value in self._rest.items()
            )
            self._stream.write(f"]{members}}}\n")
            self._stream.flush()
