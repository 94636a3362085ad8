"""Typed registries: the only way a lower layer reaches upward.

A registry is declared beside the services that call it and filled in `AppConfig.ready` of the layer that
answers. One handler per key, run inside the caller's transaction. Django's own signals carry no domain
flow, because nobody can tell from the call who listens.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
H = TypeVar("H")


class AlreadyRegistered(RuntimeError):
    """Two handlers for one key: a programming error, found at start."""


class NoHandler(LookupError):
    """A key was used that no layer answers for."""


class Registry(Generic[K, H]):
    """One handler per key."""

    def __init__(self, name: str) -> None:
        """Name the registry, for error messages."""
        self.name = name
        self._handlers: dict[K, H] = {}

    def register(self, key: K, handler: H) -> None:
        """Answer for `key` with `handler`. The same handler twice is harmless; another one is not."""
        known = self._handlers.setdefault(key, handler)
        if known is not handler:
            raise AlreadyRegistered(f"{self.name}: {key!r} is already answered by {known!r}")

    def get(self, key: K) -> H:
        """Return the handler of `key`. Raises NoHandler."""
        try:
            return self._handlers[key]
        except KeyError:
            raise NoHandler(f"{self.name}: nobody answers for {key!r}") from None

    def find(self, key: K) -> H | None:
        """Return the handler of `key`, or None."""
        return self._handlers.get(key)

    def keys(self) -> frozenset[K]:
        """Return every key that has a handler."""
        return frozenset(self._handlers)

    def __iter__(self) -> Iterator[H]:
        return iter(tuple(self._handlers.values()))
