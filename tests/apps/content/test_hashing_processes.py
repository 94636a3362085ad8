"""The nursery and a worker from the inside, run in this process with what they would do to it left out."""

import contextlib
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator

import av
import pytest
from PIL import AvifImagePlugin

from entente.apps.content.decoding import confinement
from entente.apps.content.decoding.results import BadFrame
from entente.apps.content.hashing import frames, orders
from entente.apps.content.hashing.confined import nursery, serving, warming
from entente.apps.content.hashing.confined.serving import Settings
from entente.apps.content.hashing.frames import Answer, Request, Stage
from entente.apps.content.hashing.results import Asked, Hashed
from entente.core.signals.vpdq import container, luma
from tests.apps.content.failing import raising
from tests.apps.content.hashing_samples import picture

SETTINGS = Settings(2**30, 60, 1000, 1000)
ASKED = Asked(frozenset({"pdq", "sha256"}))


class Pair:
    """The pool's end of a worker's socket, and what the worker reads."""

    def __init__(self, data: bytes) -> None:
        self.ours, self.theirs = socket.socketpair()
        self.content = os.memfd_create("test")
        os.pwrite(self.content, data, 0)
        self.size_bytes = len(data)

    def serve(self, *sent: bytes, confined: bool = True) -> list[Answer]:
        """Let the worker serve what was sent and return its answers."""
        for piece in sent:
            self.ours.send(piece)
        self.ours.shutdown(socket.SHUT_WR)
        serving.serve(self.theirs.fileno(), self.content, SETTINGS, confined=confined)
        self.theirs.close()
        answers = []
        with self.ours.makefile("rb") as heard, contextlib.suppress(ConnectionResetError):
            while head := heard.read(4):
                body = heard.read(int.from_bytes(head))
                answers.append(frames.unpack_answer(body, ASKED))
        return answers

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()
        os.close(self.content)


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair(picture())
    yield made
    made.close()


def request(pair: Pair, number: int = 1) -> bytes:
    return frames.pack_request(Request(number, pair.size_bytes, ASKED))


def test_a_worker_answers_each_job_twice(pair: Pair) -> None:
    answers = pair.serve(request(pair, 1), request(pair, 2))
    assert [(answer.number, answer.stage) for answer in answers] == [
        (1, Stage.BEGUN),
        (1, Stage.DONE),
        (2, Stage.BEGUN),
        (2, Stage.DONE),
    ]
    assert (answers[0].hashed.outcome, set(answers[0].hashed.signals)) == ("crashed", {"sha256"})
    assert (answers[1].hashed.outcome, set(answers[1].hashed.signals)) == ("ok", {"sha256", "pdq"})


def test_requests_may_come_in_pieces_and_stop_anywhere(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, read = request(pair), os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 3)))
    assert len(pair.serve(whole, whole[:2])) == 2


def test_a_request_of_another_length_ends_a_worker(pair: Pair) -> None:
    assert pair.serve(b"\xff" * 40) == []


def test_what_is_no_request_ends_a_worker(pair: Pair) -> None:
    with pytest.raises(BadFrame):
        pair.serve(b"\0\0\0\x02ab")


def test_an_unexpected_error_is_told_by_its_kind_alone(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "make", raising(KeyError("/secret/path")))
    (answer,) = pair.serve(request(pair))
    assert (answer.hashed.outcome, answer.hashed.message) == ("crashed", "KeyError")


def test_a_worker_that_could_not_be_confined_says_so(pair: Pair) -> None:
    assert pair.serve(request(pair), confined=False)[1].hashed.notes == ("unconfined",)


def test_a_worker_confines_itself_and_dies_with_the_nursery(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    monkeypatch.setattr(confinement, "limit_resources", given.append)
    monkeypatch.setattr(confinement, "drop_privileges", lambda: True)
    monkeypatch.setattr(confinement, "filter_system_calls", lambda: True)
    monkeypatch.setattr(os, "_exit", raising(SystemExit()))
    assert serving.confine(SETTINGS, parent=os.getppid())
    assert given[0].memory_bytes > SETTINGS.memory_bytes  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        serving.confine(SETTINGS, parent=-1)


class Orders:
    """The pool's end of a nursery's control socket."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def give(self, order: bytes, worker: int = 0, descriptors: tuple[int, ...] = ()) -> None:
        socket.send_fds(self.ours, [orders.ORDER.pack(order, worker)], descriptors)

    def replies(self) -> list[int]:
        found = []
        while reply := self.ours.recv(orders.REPLY.size):
            (number,) = orders.REPLY.unpack(reply)
            found.append(number)
        return found


@pytest.fixture
def control() -> Iterator[Orders]:
    made = Orders()
    yield made
    made.ours.close()
    made.theirs.close()


def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def buried(process: "subprocess.Popen[bytes]") -> bool:
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        process.returncode = -9  # somebody else has waited for it
        return True
    return False


def test_a_nursery_forks_ends_and_leaves_nobody(control: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    workers = [sleeper(), sleeper()]
    forks = iter(workers)
    monkeypatch.setattr(os, "fork", lambda: next(forks).pid)
    for _ in workers:
        control.give(orders.FORK, 0, (0, 1))
    control.give(orders.FORK, 0, (0,))
    control.give(b"?", workers[0].pid)
    control.give(orders.END, os.getpid())
    control.give(orders.END, workers[0].pid)
    control.ours.send(b"bye")
    nursery.Nursery(control.theirs, SETTINGS).obey()
    control.theirs.close()
    unknown = orders.UNKNOWN_WORKER
    assert control.replies() == [orders.READY, workers[0].pid, workers[1].pid, unknown, unknown, unknown, 9]
    assert all(buried(worker) for worker in workers)


def test_a_fork_serves_and_never_returns(control: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[object] = []
    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(serving, "confine", lambda _settings, parent: did.append(parent))
    monkeypatch.setattr(serving, "serve", lambda *given, confined: did.append((*given, confined)))
    monkeypatch.setattr(os, "_exit", raising(SystemExit()))
    born = nursery.Nursery(control.theirs, SETTINGS)
    with pytest.raises(SystemExit):
        born._fork(5, 6)
    assert did == [os.getpid(), (5, 6, SETTINGS, None)]
    assert control.theirs.fileno() == -1


def test_a_nursery_starts_silent(control: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    silenced: list[int] = []
    monkeypatch.setattr(warming, "warm_up", lambda: None)
    monkeypatch.setattr(os, "dup2", lambda _silent, standard: silenced.append(standard))
    monkeypatch.setattr("gc.freeze", lambda: None)
    theirs = control.theirs.detach()
    control.ours.send(b"end")
    assert nursery.main([str(theirs), "1", "2", "3", "4"]) == 0
    assert (silenced, control.replies()) == ([0, 1, 2], [orders.READY])


def test_everything_is_run_before_a_worker_is_confined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "opened", container.opened)
    monkeypatch.setattr(luma, "pixels_of", luma.pixels_of)
    monkeypatch.setattr(AvifImagePlugin, "DEFAULT_MAX_THREADS", AvifImagePlugin.DEFAULT_MAX_THREADS)
    with warnings.catch_warnings():
        warming.warm_up()
    assert AvifImagePlugin.DEFAULT_MAX_THREADS == 1
    with pytest.raises(warming.Cold, match="a harmless sample was crashed: ValueError"):
        warming._demand(Hashed("crashed", message="ValueError"))
    assert av.__path__
