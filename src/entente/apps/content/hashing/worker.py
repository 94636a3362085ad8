"""The pool's end of one worker: hand it files, wait no longer than they may take, believe nothing it says."""

import contextlib
import os
import signal
import socket
from dataclasses import replace
from typing import Final

from entente.apps.content.decoding.results import BadFrame
from entente.apps.content.hashing.contents import Lent, Shared, Source
from entente.apps.content.hashing.frames import Request
from entente.apps.content.hashing.jobs import Clock, Connection, Gone, Job, Late, resident_bytes
from entente.apps.content.hashing.limits import Limits
from entente.apps.content.hashing.nursery import Nursery, NurseryGone
from entente.apps.content.hashing.results import Asked, Hashed, Outcome

_AFTER_WHICH_IT_ENDS: Final[frozenset[Outcome]] = frozenset({"memory", "crashed"})
"""Outcomes that a worker itself tells and that leave it in a state nobody knows."""


class Worker:
    """One worker process and what it may read. Used by one thread at a time. Raises NurseryGone."""

    def __init__(self, nursery: Nursery, limits: Limits, content: Shared | Lent) -> None:
        self._nursery = nursery
        self._limits = limits
        self._content = content
        with contextlib.ExitStack() as undone:
            undone.callback(content.close)
            ours, theirs = socket.socketpair()
            undone.callback(ours.close)
            with theirs:
                self.number = nursery.fork(theirs, content.readable)
            undone.pop_all()
        self._connection = Connection(ours)
        self._jobs = 0
        self._worked_seconds = 0.0
        self._is_over = False
        self._new_bytes = resident_bytes(self.number)

    @property
    def is_spent(self) -> bool:
        """Whether it must be replaced: it is dead, speaks unasked, or has done, worked or kept enough."""
        return (
            self._is_over
            or not self._connection.is_silent()
            or self._jobs >= self._limits.jobs
            or self._worked_seconds >= self._limits.worker_seconds
            or resident_bytes(self.number) - self._new_bytes > self._limits.kept_bytes
        )

    def ask(self, source: Source, asked: Asked) -> Hashed:
        """Have a file hashed; whatever becomes of the worker is the outcome. Raises OSError if it cannot be read."""
        try:
            return self._ask(self._content.fill(source), asked)
        finally:
            self._content.empty()

    def _ask(self, size_bytes: int, asked: Asked) -> Hashed:
        self._jobs += 1
        clock = Clock(self.number)
        job = Job(self._connection, clock, Request(self._jobs, size_bytes, asked), self._limits)
        try:
            hashed = job.run()
        except Late:
            hashed = replace(job.known, outcome="timeout")
            self._is_over = True
        except Gone:
            hashed = replace(job.known, outcome=self._cause_of_death())
            self._is_over = True
        except BadFrame:
            hashed = replace(job.known, outcome="crashed")
        self._worked_seconds += clock.seconds
        self._is_over = self._is_over or hashed.outcome in _AFTER_WHICH_IT_ENDS
        return hashed

    def _cause_of_death(self) -> Outcome:
        """Bury a worker that has hung up; the kernel ends it by SIGXCPU when it worked on beyond its lifetime."""
        with contextlib.suppress(NurseryGone):
            status = self._nursery.end(self.number)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                return "timeout"
        return "crashed"

    def end(self) -> None:
        """Kill it and give back what it shared with us."""
        with contextlib.suppress(NurseryGone):
            self._nursery.end(self.number)
        self._connection.close()
        self._content.close()
