"""Loads the program once and forks the web workers and the worker from it.

Forked children share the memory of what was loaded, so two web workers and the worker cost little more
than one process; and one that dies is replaced in milliseconds. The nursery itself opens no database
connection that survives a fork and starts no thread.
"""

import contextlib
import gc
import http.client
import io
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from entente.cli.processes import (
    DRAIN_SECONDS,
    REFUSED,
    Patience,
    become_child,
    block_signals,
    describe_end,
    ended_children,
    wait_for_signal,
)
from entente.cli.supervisor import READY

logger = logging.getLogger("entente.serve")

HEALTH_PATH = "/healthz"
_PROBE_SECONDS = 0.02
_PROBE_PATIENCE = 30.0


@dataclass
class Place:
    """One child that must always be there."""

    name: str
    run: Callable[[], int]
    patience: Patience = field(default_factory=Patience)
    pid: int = 0
    begin_at: float = 0.0


def run(listener: socket.socket, ready_fd: int) -> int:
    """Load, check, fork, tell the parent when the first 200 is possible, look after the children."""
    from entente.apps.kernel.config import config
    from entente.cli.readiness import with_django
    from entente.cli.surroundings import start_django

    gc.disable()
    start_django()
    problems = with_django()
    if problems:
        sys.stderr.write("Entente cannot serve yet:\n" + "".join(f"  - {line}\n" for line in problems))
        return REFUSED
    application = load_application()
    settings = config()
    places = [
        Place(f"web worker {number}", _web(application, listener, settings.server.threads, number))
        for number in range(1, settings.server.web_workers + 1)
    ]
    places.append(Place("worker", _work(listener)))
    gc.collect()
    gc.freeze()  # what is shared stays shared: the collector leaves it alone
    return _Nursery(places, listener).look_after(ready_fd)


def load_application() -> Any:
    """Return the WSGI application with everything its first request would load already loaded."""
    from django.conf import settings
    from django.db import connections
    from django.utils.module_loading import import_string

    application = import_string(settings.WSGI_APPLICATION)
    response = application(_first_request(), lambda *_: None)
    response.close()
    connections.close_all()
    return application


def _first_request() -> dict[str, Any]:
    """Return the WSGI environment of a health check, as PEP 3333 asks for it."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": HEALTH_PATH,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": _host_header(),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def _host_header() -> str:
    from django.conf import settings

    host = settings.ALLOWED_HOSTS[0]
    return "localhost" if host == "*" else host.lstrip(".")


def _web(application: Any, listener: socket.socket, threads: int, number: int) -> Callable[[], int]:
    def serve() -> int:
        from entente.cli.web_worker import serve_wsgi

        return serve_wsgi(application, listener, threads=threads, number=number)

    return serve


def _work(listener: socket.socket) -> Callable[[], int]:
    def work() -> int:
        from entente.cli.worker import run_worker

        listener.close()
        return run_worker()

    return work


class _Nursery:
    def __init__(self, places: list[Place], listener: socket.socket) -> None:
        self.places = places
        self.listener = listener
        self.probe_until = time.monotonic() + _PROBE_PATIENCE

    def look_after(self, ready_fd: int) -> int:
        """Keep every place filled until asked to stop."""
        block_signals()
        while True:
            self._fill()
            if ready_fd >= 0:
                ready_fd = self._tell_when_ready(ready_fd)
            number = wait_for_signal(_PROBE_SECONDS if ready_fd >= 0 else self._seconds_until_next())
            if number in (signal.SIGTERM, signal.SIGINT):
                return self._stop()
            self._note_ended()

    def _fill(self) -> None:
        for place in self.places:
            if not place.pid and time.monotonic() >= place.begin_at:
                place.patience.begin()
                place.pid = _fork(place)

    def _note_ended(self) -> None:
        for pid, code in ended_children():
            for place in self.places:
                if place.pid == pid:
                    wait = place.patience.wait_after_end()
                    place.pid, place.begin_at = 0, time.monotonic() + wait
                    logger.error(
                        "%s (%d) ended by %s; it is started again in %.1f s",
                        *(place.name, pid, describe_end(code), wait),
                    )

    def _seconds_until_next(self) -> float:
        due = [place.begin_at - time.monotonic() for place in self.places if not place.pid]
        return max(0.0, min(due, default=60.0))

    def _tell_when_ready(self, ready_fd: int) -> int:
        """Write to the parent once the first 200 has been seen; return the descriptor while it is open."""
        if not _answers(self.listener):
            if time.monotonic() < self.probe_until:
                return ready_fd
            logger.error("No answer on %s within %d s", HEALTH_PATH, _PROBE_PATIENCE)
        else:
            os.write(ready_fd, READY)
        os.close(ready_fd)
        return -1

    def _stop(self) -> int:
        """Ask every child to drain, wait, end those that cannot."""
        self.listener.close()
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(place.pid for place in self.places) and time.monotonic() < deadline:
            wait_for_signal(min(1.0, deadline - time.monotonic()))
            for pid, _ in ended_children():
                for place in self.places:
                    if place.pid == pid:
                        place.pid = 0
        late = [place.name for place in self.places if place.pid]
        if late:
            logger.error("Not finished after %d s and ended: %s", DRAIN_SECONDS, ", ".join(late))
            self._signal_all(signal.SIGKILL)
        return 0

    def _signal_all(self, number: int) -> None:
        for place in self.places:
            if place.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(place.pid, number)


# A request makes some thousand objects and drops them by itself; to look for cycles ten times in each is wasted.
_COLLECT_AFTER = 20_000


def _fork(place: Place) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        become_child()
        gc.enable()
        gc.set_threshold(_COLLECT_AFTER, 10, 10)
        code = place.run()
    except BaseException:  # a fork must never run on into its parent's code
        logger.exception("%s failed", place.name)
    finally:
        logging.shutdown()
        os._exit(code)


def _answers(listener: socket.socket) -> bool:
    """Say whether the health check answers 200 on our own socket."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, port, timeout=1.0)
    try:
        connection.request("GET", HEALTH_PATH, headers={"Host": _host_header()})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
