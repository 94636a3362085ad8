"""Room for a fixed number of workers, and the queue of callers before it: who came first is served first."""

import threading
from collections import deque
from typing import Final

from entente.apps.content.hashing.worker import Worker


class Place:
    """Room for one worker."""

    worker: Worker | None = None


class QueueFull(Exception):
    """As many callers are waiting as may."""


class WaitedTooLong(Exception):
    """No place was given back in time."""


class _Waiting:
    """A caller in the queue, and the place that is handed to it."""

    def __init__(self) -> None:
        self.place: Place | None = None
        self.called: Final = threading.Event()


class Places:
    """Hands out places. The one given back last is taken first, so that a worker nobody needs is not begun."""

    def __init__(self, count: int, *, waiting: int) -> None:
        self._lock = threading.Lock()
        self._free = [Place() for _ in range(count)]
        self._queue: deque[_Waiting] = deque()
        self._most_waiting = waiting

    def take(self, seconds: float) -> Place:
        """Return a place, after waiting for it no longer than that. Raises QueueFull, WaitedTooLong."""
        with self._lock:
            if self._free:
                return self._free.pop()
            if len(self._queue) >= self._most_waiting:
                raise QueueFull
            own = _Waiting()
            self._queue.append(own)
        own.called.wait(seconds)
        with self._lock:
            if own.place is None:
                self._queue.remove(own)
                raise WaitedTooLong
            return own.place

    def take_free(self) -> list[Place]:
        """Return all places that are free now."""
        with self._lock:
            free, self._free = self._free, []
            return free

    def give_back(self, place: Place) -> None:
        """Hand a place to who has waited longest; it is never taken by somebody who came later."""
        with self._lock:
            if not self._queue:
                self._free.append(place)
                return
            first = self._queue.popleft()
            first.place = place
        first.called.set()
