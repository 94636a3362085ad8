"""Whatever a worker or the nursery does has a name, and the next file is hashed; nothing outlives the pool."""

import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from entente.apps.content.hashing import contents, jobs, limits, nursery, worker
from entente.apps.content.hashing.jobs import Connection, Gone, cpu_seconds, resident_bytes
from entente.apps.content.hashing.limits import Limits
from entente.apps.content.hashing.nursery import NurseryGone
from entente.apps.content.hashing.pool import HashingPool, PoolClosed
from entente.apps.content.hashing.results import Hashed
from tests.apps.content.failing import raising
from tests.apps.content.hashing_samples import family, wait_until_gone
from tests.apps.content.hashing_stand_in import stand_in

SHA256 = frozenset({"sha256"})


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch)


def told(pool: HashingPool, code: str) -> Hashed:
    """Let a worker do something instead of hashing a file."""
    return pool.hash(b"#!" + code.encode(), wanted=SHA256)


def works(pool: HashingPool) -> bool:
    found = pool.hash(b"words", wanted=SHA256)
    return (found.outcome, set(found.signals)) == ("ok", {"sha256"})


QUICK = Limits(wall_seconds=1.0)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("time.sleep(60)", "timeout"),
        ("os.write(socket, frames.HEAD.pack(100) + b'x'); time.sleep(60)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "timeout"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "crashed"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed"),
        ("os._exit(0)", "crashed"),
        ("os.close(socket); time.sleep(60)", "crashed"),
        ("os.write(socket, b'nonsense' * 10)", "crashed"),
        ("os.write(socket, b'\\xff' * 4)", "crashed"),
        ("os.write(socket, b'\\0\\0\\0\\2ab')", "crashed"),
        ("while True: os.write(socket, bytes(65536))", "crashed"),
        ("os.write(socket, frames.pack_answer(Answer(number + 1, Stage.DONE, known)))", "crashed"),
        (
            "os.write(socket, frames.pack_answer(Answer(number, Stage.DONE, Hashed('ok', {'md5': [b'']}))))",
            "crashed",
        ),
        ("begun(known); begun(known)", "crashed"),
        ("sys.exit(3)", "crashed"),
    ],
)
def test_whatever_a_worker_does_has_a_name_and_the_next_file_is_hashed(code: str, outcome: str) -> None:
    with HashingPool(processes=1, limits=QUICK) as pool:
        assert works(pool)
        before = family()
        started = time.monotonic()
        assert told(pool, code).outcome == outcome
        assert time.monotonic() - started < 10
        after = family()
        assert (len(after), after[0]) == (2, before[0])
        assert after[1] != before[1]
        assert works(pool)


def test_what_was_known_before_decoding_is_kept() -> None:
    with HashingPool(processes=1, limits=QUICK) as pool:
        for code in (
            "time.sleep(60)",
            "os._exit(0)",
            "os.write(socket, bytes(4))",
            "raise KeyError('/secret')",
        ):
            found = told(pool, f"begun(known); {code}")
            assert found.outcome in {"timeout", "crashed"}
            assert set(found.signals) == {"sha256"}
        assert found.message == "KeyError"


def test_processor_time_is_limited_whatever_the_clock_on_the_wall_says() -> None:
    with HashingPool(processes=1, limits=Limits(cpu_seconds=0.3, wall_seconds=60.0)) as pool:
        assert works(pool)
        started = time.monotonic()
        assert told(pool, "while True: pass").outcome == "timeout"
        assert time.monotonic() - started < 30
        assert told(pool, "time.sleep(0.6)").outcome == "ok"  # waiting is not working


def test_videos_may_take_longer() -> None:
    patient = Limits(cpu_seconds=0.3, wall_seconds=0.3, video_cpu_seconds=60.0, video_wall_seconds=60.0)
    code = "from dataclasses import replace; begun(replace(known, sniffed_type='video/mp4')); time.sleep(0.8)"
    with HashingPool(processes=1, limits=patient) as pool:
        assert told(pool, code).outcome == "ok"
        assert told(pool, code.replace("video/mp4", "image/png")).outcome == "timeout"


def test_a_worker_that_speaks_unasked_is_replaced() -> None:
    twice = "for _ in range(2): os.write(socket, frames.pack_answer(Answer(number, Stage.DONE, known)))"
    with HashingPool(processes=1, limits=QUICK) as pool:
        assert told(pool, twice).outcome == "ok"
        time.sleep(0.2)
        for _ in range(3):
            assert works(pool)


def test_too_little_memory_is_an_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, confines=True)
    with HashingPool(processes=1, limits=Limits(memory_bytes=50 * 2**20)) as pool:
        assert told(pool, "held = bytearray(2**20 * 30)").outcome == "ok"
        found = told(pool, "held = bytearray(2**20 * 80)")
        assert (found.outcome, found.message) == ("crashed", "MemoryError")
        for code, error in (
            ("open('/etc/passwd')", "PermissionError"),
            ("import socket as s; s.socket()", "PermissionError"),
            ("os.fork()", "PermissionError"),
            ("os.kill(os.getppid(), 0)", "PermissionError"),
            ("os.write(content, b'x')", "NameError"),
        ):
            assert told(pool, code).message == error
        assert works(pool)


def test_a_worker_can_change_nothing_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "file"
    change = b"#![os.write(place, b'x') for place in range(3, 9) if os.fstat(place).st_size]"
    path.write_bytes(change)
    with HashingPool(processes=1) as pool:
        assert pool.hash(change, wanted=SHA256).message == "OSError"
        with path.open("r+b") as opened:
            assert pool.hash(opened.fileno(), wanted=SHA256).message == "OSError"
    assert path.read_bytes() == change


@pytest.mark.parametrize("place", [0, 1])
def test_who_is_killed_is_replaced(place: int) -> None:
    with HashingPool(processes=1) as pool, ThreadPoolExecutor(1) as threads:
        assert works(pool)
        job = threads.submit(told, pool, "begun(known); time.sleep(60)")
        time.sleep(0.2)
        os.kill(family()[place], 9)
        found = job.result()
        assert (found.outcome, set(found.signals)) == ("crashed", {"sha256"})
        for _ in range(3):
            assert works(pool)
        assert len(family()) == 2


@pytest.mark.parametrize("place", [0, 1])
def test_who_is_killed_while_nothing_happens_costs_no_file(place: int) -> None:
    with HashingPool(processes=1) as pool:
        assert works(pool)
        before = family()
        os.kill(before[place], 9)
        wait_until_gone(before[1])
        assert works(pool)
        assert before[1] not in family()


def test_a_worker_is_replaced_after_so_many_files() -> None:
    with HashingPool(processes=1, limits=Limits(jobs=3)) as pool:
        seen = set()
        for _ in range(7):
            seen.add(family()[1:])
            assert works(pool)
        assert len(seen) == 4  # nobody, then one after the other
        assert len(family()) == 2


@pytest.mark.parametrize("spent", [Limits(worker_seconds=0.0), Limits(kept_bytes=-(2**40))])
def test_a_worker_is_replaced_after_much_work_and_when_it_keeps_memory(spent: Limits) -> None:
    with HashingPool(processes=1, limits=spent) as pool:
        assert works(pool)
        before = family()
        assert works(pool)
        assert family()[0] == before[0]
        assert family()[1] != before[1]


def test_nothing_runs_before_the_first_file_or_after_the_end() -> None:
    pool = HashingPool()
    assert family() == ()
    assert works(pool)
    assert len(family()) == 2
    pool.warm_up()
    assert len(family()) == 3
    pool.close()
    pool.close()
    assert family() == ()
    for call in (lambda: works(pool), pool.warm_up):
        with pytest.raises(PoolClosed, match="closed"):
            call()


def test_closing_ends_what_is_being_hashed_and_who_waits() -> None:
    pool = HashingPool(processes=1)
    with ThreadPoolExecutor(2) as threads:
        busy = threads.submit(told, pool, "time.sleep(60)")
        time.sleep(0.7)
        waiting = threads.submit(works, pool)
        time.sleep(0.1)
        pool.close()
        assert busy.result().outcome == "crashed"
        with pytest.raises(PoolClosed):
            waiting.result()
    assert family() == ()


def test_callers_wait_in_a_queue_that_ends() -> None:
    with HashingPool(processes=1, limits=Limits(waiting=1, waiting_seconds=0.3)) as pool:
        assert works(pool)
        with ThreadPoolExecutor(2) as threads:
            busy = threads.submit(told, pool, "time.sleep(1)")
            time.sleep(0.1)
            waiting = threads.submit(told, pool, "pass")
            time.sleep(0.1)
            full = told(pool, "pass")
            assert (full.outcome, full.message) == ("busy", "1 callers are waiting for a worker already.")
            late = waiting.result()
            assert (late.outcome, late.message) == ("busy", "No worker was free for 0.3 seconds.")
            assert busy.result().outcome == "ok"


def test_who_came_first_is_served_first() -> None:
    with HashingPool(processes=1) as pool, ThreadPoolExecutor(6) as threads:
        assert works(pool)
        served: list[int] = []

        def ask(number: int) -> None:
            told(pool, "time.sleep(0.1)")
            served.append(number)

        for number in range(6):
            threads.submit(ask, number)
            time.sleep(0.02)
    assert served == list(range(6))


def test_a_pool_has_workers_and_belongs_to_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="at least one"):
        HashingPool(processes=0)
    with HashingPool() as pool:
        monkeypatch.setattr(pool, "_owner", -1)
        with pytest.raises(PoolClosed, match="belongs to the process"):
            works(pool)
        pool.close()
        monkeypatch.undo()


def test_files_over_the_limit_are_not_looked_at() -> None:
    with HashingPool(limits=replace(limits.DEFAULT_LIMITS, input_bytes=100)) as pool:
        found = pool.hash(bytes(101), wanted=SHA256)
        assert (found.outcome, found.signals, found.message) == (
            "too_large",
            {},
            "Files up to 100 bytes are hashed.",
        )
        assert family() == ()


def test_a_file_that_cannot_be_read_is_the_fault_of_who_asks(tmp_path: Path) -> None:
    writing = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    os.write(writing, b"words")
    with HashingPool(processes=1) as pool:
        with pytest.raises(OSError, match="Bad file descriptor"):
            pool.hash(writing, wanted=SHA256)
        assert works(pool)
    os.close(writing)


def test_a_file_that_is_cut_while_it_is_copied_is_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"words")
    shared = contents.Shared()
    monkeypatch.setattr(contents, "size_of", lambda _source: 500)
    with path.open("rb") as opened:
        assert shared.fill(opened.fileno()) == 5
    assert os.pread(shared.readable, 100, 0) == b"words"
    shared.empty()
    assert os.pread(shared.readable, 100, 0) == b""
    shared.close()


def test_a_pool_that_runs_out_of_descriptors_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with HashingPool(processes=1) as pool:
        for module, name in ((contents, "reopened"), (socket, "socketpair")):
            with monkeypatch.context() as patched:
                patched.setattr(module, name, raising(OSError(24, "Too many open files")))
                with pytest.raises(OSError, match="Too many open files"):
                    works(pool)
        assert works(pool)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_nursery_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery, "_PROGRAM", "json.tool")
    with HashingPool() as pool:
        found = pool.hash(b"words", wanted=SHA256)
        assert (found.outcome, found.message) == (
            "crashed",
            "The processes that hash do not start: it has ended.",
        )
        with pytest.raises(NurseryGone):
            pool.warm_up()
        assert family() == ()


def test_a_nursery_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, warming="time.sleep(60)")
    monkeypatch.setattr(nursery, "_START_SECONDS", 0.3)
    monkeypatch.setattr(nursery, "_END_SECONDS", 0.3)
    with HashingPool() as pool:
        found = pool.hash(b"words", wanted=SHA256)
        assert (found.outcome, found.message) == (
            "crashed",
            "The processes that hash do not start: timed out.",
        )
    assert family() == ()


def test_the_whole_family_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from entente.apps.content.hashing import nursery\n"
        "from entente.apps.content.hashing.pool import HashingPool\n"
        "from tests.apps.content.hashing_samples import family\n"
        f"nursery._SOURCE_ROOT, nursery._PROGRAM = {str(tmp_path / 'stand_in')!r}, 'stand_in_nursery'\n"
        "pool = HashingPool(); pool.warm_up()\n"
        "print(*family(), flush=True); time.sleep(60)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        members = [Path(f"/proc/{number.decode()}") for number in process.stdout.readline().split()]
        assert len(members) == 3
        process.kill()
    end = time.monotonic() + 10
    while any(member.exists() for member in members):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_request_that_cannot_be_sent_means_that_the_worker_is_gone() -> None:
    ours, theirs = socket.socketpair()
    connection = Connection(ours)
    assert connection.is_silent()
    theirs.close()
    assert not connection.is_silent()
    for call in (lambda: connection.send(b"x"), lambda: connection.receive(1, 1)):
        with pytest.raises(Gone):
            call()
    connection.close()


def test_a_connection_that_is_reset_means_that_the_worker_is_gone() -> None:
    ours, theirs = socket.socketpair()
    connection = Connection(ours)
    connection.send(b"never read")
    theirs.close()
    with pytest.raises(Gone):
        connection.receive(1, 1)
    connection.close()


def test_figures_of_processes_that_are_gone_are_zero() -> None:
    assert cpu_seconds(2**30) == 0
    assert resident_bytes(2**30) == 0
    assert cpu_seconds(os.getpid()) > 0
    assert resident_bytes(os.getpid()) > 2**20


def test_the_clock_waits_a_tick_at_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = jobs.Clock(os.getpid())
    monkeypatch.setattr(jobs, "cpu_seconds", lambda _process: clock._cpu_before)
    assert clock.left(limits.Allowance(cpu_seconds=0.001, wall_seconds=60)) == pytest.approx(0.01)


def test_a_dead_worker_is_crashed_also_when_the_nursery_cannot_say_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with HashingPool(processes=1) as pool:
        assert works(pool)
        place = pool._places.take(1)
        assert isinstance(place.worker, worker.Worker)
        before = family()
        os.kill(before[0], 9)
        assert place.worker._cause_of_death() == "crashed"
        wait_until_gone(before[1])
        pool._places.give_back(place)
        assert works(pool)


def test_a_nursery_is_forgotten_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with HashingPool(processes=1) as pool:
        assert works(pool)
        before = family()
        pool._forget(nursery.Nursery(limits.DEFAULT_LIMITS))  # another thread has replaced it already
        assert works(pool)
        assert family() == before
