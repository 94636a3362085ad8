"""The pool: signals of hostile files, from a few confined processes that live long and are replaced when they do not."""

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from entente.apps.content.decoding.sniffing import is_mislabelled
from entente.apps.content.hashing.contents import Lent, Shared, Source, held, size_of
from entente.apps.content.hashing.limits import DEFAULT_LIMITS, SHARED_BYTES, Limits
from entente.apps.content.hashing.nursery import Nursery, NurseryGone
from entente.apps.content.hashing.places import Place, Places, QueueFull, WaitedTooLong
from entente.apps.content.hashing.results import Asked, Hashed
from entente.apps.content.hashing.worker import Worker

_ATTEMPTS: Final = 2
"""A nursery that is found dead is replaced, once per call."""


class PoolClosed(RuntimeError):
    """The pool was closed, or belongs to another process: a fork inherits none."""


class HashingPool:
    """Computes signals in at most `processes` workers at a time; safe to use from any thread of this process.

    Nothing runs until the first file, or `warm_up`. Close it, or use it in a `with` block.
    """

    def __init__(self, *, processes: int = 2, limits: Limits = DEFAULT_LIMITS) -> None:
        if processes < 1:
            raise ValueError("a pool has at least one worker")
        self._limits = limits
        self._owner = os.getpid()
        self._is_closed = False
        self._lock = threading.Lock()
        self._nursery: Nursery | None = None
        self._places = Places(processes, waiting=limits.waiting)

    def hash(
        self, source: Source, *, wanted: frozenset[str], declared_type: str = "", as_text: bool = False
    ) -> Hashed:
        """Return the signals of a file: its bytes, or an open descriptor, whose position does not matter.

        `wanted` are names of `results.WANTED`; those that such content cannot have are left out of the answer. The
        bytes say what the file is. `declared_type` is compared with it (note `mislabelled`), and lets markup be read
        as the text it is; `as_text` says that it is a text whatever it looks like.

        Whatever the file holds is an outcome. Raises ValueError for a signal nobody can make and for a descriptor that
        is not of a regular file, OSError if that cannot be read, PoolClosed.
        """
        asked = Asked(wanted, as_text=as_text, declared_text=declared_type.lower().startswith("text/"))
        size_bytes = size_of(source)
        if size_bytes > self._limits.input_bytes:
            return Hashed("too_large", message=f"Files up to {self._limits.input_bytes} bytes are hashed.")
        self._check_open()
        hashed = self._hashed(source, size_bytes, asked)
        if not as_text and is_mislabelled(declared_type, hashed.sniffed_type):
            return replace(hashed, notes=("mislabelled", *hashed.notes))
        return hashed

    def warm_up(self) -> None:
        """Begin the nursery and all workers now. Raises NurseryGone if they do not start, OSError, PoolClosed."""
        self._check_open()
        places = self._places.take_free()
        try:
            for place in places:
                self._ready(place)
        finally:
            for place in places:
                self._give_back(place)

    def close(self) -> None:
        """End all processes. Files that are being hashed are `crashed`; further calls raise PoolClosed."""
        if self._owner != os.getpid():
            return
        with self._lock:
            self._is_closed = True
            nursery, self._nursery = self._nursery, None
        if nursery is not None:
            nursery.close()
        for place in self._places.take_free():
            self._give_back(place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if self._owner != os.getpid():
            raise PoolClosed("this pool belongs to the process that made it")
        if self._is_closed:
            raise PoolClosed("this pool is closed")

    def _hashed(self, source: Source, size_bytes: int, asked: Asked) -> Hashed:
        try:
            place = self._places.take(self._limits.waiting_seconds)
        except QueueFull:
            return Hashed("busy", message=f"{self._limits.waiting} callers are waiting for a worker already.")
        except WaitedTooLong:
            return Hashed("busy", message=f"No worker was free for {self._limits.waiting_seconds:g} seconds.")
        try:
            if size_bytes > SHARED_BYTES:
                return self._hashed_apart(place, source, asked)
            return self._hashed_at(place, source, asked)
        except NurseryGone as error:
            return Hashed("crashed", message=f"The processes that hash do not start: {error}.")
        finally:
            self._give_back(place)

    def _hashed_at(self, place: Place, source: Source, asked: Asked) -> Hashed:
        hashed = self._ready(place).ask(source, asked)
        with contextlib.suppress(NurseryGone, OSError, PoolClosed):
            self._ready(place)  # who is spent is replaced at once, not when the next file waits
        return hashed

    def _hashed_apart(self, place: Place, source: Source, asked: Asked) -> Hashed:
        """Begin a worker that holds this file, in the room of another."""
        self._vacate(place)
        with held(source) as descriptor:
            place.worker = self._begun(lambda: Lent(descriptor))
            try:
                return place.worker.ask(descriptor, asked)
            finally:
                self._vacate(place)

    def _ready(self, place: Place) -> Worker:
        if place.worker is None or place.worker.is_spent:
            self._vacate(place)
            place.worker = self._begun(Shared)
        return place.worker

    def _begun(self, content: Callable[[], Shared | Lent]) -> Worker:
        """Begin a worker, and the nursery before it where there is none or it is found dead."""
        for left in reversed(range(_ATTEMPTS)):
            nursery = self._living_nursery()
            try:
                return Worker(nursery, self._limits, content())
            except NurseryGone:
                self._forget(nursery)
                if not left:
                    raise
        raise AssertionError("the last attempt raises")

    def _living_nursery(self) -> Nursery:
        with self._lock:
            self._check_open()
            if self._nursery is None:
                self._nursery = Nursery(self._limits)
            return self._nursery

    def _forget(self, nursery: Nursery) -> None:
        with self._lock:
            if self._nursery is nursery:
                self._nursery = None
        nursery.close()

    def _vacate(self, place: Place) -> None:
        worker, place.worker = place.worker, None
        if worker is not None:
            worker.end()

    def _give_back(self, place: Place) -> None:
        with self._lock:
            is_closed = self._is_closed
            if not is_closed:
                self._places.give_back(place)
        if is_closed:
            self._vacate(place)
            self._places.give_back(place)  # whoever waits for it is told that the pool is closed
