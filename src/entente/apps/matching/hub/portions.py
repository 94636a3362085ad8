"""How many rows are read at once: thousands of hashes, a few long videos."""

from collections.abc import Iterator
from threading import Event
from typing import Final

from entente.apps.banks import queries

_FIRST, _FEWEST, _MOST = 256, 16, 10_000
_BYTES: Final = 8_000_000


class Stopped(Exception):
    """The hub was stopped, or begins anew, while an index was built."""


class Portion:
    """A number of rows that follows the size of the last ones."""

    def __init__(self) -> None:
        self.rows = _FIRST

    def learn(self, count: int, size: int) -> None:
        """Hear how many rows came and how many bytes their values were."""
        fitting = _BYTES * count // max(size, 1) if count else _MOST
        self.rows = max(_FEWEST, min(_MOST, 4 * self.rows, fitting))


def standing_rows(signal_type: str, stop: Event) -> Iterator[tuple[int, bytes]]:
    """Yield the number and value of all that stands of a type, by number. Raises Stopped.

    It is read in pages: one long read would keep SQLite from clearing its write-ahead log.
    """
    portion, after = Portion(), 0
    while page := queries.standing_values(signal_type, after, portion.rows):
        if stop.is_set():
            raise Stopped(f"the signals of {signal_type} are not read to their end")
        yield from page
        after = page[-1][0]
        portion.learn(len(page), sum(len(value) for _, value in page))
