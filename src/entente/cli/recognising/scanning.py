"""Driving a scan: parts go out to whoever scans them, lines come home into the journal, whatever is left goes out again."""

import concurrent.futures
import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from entente.cli.recognising.hashing import FAILED
from entente.cli.recognising.journal import Journal
from entente.cli.recognising.parts import PART_FILES, PART_SECONDS, PartScanner, Setup

_PARTS_AHEAD: Final = 2
"""Parts that wait for each thread, so that none is idle while a part comes home."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who scans: how a part is handed over, and how many can be in hand at a time."""

    submit: Callable[[list[str]], "Future[bytes]"]
    threads: int


@dataclass(slots=True)
class Tally:
    """What a scan found so far, those of an earlier run included."""

    files: int = 0
    matched: int = 0
    failed: int = 0
    vanished: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, record: dict[str, Any]) -> None:
        """Count one file."""
        outcome = record["outcome"]
        self.files += 1
        self.matched += bool(record.get("matches"))
        self.vanished += outcome == "vanished"
        self.failed += is_bad(record)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


def is_bad(record: dict[str, Any]) -> bool:
    """Tell whether a file could not be looked at; one that was gone when its turn came is no such file."""
    return record["outcome"] in FAILED and record["outcome"] != "vanished"


@contextmanager
def local_crew(setup: Setup, *, processes: int) -> Iterator[Crew]:
    """Give a crew of threads in this process. Raises OSError, BankFolderUnusable."""
    scanner = PartScanner(setup, processes=processes, seconds=PART_SECONDS)
    with ThreadPoolExecutor(processes) as threads:
        try:
            yield Crew(lambda paths: threads.submit(scanner.scan, paths), processes)
        finally:
            scanner.stop()  # first: whoever interrupts a scan does not wait for the film that is being hashed
            threads.shutdown(cancel_futures=True)
            scanner.close()


def drive(
    crew: Crew,
    paths: Iterable[str],
    journal: Journal,
    told: Callable[[list[dict[str, Any]]], None],
    *,
    part_files: int = PART_FILES,
) -> None:
    """Scan all files. Each part is in the journal, on the disk, before `told` hears of it.

    Raises OSError for the journal, and whatever a part raised: then what came before is in the journal.
    """
    waiting = iter(paths)
    parts = iter(lambda: list(itertools.islice(waiting, part_files)), [])
    out: dict[Future[bytes], list[str]] = {}
    most = crew.threads * _PARTS_AHEAD

    def hand_out(part: list[str]) -> None:
        out[crew.submit(part)] = part

    for part in itertools.islice(parts, most):
        hand_out(part)
    while out:
        finished, _still = concurrent.futures.wait(out, return_when=FIRST_COMPLETED)
        for future in finished:
            part = out.pop(future)
            lines = future.result()
            journal.append(lines)
            records = [json.loads(line) for line in lines.splitlines()]
            told(records)
            if len(records) < len(part):
                hand_out(part[len(records) :])
            elif (following := next(parts, None)) is not None:
                hand_out(following)
