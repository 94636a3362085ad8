"""A follower in its thread: other processes, databases that fail, hang or come back, forks, threads that die.

On a SQLite file; with `ENTENTE_TEST_DATABASE_URL`, the marked ones on PostgreSQL.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from entente.apps.banks import queries
from entente.apps.banks.models import Signal
from entente.apps.matching.hub import HubAnswer, IndexHub, hub, index_hub, process, since_boot
from entente.apps.matching.hub.connecting import be_impatient
from entente.apps.matching.hub.following import Follower, SequenceBroken
from tests.apps.banks.acts import bank
from tests.apps.deliveries.filedb import database_file, empty_database_file
from tests.apps.matching.hub.acts import SECONDS, add, ask, background, foreground, pdq, retract, rows

__all__ = ["database_file", "empty_database_file"]


def until(true: Callable[[], bool], seconds: float = SECONDS) -> float:
    """Wait until something is so; return the seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it did not come"
        time.sleep(0.002)
    return time.monotonic() - began


def number_of(word: str) -> int:
    """Return the number of the signal of an invented word."""
    return Signal.objects.get(value=pdq(word)).pk


def _follow_many(folder: Path) -> None:
    """Add and retract, and look how long another thread's hub takes to say so."""
    made = bank()
    with background(folder) as one:
        assert rows(ask(one, "0")) == []
        took = []
        for number in range(20):
            add(made.id, str(number))
            took.append(until(lambda word=str(number): bool(ask(one, word).found)))  # type: ignore[misc]
            retract(number_of(str(number)))
            took.append(until(lambda word=str(number): not ask(one, word).found))  # type: ignore[misc]
        assert max(took) < 1.0, took
        assert one.policies().keys() == {made.id}
        assert one.search([]).reached == 40


def test_what_is_committed_is_found_within_a_second(database_file: Path, tmp_path: Path) -> None:
    _follow_many(tmp_path / "indexes")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_committed_on_postgresql_is_found_within_a_second(tmp_path: Path) -> None:
    assert connection.vendor == "postgresql"
    _follow_many(tmp_path / "indexes")
    be_impatient()
    assert connection.settings_dict["OPTIONS"]["tcp_user_timeout"] == "4000"


def test_the_first_answer_is_that_nothing_is_ready_yet(database_file: Path, tmp_path: Path) -> None:
    one = IndexHub(tmp_path / "indexes")
    assert ask(one, "one").unknown == "not_ready"
    assert one.policies() == {}
    assert one.wait(SECONDS)
    one.warm_up()
    assert ask(one, "one").unknown == ""
    one.stop()
    assert one.status().unknown == "not_ready"
    assert one.status().seconds_behind is None


def test_an_idle_hub_looks_each_second_and_a_question_wakes_it(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_hub, "IDLE_POLL_SECONDS", 3600.0)
    made = bank()
    with background(tmp_path / "indexes") as one:
        one._used_at = since_boot.seconds() - 61
        asked: list[int] = []
        step = Follower.step

        def counted(self: Follower) -> None:
            asked.append(1)
            step(self)

        monkeypatch.setattr(Follower, "step", counted)
        time.sleep(0.3)
        before = len(asked)
        time.sleep(0.3)
        assert len(asked) == before
        add(made.id, "one")
        ask(one, "one")
        until(lambda: bool(ask(one, "one").found))


@pytest.mark.parametrize(("error", "unknown"), [(OperationalError, "no_database"), (RuntimeError, "behind")])
def test_a_database_that_fails_makes_answers_unknown_until_it_is_back(
    database_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
    unknown: str,
) -> None:
    monkeypatch.setattr(index_hub, "FRESH_SECONDS", 0.3)
    made = bank()
    add(made.id, "one")
    with background(tmp_path / "indexes") as one:
        assert rows(ask(one, "one")) == [1]
        with monkeypatch.context() as gone:

            def fail() -> int:
                raise error("database is locked")

            gone.setattr(queries, "last_change", fail)
            until(lambda: ask(one, "one").unknown != "")
            assert ask(one, "one") == HubAnswer((), 1, unknown)
            until(lambda: "locked" in one.status().trouble)
        until(lambda: ask(one, "one").unknown == "")
        assert rows(ask(one, "one")) == [1]
        assert one.status().trouble == ""


def test_a_database_that_hangs_makes_answers_unknown(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_hub, "FRESH_SECONDS", 0.3)
    made = bank()
    add(made.id, "one")
    last_change, answer = queries.last_change, threading.Event()

    def hang() -> int:
        answer.wait(SECONDS)
        return last_change()

    with background(tmp_path / "indexes") as one:
        with monkeypatch.context() as hanging:
            hanging.setattr(queries, "last_change", hang)
            until(lambda: ask(one, "one").unknown == "behind")
            assert (one.status().seconds_behind or 0.0) > 0.3
        answer.set()
        until(lambda: ask(one, "one").unknown == "")


def test_more_than_five_seconds_are_too_many_and_a_clock_that_is_set_changes_nothing(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, now = foreground(tmp_path), since_boot.seconds()
    assert ask(one, "one").unknown == ""
    view = one._follower.view
    assert one._unknown(view, view.known_at + 5.0) == ""
    assert one._unknown(view, view.known_at + 5.1) == "behind"
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert 0.0 <= since_boot.seconds() - now < SECONDS


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_replaced(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank()
    with background(tmp_path / "indexes") as one:
        with monkeypatch.context() as dying:

            def die(_self: Follower) -> None:
                raise SystemExit

            dying.setattr(Follower, "step", die)
            thread = one._thread
            assert thread is not None
            until(lambda: not thread.is_alive())
        add(made.id, "one")
        until(lambda: bool(ask(one, "one").found))
        assert one._thread is not thread


def test_a_counter_without_its_changes_is_not_believed(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, made = foreground(tmp_path), bank()
    add(made.id, "one")
    assert rows(ask(one, "one")) == [1]
    monkeypatch.setattr(queries, "last_change", lambda: 9)
    with pytest.raises(SequenceBroken, match="the counter says 9, and nothing is behind 1"):
        one._follower.step()
    ask(one, "one")
    assert "SequenceBroken" in one.status().trouble


@pytest.mark.parametrize("name", ["types_standing", "standing_values", "changes_after", "bank_policies"])
def test_a_database_that_fails_at_any_read_loses_nothing(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("entente.apps.matching.hub.following.FAR", 1)
    made = bank()
    add(made.id, "one", "two")
    one, read = foreground(tmp_path), getattr(queries, name)
    if name in {"changes_after", "bank_policies"}:
        assert rows(ask(one, "one")) == [number_of("one")]
        add(made.id, "three", "four")
        add(made.id, "three", "four", kind="sha256")
    failures = [OperationalError("gone")]

    def flaky(*given: Any, **named: Any) -> Any:
        if failures:
            raise failures.pop()
        return read(*given, **named)

    monkeypatch.setattr(queries, name, flaky)
    ask(one, "one")
    assert "OperationalError" in one.status().trouble
    assert rows(ask(one, "two")) == [number_of("two")]
    if name in {"changes_after", "bank_policies"}:
        three = Signal.objects.get(value=pdq("three"), signal_type="sha256").pk
        assert rows(ask(one, "three", kind="sha256")) == [three]
        assert len(rows(ask(one, "four"))) == 1


def test_a_fork_has_a_hub_of_its_own(database_file: Path, data_dir: Path) -> None:
    made = bank()
    add(made.id, "one")
    mine = hub()
    assert hub() is mine
    assert mine.folder == data_dir / "indexes"
    assert mine.wait(SECONDS)
    connections.close_all()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            # What was inherited holds nothing and follows nothing: it can be asked, and begins anew.
            fresh = hub() is not mine and mine._thread is None and mine.status().types == ()
            found = hub().wait(SECONDS) and rows(ask(hub(), "one")) == [1]
            again = mine.wait(SECONDS) and rows(ask(mine, "one")) == [1]
            code = 0 if fresh and found and again else 2
        finally:
            os._exit(code)
    os.close(reader)
    os.close(writer)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert hub() is mine
    assert rows(ask(mine, "one")) == [1]
    process.install(None)
    assert hub() is not mine
    process.install(None)


def test_another_data_directory_has_another_hub(
    database_file: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from entente.apps.kernel.config import reset_cache

    first = hub()
    assert first.wait(SECONDS)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(tmp_path / "elsewhere"))
    reset_cache()
    assert hub() is not first
    assert first._thread is None
    other = foreground(tmp_path)
    process.install(other)
    process.install(other)
    other.start()  # nobody follows in the foreground
    assert other._thread is None
    process.install(None)
    reset_cache()
