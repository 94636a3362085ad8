"""The queue of writers in front of one SQLite file.

SQLite has one writer at a time. Whoever meets a writer sleeps and asks again, up to 100 ms apart, so with several
processes the file is idle most of the time it is wanted. Here writers of one process pass a lock from hand to
hand, and one of each process at a time stands at a lock of the file system, asked for every half millisecond. The
kernel frees that lock when its holder dies, however it dies. SQLite's own lock stays the one that protects.
"""

import fcntl
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

_ASK_SECONDS = 0.0005
_PATIENT_ASK_SECONDS = 0.004
_PATIENCE_SECONDS = 1.0


class QueueTimeout(Exception):
    """The turn did not come in time."""


class WriterQueue:
    """The queue of one file, as one process sees it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._handle: int | None = None

    def enter(self, seconds: float) -> None:
        """Wait for the turn to write, at most `seconds`. Raises QueueTimeout, and OSError without a lock file."""
        end = time.monotonic() + seconds
        if not self._turn.acquire(timeout=seconds):
            raise QueueTimeout
        try:
            self._stand_at_file(end)
        except BaseException:
            self._turn.release()
            raise

    def leave(self) -> None:
        """Let the next one write."""
        try:
            if self._handle is not None:
                fcntl.flock(self._handle, fcntl.LOCK_UN)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of the lock file; a forked child does so with what it inherited."""
        if self._handle is not None:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = None

    def _stand_at_file(self, end: float) -> None:
        handle = self._open()
        patient_until = time.monotonic() + (_PATIENCE_SECONDS if _is_patient else 0.0)
        while not _locked(handle):
            now = time.monotonic()
            if now > end:
                raise QueueTimeout
            time.sleep(_PATIENT_ASK_SECONDS if now < patient_until else _ASK_SECONDS)

    def _open(self) -> int:
        if self._handle is None:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._handle


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_is_patient = False
_queues: dict[Path, WriterQueue] = {}
_guard = threading.Lock()


def queue_of(database: Path) -> WriterQueue:
    """Return this process's queue for a database file."""
    with _guard:
        return _queues.setdefault(database, WriterQueue(database.with_name(f"{database.name}.writers")))


def be_patient() -> None:
    """Let other processes go first for a second: for the worker, whose writers nobody waits for at a screen."""
    global _is_patient  # noqa: PLW0603 - said once, at the start of a process
    _is_patient = True


def _start_anew() -> None:
    """Forget what was inherited by a fork: a lock of the parent is not the child's to keep or to free."""
    global _guard  # noqa: PLW0603 - a thread of the parent may have held it
    _guard = threading.Lock()
    for queue in _queues.values():
        queue.close()
    _queues.clear()


os.register_at_fork(after_in_child=_start_anew)
