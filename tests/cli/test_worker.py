"""The worker: lanes beside each other, failures that stay where they happen, a beat that tells the truth."""

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from entente.cli import worker, worker_steps
from entente.cli.processes import STUCK
from entente.cli.worker import Lane, Run, make_lanes, what_is_wrong, write_beat
from entente.cli.worker_steps import Step, StepMissing, resolve

Function = Callable[..., int | None]


def lane_of(stop: threading.Event, **functions: Function) -> Lane:
    lane = Lane("test", stop)
    lane.runs = [
        Run(Step(name, "test", "x:y", every_seconds=0.01), function) for name, function in functions.items()
    ]
    return lane


def _nothing(*, at: datetime) -> int:
    return 0


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.mark.usefixtures("data_dir")
def test_a_failing_step_does_not_stop_the_others(stop: threading.Event) -> None:
    calls: list[datetime] = []

    def broken(*, at: datetime) -> int:
        raise RuntimeError("no")

    def fine(*, at: datetime) -> int:
        calls.append(at)
        return 0

    lane = lane_of(stop, broken=broken, fine=fine)
    lane.thread.start()
    until(lambda: len(calls) > 5)
    stop.set()
    lane.wake.set()
    lane.thread.join(5)
    assert lane.runs[0].failures >= 1
    assert lane.runs[0].last_error == "RuntimeError"
    assert all(moment.tzinfo for moment in calls)


@pytest.mark.usefixtures("data_dir")
def test_failures_make_the_pauses_longer_and_a_nudge_does_not_shorten_them(stop: threading.Event) -> None:
    calls = []

    def broken(*, at: datetime) -> int:
        calls.append(at)
        raise RuntimeError("no")

    lane = lane_of(stop, broken=broken)
    run = lane.runs[0]
    pauses = []
    for _ in range(3):
        run.due_at = 0.0
        lane._once(run, nudged=False)
        pauses.append(run.due_at - time.monotonic())
    assert pauses[0] < pauses[1] < pauses[2]
    lane._once(run, nudged=True)
    assert len(calls) == 3


@pytest.mark.usefixtures("data_dir")
def test_a_step_that_handled_something_is_called_again_and_wakes_the_other_lanes(
    stop: threading.Event,
) -> None:
    left = [3]

    def some(*, at: datetime) -> int:
        left[0] = max(0, left[0] - 1)
        return left[0]

    lane, other = lane_of(stop, some=some), lane_of(stop)
    lane.others = [other]
    assert lane._once(lane.runs[0], nudged=False)
    assert other.wake.is_set()
    assert lane._once(lane.runs[0], nudged=False)
    assert not lane._once(lane.runs[0], nudged=False)
    assert lane.runs[0].handled == 3


def test_a_stuck_step_and_a_dead_lane_are_noticed(stop: threading.Event) -> None:
    lane = lane_of(stop, slow=_nothing)
    assert what_is_wrong([lane], time.monotonic()) == "lane test has ended"
    lane.thread = SimpleNamespace(is_alive=lambda: True)  # type: ignore[assignment]
    assert what_is_wrong([lane], time.monotonic()) == ""
    lane.runs[0].began_at = time.monotonic() - 301
    assert "slow has been running" in what_is_wrong([lane], time.monotonic())


def test_a_stuck_worker_shows_no_beat_and_ends_itself(stop: threading.Event, tmp_path: Path) -> None:
    lane = lane_of(stop, slow=_nothing)
    listener = SimpleNamespace(wait=lambda _seconds: False)
    assert worker._watch([lane], stop, listener, tmp_path / "beat") == STUCK  # type: ignore[arg-type]
    assert not (tmp_path / "beat").exists()


def test_the_beat_says_how_each_step_goes(stop: threading.Event, tmp_path: Path) -> None:
    lane = lane_of(stop, fine=_nothing)
    lane.runs[0].handled = 7
    write_beat(tmp_path / "worker.beat", [lane])
    said = json.loads((tmp_path / "worker.beat").read_text())
    assert said["steps"] == {"fine": {"handled": 7, "failures": 0, "error": ""}}
    assert abs(said["at"] - time.time()) < 60


def test_every_step_of_the_table_is_a_service_that_takes_the_moment() -> None:
    for step in worker_steps.STEPS:
        assert callable(resolve(step)), step


def test_a_step_that_is_not_there_is_said_and_left_out(
    stop: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    missing = Step("dreams", "night", "entente.apps.kernel.clock:dream")
    there = Step("now", "day", "entente.apps.kernel.clock:now")
    assert [lane.name for lane in make_lanes([missing, there], stop)] == ["day"]
    assert "dreams" in caplog.text
    with pytest.raises(StepMissing, match="dream"):
        resolve(missing)
