"""Sets of hashes to be searched, and brute force to compare with."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from entente.core.matching.matches import Matches

Hashes = NDArray[np.uint8]
Match = tuple[int, int, int]
"""Query, row, distance."""

BITS = 256


def random_set(random: np.random.Generator, count: int) -> Hashes:
    """Return hashes that have nothing to do with each other."""
    return random.integers(0, 256, (count, 32), dtype=np.uint8)


def clustered_set(random: np.random.Generator, count: int) -> Hashes:
    """Return near-copies of a few pictures, up to 12 bits from the first, some of them equal."""
    centres = random_set(random, max(1, count // 400))
    return near_to(random, centres[random.integers(0, len(centres), count)], 12)


def adversarial_set(random: np.random.Generator, count: int) -> Hashes:
    """Return hashes that agree in 48 bits, everywhere in the ring, and in nothing else: candidates, never matches."""
    hashes = random_set(random, count)
    offsets = random.integers(0, 16, count) * 2
    for shift in range(6):
        hashes[np.arange(count), (offsets + shift) % 32] = 0
    return hashes


def equal_set(random: np.random.Generator, count: int) -> Hashes:
    """Return one hash many times."""
    return np.repeat(random_set(random, 1), count, axis=0)


SETS: dict[str, Callable[[np.random.Generator, int], Hashes]] = {
    "random": random_set,
    "clustered": clustered_set,
    "adversarial": adversarial_set,
    "equal": equal_set,
}
sets = st.sampled_from(sorted(SETS))


def near_to(random: np.random.Generator, hashes: Hashes, most: int) -> Hashes:
    """Return copies with up to `most` bits flipped each."""
    flips = np.zeros((len(hashes), BITS), np.uint8)
    for _ in range(most):
        flips[np.arange(len(hashes)), random.integers(0, BITS, len(hashes))] = 1
    return hashes ^ np.packbits(flips, axis=1)


def at_distance(random: np.random.Generator, one: Hashes, bits: int) -> Hashes:
    """Return a hash that differs from one in exactly so many bits."""
    flips = np.zeros(BITS, np.uint8)
    flips[random.choice(BITS, bits, replace=False)] = 1
    flipped: Hashes = one ^ np.packbits(flips)
    return flipped


def queries_for(random: np.random.Generator, hashes: Hashes, radius: int, count: int) -> Hashes:
    """Return queries at the edge of the radius of some hash, on it, and far from all."""
    if not len(hashes):
        return random_set(random, count)
    bits = [0, radius, min(radius + 1, BITS), max(radius - 1, 0)]
    picked = hashes[random.integers(0, len(hashes), count)]
    near = [at_distance(random, one, bits[number % 4]) for number, one in enumerate(picked)]
    return np.concatenate([np.array(near), random_set(random, 1), np.zeros((1, 32), np.uint8)])


def brute_force(
    hashes: Hashes, queries: Hashes, radius: int, rows: NDArray[np.int64] | None = None
) -> list[Match]:
    """Return every match, in the order an index answers in."""
    names = np.arange(len(hashes)) if rows is None else rows
    held = np.ascontiguousarray(hashes).view(np.uint64)
    found = []
    for number, query in enumerate(np.ascontiguousarray(queries).view(np.uint64)):
        distances = np.bitwise_count(held ^ query).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero(distances <= radius)
        found += [
            (number, row, distance)
            for row, distance in zip(names[near].tolist(), distances[near].tolist(), strict=True)
        ]
    return sorted(found, key=lambda match: (match[0], match[2], match[1]))


def listed(found: Matches) -> list[Match]:
    """Return the matches of an answer as tuples."""
    return list(zip(found.queries.tolist(), found.rows.tolist(), found.distances.tolist(), strict=True))


def flip_bit(path: Path, at: int) -> None:
    """Alter one bit of a file, giving it a new inode: what is mapped stays as it was."""
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.unlink()
    path.write_bytes(data)


def cut_short(path: Path, size: int) -> None:
    """Leave the first bytes of a file, under a new inode too."""
    data = path.read_bytes()[:size]
    path.unlink()
    path.write_bytes(data)
