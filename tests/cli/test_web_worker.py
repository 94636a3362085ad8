"""One web worker: bodies that are too large, and requests that are under way when it is asked to stop."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from typing import Any

import pytest

from entente.cli.supervisor import AddressTaken, listen
from entente.cli.web_worker import largest_body, limit_body

SLOW_WORKER = """
import os, socket, time
from entente.cli.supervisor import listen
from entente.cli import web_worker
web_worker.largest_body = lambda: 1000
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1.5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]
listener = listen("127.0.0.1", 0)
print(listener.getsockname()[1], flush=True)
web_worker.serve_wsgi(application, listener, threads=2, number=1)
"""


def answer(length: str | None) -> list[str]:
    statuses: list[str] = []

    def inner(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [b""]

    environ = {} if length is None else {"CONTENT_LENGTH": length}
    list(limit_body(inner, 10)(environ, lambda status, _headers: statuses.append(status)))
    return statuses


@pytest.mark.parametrize("length", [None, "", "0", "10"])
def test_a_body_within_the_limit_passes(length: str | None) -> None:
    assert answer(length) == ["200 OK"]


@pytest.mark.parametrize("length", ["11", "99999999999999999999", "-1", "1e3", "٣"])
def test_a_body_beyond_the_limit_or_without_a_number_is_refused_unread(length: str) -> None:
    assert answer(length) == ["413 Content Too Large"]


@pytest.mark.usefixtures("data_dir")
def test_the_largest_body_is_a_snapshot() -> None:
    assert largest_body() == 512 * 1024 * 1024 + 1_000_000


def test_an_address_in_use_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressTaken, match=r"server\.port"):
            listen("127.0.0.1", port)


@pytest.fixture
def slow_worker() -> Any:
    process = subprocess.Popen([sys.executable, "-c", SLOW_WORKER], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    port = int(process.stdout.readline())
    yield process, port
    process.kill()
    process.wait()
    process.stdout.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def test_a_request_under_way_is_finished_and_no_new_one_is_taken(slow_worker: Any) -> None:
    process, port = slow_worker
    assert get(port, "/") == (200, b"done")
    answers: list[tuple[int, bytes]] = []
    under_way = threading.Thread(target=lambda: answers.append(get(port, "/slow")))
    under_way.start()
    threading.Event().wait(0.5)
    os.kill(process.pid, signal.SIGTERM)
    threading.Event().wait(0.3)
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset, both are right
        get(port, "/")
    under_way.join(20)
    assert answers == [(200, b"done")]
    assert process.wait(20) == 0


def test_headers_beyond_the_limit_are_refused(slow_worker: Any) -> None:
    _, port = slow_worker
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/", headers={"X-Long": "a" * 100_000})
    assert connection.getresponse().status == 431
    connection.close()
