"""How 256 bits are cut into chunks, and which neighbours of a chunk must be looked up for a radius.

The bits form a ring of sixteen chunks of 16 bits. Give each chunk i a threshold t[i] so that the sum of (t[i] + 1) is
radius + 1. If two hashes differ in x[i] bits of chunk i and in at most `radius` bits in all, the sum of
x[i] - (t[i] + 1) is negative, so by the cycle lemma (Dvoretzky and Motzkin 1947; Raney 1960) there is a chunk from
which on all partial sums around the ring are negative:

    x[i] <= t[i]    and    x[i] + x[i + 1] <= t[i] + t[i + 1] + 1    and so on.

The first condition alone is the pigeonhole principle of multi-index hashing (Norouzi, Punjani and Fleet 2012), with
the thresholds of Qin et al. 2018 (GPH). The second is the pigeonring of Qin and Xiao 2018: of the hashes that pass the
first it lets through one in four hundred (radius 31), and it needs nothing but the next 16 bits. No match is lost by
either.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HASH_BYTES = 32
HASH_WORDS = 4
CHUNK_BITS = 16
CHUNKS = 16

LARGEST_THRESHOLD = 3
WIDEST_INDEXED_RADIUS = CHUNKS * (LARGEST_THRESHOLD + 1) - 1
"""Up to this radius (63) the tables can be asked; above it every hash is compared."""
WIDEST_RADIUS = 8 * HASH_BYTES
"""No two hashes are further apart, so this is the widest radius there is."""

_SMALLEST_PREFIX = 4
_BUCKET_BITS = 3
_SMALLEST_BUDGET = 4096
_PAIR_COST = 16
"""A pair, looked up and compared, costs up to so many comparisons of a scan."""


class Plan(NamedTuple):
    """What the kernels need to know to ask tables about one radius."""

    thresholds: NDArray[np.int64]
    """[16] t[i]; -1 for a chunk that need not be asked."""
    flips: NDArray[np.uint32]
    """Prefixes to exclusive-or with the query's, fewest bits first."""
    flip_ends: NDArray[np.int64]
    """[5] where the flips of e bits begin and, one further, end."""
    prefix_bits: int
    radius: int
    budget: int
    """For how many pairs of a query one question to the tables is worth going on."""


def prefix_bits_for(count: int) -> int:
    """Return by how many bits of a chunk the tables of `count` hashes are addressed.

    Four to eight hashes share a bucket, more only beyond half a million, where a bucket is the whole chunk.
    """
    return min(max(count.bit_length() - _BUCKET_BITS, _SMALLEST_PREFIX), CHUNK_BITS)


def thresholds_for(radius: int) -> tuple[int, ...]:
    """Return t[0..15], as even as can be, with the sum of (t + 1) equal to radius + 1."""
    each, more = divmod(radius + 1, CHUNKS)
    return tuple(each if chunk < more else each - 1 for chunk in range(CHUNKS))


@lru_cache(maxsize=64)
def plan_for(count: int, radius: int, questions: int = 1) -> Plan:
    """Return the plan to ask tables of `count` hashes for everything within `radius` (at most WIDEST_INDEXED_RADIUS).

    `questions` says in how many parts, asked one by one, each query is answered.
    """
    prefix_bits = prefix_bits_for(count)
    flips: list[int] = []
    ends = [0]
    for number in range(LARGEST_THRESHOLD + 1):
        flips += (sum(1 << bit for bit in bits) for bits in combinations(range(prefix_bits), number))
        ends.append(len(flips))
    return Plan(
        np.array(thresholds_for(radius), np.int64),
        np.array(flips, np.uint32),
        np.array(ends, np.int64),
        prefix_bits,
        radius,
        max(_SMALLEST_BUDGET, count // (_PAIR_COST * questions)),
    )


@lru_cache(maxsize=64)
def lookups(count: int, radius: int) -> int:
    """Return how many buckets of tables of `count` hashes one query of this radius looks into."""
    plan = plan_for(count, radius)
    return int(plan.flip_ends[plan.thresholds + 1].sum())
