"""Writers queue in front of SQLite: one at a time over threads and processes, and no dead one keeps the others out."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError

from entente.apps.kernel.models import KeptAnswer
from entente.apps.kernel.sqlite import queueing
from entente.apps.kernel.sqlite.queueing import QueueTimeout, WriterQueue
from tests.apps.deliveries.filedb import database_file, empty_database_file

__all__ = ["database_file", "empty_database_file"]  # fixtures, asked for by name
HOLDER = """
import sys, time
from pathlib import Path
from entente.apps.kernel.sqlite.queueing import WriterQueue
WriterQueue(Path(sys.argv[1])).enter(5)
print("in", flush=True)
time.sleep(60)
"""


def other_process(path: Path) -> "subprocess.Popen[str]":
    source = Path(queueing.__file__).parents[4]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert process.stdout
    assert process.stdout.readline() == "in\n"
    process.stdout.close()
    return process


def test_threads_go_one_after_the_other(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "writers")
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        for _turn in range(20):
            queue.enter(10)
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.0005)
            inside.remove(number)
            queue.leave()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(most), max(most)) == (80, 1)
    queue.close()


def test_a_process_that_dies_inside_lets_the_next_one_in(tmp_path: Path) -> None:
    path = tmp_path / "writers"
    holder = other_process(path)
    queue = WriterQueue(path)
    try:
        with pytest.raises(QueueTimeout):
            queue.enter(0.05)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    queue.enter(5)
    queue.leave()
    queue.close()


def test_the_patient_go_last_and_still_get_their_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queueing, "_is_patient", False)
    queueing.be_patient()
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", asked.append)
    answers = iter([False, False, True])
    monkeypatch.setattr(queueing, "_locked", lambda _handle: next(answers))
    queue = WriterQueue(tmp_path / "writers")
    queue.enter(5)
    assert asked == [queueing._PATIENT_ASK_SECONDS] * 2
    queue._turn.release()
    queue.close()


def test_a_thread_that_waits_too_long_is_told(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "writers")
    queue.enter(1)
    refused: list[Exception] = []

    def try_it() -> None:
        try:
            queue.enter(0.05)
        except QueueTimeout as error:
            refused.append(error)

    thread = threading.Thread(target=try_it)
    thread.start()
    thread.join(10)
    queue.leave()
    queue.close()
    assert len(refused) == 1


def test_a_forked_child_starts_with_a_queue_of_its_own(tmp_path: Path) -> None:
    queue = queueing.queue_of(tmp_path / "x.sqlite3")
    assert queueing.queue_of(tmp_path / "x.sqlite3") is queue
    queue.enter(1)
    queue.leave()
    queueing._start_anew()
    assert queue._handle is None
    assert queueing.queue_of(tmp_path / "x.sqlite3") is not queue


@pytest.mark.django_db
def test_a_transaction_stands_in_the_queue_and_leaves_it(database_file: Path) -> None:
    lock = database_file.with_name("entente.sqlite3.writers")
    probe = WriterQueue(lock)

    def is_free() -> bool:
        try:
            probe.enter(0.02)
        except QueueTimeout:
            return False
        probe.leave()
        return True

    with transaction.atomic():
        assert not is_free()
    assert is_free()
    with pytest.raises(ValueError, match="undo"), transaction.atomic():
        raise ValueError("undo")
    assert is_free()
    with transaction.atomic(), transaction.atomic():
        assert not is_free()
    assert is_free()
    transaction.set_autocommit(False)
    connection.close()
    assert is_free()
    probe.close()


@pytest.mark.django_db
def test_a_queue_that_stands_still_reads_as_a_locked_database(database_file: Path) -> None:
    connection.ensure_connection()
    connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"], "timeout": 0.05}
    holder = other_process(database_file.with_name("entente.sqlite3.writers"))
    try:
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
    finally:
        holder.kill()
        holder.wait()
    with transaction.atomic():
        assert KeptAnswer.objects.count() == 0


@pytest.mark.django_db
def test_without_a_lock_file_sqlite_waits_by_itself(database_file: Path) -> None:
    database_file.with_name("entente.sqlite3.writers").mkdir()
    with transaction.atomic():
        assert KeptAnswer.objects.count() == 0


@pytest.mark.django_db
def test_a_transaction_that_cannot_begin_leaves_the_queue(
    database_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.backends.sqlite3 import base

    def fail(_self: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(base.DatabaseWrapper, "_start_transaction_under_autocommit", fail)
    with pytest.raises(OperationalError, match="disk"), transaction.atomic():
        pass
    monkeypatch.undo()
    with transaction.atomic():
        assert KeptAnswer.objects.count() == 0
