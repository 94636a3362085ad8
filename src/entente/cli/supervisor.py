"""The parent of the tree: holds the listening socket, keeps the nursery alive, passes signals on.

It knows neither Django nor the database and does nothing but wait, so it has no reason to fail. The
listening socket stays open here while everything below is started again: a client then waits in the
kernel's queue instead of being refused.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from entente.cli.processes import (
    DRAIN_SECONDS,
    REFUSED,
    Patience,
    adopt_orphans,
    become_child,
    block_signals,
    describe_end,
    ended_children,
    wait_for_signal,
)

logger = logging.getLogger("entente.serve")

BACKLOG = 1024
READY = b"R"
_TICK_SECONDS = 0.05


class AddressTaken(RuntimeError):
    """The address cannot be listened on; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address and not yet listening. Raises AddressTaken."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AddressTaken(f"{host!r} is not an address of this machine: {error}") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressTaken(
            f"Cannot listen on {host}:{port}: {error.strerror}. Stop what uses it, or set server.port."
        ) from None
    listener.setblocking(False)
    return listener


@dataclass
class Supervisor:
    """One tree: `nursery(listener, ready_fd)` runs in the child and returns its exit code."""

    listener: socket.socket
    nursery: Callable[[socket.socket, int], int]
    on_ready: Callable[[], None]
    pid: int = 0
    ready_fd: int = -1
    stopping: bool = False

    def run(self) -> int:
        """Run until asked to stop; return 0, or REFUSED when the instance must not serve."""
        block_signals()
        adopt_orphans()
        patience = Patience()
        begin_at = 0.0
        while True:
            if not self.pid and not self.stopping and time.monotonic() >= begin_at:
                patience.begin()
                self._begin()
            number = wait_for_signal(_TICK_SECONDS if self._is_waiting() else 1.0)
            if number in (signal.SIGTERM, signal.SIGINT):
                return self._stop()
            for pid, code in ended_children():
                if pid != self.pid:
                    continue
                if code == REFUSED:
                    return REFUSED
                self._end_group()
                wait = patience.wait_after_end()
                begin_at = time.monotonic() + wait
                logger.error(
                    "The process tree ended by %s; it is started again in %.1f s", describe_end(code), wait
                )
                self.pid = 0
            self._look_for_ready()

    def _is_waiting(self) -> bool:
        return self.ready_fd >= 0 or not self.pid

    def _begin(self) -> None:
        self._close_ready()
        self.ready_fd, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.close(self.ready_fd)
                become_child(own_group=True)
                code = self.nursery(self.listener, writing)
            except BaseException:  # a fork must never run on into its parent's code
                logger.exception("The process tree could not be started")
            finally:
                logging.shutdown()
                os._exit(code)
        os.close(writing)
        with contextlib.suppress(OSError):  # the child does the same; whoever is first
            os.setpgid(pid, pid)
        self.pid = pid

    def _look_for_ready(self) -> None:
        if self.ready_fd < 0 or not select.select([self.ready_fd], [], [], 0)[0]:
            return
        said = os.read(self.ready_fd, 1)
        self._close_ready()
        if said == READY:
            self.on_ready()

    def _close_ready(self) -> None:
        if self.ready_fd >= 0:
            os.close(self.ready_fd)
            self.ready_fd = -1

    def _stop(self) -> int:
        """Refuse new connections, let what has begun finish, leave nobody behind."""
        self.stopping = True
        self.listener.close()
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
            self._wait_for_end(DRAIN_SECONDS + 5.0)
            self._kill_group()
        self._close_ready()
        return 0

    def _wait_for_end(self, seconds: float) -> None:
        """Wait for the nursery; a second request to stop ends the waiting."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if wait_for_signal(left) in (signal.SIGTERM, signal.SIGINT):
                return
            if any(pid == self.pid for pid, _ in ended_children()):
                return

    def _end_group(self) -> None:
        """Give the children of a dead nursery time to finish, then end them."""
        deadline = time.monotonic() + DRAIN_SECONDS
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(self.pid, 0)
                list(ended_children())
                time.sleep(_TICK_SECONDS)
        self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
