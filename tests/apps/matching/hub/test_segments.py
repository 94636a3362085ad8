"""Segments are a cache: deleted, cut, of another version or of another history, the answers stay right."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from entente.apps.banks import queries
from entente.apps.banks.models import Signal
from entente.apps.matching.hub import IndexHub, histories, opening
from entente.apps.matching.hub.building import Builder
from entente.apps.matching.hub.histories import MarkForgotten, Marks
from entente.apps.matching.hub.portions import Portion, Stopped, standing_rows
from entente.apps.matching.hub.warming import Warmer
from entente.core.matching.segmented import SegmentedIndex
from entente.core.signals.registry import signal_types
from tests.apps.banks.acts import bank
from tests.apps.deliveries.filedb import database_file, empty_database_file
from tests.apps.matching.hub.acts import SECONDS, add, ask, background, foreground, pdq, rows
from tests.cli.trees import environment
from tests.core.matching.sets import cut_short, flip_bit

__all__ = ["database_file", "empty_database_file"]

ROOT = Path(__file__).resolve().parents[4]


def segments(folder: Path, kind: str = "pdq") -> list[str]:
    """Return the segments of a type."""
    return sorted(path.name for path in (folder / kind).glob("*.segment"))


def merged(hub: IndexHub) -> None:
    """Merge the one type that a hub holds."""
    (held,) = hub.holdings()
    assert held.index.merge()
    held.adopt()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "damage", ["deleted", "all deleted", "cut", "altered", "foreign", "unmarked", "stray"]
)
def test_whatever_happens_to_a_segment_everything_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(opening, "MOST_IN_MEMORY", 1)
    made, hub = bank(), foreground(tmp_path)
    add(made.id, "one", "two")
    assert rows(ask(hub, "one")) == [number_of("one")]
    add(made.id, "three")
    assert rows(ask(hub, "three")) == [number_of("three")]
    merged(hub)
    (name,) = segments(tmp_path)
    path = tmp_path / "pdq" / name
    _damaged(path, damage)
    assert rows(ask(hub, "one")) == [number_of("one")]  # what is mapped goes on
    late = foreground(tmp_path)
    assert [rows(ask(late, word)) for word in ("one", "three", "four")] == [
        [number_of("one")],
        [number_of("three")],
        [],
    ]
    assert segments(tmp_path) == [name]
    assert late.status().types[0].segment == name


def _damaged(path: Path, damage: str) -> None:
    match damage:
        case "deleted":
            path.unlink()
        case "all deleted":
            shutil.rmtree(path.parent)
        case "cut":
            cut_short(path, 3000)
        case "altered":
            flip_bit(path, 5000)
        case "foreign":
            flip_bit(path, 8)
        case "unmarked":
            path.with_suffix(".mark").unlink()
        case _:
            shutil.copy(path, path.with_name("zebra.segment"))


@pytest.mark.django_db
def test_a_segment_that_another_process_merged_is_picked_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entente.apps.matching.hub.following._ADOPT_SECONDS", 0.0)
    made, one, other = bank(), foreground(tmp_path), foreground(tmp_path)
    add(made.id, "one")
    assert rows(ask(one, "one")) == rows(ask(other, "one")) == [number_of("one")]
    merged(one)
    assert rows(ask(other, "one")) == [number_of("one")]
    assert other.status().types[0].segment == f"{1:020d}.segment"
    assert other.status().types[0].in_memory == 0


@pytest.mark.parametrize("later", [0, 1, 2, 3])
def test_a_database_restored_from_an_older_copy_is_noticed(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    monkeypatch.setattr("entente.apps.matching.hub.following._ASSURED_SECONDS", 0.0)
    made, hub, copy = bank(), foreground(tmp_path / "indexes"), tmp_path / "copy.sqlite3"
    add(made.id, "kept")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
    assert rows(ask(hub, "kept")) == [number_of("kept")]
    add(made.id, "lost", "lost too")
    assert len(rows(ask(hub, "lost"))) == 1
    merged(hub)
    connections["default"].close()
    for old in tmp_path.glob("entente.sqlite3*"):
        old.unlink()
    shutil.copy(copy, database_file)
    add(made.id, *[f"new {number}" for number in range(later)])
    for place in (hub, foreground(tmp_path / "indexes")):
        assert [rows(ask(place, word)) for word in ("kept", "lost", "lost too")] == [
            [number_of("kept")],
            [],
            [],
        ]
        assert all(rows(ask(place, f"new {n}")) == [number_of(f"new {n}")] for n in range(later))
        assert place.status().reached == 1 + later
    assert segments(tmp_path / "indexes") == []


def test_the_database_is_looked_at_again_after_it_failed(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, hub = bank(), foreground(tmp_path)
    add(made.id, "one")
    assert rows(ask(hub, "one")) == [number_of("one")]
    before = hub.holdings()[0]
    hub._follower.note_trouble(RuntimeError("away for a while"))
    monkeypatch.setattr(queries, "change_mark", lambda _number: "of another database")
    assert rows(ask(hub, "one")) == [number_of("one")]
    assert hub.holdings()[0] is not before


@pytest.mark.django_db
def test_marks_are_kept_for_a_while_and_nobody_vouches_for_what_was_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank()
    add(made.id, "one", "two", "three")
    monkeypatch.setattr(histories, "_MOST_KEPT", 2)
    marks = Marks()
    for number in (1, 2, 3):
        marks.note(number)
    assert marks.is_still(3)
    assert not marks.is_still(1)
    with pytest.raises(MarkForgotten, match="change 1"):
        marks.mark(1)
    hub = foreground(tmp_path)
    assert len(rows(ask(hub, "one"))) == 1
    (held,) = hub.holdings()
    held.marks = Marks()
    with pytest.raises(MarkForgotten):
        held.index.merge()
    assert segments(tmp_path) == []


@pytest.mark.django_db
def test_large_values_are_read_in_small_portions() -> None:
    portion = Portion()
    first = portion.rows
    portion.learn(first, first * 32)
    assert portion.rows == 4 * first
    portion.learn(100, 100 * 3_000_000)
    assert portion.rows == 16
    portion.learn(0, 0)
    assert portion.rows == 64
    bank_id = bank().id
    add(bank_id, "one")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped, match="pdq"):
        list(standing_rows("pdq", stop))


def _waiting_builder(folder: Path, **changes: Any) -> Builder:
    builder = Builder(Marks(), **{"patience_seconds": 0.0, "in_background": True, **changes})
    builder.ask(signal_types()["pdq"], folder / "pdq")
    return builder


def _outcome(builder: Builder) -> object:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        done = builder.finished()
        if done is not None:
            return done.outcome
        time.sleep(0.01)
    raise AssertionError


def test_one_builds_and_the_others_wait_for_its_segment(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bank()
    add(made.id, "one", "two")
    go_on, began, rebuild = threading.Event(), [], SegmentedIndex.rebuild

    def slowly(self: SegmentedIndex[Any], *given: Any) -> bool:
        began.append(1)
        go_on.wait(SECONDS)
        return rebuild(self, *given)

    monkeypatch.setattr(SegmentedIndex, "rebuild", slowly)
    builders = [_waiting_builder(tmp_path) for _ in range(3)]
    time.sleep(0.6)
    assert len(began) == 1
    assert [one.finished() for one in builders] == [None] * 3
    go_on.set()
    assert [one.index.reached for one in map(_outcome, builders)] == [2, 2, 2]  # type: ignore[attr-defined]
    assert len(began) == 1


def test_nobody_builds_before_its_patience_ends_and_stopping_breaks_off(
    database_file: Path, tmp_path: Path
) -> None:
    made = bank()
    add(made.id, "one")
    patient = _waiting_builder(tmp_path, patience_seconds=3600.0)
    time.sleep(0.3)
    assert patient.finished() is None
    patient.stop(SECONDS)
    assert isinstance(_outcome(patient), Stopped)
    assert segments(tmp_path) == []


def test_a_build_that_fails_is_said_and_the_next_one_is_built(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_IN_MEMORY", 1)
    made = bank()
    add(made.id, "one", "two")
    add(made.id, "one", "two", kind="sha256")
    rebuild = SegmentedIndex.rebuild

    def full(self: SegmentedIndex[Any], *given: Any) -> bool:
        if self.folder.name == "pdq":
            raise OSError(28, "No space left on device")
        return rebuild(self, *given)

    monkeypatch.setattr(SegmentedIndex, "rebuild", full)
    with_thread = IndexHub(tmp_path, patience_seconds=0.0)
    try:
        end = time.monotonic() + SECONDS
        while ask(with_thread, "one", kind="sha256").unknown and time.monotonic() < end:
            time.sleep(0.01)
        assert len(rows(ask(with_thread, "one", kind="sha256"))) == 1
        while not with_thread._follower.problems and time.monotonic() < end:
            time.sleep(0.01)
        assert ask(with_thread, "one").unknown == "not_ready"
        failed = next(one for one in with_thread.status().types if one.name == "pdq")
        assert (failed.state, "No space left" in failed.problem) == ("failed", True)
    finally:
        with_thread.stop()


def neighbour(data: Path, *act: str, most_in_memory: str = "") -> subprocess.Popen[str]:
    """Start another process on the same database."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.apps.matching.hub.neighbour", str(data), *act],
        env=environment(PYTHONPATH=f"{ROOT / 'src'}:{ROOT}", MOST_IN_MEMORY=most_in_memory),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def instance_file(database_file: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the test's database where another process on the data directory finds it."""
    connections["default"].close()
    place = data_dir / "entente.sqlite3"
    shutil.move(database_file, place)
    monkeypatch.setitem(connections["default"].settings_dict, "NAME", str(place))
    monkeypatch.setitem(connections.databases["default"], "NAME", str(place))
    return data_dir


def test_what_another_process_commits_is_found_within_a_second(instance_file: Path) -> None:
    made = bank()
    took = []
    with background(instance_file / "indexes") as hub:
        for act in (("add", str(made.id), "one"), ("retract", "1"), ("add", str(made.id), "two")):
            with neighbour(instance_file, *act) as other:
                assert other.stdout is not None
                while not _is_so(hub, act):
                    assert other.poll() in {None, 0}
                    time.sleep(0.005)
                seen = time.time()
                took.append(seen - float(other.stdout.read()))
            assert other.returncode == 0
    assert max(took) < 1.0, took


def _is_so(hub: IndexHub, act: tuple[str, ...]) -> bool:
    if act[0] == "add":
        return bool(ask(hub, act[-1]).found)
    return not ask(hub, "one").found


@pytest.mark.long
def test_processes_that_start_together_build_one_segment_between_them(instance_file: Path) -> None:
    made = bank()
    add(made.id, *[str(number) for number in range(2000)])
    folder = instance_file / "indexes"
    started = [
        neighbour(instance_file, "search", str(folder), "1999", most_in_memory="1000") for _ in range(4)
    ]
    said = {process.communicate(timeout=180)[0] for process in started}
    assert said == {f"{[number_of('1999')]} {2000:020d}.segment\n"}
    assert segments(folder) == [f"{2000:020d}.segment"]


@pytest.mark.long
def test_a_process_killed_while_it_builds_leaves_it_to_the_next(instance_file: Path) -> None:
    made = bank()
    add(made.id, *[str(number) for number in range(2000)])
    folder = instance_file / "indexes"
    with neighbour(instance_file, "build", str(folder), most_in_memory="1000") as dying:
        assert dying.communicate(timeout=180)[0] == "dying\n"
    assert dying.returncode == -9
    assert segments(folder) == []
    with neighbour(instance_file, "search", str(folder), "7", most_in_memory="1000") as other:
        assert other.communicate(timeout=180)[0] == f"{[number_of('7')]} {2000:020d}.segment\n"
    assert [path.name for path in (folder / "pdq").glob(".*")] == []


def test_loops_that_cannot_be_loaded_are_said_and_asked_for_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("the cache is broken")

    monkeypatch.setattr("entente.core.matching.tables.prepare", fail)
    warmer = Warmer(in_background=False)
    assert not warmer.is_busy
    warmer.begin()
    warmer.begin()
    assert warmer.is_done
    assert len(caplog.records) == 1


def test_an_index_that_waits_for_its_loops_is_not_ready_and_stops_no_other(
    database_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = threading.Event()
    monkeypatch.setattr("entente.core.matching.tables.prepare", lambda: loaded.wait(SECONDS))
    made = bank()
    add(made.id, "one")
    add(made.id, "one", kind="sha256")
    hub = IndexHub(tmp_path)
    try:
        end = time.monotonic() + SECONDS
        while ask(hub, "one", kind="sha256").unknown and time.monotonic() < end:
            time.sleep(0.01)
        assert len(rows(ask(hub, "one", kind="sha256"))) == 1
        assert ask(hub, "one").unknown == "not_ready"
        assert not hub.wait(0.1)
        loaded.set()
        assert hub.wait(SECONDS)
        assert len(rows(ask(hub, "one"))) == 1
    finally:
        loaded.set()
        hub.stop()


def number_of(word: str) -> int:
    """Return the number of the signal of an invented word."""
    return Signal.objects.get(value=pdq(word), signal_type="pdq").pk
