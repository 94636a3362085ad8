"""What parents and children of the process tree agree on: signals, exit codes, patience.

Parents wait for signals one at a time with `sigtimedwait` instead of running handlers: nothing can happen
between two lines of theirs.
"""

import contextlib
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

REFUSED = 78
"""Exit code of a child that must not be started again before a person has changed something (EX_CONFIG)."""

STUCK = 75
"""Exit code of a worker that found itself stuck and asks to be started again (EX_TEMPFAIL)."""

DRAIN_SECONDS = 30.0
"""How long a child may finish what it has begun before it is ended."""

STEADY_SECONDS = 30.0
"""A child that lived this long is forgiven its earlier failures."""

_ASKED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 30.0


@dataclass
class Patience:
    """How long to wait before a child is started again: 0.1 s doubling to 30 s, forgiven after a steady life."""

    failures: int = 0
    started_at: float = 0.0

    def begin(self) -> None:
        """Note that the child starts now."""
        self.started_at = time.monotonic()

    def wait_after_end(self) -> float:
        """Return the seconds to wait now that the child has ended unasked."""
        if time.monotonic() - self.started_at >= STEADY_SECONDS:
            self.failures = 0
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0**self.failures)
        self.failures += 1
        return wait


def block_signals() -> None:
    """Hold back the signals that a parent waits for."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _ASKED)


def wait_for_signal(seconds: float) -> int | None:
    """Return the next signal a parent cares about, or None when `seconds` have passed."""
    received = signal.sigtimedwait(_ASKED, max(0.0, seconds))
    return received.si_signo if received else None


def ended_children() -> Iterator[tuple[int, int]]:
    """Yield (pid, exit code; negative for a signal) of each child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            yield pid, os.waitstatus_to_exitcode(status)


def become_child(*, own_group: bool = False) -> None:
    """Take up life after a fork: receive signals again, and end when the parent is killed."""
    if own_group:
        os.setpgid(0, 0)  # Ctrl-C reaches the parent alone, which then asks us to drain
    _end_with_parent()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ASKED)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent died, so that they can be waited for."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, however it dies."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def describe_end(code: int) -> str:
    """Put an exit code into words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def log_to_stderr(level: str) -> None:
    """Write log lines of a process without Django as those with Django write theirs."""
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
