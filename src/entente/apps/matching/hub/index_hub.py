"""The hub of one process: what is asked, whether it may be answered, and the thread that follows."""

import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import connections

from entente.apps.banks.queries import BankPolicy
from entente.apps.banks.values import known_type
from entente.apps.matching.hub import since_boot
from entente.apps.matching.hub.answers import (
    BEHIND,
    NO_DATABASE,
    NOT_READY,
    Found,
    HubAnswer,
    HubStatus,
    Query,
)
from entente.apps.matching.hub.connecting import be_impatient
from entente.apps.matching.hub.following import Follower
from entente.apps.matching.hub.looking import status_of
from entente.apps.matching.hub.view import NEVER, View

if TYPE_CHECKING:
    from entente.apps.matching.hub.holding import Holding

_logger = logging.getLogger(__name__)

FRESH_SECONDS: Final = 5.0
"""An answer is given only if everything committed so long ago is in it for certain."""

BUSY_POLL_SECONDS: Final = 0.05
IDLE_POLL_SECONDS: Final = 1.0
USED_SECONDS: Final = 60.0
"""So long after a question the follower looks often."""

PATIENCE_SECONDS: Final = 3.0
"""So long a process waits for the worker to build what is missing, before it builds itself."""

_RETRY_SECONDS: Final = 0.25
_LONGEST_RETRY_SECONDS: Final = 2.0
_JOIN_SECONDS: Final = 5.0
_POLL_OF_WAITING: Final = 0.02


class IndexHub:
    """Finds signals. Any number of threads may ask; none of them waits for the database or for another one.

    With `in_background=False` nobody follows: each search first reads what is new, in its own thread and on its
    connection. That is for commands, and for tests that look at what is not committed yet.
    """

    _turn: threading.Lock
    _wake: threading.Event
    _stop: threading.Event
    _thread: threading.Thread | None
    _used_at: float
    _follower: Follower

    def __init__(
        self, folder: Path, *, in_background: bool = True, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self.folder = folder
        self._in_background = in_background
        self._patience_seconds = patience_seconds if in_background else 0.0
        self._start_anew()
        _HUBS.add(self)

    def search(self, queries: Sequence[Query], radii: Callable[[str], int] | None = None) -> HubAnswer:
        """Return every standing signal within the radius of a query: the widest that an enforced bank asks for.

        So the caller compares each distance with the radius of the signal's own bank. `radii` gives another radius for
        a type. Raises UnusableValue for a type that is not installed, ValueError for a value that is not one of its
        type and for a radius wider than its index allows.
        """
        now = since_boot.seconds()
        view = self._used(now)
        unknown = self._unknown(view, now)
        if unknown:
            return HubAnswer((), view.reached, unknown)
        found: list[Found] = []
        for place, query in enumerate(queries):
            name = query.signal_type
            index = view.indexes.get(name)
            if index is None:
                if name in view.building:
                    return HubAnswer((), view.reached, NOT_READY)
                known_type(name)
                continue  # nothing of this type stands
            radius = view.radii[name] if radii is None else radii(name)
            found += [
                Found(row, name, distance, place)
                for row, distance in index.search(query.value, radius).matches
            ]
        return HubAnswer(tuple(found), view.reached)

    def policies(self) -> Mapping[UUID, BankPolicy]:
        """Return every bank as it was less than a second ago, retired ones included. Empty before the first answer."""
        return self._follower.view.policies

    def status(self) -> HubStatus:
        """Say how it is; counting a large index takes some hundredths of a second."""
        now = since_boot.seconds()
        return status_of(self._follower, unknown=self._unknown(self._follower.view, now), now=now)

    def start(self) -> None:
        """Begin to follow, unless it was begun; a thread that died is replaced."""
        if not self._in_background:
            return
        with self._turn:
            if self._thread is None or not self._thread.is_alive():
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._follower, self._stop), name="index-follower", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """End the thread, which closes its connection; a later search begins again."""
        with self._turn:
            thread, self._thread = self._thread, None
            self._stop.set()
            self._wake.set()
            before, self._follower = self._follower, self._new_follower()
        before.stop(_JOIN_SECONDS)
        if thread is not None:
            thread.join(_JOIN_SECONDS)

    def warm_up(self) -> None:
        """Load, build and compile in the background what the first search needs; without signals, nothing."""
        self.start()

    def wait(self, seconds: float) -> bool:
        """Wait until a search of anything can be answered; tell whether that came."""
        end = since_boot.seconds() + seconds
        while True:
            now = since_boot.seconds()
            if not self._unknown(self._used(now), now) and not self._follower.is_busy:
                return True
            if now >= end:
                return False
            time.sleep(_POLL_OF_WAITING)

    def be_first_to_build(self) -> None:
        """Build what is missing at once, without waiting for another process to: for the worker."""
        self._patience_seconds = 0.0
        self._follower.be_first_to_build()

    def holdings(self) -> "list[Holding]":
        """Return the indexes that are ready, for whoever keeps their segments."""
        return list(self._follower.holdings.values())

    def _used(self, now: float) -> View:
        """Note that somebody asks, see to it that somebody follows, and return what can be seen."""
        if not self._in_background:
            _stepped(self._follower)
            return self._follower.view
        if now - self._used_at > USED_SECONDS:
            self._wake.set()
        self._used_at = now
        thread = self._thread
        if thread is None or not thread.is_alive():
            self.start()
        return self._follower.view

    def _unknown(self, view: View, now: float) -> str:
        """Return why nothing can be said; empty when an answer is fresh."""
        if now - view.known_at <= FRESH_SECONDS:
            return ""
        if view.is_cut_off:
            return NO_DATABASE
        return BEHIND if view.has_begun else NOT_READY

    def _run(self, follower: Follower, stop: threading.Event) -> None:
        """Follow until stopped."""
        try:
            be_impatient()
            failures = 0
            while not stop.is_set():
                if _stepped(follower):
                    failures = 0
                    idle = since_boot.seconds() - self._used_at > USED_SECONDS
                    pause = IDLE_POLL_SECONDS if idle else BUSY_POLL_SECONDS
                else:
                    connections.close_all()
                    failures += 1
                    pause = min(_LONGEST_RETRY_SECONDS, _RETRY_SECONDS * failures)
                self._wake.wait(pause)
                self._wake.clear()
        finally:
            connections.close_all()

    def _new_follower(self) -> Follower:
        return Follower(
            self.folder, patience_seconds=self._patience_seconds, in_background=self._in_background
        )

    def _start_anew(self) -> None:
        """Hold nothing: in the beginning, and in a child that was forked, whose locks and thread were the parent's."""
        self._turn = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = None
        self._used_at = NEVER
        self._follower = self._new_follower()


_HUBS: "weakref.WeakSet[IndexHub]" = weakref.WeakSet()


def _stepped(follower: Follower) -> bool:
    """Let a follower take one step; whatever goes wrong is said, and tried again."""
    try:
        follower.step()
    except Exception as error:  # the thread must outlive whatever the database or a signal type does
        if not follower.view.trouble:
            _logger.exception("The indexes cannot follow the database; it is tried again.")
        follower.note_trouble(error)
        return False
    return True


def _forked() -> None:
    for one in list(_HUBS):
        one._start_anew()  # noqa: SLF001 - its own module


os.register_at_fork(after_in_child=_forked)
