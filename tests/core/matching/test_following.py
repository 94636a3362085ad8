"""Many at once: threads that ask while others feed and merge, processes that merge one folder."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from entente.core.matching.exact import ExactIndex
from entente.core.matching.hamming import HammingIndex
from entente.core.matching.mapped import MappedIndex
from entente.core.matching.segmented import SegmentedIndex
from tests.core.matching import turns
from tests.core.matching.test_killed import start

LAST = 400


@pytest.mark.parametrize("kind", [HammingIndex, ExactIndex])
def test_every_answer_is_that_of_the_number_it_names_while_others_feed_and_merge(
    tmp_path: Path, kind: type[MappedIndex]
) -> None:
    one, other = (SegmentedIndex.follow(tmp_path, kind) for _ in range(2))
    turns.check(one)  # loads what it takes
    begin = threading.Barrier(6)

    def feed() -> None:
        for number in range(1, LAST + 1):
            one.apply([turns.change(number)])
            time.sleep(0)

    def merge() -> None:
        while one.reached < LAST:
            one.merge()

    def follow() -> None:
        while other.reached < LAST:
            other.refresh()
            other.apply([turns.change(number) for number in range(other.reached + 1, one.reached + 1)])

    def ask(index: SegmentedIndex[MappedIndex]) -> None:
        while index.reached < LAST:
            turns.check(index)

    tasks: list[Callable[[], None]] = [feed, merge, follow]
    tasks += [lambda: ask(one), lambda: ask(other), lambda: ask(one)]

    def together(task: Callable[[], None]) -> None:
        begin.wait()
        task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        list(pool.map(together, tasks, timeout=60))
    turns.check(one)
    turns.check(other)
    assert one.reached == other.reached == LAST


def test_changes_from_many_threads_take_turns(tmp_path: Path) -> None:
    index = SegmentedIndex.follow(tmp_path, ExactIndex)
    wall = threading.Barrier(4)

    def feed() -> None:
        wall.wait()
        while index.reached < 200:
            index.apply([turns.change(index.reached + 1)])

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert index.reached >= 200
    turns.check(index)


def test_processes_that_merge_one_folder_lose_nothing(tmp_path: Path) -> None:
    reader = SegmentedIndex.follow(tmp_path, ExactIndex)
    merging = [start(tmp_path, "merge", "60") for _ in range(3)]
    until = time.monotonic() + 60
    while reader.reached < 60 and time.monotonic() < until:
        reader.refresh()
        turns.check(reader)
    for process in merging:
        with process:
            process.communicate(timeout=60)
    assert [process.returncode for process in merging] == [0, 0, 0]
    assert reader.reached >= 60
    turns.check(SegmentedIndex.follow(tmp_path, ExactIndex))
