"""One job on the pool's side: the request, the answers to it, and the time it may take."""

import os
import select
import socket
import time
from pathlib import Path
from typing import Final

from entente.apps.content.decoding.results import BadFrame
from entente.apps.content.hashing import frames
from entente.apps.content.hashing.frames import HEAD, LARGEST_BYTES, Answer, Request, Stage
from entente.apps.content.hashing.limits import Allowance, Limits
from entente.apps.content.hashing.results import Hashed

_SHORTEST_WAIT_SECONDS: Final = 0.01
"""A tick of the clock the kernel counts processor time with."""


class Late(Exception):
    """The time of the job is over."""


class Gone(Exception):
    """The worker has hung up."""


class Connection:
    """Our end of the socket to a worker."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end
        self._poll = select.poll()
        self._poll.register(end, select.POLLIN)

    def send(self, frame: bytes) -> None:
        """Send a request, which is small enough to go at once. Raises Gone."""
        try:
            sent = self._end.send(frame)
        except OSError:
            sent = 0
        if sent != len(frame):
            raise Gone

    def receive(self, count: int, seconds: float) -> bytes:
        """Return up to so many bytes, none when so much time passed without any. Raises Gone."""
        if not self._poll.poll(seconds * 1000):
            return b""
        try:
            piece = self._end.recv(count)
        except OSError:
            piece = b""
        if not piece:
            raise Gone
        return piece

    def is_silent(self) -> bool:
        """Whether the worker says nothing, which it should not unless it is asked, and has not hung up."""
        return not self._poll.poll(0)

    def close(self) -> None:
        """Hang up."""
        self._end.close()


class Clock:
    """The time that a worker has had for a job."""

    def __init__(self, worker: int) -> None:
        self._worker = worker
        self._began = time.monotonic()
        self._cpu_before = cpu_seconds(worker)

    @property
    def seconds(self) -> float:
        """On the wall."""
        return time.monotonic() - self._began

    def left(self, allowance: Allowance) -> float:
        """Return for how long one can wait before looking again. Raises Late."""
        passed = self.seconds
        # A worker has one thread: it cannot have used more of the processor than time has passed.
        used = passed if passed < allowance.cpu_seconds else cpu_seconds(self._worker) - self._cpu_before
        left = min(allowance.wall_seconds - passed, allowance.cpu_seconds - used)
        if left <= 0:
            raise Late
        return max(left, _SHORTEST_WAIT_SECONDS)


class Job:
    """One file on its way through a worker. `known` is what is known of it, should the worker not finish."""

    def __init__(self, connection: Connection, clock: Clock, request: Request, limits: Limits) -> None:
        self._connection = connection
        self._clock = clock
        self._request = request
        self._limits = limits
        self.known = Hashed("crashed")

    def run(self) -> Hashed:
        """Ask and wait for the answer. Raises Late, Gone, BadFrame."""
        self._connection.send(frames.pack_request(self._request))
        answer = self._answer(self._limits.allowance("", self._request.size_bytes))
        if answer.stage is Stage.BEGUN:
            self.known = answer.hashed
            media_type = answer.hashed.sniffed_type
            answer = self._answer(self._limits.allowance(media_type, self._request.size_bytes))
        if answer.stage is not Stage.DONE:
            raise BadFrame("stage")
        return answer.hashed

    def _answer(self, allowance: Allowance) -> Answer:
        (length,) = HEAD.unpack(self._exactly(HEAD.size, allowance))
        if length > LARGEST_BYTES:
            raise BadFrame("length")
        answer = frames.unpack_answer(self._exactly(length, allowance), self._request.asked)
        if answer.number != self._request.number:
            raise BadFrame("number")
        return answer

    def _exactly(self, count: int, allowance: Allowance) -> bytes:
        pieces = bytearray()
        while len(pieces) < count:
            pieces += self._connection.receive(count - len(pieces), self._clock.left(allowance))
        return bytes(pieces)


def cpu_seconds(process: int) -> float:
    """Return the processor time a process has used; 0 where that cannot be read, or it is gone."""
    try:
        written = Path(f"/proc/{process}/stat").read_bytes()
    except OSError:
        return 0.0
    # After the name, which may contain anything (proc_pid_stat(5)): user and system time are fields 14 and 15.
    fields = written.rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(process: int) -> int:
    """Return the memory a process has in use; 0 where that cannot be read, or it is gone."""
    try:
        pages = Path(f"/proc/{process}/statm").read_bytes().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
