"""How fast a video is hashed, dense and sparse, beside the peer's `vpdq` in one run, and whether the same copies are found.

Clips are made for the run: 1280 x 720, noisy, drifting shapes, with a keyframe every 10 s, every 2 s, and one alone.
Everything is measured on one core (the peer's threads too), as processor time and as wall time, the rounds in turn;
the least of them counts. The peer is measured where it can be imported, for example

    PYTHONPATH=src /path/to/peers/bin/python -m bench.video --peer

    python -m bench.video [--peer] [--seconds 20] [--rounds 3]
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from bench.serve import machine
from tests.core.signals.videos import Clip, Painter, Picture, scenes

from entente.core.signals import vpdq

DENSE_TIMES, SPARSE_TIMES = 1.0, 20.0
BUSY = Clip(
    rate=Fraction(25),
    width=1280,
    height=720,
    gop=250,
    options=(("preset", "veryfast"), ("sc_threshold", "0")),
)
Hasher = Callable[[Path], vpdq.VideoHash]


def noisy(paint: Painter) -> Painter:
    """Return the painter with noise on every pixel, so that pictures cost what camera pictures cost."""

    def painted(seconds: float, width: int, height: int) -> Picture:
        random = np.random.default_rng(int(seconds * 1000))
        noise = random.integers(-10, 11, (height, width, 1), dtype=np.int16)
        return np.asarray(np.clip(paint(seconds, width, height) + noise, 0, 255), dtype=np.uint8)

    return painted


def originals(folder: Path, seconds: float) -> dict[str, Path]:
    """Make what the bank holds: one clip per distance between keyframes."""
    made = {}
    for number, (name, gop) in enumerate(
        (("key every 10 s", 250), ("key every 2 s", 50), ("one key", 100_000))
    ):
        clip = replace(BUSY, seconds=seconds, gop=gop)
        made[name] = clip.write(folder / f"original{number}.mp4", noisy(scenes(number)))
    return made


def copies(folder: Path, seconds: float) -> dict[str, Path]:
    """Make what is looked up: of every original a smaller, coarser one and a piece, and two strangers."""
    coarse = (("preset", "veryfast"), ("crf", "33"))
    made = {}
    for number in range(3):
        small = replace(
            BUSY, seconds=seconds, width=640, height=360, rate=Fraction(20), gop=120, options=coarse
        )
        piece = replace(small, begin_seconds=3.3, seconds=seconds / 2, rate=Fraction(25), gop=200)
        made[f"small {number}"] = small.write(folder / f"small{number}.mp4", noisy(scenes(number)))
        made[f"piece {number}"] = piece.write(folder / f"piece{number}.mkv", noisy(scenes(number)))
    for number in (8, 9):
        stranger = replace(BUSY, seconds=seconds / 2, width=640, height=360, options=coarse)
        made[f"stranger {number}"] = stranger.write(folder / f"other{number}.mp4", noisy(scenes(number)))
    return made


def peers_hash(peer: ModuleType) -> Hasher:
    """Return the peer as a hasher of ours: its default, one frame a second, its threads as it chooses."""

    def hashed(path: Path) -> vpdq.VideoHash:
        found = peer.computeHash(str(path))
        frames = tuple(vpdq.Frame(one.timestamp, bytes.fromhex(one.hex), one.quality) for one in found)
        return vpdq.VideoHash(frames, 0.0, 0, vpdq.Outcome.COMPLETE)

    return hashed


def dense(path: Path) -> vpdq.VideoHash:
    """Hash for a bank."""
    return vpdq.hash_video(path)


def sparse(path: Path) -> vpdq.VideoHash:
    """Hash for a query."""
    return vpdq.hash_video(path, mode="sparse")


def measured(hasher: Hasher, path: Path) -> tuple[float, float]:
    """Return processor and wall seconds of one hash."""
    wall, cpu = time.perf_counter(), time.process_time()
    hasher(path)
    return time.process_time() - cpu, time.perf_counter() - wall


def found_pairs(
    queries: Iterable[Path], known: Iterable[Path], ask: Hasher, hold: Hasher
) -> set[tuple[str, str]]:
    """Return which query is found in which known video, by the peer's rule: 80 % of the query's frames."""
    bank = {path.name: hold(path) for path in known}
    return {
        (query.name, name)
        for query in queries
        for name, held in bank.items()
        if vpdq.compare(ask(query), held).meets(known_share=2)
    }


def main() -> int:
    """Make the clips, measure, look up the copies; return 1 when a figure is missed or a copy is not found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", action="store_true", help="measure vpdq too, if this Python has it")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the clips are")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(machine())
    peer: Any = None
    if asked.peer:
        try:
            import vpdq as peer  # type: ignore[no-redef,import-not-found,unused-ignore]
        except ImportError:
            print("this Python has no vpdq: run with one that has it and PYTHONPATH=src")
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    hashers: dict[str, Hasher] = {"dense": dense, "sparse": sparse}
    if peer is not None:
        hashers["peer"] = peers_hash(peer)
    with tempfile.TemporaryDirectory(prefix="entente-bench-") as name:
        folder = Path(name)
        held, looked_up = originals(folder, asked.seconds), copies(folder, asked.seconds)
        for hasher in hashers.values():
            hasher(looked_up["stranger 8"])  # loads, compiles
        fast = speeds(hashers, held, asked.seconds, asked.rounds)
        same = same_copies(hashers, looked_up, held)
    print(f"load average now: {', '.join(f'{value:.1f}' for value in os.getloadavg())}")
    return 0 if fast and same else 1


def speeds(hashers: dict[str, Hasher], held: dict[str, Path], seconds: float, rounds: int) -> bool:
    """Measure and print; return whether what is asked of keyframes 10 s apart or nearer is reached."""
    reached = True
    for title, path in held.items():
        size = path.stat().st_size / 1e6
        print(f"{title}: {seconds:.0f} s of 1280 x 720, 25 pictures a second, {size:.1f} MB, one core")
        runs: dict[str, list[tuple[float, float]]] = {kind: [] for kind in hashers}
        for _ in range(rounds):
            for kind, hasher in hashers.items():
                runs[kind].append(measured(hasher, path))
        least = {
            kind: (min(cpu for cpu, _ in one), min(wall for _, wall in one)) for kind, one in runs.items()
        }
        for kind, (cpu, wall) in least.items():
            print(
                f"  {kind:6} {cpu:7.3f} s processor, {wall:7.3f} s wall, {seconds / cpu:6.0f} times real time"
                + (f", {least['peer'][0] / cpu:6.1f} times the peer" if "peer" in least else "")
            )
        if "peer" in least:
            reached &= least["peer"][0] >= DENSE_TIMES * least["dense"][0]
            reached &= title == "one key" or least["peer"][0] >= SPARSE_TIMES * least["sparse"][0]
    return reached


def same_copies(hashers: dict[str, Hasher], looked_up: dict[str, Path], held: dict[str, Path]) -> bool:
    """Look the copies up each way; return whether all are found, and no stranger."""
    queries, known = [*looked_up.values(), *held.values()], list(held.values())
    ways: dict[str, tuple[Hasher, Hasher]] = {
        "sparse in dense": (sparse, dense),
        "dense in dense": (dense, dense),
    }
    if "peer" in hashers:
        ways["peer in peer"] = (hashers["peer"], hashers["peer"])
        ways["sparse in peer's bank"] = (sparse, hashers["peer"])
    expected = {(path.name, path.name) for path in known} | {
        (looked_up[f"{kind} {number}"].name, f"original{number}.mp4")
        for kind in ("small", "piece")
        for number in range(3)
    }
    right = True
    for way, (ask, hold) in ways.items():
        found = found_pairs(queries, known, ask, hold)
        print(
            f"copies found, {way}: {len(found & expected)} of {len(expected)}, strangers {len(found - expected)}"
        )
        right &= found == expected
    return right


if __name__ == "__main__":
    sys.exit(main())
