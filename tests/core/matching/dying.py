"""Processes that merge and die: `python -m` with a folder and what to do.

    dying FOLDER fork OWNER NAME before|after   fork children that die at each call of OWNER.NAME during a merge
    dying FOLDER merge LAST                     feed and merge up to a number, or for ever

The first checks after every death what the next process finds, and says how many died.
"""

import fcntl
import itertools
import os
import pathlib
import signal
import sys
from pathlib import Path
from typing import Any

from entente.core.matching.exact import ExactIndex
from entente.core.matching.segmented import SegmentedIndex
from tests.core.matching import turns

OWNERS: dict[str, Any] = {"os": os, "fcntl": fcntl, "Path": pathlib.Path}
STEP = 3


def follow(folder: Path, *allowed: int) -> SegmentedIndex[ExactIndex]:
    """Open the folder as the next process does: whole, at a number that is allowed, and true at it."""
    index = SegmentedIndex.follow(folder, ExactIndex)
    assert not index.broken
    assert not allowed or index.reached in allowed, f"{index.reached} is none of {allowed}"
    turns.check(index)
    return index


def die_at(folder: Path, owner: str, name: str, when: str) -> int:
    """Let one child after the other die at the first, second ... call, until one finishes; return how many died."""
    reached = follow(folder).reached
    for nth in itertools.count(1):
        child = os.fork()
        if not child:
            merge_and_die(folder, OWNERS[owner], name, when, nth)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            assert status == 0
            assert follow(folder, reached + STEP)
            return nth - 1
        reached = follow(folder, reached, reached + STEP).reached
    raise AssertionError


def merge_and_die(folder: Path, owner: Any, name: str, when: str, nth: int) -> None:
    """Merge a few changes, and be killed before or after one call of a function."""
    index = SegmentedIndex.follow(folder, ExactIndex)
    index.apply([turns.change(number) for number in range(index.reached + 1, index.reached + STEP + 1)])
    call, calls = getattr(owner, name), itertools.count(1)

    def dying(*given: Any, **named: Any) -> Any:
        now = next(calls) == nth
        if now and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = call(*given, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(owner, name, dying)
    index.merge()


def merge_up_to(folder: Path, last: int | None) -> None:
    """Feed one change after the other, merge each time, and say which number is reached."""
    index = SegmentedIndex.follow(folder, ExactIndex)
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while last is None or index.reached < last:
        index.apply([turns.change(index.reached + 1)])
        index.merge()
        print(index.reached, flush=True)  # noqa: T201 - the test reads it


if __name__ == "__main__":
    place, act, *rest = sys.argv[1:]
    if act == "fork":
        print(die_at(Path(place), *rest))  # noqa: T201 - the test reads it
    else:
        merge_up_to(Path(place), int(rest[0]) if rest else None)
