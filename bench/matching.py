"""How fast known hashes are found, beside what the peer finds them with (`faiss-cpu`), in one run.

Hashes of 256 bits at radius 31: one query at a time over random hashes and over near-copies of few pictures; all of
one million looked up in another; what a segment takes. Queries are bit-flipped copies, so every answer is checked: a
match that is not found ends the run. The peer is measured in its default for PDQ (`IndexBinaryMultiHash`, 16 chunks
of 16 bits, one flip), one query at a time and in batches, whichever is faster; and comparing every hash
(`IndexBinaryFlat`) beside it. Blocks of queries to each take turns, so whatever else the machine does slows both.

Each query is asked three times and its best time counts, which leaves out what other programs did meanwhile; the
median and the worst are those over the queries. One core unless said otherwise. A join on one core is measured in
that core's time, on several by the clock: for that the machine must have nothing else to do.

    PYTHONPATH=src /path/to/python/with/faiss-cpu -m bench.matching [--large] [--svg FILE]

`faiss-cpu` is a wheel and needs nothing else. Without it only our own figures are printed. `--large` adds ten million
hashes: eight gigabytes of memory and five minutes.
"""

import argparse
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from bench.serve import machine
from numpy.typing import NDArray
from typing_extensions import override

from entente.core.matching.hamming import HammingIndex
from entente.core.matching.tables import prepare

RADIUS = 31
TIMES_ONE_MILLION, TIMES_TEN_MILLION, TIMES_JOIN = 25.0, 90.0, 300.0
BYTES, BYTES_TEN_MILLION = 200.0, 160.0
WORST_TIMES_MEDIAN = 20.0
SCALES = 0.7
"""So much of each further core a join must turn into speed."""

ROUNDS, BLOCK = 3, 50
BATCH = 64
COPIES = 1_000
COPY_BITS = 12

Hashes = NDArray[np.uint8]
Ask = Callable[[Hashes], int]
"""Ask about one hash, or several; return how many matches there are."""


@dataclass
class Times:
    """Microseconds per query of one way of asking."""

    title: str
    queries: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.queries)

    @override
    def __str__(self) -> str:
        """Return the median with the worst beside it."""
        return f"{self.title:34} median {self.median:9.1f} us, worst {max(self.queries):9.1f} us"


class Promises:
    """What was asked for, and whether it was reached."""

    def __init__(self) -> None:
        self.broken = 0

    def check(self, what: str, found: float, wanted: float, *, at_least: bool = True) -> None:
        """Print a figure beside what it should be."""
        kept = found >= wanted if at_least else found <= wanted
        self.broken += not kept
        asked = f"{'at least' if at_least else 'at most'} {wanted:g}"
        print(f"  {what}: {found:.4g} ({asked}){'' if kept else '   MISSED'}")


def flipped(random: np.random.Generator, hashes: Hashes, bits: int) -> Hashes:
    """Return copies that differ in exactly so many bits."""
    order = np.argsort(random.random((len(hashes), 256), dtype=np.float32), axis=1)
    return hashes ^ np.packbits(order < bits, axis=1)


def near_copies(random: np.random.Generator, count: int) -> Hashes:
    """Return COPIES near-copies of each of some pictures, mixed."""
    pictures = random.integers(0, 256, (count // COPIES, 32), dtype=np.uint8)
    copies = np.repeat(pictures, COPIES, axis=0)
    for first in range(0, len(copies), 100_000):
        part = copies[first : first + 100_000]
        part[:] = flipped(random, part, COPY_BITS)
    return np.asarray(random.permutation(copies), dtype=np.uint8)


def ours(index: HammingIndex) -> Ask:
    """Ask our index, through the door that everybody uses."""

    def ask(queries: Hashes) -> int:
        return len(index.search(queries[0].tobytes(), RADIUS))

    return ask


def peers(index: Any) -> Ask:
    """Ask an index of the peer; its radius leaves out the border."""

    def ask(queries: Hashes) -> int:
        return int(index.range_search(queries, RADIUS + 1)[0][-1])

    return ask


def multi_hash(faiss: Any, hashes: Hashes) -> Any:
    """Return the peer's default index."""
    index = faiss.IndexBinaryMultiHash(256, 16, 16)
    index.nflip = 1
    index.add(hashes)
    return index


def flat(faiss: Any, hashes: Hashes) -> Any:
    """Return an index that compares every hash."""
    index = faiss.IndexBinaryFlat(256)
    index.add(hashes)
    return index


def measured(
    ways: dict[str, tuple[Ask, int]], queries: Hashes, *, found_all: bool = True
) -> dict[str, Times]:
    """Ask every query in every way, in blocks that take turns; `ways` say how many are asked at once."""
    best = {title: np.full(len(queries), np.inf) for title in ways}
    for _ in range(ROUNDS):
        for first in range(0, len(queries), BLOCK):
            for title, (ask, at_once) in ways.items():
                for begin in range(first, min(first + BLOCK, len(queries)), at_once):
                    part = queries[begin : min(begin + at_once, first + BLOCK)]
                    started = time.perf_counter()
                    matches = ask(part)
                    spent = (time.perf_counter() - started) / len(part) * 1e6
                    if found_all and matches < len(part):
                        raise SystemExit(f"{title}: a match was not found")
                    one = best[title][begin : begin + len(part)]
                    np.minimum(one, spent, out=one)
    return {title: Times(title, times.tolist()) for title, times in best.items()}


def built(hashes: Hashes, folder: Path) -> HammingIndex:
    """Build our index in a file, as a bank is, and say what it takes."""
    started = time.perf_counter()
    index = HammingIndex.build(hashes, folder / "index", rows=np.arange(len(hashes)))
    seconds = time.perf_counter() - started
    index.verify()  # reads every page once: the warm-up
    size = index.path.stat().st_size
    print(f"  segment built in {seconds:.1f} s, synced and verified; {size / 1e6:.0f} MB")
    return index


def one_query(faiss: Any, count: int, folder: Path, promises: Promises, *, queries: int) -> dict[str, Times]:
    """Measure one query over random hashes."""
    print(f"\none query, {count:,} random hashes, radius {RADIUS}, a match at distance {RADIUS}")
    random = np.random.default_rng(count)
    hashes = random.integers(0, 256, (count, 32), dtype=np.uint8)
    asked = flipped(random, hashes[random.integers(0, count, queries)], RADIUS)
    index = built(hashes, folder)
    ways: dict[str, tuple[Ask, int]] = {"ours, mapped": (ours(index), 1)}
    if faiss is not None:
        started = time.perf_counter()
        peer, compared = multi_hash(faiss, hashes), flat(faiss, hashes)
        print(f"  peer built in {time.perf_counter() - started:.1f} s, in memory")
        ways |= {
            "peer's default": (peers(peer), 1),
            "peer's default, in batches": (peers(peer), BATCH),
            "peer comparing every hash, in batches": (peers(compared), BATCH),
        }
    found = measured(ways, asked)
    for times in found.values():
        print(f"  {times}")
    large = count > 5_000_000
    if faiss is not None and count >= 1_000_000:
        faster = peer_median(found) / found["ours, mapped"].median
        promises.check("times the peer's default", faster, TIMES_TEN_MILLION if large else TIMES_ONE_MILLION)
    size = index.path.stat().st_size / count
    promises.check("bytes per hash", size, BYTES_TEN_MILLION if large else BYTES, at_least=False)
    return found


def peer_median(found: dict[str, Times]) -> float:
    """Return the peer's default at its best."""
    return min(found["peer's default"].median, found["peer's default, in batches"].median)


def clustered(faiss: Any, count: int, folder: Path, promises: Promises, *, queries: int) -> dict[str, Times]:
    """Measure one query over near-copies, asked about near-copies and about strangers."""
    print(
        f"\none query, {count:,} hashes, {COPIES:,} near-copies ({COPY_BITS} bits) of each picture, radius {RADIUS}"
    )
    random = np.random.default_rng(7)
    hashes = near_copies(random, count)
    index = built(hashes, folder)
    near = flipped(random, hashes[random.integers(0, count, queries)], COPY_BITS)
    edge = flipped(random, hashes[random.integers(0, count, queries)], RADIUS)
    strangers = random.integers(0, 256, (queries, 32), dtype=np.uint8)
    found: dict[str, Times] = {}
    for title, asked in (("a near-copy more", near), ("at the edge", edge), ("a stranger", strangers)):
        ways: dict[str, tuple[Ask, int]] = {f"ours, {title}": (ours(index), 1)}
        if faiss is not None and title == "a near-copy more":
            ways["peer's default, " + title] = (peers(multi_hash(faiss, hashes)), 1)
        found |= measured(ways, asked, found_all=title != "a stranger")
    for times in found.values():
        print(f"  {times}")
    every = [spent for title, times in found.items() if title.startswith("ours") for spent in times.queries]
    promises.check(
        "the worst query, times the median of all",
        max(every) / statistics.median(every),
        WORST_TIMES_MEDIAN,
        at_least=False,
    )
    return found


def joined(
    count: int, folder: Path, promises: Promises, peer: dict[str, Times], cores: int
) -> dict[str, Times]:
    """Measure a join of as many hashes as there are, on one core and on all; the peer asks one query at a time."""
    print(f"\njoin of {count:,} with {count:,} random hashes, radius {RADIUS}, one match each")
    random = np.random.default_rng(11)
    hashes = random.integers(0, 256, (count, 32), dtype=np.uint8)
    asked = random.permutation(hashes)
    for first in range(0, count, 100_000):
        asked[first : first + 100_000] = flipped(random, asked[first : first + 100_000], RADIUS)
    index, other = built(hashes, folder), HammingIndex.build(asked, folder / "other")
    busy, alone = joining(index, other, 1)
    found = {"ours, one core": Times("ours, one core", [busy / count * 1e6])}
    print(f"  on one core {busy:.2f} s of its time in {alone:.2f} s")
    if peer:
        faster = peer_median(peer) / found["ours, one core"].median
        promises.check("times the peer's queries per second and core", faster, TIMES_JOIN)
        found = {"peer's default, query by query": Times("", [peer_median(peer)])} | found
    if cores > 1:
        os.sched_setaffinity(0, ALL_CORES)
        busy, together = joining(index, other, cores)
        one_core()
        print(f"  on {cores} cores {busy:.2f} s of their time in {together:.2f} s")
        promises.check(f"times as fast on {cores} cores", alone / together, 1 + SCALES * (cores - 1))
        found[f"ours, {cores} cores"] = Times("", [together / count * 1e6])
    return found


def joining(index: HammingIndex, other: HammingIndex, threads: int) -> tuple[float, float]:
    """Return processor seconds and wall seconds of a join, each the best of some."""
    runs = []
    for _ in range(ROUNDS):
        busy, started = time.process_time(), time.perf_counter()
        matches = index.join(other, RADIUS, threads=threads)
        runs.append((time.process_time() - busy, time.perf_counter() - started))
        if len(matches.rows) < len(other):
            raise SystemExit("join: a match was not found")
    return min(busy for busy, _ in runs), min(wall for _, wall in runs)


ALL_CORES = os.sched_getaffinity(0)


def one_core() -> None:
    """Stay on one core from now on."""
    os.sched_setaffinity(0, {max(ALL_CORES)})


def plot(measured_sets: Iterable[tuple[str, dict[str, Times]]]) -> str:
    """Draw the medians on a logarithmic scale as SVG, one group of bars per set, the worst as a line."""
    rows: list[str] = []
    y, left, decade, lowest = 30, 300, 70, 0.1
    for title, found in measured_sets:
        rows.append(f'<text x="0" y="{y}" font-weight="bold">{escape(title)}</text>')
        y += 10
        for name, times in found.items():
            width = max(1.0, decade * np.log10(times.median / lowest))
            worst = max(1.0, decade * np.log10(max(times.queries) / lowest))
            colour = "#1f5f66" if name.startswith("ours") else "#b9b2a3"
            rows.append(
                f'<text x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
                f'<rect x="{left}" y="{y}" width="{width:.0f}" height="16" fill="{colour}"/>'
                f'<line x1="{left + width:.0f}" x2="{left + worst:.0f}" y1="{y + 8}" y2="{y + 8}" stroke="#555"/>'
                f'<text x="{left + worst + 6:.0f}" y="{y + 12}">{times.median:,.1f}</text>'
            )
            y += 22
        y += 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 800 {y}" font-family="sans-serif" font-size="12">'
        '<text x="0" y="12" fill="#555">Microseconds per query, logarithmic: bar the median, line up to the worst'
        f"</text>{''.join(rows)}</svg>\n"
    )


def main() -> int:
    """Measure everything; return 1 when a figure is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--large", action="store_true", help="ten million hashes too")
    parser.add_argument("--svg", type=Path, help="where to draw the times")
    parser.add_argument("--queries", type=int, default=400, help="how many different ones are asked")
    asked = parser.parse_args()
    print(machine())
    try:
        faiss: Any = importlib.import_module("faiss")
        faiss.omp_set_num_threads(1)
        print(f"peer: faiss-cpu {faiss.__version__}, one thread")
    except ImportError:
        faiss = None
        print("this Python has no faiss-cpu: only our own figures")
    one_core()
    prepare()
    promises = Promises()
    drawn: list[tuple[str, dict[str, Times]]] = []
    sizes = [100_000, 1_000_000, *([10_000_000] if asked.large else [])]
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        folder = Path(name)
        for count in sizes:
            found = one_query(faiss, count, folder, promises, queries=asked.queries)
            drawn.append((f"one query, {count:,} random hashes", found))
        drawn.append(
            (
                "one query, a million near-copies",
                clustered(faiss, 1_000_000, folder, promises, queries=asked.queries),
            )
        )
        peer = dict(drawn)["one query, 1,000,000 random hashes"] if faiss is not None else {}
        found = joined(1_000_000, folder, promises, peer, len(ALL_CORES))
        drawn.append(("a million joined with a million", found))
    if asked.svg:
        asked.svg.write_text(plot(drawn), encoding="utf-8")
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 1 if promises.broken else 0


if __name__ == "__main__":
    sys.exit(main())
