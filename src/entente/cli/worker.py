"""The worker: runs the steps of `worker_steps` in lanes, wakes on a nudge, shows a beat.

Supervises itself: the beat is written only while every lane is alive and no step runs longer than it may.
A stuck worker says which step it was, ends itself and is started again by its parent.
"""

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from entente.cli.output import fail
from entente.cli.processes import STUCK
from entente.cli.readiness import before_django, with_django
from entente.cli.surroundings import DataOption, JsonOption, start_django, use_data_dir
from entente.cli.worker_steps import STEPS, Step, StepMissing, resolve

if TYPE_CHECKING:
    from entente.apps.kernel.wake import Listener

logger = logging.getLogger("entente.worker")

BEAT_FILE = "worker.beat"
BEAT_SECONDS = 1.0
YIELD_SECONDS = 0.01
"""Pause between two batches of one step, so that web workers get their turn to write."""
BREATH_SECONDS = 0.25
"""From one look to the next, when nudges follow each other."""
NUDGED_STEP_SECONDS = 1.0
"""A nudge brings forward the steps that run at least this often; what runs by the hour is not about new rows."""
JOIN_SECONDS = 25.0
_NICE = 5
"""Whoever waits at a door or a screen gets the processor first; the worker still gets a quarter of a full one."""
_LONGEST_PAUSE = 30.0


def command(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Run the worker alone, for a machine where another one serves the web."""
    folder = use_data_dir(data)
    config, problems = before_django(folder)
    if config is not None and not problems:
        start_django()
        problems = with_django()
    if problems:
        raise fail("The worker cannot run yet:\n" + "".join(f"  - {p}\n" for p in problems), as_json=as_json)
    raise typer.Exit(run_worker())


def run_worker(steps: Sequence[Step] = STEPS) -> int:
    """Work until SIGTERM or SIGINT; finish the step in hand; return 0, or STUCK."""
    from entente.apps.kernel.config import config
    from entente.apps.kernel.sqlite import queueing
    from entente.apps.kernel.wake import Listener, notify_worker

    queueing.be_patient()
    os.nice(_NICE)
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        stop.set()
        notify_worker()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    listener = Listener()
    lanes = make_lanes(steps, stop)
    for lane in lanes:
        lane.thread.start()
    beat = config().data_dir / BEAT_FILE
    try:
        return _watch(lanes, stop, listener, beat)
    finally:
        listener.close()


def make_lanes(steps: Sequence[Step], stop: threading.Event) -> list["Lane"]:
    """Return one lane for each lane name, with the steps that exist; names that do not are said loudly."""
    lanes: dict[str, Lane] = {}
    for step in steps:
        try:
            function = resolve(step)
        except StepMissing as missing:
            logger.error("A step of the worker is missing: %s", missing)  # noqa: TRY400 - the table is wrong, not the stack
            continue
        lane = lanes.setdefault(step.lane, Lane(step.lane, stop))
        lane.runs.append(Run(step, function))
    everyone = list(lanes.values())
    for lane in everyone:
        lane.others = [other for other in everyone if other is not lane]
    return everyone


@dataclass
class Run:
    """One step and how it has been going."""

    step: Step
    function: Callable[..., int | None]
    due_at: float = 0.0
    began_at: float | None = None
    failures: int = 0
    handled: int = 0
    last_error: str = ""

    def is_stuck(self, now: float) -> bool:
        """Say whether the step has been running longer than it may."""
        began = self.began_at
        return began is not None and now - began > self.step.stuck_after_seconds


@dataclass
class Lane:
    """A thread that runs its steps one after the other, for ever."""

    name: str
    stop: threading.Event
    runs: list[Run] = field(default_factory=list)
    others: list["Lane"] = field(default_factory=list)
    wake: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Make the thread; it does not keep a dying process alive."""
        self.thread = threading.Thread(target=self.work, name=f"lane-{self.name}", daemon=True)

    def work(self) -> None:
        """Run what is due until asked to stop."""
        from django.db import connections

        nudged = False
        while not self.stop.is_set():
            busy, began = False, time.monotonic()
            for run in self.runs:
                if not self.stop.is_set() and self._is_due(run, nudged=nudged):
                    busy = self._once(run, nudged=nudged) or busy
            nudged = self.wake.wait(YIELD_SECONDS if busy else self._pause())
            if nudged:
                # Under load nudges come by the hundred; each look costs the database, so they are answered together.
                self.stop.wait(began + BREATH_SECONDS - time.monotonic())
            self.wake.clear()
        connections.close_all()

    def _is_due(self, run: Run, *, nudged: bool) -> bool:
        return (nudged and run.step.every_seconds <= NUDGED_STEP_SECONDS) or time.monotonic() >= run.due_at

    def _pause(self) -> float:
        due = min((run.due_at for run in self.runs), default=0.0)
        return max(YIELD_SECONDS, due - time.monotonic())

    def _once(self, run: Run, *, nudged: bool) -> bool:
        """Run one step once; return whether there may be more to do. A failure stays in this step."""
        from django.db import connections

        from entente.apps.kernel import clock

        if nudged and run.failures and time.monotonic() < run.due_at:
            return False  # a nudge does not shorten the pause after a failure
        run.began_at = time.monotonic()
        try:
            handled = run.function(at=clock.now()) or 0
        except Exception as error:  # one failing step must never stop the others
            run.failures += 1
            run.last_error = type(error).__name__
            pause = min(_LONGEST_PAUSE, run.step.every_seconds * 2.0**run.failures)
            run.due_at = time.monotonic() + pause
            logger.exception(
                "Step %s failed (%d in a row); again in %.0f s", run.step.name, run.failures, pause
            )
            connections.close_all()
            return False
        finally:
            run.began_at = None
        run.failures, run.last_error = 0, ""
        run.handled += handled
        run.due_at = time.monotonic() + (0.0 if handled else run.step.every_seconds)
        if handled:
            for other in self.others:
                other.wake.set()
        return handled > 0


def _watch(lanes: list[Lane], stop: threading.Event, listener: "Listener", beat: Path) -> int:
    """Pass nudges on, write the beat, notice what is stuck."""
    next_beat = 0.0
    while not stop.is_set():
        now = time.monotonic()
        trouble = what_is_wrong(lanes, now)
        if trouble:
            logger.critical("The worker is stuck: %s. It ends itself and is started again.", trouble)
            return STUCK
        if now >= next_beat:
            write_beat(beat, lanes)
            next_beat = now + BEAT_SECONDS
        if listener.wait(max(0.0, next_beat - time.monotonic()) + 0.001) and not stop.is_set():
            for lane in lanes:
                lane.wake.set()
    return _drain(lanes)


def what_is_wrong(lanes: list[Lane], now: float) -> str:
    """Name the first lane that died or step that runs too long; empty when all is well."""
    for lane in lanes:
        if not lane.thread.is_alive():
            return f"lane {lane.name} has ended"
        for run in lane.runs:
            if run.is_stuck(now):
                return f"step {run.step.name} has been running for more than {run.step.stuck_after_seconds:.0f} s"
    return ""


def write_beat(path: Path, lanes: list[Lane]) -> None:
    """Say that the worker lives, and how each step goes; the file's time is the beat."""
    steps = {
        run.step.name: {"handled": run.handled, "failures": run.failures, "error": run.last_error}
        for lane in lanes
        for run in lane.runs
    }
    made = path.with_suffix(".beat-new")
    made.write_text(json.dumps({"pid": os.getpid(), "at": time.time(), "steps": steps}), encoding="utf-8")
    made.replace(path)


def _drain(lanes: list[Lane]) -> int:
    """Let each lane finish the step in hand."""
    deadline = time.monotonic() + JOIN_SECONDS
    for lane in lanes:
        lane.wake.set()
    for lane in lanes:
        lane.thread.join(max(0.0, deadline - time.monotonic()))
        if lane.thread.is_alive():
            logger.warning(
                "Lane %s did not finish in %.0f s; its work is repeated later", lane.name, JOIN_SECONDS
            )
    return 0
