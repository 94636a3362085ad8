"""A nudge from the web workers to the worker process, through a local datagram socket.

Rows hold the work; the nudge only saves waiting for the next poll. A lost nudge costs a second, never work.
"""

import contextlib
import socket
from pathlib import Path

from django.db import transaction

_NAME = "worker.sock"


def _path() -> Path:
    from entente.apps.kernel.config import config

    return config().data_dir / _NAME


def notify_worker() -> None:
    """Nudge the worker now; never blocks, never raises."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(b"!", str(_path()))


def notify_worker_on_commit() -> None:
    """Nudge the worker once the current transaction has been committed."""
    transaction.on_commit(notify_worker)


class Listener:
    """The worker's end: wait for a nudge or for `timeout` seconds."""

    def __init__(self) -> None:
        """Bind the socket, replacing one a dead worker left behind."""
        path = _path()
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o600)

    def wait(self, timeout: float) -> bool:
        """Return True when nudged, False when `timeout` seconds passed; drains what piled up."""
        self._socket.settimeout(timeout)
        try:
            self._socket.recv(16)
        except TimeoutError:
            return False
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.recv(16)
        return True

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        _path().unlink(missing_ok=True)
