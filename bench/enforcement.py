"""How soon a signal that one process adds or takes back is enforced in another: found there, or found no more.

A bank of a million invented PDQ hashes, filled by the service that imports use. Another process on the same data
directory asks its hub without pause, as a busy web worker does, about the next signal to change. Then, change after
change, at random moments: the transaction of the service commits here, and the clock runs until the answer changes
there. A second process that merges segments, as the worker does, runs beside both.

    python -m bench.enforcement [--signals 1000000] [--changes 300]
"""

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bench.inbox import prepare
from bench.serve import machine

if TYPE_CHECKING:
    from entente.apps.banks.services import Added

WITHIN_SECONDS, SHARE = 1.0, 0.99
HERE_SECONDS = 0.2
"""What a process on the same host is held to; the other figure is for hosts that share a database."""

BATCH = 50_000
READY_SECONDS = 300.0


def main() -> int:
    """Measure; return 1 when the promise is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--signals", type=int, default=1_000_000)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--role", default="", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.role:
        return {"ask": ask, "merge": merge}[asked.role](asked.data)
    print(machine())
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        prepare(Path(name))
        actor = somebody()
        bank_id = fill(asked.signals, actor)
        asking, merging = beside("ask", name), beside("merge", name)
        try:
            print(f"other process ready {read(asking)} s after its start (segment built, loops loaded)")
            added, retracted = changed(bank_id, asked.changes, asking, actor)
        finally:
            for process in (asking, merging):
                process.terminate()
                process.wait()
    return said(added, retracted)


def beside(role: str, folder: str) -> "subprocess.Popen[str]":
    """Start another process on the data directory."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.enforcement", "--role", role, "--data", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def read(process: "subprocess.Popen[str]") -> float:
    """Return the next number the other process says."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("the other process has ended")
    return float(line)


def hash_of(word: str) -> bytes:
    """Return an invented PDQ hash."""
    return hashlib.sha256(word.encode()).digest()


def somebody() -> Any:
    """Return the one person who does everything."""
    from tests.apps.banks.acts import reviewer

    return reviewer()


def fill(count: int, actor: Any) -> UUID:
    """Make a bank of so many signals and say how long that took."""
    from tests.apps.banks.acts import bank

    bank_id: UUID = bank("A bench").id
    began, provenance = time.monotonic(), None
    for first in range(0, count, BATCH):
        words = [f"base {number}" for number in range(first, min(first + BATCH, count))]
        provenance = add(bank_id, words, actor, provenance).provenance_id
    print(f"{count:,} signals added in {time.monotonic() - began:.0f} s")
    return bank_id


def add(bank_id: UUID, words: list[str], actor: Any, provenance: UUID | None = None) -> "Added":
    """Add the hashes of words by the service that everybody uses."""
    from entente.apps.banks import services
    from entente.apps.kernel import clock

    return services.add_signals(
        bank_id=bank_id,
        signals=[services.NewSignal("pdq", hash_of(word)) for word in words],
        source=services.Source(how="import", words="bench.csv"),
        actor=actor,
        at=clock.now(),
        provenance_id=provenance,
    )


def changed(
    bank_id: UUID, changes: int, asking: "subprocess.Popen[str]", actor: Any
) -> tuple[list[float], list[float]]:
    """Add and take back in turn; return the seconds from commit to effect of each kind."""
    from entente.apps.banks import queries, services
    from entente.apps.kernel import clock

    dice = random.Random(7)  # noqa: S311 - moments, not secrets
    added: list[float] = []
    retracted: list[float] = []
    for number in range(changes):
        word, is_new = f"new {number // 2}", number % 2 == 0
        expect(asking, word, is_new=is_new)
        time.sleep(dice.uniform(0.0, 0.15))
        if is_new:
            add(bank_id, [word], actor)
        else:
            signal_ids = [one.id for one in queries.find_signals("pdq", hash_of(word))]
            services.retract_signals(
                signal_ids=signal_ids, reason="Taken back by a bench.", actor=actor, at=clock.now()
            )
        committed = time.monotonic()
        (added if is_new else retracted).append(max(0.0, read(asking) - committed))
    return added, retracted


def expect(asking: "subprocess.Popen[str]", word: str, *, is_new: bool) -> None:
    """Tell the other process what it will find, or find no more."""
    assert asking.stdin is not None
    asking.stdin.write(f"{word}\t{int(is_new)}\n")
    asking.stdin.flush()


def said(added: list[float], retracted: list[float]) -> int:
    """Print the figures; return 1 when fewer than asked for were in time."""
    every = added + retracted
    for title, found in (("added", added), ("retracted", retracted), ("all", every)):
        cuts = statistics.quantiles(found, n=100, method="inclusive")
        print(
            f"  {title:10} {len(found):5,} times: median {statistics.median(found) * 1000:6.1f} ms, "
            f"99th percentile {cuts[98] * 1000:6.1f} ms, worst {max(found) * 1000:6.1f} ms"
        )
    share = sum(one < WITHIN_SECONDS for one in every) / len(every)
    here = sum(one < HERE_SECONDS for one in every) / len(every)
    kept = share >= SHARE
    print(f"  under {WITHIN_SECONDS:g} s: {share:.1%} (at least {SHARE:.0%}){'' if kept else '   MISSED'}")
    print(f"  under {HERE_SECONDS:g} s: {here:.1%}")
    return 0 if kept else 1


def with_django(folder: Path) -> None:
    """Let this process work on the data directory."""
    import django

    os.environ["ENTENTE_DATA_DIR"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "entente.settings.production"
    django.setup()


def ask(folder: Path) -> int:
    """Ask about what is expected until it is so; say when that was. Ends with its parent's last word."""
    began = time.monotonic()
    with_django(folder)
    from entente.apps.matching.hub import Query, hub

    mine = hub()
    if not mine.wait(READY_SECONDS):
        raise SystemExit(f"not ready: {mine.status()}")
    print(f"{time.monotonic() - began:.1f}", flush=True)
    for line in sys.stdin:
        word, is_new = line.rstrip("\n").split("\t")
        query = [Query("pdq", hash_of(word))]
        while True:
            answer = mine.search(query)
            if answer.unknown:
                raise SystemExit(f"unknown: {answer.unknown}")
            if bool(answer.found) == bool(int(is_new)):
                break
            time.sleep(0.001)
        print(time.monotonic(), flush=True)
    return 0


def merge(folder: Path) -> int:
    """Do what the worker does for the indexes, for ever."""
    with_django(folder)
    from entente.apps.kernel import clock
    from entente.apps.matching.hub import merge_due

    while True:
        merge_due(at=clock.now())
        time.sleep(2.0)


if __name__ == "__main__":
    sys.exit(main())
