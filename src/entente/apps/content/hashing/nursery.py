"""The pool's end of the nursery: the process that everything is loaded in once and workers are forked from."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from entente.apps.content.hashing import orders
from entente.apps.content.hashing.limits import Limits

_SOURCE_ROOT: Final = Path(__file__).resolve().parents[4]
_PROGRAM: Final = "entente.apps.content.hashing.confined.nursery"
_START_SECONDS: Final = 180.0
"""Kernels that no process has compiled before take half a minute of a busy core."""
_REPLY_SECONDS: Final = 10.0
_END_SECONDS: Final = 5.0
_INHERITED: Final = ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT")
_DECODER_SHARE: Final = 0.75
"""How much of a job's time decoders plan with. They look at the clock between pages and packets only."""


class NurseryGone(Exception):
    """The nursery did not start, or does not answer any more; its workers are gone with it."""


class Nursery:
    """One such process; safe to call from several threads. Raises NurseryGone everywhere."""

    def __init__(self, limits: Limits) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = (
            limits.memory_bytes,
            limits.lifetime_cpu_seconds,
            int(limits.cpu_seconds * _DECODER_SHARE * 1000),
            int(limits.video_cpu_seconds * _DECODER_SHARE * 1000),
        )
        with theirs:
            # -P and -s: nothing is imported from the working directory or a home; -B: nothing is written. BLAS must
            # have no thread: only a process of one thread can be forked without surprises.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-B", "-m", _PROGRAM, str(theirs.fileno()), *map(str, settings)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env={
                    "PYTHONPATH": str(_SOURCE_ROOT),
                    "LC_ALL": "C.UTF-8",
                    "OPENBLAS_NUM_THREADS": "1",
                    **{name: os.environ[name] for name in _INHERITED if name in os.environ},
                },
                start_new_session=True,
            )
        self._is_ready = False

    def fork(self, answers: socket.socket, content: int) -> int:
        """Begin a worker with its end of a socket and what it may read; return its process number."""
        return self._order(orders.FORK, 0, (answers.fileno(), content))

    def end(self, worker: int) -> int:
        """Kill a worker if it still lives, and return its status as `waitpid` gives it."""
        return self._order(orders.END, worker, ())

    def close(self) -> None:
        """End it and all its workers; what is running is lost. May be called at any time, also twice."""
        # Not under the lock: whoever waits for an answer under it is woken by this.
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with self._lock:
            self._control.close()

    def _order(self, order: bytes, worker: int, descriptors: tuple[int, ...]) -> int:
        with self._lock:
            try:
                if not self._is_ready:
                    self._control.settimeout(_START_SECONDS)
                    self._hear()
                    self._control.settimeout(_REPLY_SECONDS)
                    self._is_ready = True
                socket.send_fds(self._control, [orders.ORDER.pack(order, worker)], descriptors)
                return self._hear()
            except OSError as error:
                raise NurseryGone(str(error)) from error

    def _hear(self) -> int:
        reply = self._control.recv(orders.REPLY.size)
        if len(reply) != orders.REPLY.size:
            raise NurseryGone("it has ended")
        (number,) = orders.REPLY.unpack(reply)
        return int(number)
