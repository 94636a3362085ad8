"""The checkpoint of a feed that hands out a window of time page by page, in no order of time.

Such a window counts only when it was read to its end. Until then the checkpoint says where the window begins and on
which page to go on; if the partner no longer knows that page, the window is read again from its beginning.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from entente.core.exchange.errors import CheckpointUnreadable, FeedUnreadable
from entente.core.exchange.feeds.feed import Response, is_visible
from entente.core.exchange.formats.json_stream import loads

MAX_CURSOR_CHARACTERS = 4000

_LATEST_SECONDS = 253_402_300_799
_NO_LONGER_KNOWN = frozenset({400, 404, 410})


@dataclass(frozen=True, slots=True)
class Window:
    """From when changes are read, in seconds since 1970, and how far the reading has come."""

    since: int = 0
    cursor: str = ""
    """The page to go on with; empty at the beginning of the window."""
    until: int = 0
    """The end of the window, where we named one."""
    reached: int = 0
    """The latest change that was seen in it."""

    @classmethod
    def read(cls, checkpoint: str) -> Window:
        """Return the window of a checkpoint; the first of all for an empty one. Raises CheckpointUnreadable."""
        if not checkpoint:
            return cls()
        found = loads(checkpoint)
        if not isinstance(found, dict) or set(found) != {"since", "cursor", "until", "reached"}:
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        window = cls(**found)
        times = (window.since, window.until, window.reached)
        if not all(type(at) is int and 0 <= at <= _LATEST_SECONDS for at in times) or not is_cursor(
            window.cursor
        ):
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        return window

    def write(self) -> str:
        """Return the checkpoint."""
        return json.dumps(asdict(self), separators=(",", ":"))

    def afresh(self) -> Window:
        """Return the same window from its beginning."""
        return Window(self.since)

    def on(self, cursor: str, *, reached: int) -> Window:
        """Return the window with the page to go on with."""
        return replace(self, cursor=cursor, reached=max(self.reached, reached))


def is_cursor(found: object) -> bool:
    """Say whether this can name a page."""
    return isinstance(found, str) and len(found) <= MAX_CURSOR_CHARACTERS and is_visible(found)


class Cursors:
    """The pages that were asked for in one run."""

    def __init__(self, first: str) -> None:
        self._seen = {_digest(first)}
        self._is_resumed = first != ""

    def is_forgotten(self, response: Response) -> bool:
        """Say whether this answer to the first request of a run means that its page is no longer known."""
        is_forgotten = self._is_resumed and response.status in _NO_LONGER_KNOWN
        self._is_resumed = False
        return is_forgotten

    def follow(self, cursor: str) -> str:
        """Return the next page. Raises FeedUnreadable for one that was handed out in this run already."""
        digest = _digest(cursor)
        if digest in self._seen:
            raise FeedUnreadable("the partner hands out the same page again")
        self._seen.add(digest)
        return cursor


def _digest(cursor: str) -> bytes:
    return hashlib.blake2b(cursor.encode(), digest_size=16).digest()
