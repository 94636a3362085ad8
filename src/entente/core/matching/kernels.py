# ruff: noqa: PLR0917 - a compiled loop takes what it works on by position
"""The loops of Hamming search, compiled. Nothing here trusts a number read from a file.

A hash is four 64-bit words, most significant first, and a ring of 256 bits. A table of one chunk sorts all hashes by
the prefix of that chunk: `starts[g]` says where the bucket of prefix g begins; each place in bucket order has a
`position` (which hash it is) and a sketch, the 16 bits behind the prefix. Four sketches make a word, so the bits of
four are counted at once (Warren, Hacker's Delight, 5-1), and the compiler does that for several words at once.

The work goes in passes over short lists (sketches, places, positions) instead of walking one candidate to its end:
then the memory reads of one pass do not wait for each other, and the loops are such as a compiler makes vectors of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from entente.core.compiled import kernel
from entente.core.matching.geometry import CHUNK_BITS, CHUNKS, HASH_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from entente.core.matching.geometry import Plan
    from entente.core.matching.tables import Held

    Index = int | np.uint64
    Words = NDArray[np.uint64]
    Shorts = NDArray[np.uint32]
    Halves = NDArray[np.uint16]
    Numbers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

_ZERO, _ONE, _TWO, _THREE, _FOUR, _EIGHT = (np.uint64(value) for value in (0, 1, 2, 3, 4, 8))
_WORD_BITS = np.uint64(64)
_HEAD_BITS = 32
_HIGH = np.uint64(32)
_LANE_BITS = np.uint64(16)
_LANE = np.uint64(0xFFFF)
_LANES = np.uint64(0x0001_0001_0001_0001)
_TOPS = np.uint64(0x8000_8000_8000_8000)
_LANE_MOST = 0x7F
_EVERY_SECOND = np.uint64(0x5555_5555_5555_5555)
_PAIRS_OF_BITS = np.uint64(0x3333_3333_3333_3333)
_NIBBLES = np.uint64(0x0F0F_0F0F_0F0F_0F0F)

# Sketches are copied eight words at a time, wanted or not: a loop of one round cannot be mispredicted.
_STEP_WORDS = 8
_STEP = np.uint64(_STEP_WORDS)
_GROUP = 16
_GROUP_LAST = np.uint64(_GROUP - 1)
_PIECE_WORDS = 1024
_PIECE_ROOM = np.uint64(_PIECE_WORDS)
_PART = _PIECE_WORDS + _STEP_WORDS + _GROUP

# Where the parts of a workspace begin. One array of all of them, since passing an array costs as much as a bucket.
_SKETCHES = np.uint64(0)
"""Sketches of several buckets, four to a word, gathered to be compared in one go: a piece."""
_BIASES = np.uint64(_PART)
"""For each lane, in its upper byte, 0x7f less the bits that may differ; 0x80 where it belongs to no bucket asked."""
_SOURCES = np.uint64(2 * _PART)
"""Where in the table each word stands."""
_NEAR = np.uint64(3 * _PART)
"""The tops of the lanes that are near to the query compared last."""
_SPENT = np.uint64(4 * _PART)
"""For each query of a run how many pairs it has had."""
_LONGEST_RUN = 64
_SPENT_FIRST = 4 * _PART
_SPENT_END = _SPENT_FIRST + _LONGEST_RUN
_PAIRS = 4 * _PART + _LONGEST_RUN
"""Number of the query in the order, chunk and place in its table of what is near and not yet verified."""
_PIECE_PAIRS = 4 * _PART
_MOST_PAIRS = 2 * _PIECE_PAIRS
_WORKSPACE = _PAIRS + _MOST_PAIRS
_NUMBER_SHIFT = np.uint64(36)
_CHUNK_SHIFT = np.uint64(32)
_CHUNK_MASK = np.uint64(CHUNKS - 1)
_PLACE_MASK = np.uint64(0xFFFF_FFFF)

_BATCH = 2048
_FULL = -1


class Asked(NamedTuple):
    """Queries, in the order in which a table is asked about them."""

    words: Words
    """[q, 4] as they came"""
    heads: Shorts
    """[k, p] for each table to be asked the 32 bits that begin at its chunk, in the order of asking; where that is
    the order of the prefixes, neighbours find their buckets in the cache"""
    order: Numbers
    """[p] number of each query"""
    swollen: Flags
    """[q] to be set for a query with more candidates than comparing every hash is worth"""
    first_chunk: int
    """Of the first table."""


@kernel
def popcount(word: np.uint64) -> int:
    """Count the bits set. LLVM knows this loop and makes one instruction of it."""
    count = 0
    while word:
        word &= word - _ONE
        count += 1
    return count


@kernel
def window(words: Words, row: Index, chunk: int) -> np.uint64:
    """Return the 64 bits of the ring of a row that begin at a chunk."""
    place = chunk >> 2
    shift = np.uint64((chunk & 3) * CHUNK_BITS)
    bits: np.uint64 = words[row, place]
    if shift == _ZERO:
        return bits
    following: np.uint64 = words[row, (place + 1) & 3]
    return (bits << shift) | (following >> (_WORD_BITS - shift))


@kernel
def both_of(thresholds: Numbers, chunk: int) -> int:
    """Return in how many bits two hashes may differ in a chunk and the next one together."""
    both: int = thresholds[chunk] + thresholds[(chunk + 1) & (CHUNKS - 1)] + 1
    return both


@kernel
def fill_table(
    hashes: Words, prefix_bits: int, chunk: int, starts: Shorts, sketches: Halves, positions: Shorts
) -> None:
    """Sort all hashes by the prefix of one chunk (counting sort) into starts, sketches and positions."""
    shift = np.uint64(64 - prefix_bits)
    behind = np.uint64(64 - prefix_bits - CHUNK_BITS)
    one = np.uint32(1)
    starts[:] = 0
    for i in range(hashes.shape[0]):
        starts[(window(hashes, i, chunk) >> shift) + _ONE] += one
    for g in range(1, starts.shape[0]):
        starts[g] += starts[g - 1]
    free = starts.copy()
    for i in range(hashes.shape[0]):
        bits = window(hashes, i, chunk)
        prefix = bits >> shift
        place = free[prefix]
        free[prefix] = place + one
        sketches[place] = (bits >> behind) & _LANE
        positions[place] = i


@kernel
def near_lanes(difference: np.uint64, bias: np.uint64) -> np.uint64:
    """Return a word whose lane tops are set where a 16-bit lane of `difference` has no more bits than it may.

    The bits are counted in the upper byte of each lane; what the lower bytes hold never reaches it.
    """
    x = difference - ((difference >> _ONE) & _EVERY_SECOND)
    x = (x & _PAIRS_OF_BITS) + ((x >> _TWO) & _PAIRS_OF_BITS)
    x = (x + (x >> _FOUR)) & _NIBBLES
    return ~(x + (x << _EIGHT) + bias) & _TOPS


@kernel
def lanes_below(lane: np.uint64) -> np.uint64:
    """Return the lanes of a word before this one, all bits set."""
    return (_ONE << (lane * _LANE_BITS)) - _ONE


@kernel
def copy_words(
    sketches: Words, chunk: int, at: np.uint64, bias: np.uint64, work: Words, words: np.uint64
) -> None:
    """Copy eight words of a table to the end of the piece. A table has as many to spare behind its last one."""
    for j in range(_STEP_WORDS):
        work[_SKETCHES + words + np.uint64(j)] = sketches[chunk, at + np.uint64(j)]
    for j in range(_STEP_WORDS):
        work[_BIASES + words + np.uint64(j)] = bias
    for j in range(_STEP_WORDS):
        work[_SOURCES + words + np.uint64(j)] = at + np.uint64(j)


@kernel
def mask_ends(work: Words, first: np.uint64, last: np.uint64, begin: np.uint64, end: np.uint64) -> None:
    """Let the lanes before the bucket's first place and behind its last one never be near."""
    if work[_SOURCES + first] == begin >> _TWO:
        outside = lanes_below(begin & _THREE)
        work[_BIASES + first] = (work[_BIASES + first] & ~outside) | (_TOPS & outside)
    if work[_SOURCES + last] == end >> _TWO:
        outside = ~lanes_below(end & _THREE)
        work[_BIASES + last] = (work[_BIASES + last] & ~outside) | (_TOPS & outside)


@kernel
def gather(
    held: Held, plan: Plan, prefix: np.uint64, chunk: int, flip: int, word: np.uint64, work: Words
) -> tuple[np.uint64, int, np.uint64]:
    """Gather a piece of the buckets around a prefix, beginning with word `word` of the table in that of flip `flip`.

    Return how many words it has, and where to go on when there was no room for more.
    """
    places = np.uint64(held.positions.shape[1])
    flips_end = plan.flip_ends[plan.thresholds[chunk] + 1]
    most = np.uint64(_LANE_MOST - both_of(plan.thresholds, chunk))
    words = _ZERO
    while flip < flips_end:
        flipped = np.uint64(plan.flips[flip])
        bucket = prefix ^ flipped
        begin = min(np.uint64(held.starts[chunk, bucket]), places)
        end = min(np.uint64(held.starts[chunk, bucket + _ONE]), places)
        bias = ((most + np.uint64(popcount(flipped))) << _EIGHT) * _LANES
        first, at = words, max(begin >> _TWO, word)
        stop = (end + _THREE) >> _TWO if begin < end else _ZERO
        while at < stop and words < _PIECE_ROOM:
            copy_words(held.sketches, chunk, at, bias, work, words)
            step = min(stop - at, _STEP)
            words += step
            at += step
        if words > first:
            mask_ends(work, first, words - _ONE, begin, end)
        if at < stop:
            return words, flip, at
        flip += 1
        word = _ZERO
    return words, flip, word


@kernel
def compare(work: Words, words: np.uint64, sketch: np.uint64) -> np.uint64:
    """Compare a piece with a sketch (in every lane); return 0 when nothing is near."""
    some = _ZERO
    for w in range(words):
        at = np.uint64(w)
        tops = near_lanes(work[_SKETCHES + at] ^ sketch, work[_BIASES + at])
        work[_NEAR + at] = tops
        some |= tops
    return some


@kernel
def list_near(work: Words, words: np.uint64, pair: np.uint64, count: int) -> int:
    """Append what the last comparison found to the pairs, `pair` with the place; return how many there are."""
    for group in range(0, np.int64(words), _GROUP):
        mask = _ZERO
        for w in range(_GROUP):  # The tops of sixteen words fit into one, each shifted by its number.
            mask |= work[_NEAR + np.uint64(group + w)] >> np.uint64(w)
        while mask != _ZERO:
            lowest = mask & (~mask + _ONE)
            mask ^= lowest
            bit = np.uint64(popcount(lowest - _ONE))
            source = work[_SOURCES + np.uint64(group) + _GROUP_LAST - (bit & _GROUP_LAST)]
            work[_PAIRS + count] = pair | (source << _TWO) | (bit >> _FOUR)
            count += 1
    return count


@kernel
def compare_all(
    asked: Asked,
    row: int,
    begin: int,
    following: int,
    end: int,
    words: np.uint64,
    chunk: int,
    plan: Plan,
    work: Words,
    count: int,
) -> tuple[int, int]:
    """Compare a piece with the queries following..end of the run that begins at `begin`, as long as there is room.

    Return the first query not compared, and how many pairs there are.
    """
    padded = (words + _GROUP_LAST) & ~_GROUP_LAST
    for w in range(words, padded):
        work[_BIASES + np.uint64(w)] = _TOPS
    behind, budget = np.uint64(CHUNK_BITS - plan.prefix_bits), np.uint64(plan.budget)
    while following < end and count <= _MOST_PAIRS - _PIECE_PAIRS:
        sketch = ((np.uint64(asked.heads[row, following]) >> behind) & _LANE) * _LANES
        if compare(work, padded, sketch) != _ZERO:
            spent = _SPENT + np.uint64(following - begin)
            if work[spent] > budget:
                asked.swollen[asked.order[following]] = True
            else:
                before = count
                pair = (np.uint64(following) << _NUMBER_SHIFT) | (np.uint64(chunk) << _CHUNK_SHIFT)
                count = list_near(work, padded, pair, count)
                work[spent] += np.uint64(count - before)
        following += 1
    return following, count


@kernel
def distance_of(queries: Words, number: np.uint64, hashes: Words, position: np.uint64) -> int:
    """Return in how many bits a query and a hash differ."""
    distance = 0
    for w in range(HASH_WORDS):
        distance += popcount(queries[number, w] ^ hashes[position, w])
    return distance


@kernel
def meet_before(
    queries: Words, number: np.uint64, hashes: Words, position: np.uint64, chunk: np.uint64, plan: Plan
) -> bool:
    """Tell whether a query and a hash meet in the table of a chunk before this one."""
    to_prefix, to_sketch = np.uint64(64 - plan.prefix_bits), np.uint64(64 - CHUNK_BITS - plan.prefix_bits)
    for earlier in range(chunk):
        bits = window(queries, number, earlier) ^ window(hashes, position, earlier)
        flipped = popcount(bits >> to_prefix)
        differing = flipped + popcount((bits >> to_sketch) & _LANE)
        if flipped <= plan.thresholds[earlier] and differing <= both_of(plan.thresholds, earlier):
            return True
    return False


@kernel
def verify(asked: Asked, held: Held, plan: Plan, work: Words, count: int, found: Numbers, filled: int) -> int:
    """Append to `found` those of the pairs that match; return how many it holds, -1 when they do not fit.

    Two hashes that meet in an earlier chunk too were reported there, so they are passed over here: no match comes
    twice.
    """
    queries, hashes = asked.words, held.hashes
    last = np.uint64(hashes.shape[0] - 1)
    for j in range(count):
        pair = work[_PAIRS + j]
        place = held.positions[(pair >> _CHUNK_SHIFT) & _CHUNK_MASK, pair & _PLACE_MASK]
        work[_PAIRS + j] = (pair & ~_PLACE_MASK) | min(np.uint64(place), last)
    kept = 0
    for j in range(count):
        pair = work[_PAIRS + j]
        number = np.uint64(asked.order[pair >> _NUMBER_SHIFT])
        work[_PAIRS + kept] = pair
        kept += distance_of(queries, number, hashes, pair & _PLACE_MASK) <= plan.radius
    for j in range(kept):
        pair = work[_PAIRS + j]
        number, position = np.uint64(asked.order[pair >> _NUMBER_SHIFT]), pair & _PLACE_MASK
        if meet_before(queries, number, hashes, position, (pair >> _CHUNK_SHIFT) & _CHUNK_MASK, plan):
            continue
        if filled == found.shape[0]:
            return _FULL
        found[filled, 0] = number
        found[filled, 1] = position
        found[filled, 2] = distance_of(queries, number, hashes, position)
        filled += 1
    return filled


@kernel
def run_end(heads: Shorts, begin: int, last: int, shift: np.uint32) -> int:
    """Return where the queries with the prefix of `begin` end, 64 further on at most."""
    end = begin + 1
    most = min(last, begin + _LONGEST_RUN)
    while end < most and heads[0, end] >> shift == heads[0, begin] >> shift:
        end += 1
    return end


@kernel
def ask(
    asked: Asked, first: int, last: int, held: Held, plan: Plan, work: Words, found: Numbers, filled: int
) -> tuple[int, int]:
    """Ask tables about the queries first..last of the order: one table, or several about one query.

    Return how many matches are kept and the first query that is not answered. One that had more pairs than the plan
    allows is marked as swollen; what is found of it is not complete.
    """
    shift = np.uint32(_HEAD_BITS - plan.prefix_bits)
    done, kept, count, begin = first, filled, 0, first
    while begin < last:
        end = run_end(asked.heads, begin, last, shift)
        work[_SPENT_FIRST:_SPENT_END] = 0
        for row in range(asked.heads.shape[0]):
            chunk = asked.first_chunk + row
            prefix = np.uint64(asked.heads[row, begin] >> shift)
            flip, flips_end, word = 0, plan.flip_ends[plan.thresholds[chunk] + 1], _ZERO
            while flip < flips_end:
                words, flip, word = gather(held, plan, prefix, chunk, flip, word, work)
                following = begin
                while following < end:
                    following, count = compare_all(
                        asked, row, begin, following, end, words, chunk, plan, work, count
                    )
                    if count > _MOST_PAIRS - _PIECE_PAIRS:
                        filled = verify(asked, held, plan, work, count, found, filled)
                        count = 0
                        if filled < 0:
                            return kept, done
        begin = end
        if count >= _BATCH or begin == last:
            filled = verify(asked, held, plan, work, count, found, filled)
            if filled < 0:
                return kept, done
            done, kept, count = begin, filled, 0
    return kept, done


@kernel
def touch(asked: Asked, held: Held, plan: Plan, work: Words) -> None:
    """Read what one query is going to read of every table, so that it is in the cache by then.

    All starts, then the first words of all buckets: no read of a pass waits for another, as those of `gather` do.
    """
    shift, places = np.uint32(_HEAD_BITS - plan.prefix_bits), np.uint64(held.positions.shape[1])
    at = 0
    for chunk in range(CHUNKS):
        prefix = np.uint64(asked.heads[chunk, 0] >> shift)
        for flip in range(plan.flip_ends[plan.thresholds[chunk] + 1]):
            work[at] = held.starts[chunk, prefix ^ np.uint64(plan.flips[flip])]
            at += 1
    at, read = 0, _ZERO
    for chunk in range(CHUNKS):
        for _ in range(plan.flip_ends[plan.thresholds[chunk] + 1]):
            read ^= held.sketches[chunk, min(work[at], places) >> _TWO]
            at += 1
    work[0] = read  # so that the compiler cannot leave the reading out


@kernel
def join(asked: Asked, first: int, last: int, held: Held, plan: Plan, found: Numbers) -> tuple[int, int]:
    """Ask the table of one chunk about many queries; see `ask`."""
    work = np.empty(_WORKSPACE, np.uint64)
    return ask(asked, first, last, held, plan, work, found, 0)


@kernel
def search(
    queries: Words, first: int, last: int, held: Held, plan: Plan, swollen: Flags, found: Numbers
) -> tuple[int, int]:
    """Ask every table about the queries first..last, one after the other; see `ask`."""
    work = np.empty(_WORKSPACE, np.uint64)
    asked = Asked(queries, np.empty((CHUNKS, 1), np.uint32), np.empty(1, np.int64), swollen, 0)
    filled = 0
    for number in range(first, last):
        asked.order[0] = number
        for chunk in range(CHUNKS):
            asked.heads[chunk, 0] = window(queries, number, chunk) >> _HIGH
        touch(asked, held, plan, work)
        filled, done = ask(asked, 0, 1, held, plan, work, found, filled)
        if done == 0:
            return filled, number
    return filled, last


@kernel
def scan(
    queries: Words, first: int, last: int, hashes: Words, radius: int, found: Numbers
) -> tuple[int, int]:
    """Compare the queries first..last with every hash.

    Return how many matches are kept and the first query that is not answered.
    """
    filled = 0
    for number in range(first, last):
        before = filled
        for position in range(hashes.shape[0]):
            distance = 0
            for w in range(HASH_WORDS):
                distance += popcount(queries[number, w] ^ hashes[position, w])
            if distance <= radius:
                if filled == found.shape[0]:
                    return before, number
                found[filled, 0] = number
                found[filled, 1] = position
                found[filled, 2] = distance
                filled += 1
    return filled, last
