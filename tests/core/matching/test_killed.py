"""A process that merges is killed at any point: the folder can be opened, and nothing that was merged is lost."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from entente.core.matching.exact import ExactIndex
from entente.core.matching.segmented import SegmentedIndex
from tests.core.matching import dying, turns

POINTS = {
    "locked": ("fcntl", "flock"),
    "sized": ("os", "ftruncate"),
    "written": ("os", "pwrite"),
    "synced": ("os", "fsync"),
    "renamed": ("Path", "replace"),
    "deleted": ("Path", "unlink"),
}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a process of `dying`."""
    return subprocess.Popen(
        [sys.executable, "-m", dying.__name__, folder, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_each_step_of_a_merge_leaves_the_older_or_the_newer_segment(
    tmp_path: Path, point: str, when: str
) -> None:
    index = SegmentedIndex.follow(tmp_path, ExactIndex)
    index.apply([turns.change(number) for number in range(1, 21)])
    index.merge()
    with start(tmp_path, "fork", *POINTS[point], when) as process:
        died, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert int(died) > 0
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock", ".segment"]


def kill_after(folder: Path, seconds: float, reached: int) -> int:
    """Let a process merge for so long, kill it, and return the number that can be opened."""
    with start(folder, "merge") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.kill()
        said = process.stdout.read().split("\n")[:-1]
    last = int(said[-1]) if said else reached
    return dying.follow(folder, *range(last, last + 2)).reached


def test_what_was_merged_is_there_after_a_kill_at_some_time(tmp_path: Path) -> None:
    reached = 0
    for seconds in (0.0, 0.01, 0.1):
        reached = kill_after(tmp_path, seconds, reached)
    assert reached > 0


@pytest.mark.long
def test_what_was_merged_is_there_after_a_hundred_kills(tmp_path: Path) -> None:
    chance, reached = random.Random(20), 0  # noqa: S311 - the times of kills, to be repeated
    for _ in range(100):
        reached = kill_after(tmp_path, chance.uniform(0, 0.1), reached)
    assert reached > 0
