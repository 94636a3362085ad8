"""Tables of hashes in arrays, and the questions asked of them. The compiled loops are loaded on first use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from entente.core.matching.geometry import CHUNK_BITS, CHUNKS, HASH_WORDS, plan_for, prefix_bits_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from entente.core.matching.geometry import Plan

    Found = NDArray[np.int64]
    """[k, 3] number of the query, position of the hash, distance in bits."""

    Answering = Callable[[int, int, "Found"], tuple[int, int]]
    """Answer the queries first..last into some room: how many matches are kept, the first query not answered."""

Element = TypeVar("Element", bound=np.generic)
Task = TypeVar("Task")

_FIRST_ROOM = 256
_SMALLEST_SLICE = 16
_SMALLEST_JOIN_SLICE = 65_536
_LARGEST_JOIN_SLICE = 1 << 20
_LANES = 4
_SPARE_WORDS = 8


class Held(NamedTuple):
    """Hashes and their tables, one per chunk, with G buckets each. See `kernels` for what each array says."""

    hashes: NDArray[np.uint64]
    """[n, 4]"""
    starts: NDArray[np.uint32]
    """[16, G + 1]"""
    sketches: NDArray[np.uint64]
    """[16, sketch_words(n)] four to a word, the first in the lowest bits"""
    positions: NDArray[np.uint32]
    """[16, n]"""


def held_in_memory(hashes: NDArray[np.uint64]) -> Held:
    """Return hashes (frozen) with their tables."""
    rows = [[part.copy() for part in table] for table in filled_tables(hashes)]
    return Held(hashes, *(frozen(np.stack(column)) for column in zip(*rows, strict=True)))


def sketch_words(count: int) -> int:
    """Return how many words the sketches of a table take, those to spare included."""
    return -(-count // _LANES) + _SPARE_WORDS


def filled_tables(hashes: NDArray[np.uint64]) -> Iterator[tuple[NDArray[Any], ...]]:
    """Yield the rows of starts, sketches and positions of one chunk after the other; each is overwritten by the next."""
    from entente.core.matching import kernels

    count, prefix_bits = len(hashes), prefix_bits_for(len(hashes))
    starts = np.empty((1 << prefix_bits) + 1, np.uint32)
    sketches = np.zeros(sketch_words(count), np.uint64)
    positions = np.empty(count, np.uint32)
    for chunk in range(CHUNKS):
        kernels.fill_table(hashes, prefix_bits, chunk, starts, sketches.view(np.uint16), positions)
        yield starts, sketches, positions


def frozen(array: NDArray[Element]) -> NDArray[Element]:
    """Return the same numbers, contiguous and not writable: the loops are compiled for this kind of array alone."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


def as_words(hashes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return hashes of n x 32 bytes as n x 4 words, most significant byte first, frozen."""
    words = np.ascontiguousarray(hashes).view(">u8").astype(np.uint64)
    words.setflags(write=False)
    return words


def scanned(queries: NDArray[np.uint64], hashes: NDArray[np.uint64], radius: int, threads: int = 1) -> Found:
    """Compare each of the queries (q x 4 words) with each of the hashes (n x 4), of either byte order."""
    from entente.core.matching import kernels

    asked, held = frozen(queries), frozen(hashes)

    def answer(first: int, last: int, found: Found) -> tuple[int, int]:
        return kernels.scan(asked, first, last, held, radius, found)

    return _in_slices(answer, len(queries), threads)


def searched(queries: NDArray[np.uint64], held: Held, radius: int, threads: int = 1) -> Found:
    """Ask the tables about one query after the other. Queries, here and below, and what is held are frozen."""
    from entente.core.matching import kernels

    plan = plan_for(len(held.hashes), radius)
    swollen = np.zeros(len(queries), np.bool_)

    def answer(first: int, last: int, found: Found) -> tuple[int, int]:
        return kernels.search(queries, first, last, held, plan, swollen, found)

    found = _in_slices(answer, len(queries), threads)
    if np.count_nonzero(swollen):
        return _with_swollen(found, swollen, scanned(queries[swollen], held.hashes, radius, threads))
    return found


def joined(queries: NDArray[np.uint64], held: Held, radius: int, threads: int = 1) -> Found:
    """Find all pairs within the radius, slice by slice and table by table, the queries in the order of the table."""
    plan = plan_for(len(held.hashes), radius, CHUNKS)
    swollen = np.zeros(len(queries), np.bool_)
    length = min(max(-(-len(queries) // threads), _SMALLEST_JOIN_SLICE), _LARGEST_JOIN_SLICE)
    tasks = [
        (first, chunk)
        for first in range(0, len(queries), length)
        for chunk in range(CHUNKS)
        if plan.thresholds[chunk] >= 0
    ]

    def answer(task: tuple[int, int]) -> Found:
        first, chunk = task
        part = slice(first, first + length)
        found = _joined_slice(queries[part], swollen[part], chunk, held, plan)
        found[:, 0] += first
        return found

    found = _together(_each(answer, tasks, threads))
    if np.count_nonzero(swollen):
        return _with_swollen(found, swollen, scanned(queries[swollen], held.hashes, radius, threads))
    return found


def prepare() -> None:
    """Load all loops, so that the first question does not wait: a second, or half a minute where they must be compiled."""
    hashes = as_words(np.zeros((1, 32), np.uint8))
    held = held_in_memory(hashes)
    for ask in (searched, joined):
        ask(hashes, held, 0)
    scanned(hashes, hashes, 0)


def _joined_slice(
    queries: NDArray[np.uint64], swollen: NDArray[np.bool_], chunk: int, held: Held, plan: Plan
) -> Found:
    """Ask one table about a slice of the queries."""
    from entente.core.matching import kernels

    heads = heads_of(queries, chunk)
    order = np.argsort((heads >> np.uint32(CHUNK_BITS)).astype(np.uint16), kind="stable")
    asked = kernels.Asked(queries, heads[order].reshape(1, -1), order, swollen, chunk)

    def answer(first: int, last: int, found: Found) -> tuple[int, int]:
        return kernels.join(asked, first, last, held, plan, found)

    return _all_of(answer, 0, len(queries))


def heads_of(words: NDArray[np.uint64], chunk: int) -> NDArray[np.uint32]:
    """Return 32 bits of the ring of each hash, from this chunk on."""
    in_word = CHUNKS // HASH_WORDS
    place, shift = chunk // in_word, np.uint64(CHUNK_BITS * (chunk % in_word))
    bits = words[:, place] << shift
    if shift:
        bits |= words[:, (place + 1) % HASH_WORDS] >> (np.uint64(64) - shift)
    return (bits >> np.uint64(32)).astype(np.uint32)


def _with_swollen(found: Found, swollen: NDArray[np.bool_], compared: Found) -> Found:
    """Return the matches, those of the swollen queries from comparing every hash."""
    compared[:, 0] = np.flatnonzero(swollen)[compared[:, 0]]
    return _together([found[~swollen[found[:, 0]]], compared])


def _in_slices(answer: Answering, count: int, threads: int) -> Found:
    """Answer `count` queries slice by slice, on `threads` threads; the loops let other threads run."""
    if threads == 1:
        return _all_of(answer, 0, count)
    length = max(-(-count // (4 * threads)), _SMALLEST_SLICE)
    slices = [(first, min(first + length, count)) for first in range(0, count, length)]
    return _together(_each(lambda piece: _all_of(answer, *piece), slices, threads))


def _each(answer: Callable[[Task], Found], tasks: list[Task], threads: int) -> list[Found]:
    """Do the tasks, side by side where there is more than one of them."""
    if threads == 1 or len(tasks) == 1:
        return [answer(task) for task in tasks]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(answer, tasks))


def _all_of(answer: Answering, first: int, last: int) -> Found:
    """Answer the queries first..last; where the room is full, go on with double room."""
    room = max(_FIRST_ROOM, 2 * (last - first))
    parts = []
    while first < last:
        found = np.empty((room, 3), np.int64)
        filled, first = answer(first, last, found)
        parts.append(found[:filled])
        room *= 2
    return _together(parts)


def _together(parts: list[Found]) -> Found:
    """Return all matches in one."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([np.empty((0, 3), np.int64), *parts])
