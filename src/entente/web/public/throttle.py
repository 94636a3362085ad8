"""A limit on how often one visitor may send a form, kept in memory only.

No address is written anywhere: a counter stands under a keyed hash whose key is made at start and dies with the
process, so that nobody, ourselves included, can tell from it who wrote. Each web worker counts for itself.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict, deque
from typing import Final

from django.http import HttpRequest

from entente.web.visitors import visitor_address

_MOST_VISITORS: Final = 10_000


class Throttle:
    """At most `most` forms of one visitor within `seconds`; the oldest visitors are forgotten first."""

    def __init__(self, *, most: int, seconds: float) -> None:
        """Start with no memory."""
        self._most = most
        self._seconds = seconds
        self._key = secrets.token_bytes(32)
        self._seen: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, request: HttpRequest) -> bool:
        """Count one form and say whether it is still within the limit. Follows the machine's clock."""
        visitor = hashlib.blake2b(visitor_address(request).encode(), key=self._key, digest_size=16).digest()
        now = time.monotonic()
        with self._lock:
            times = self._seen.setdefault(visitor, deque())
            self._seen.move_to_end(visitor)
            while times and now - times[0] > self._seconds:
                times.popleft()
            while len(self._seen) > _MOST_VISITORS:
                self._seen.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True


notices: Final = Throttle(most=20, seconds=3600)
"""Twenty notices an hour: more than a person writes, fewer than a flood; many addresses fit into one notice."""
