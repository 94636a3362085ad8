"""What a partner takes back without saying so: what a new list no longer holds, what a record no longer says."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import numpy as np

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import ListIncomplete, ListShrank

MOST_SHARE_MISSING = 0.5
"""A list that lost more than this is more likely to be a broken one than a partner that changed its mind."""

_DIGEST_BYTES = 16
_DIGESTS = f"S{_DIGEST_BYTES}"
_BATCH = 10_000


class Known(NamedTuple):
    """One signal that was read before, and still stands. Of one known by its reference alone, the rest is empty."""

    signal_type: str
    value: bytes
    partner_ref: str = ""


class WholeList:
    """Watches a whole list go by, in one page or in several, and then says what of the known signals is not in it.

    Holds 32 bytes for each entry, however long its value.
    """

    def __init__(self) -> None:
        self._values = bytearray()
        self._refs = bytearray()
        self._watched = 0
        self._is_ended = False

    def watch(self, entries: Iterable[Entry | Bad]) -> Iterator[Entry | Bad]:
        """Yield the entries of one page as they are, and remember which there are."""
        self._is_ended = False
        self._watched += 1
        for entry in entries:
            if isinstance(entry, Entry) and not entry.is_retracted:
                self._values += _digest_of_value(entry.signal_type, entry.value)
                self._refs += _digest(entry.partner_ref.encode())
            yield entry
        self._watched -= 1

    def end(self) -> None:
        """Say that this was the last page. Raises ListIncomplete if one was not watched to its end."""
        if self._watched:
            raise ListIncomplete("a page was not read to its end")
        self._is_ended = True

    def retractions(
        self,
        known: Callable[[], Iterable[Known]],
        *,
        at: datetime | None = None,
        most_share: float = MOST_SHARE_MISSING,
    ) -> Iterator[Entry]:
        """Yield a retraction, dated `at`, for each known signal that the list did not hold.

        `known` is asked twice, once to count: raises ListShrank, before anything is yielded, if more than
        `most_share` of the known signals are missing (1 allows all of them, once a person has looked). Raises
        ListIncomplete if nobody said that the list has ended.
        """
        if not self._is_ended:
            raise ListIncomplete("the list was not read to its end")
        values, refs = _sorted(self._values), _sorted(self._refs)
        count = 0
        missing = 0
        for batch in _batches(known()):
            count += len(batch)
            missing += len(_missing(batch, values, refs))
        if missing > most_share * count:
            raise ListShrank(missing=missing, known=count)
        return (_retraction(one, at) for batch in _batches(known()) for one in _missing(batch, values, refs))


def superseded(
    entries: Iterable[Entry | Bad],
    whole_refs: frozenset[str],
    known: Iterable[Known],
    *,
    at: datetime | None = None,
) -> Iterator[Entry]:
    """Yield a retraction for each known signal that its record no longer names.

    `entries` and `whole_refs` are a page's, `known` is what stands under those references. A partner that corrects a
    hash sends the record with the right one, and never says that the wrong one is gone.
    """
    named = {
        (entry.partner_ref, entry.signal_type, entry.value) for entry in entries if isinstance(entry, Entry)
    }
    retracted = {ref for ref, signal_type, _ in named if not signal_type}
    for one in known:
        is_told = (one.partner_ref, one.signal_type, one.value) in named or one.partner_ref in retracted
        if one.partner_ref in whole_refs and not is_told:
            yield _retraction(one, at)


def _retraction(known: Known, at: datetime | None) -> Entry:
    return Entry(
        known.signal_type, known.value, partner_ref=known.partner_ref, is_retracted=True, changed_at=at
    )


def _missing(batch: list[Known], values: np.ndarray, refs: np.ndarray) -> list[Known]:
    by_value = _are_in(values, [_digest_of_value(one.signal_type, one.value) for one in batch])
    by_ref = _are_in(refs, [_digest(one.partner_ref.encode()) for one in batch])
    return [
        one
        for one, has_value, has_ref in zip(batch, by_value, by_ref, strict=True)
        if not (has_value if one.signal_type else has_ref)
    ]


def _sorted(digests: bytearray) -> np.ndarray:
    return np.sort(np.frombuffer(bytes(digests), _DIGESTS))


def _are_in(digests: np.ndarray, asked: list[bytes]) -> list[bool]:
    """Say of each digest whether it is among the sorted ones."""
    if not len(digests):
        return [False] * len(asked)
    wanted = np.array(asked, _DIGESTS)
    places = np.minimum(np.searchsorted(digests, wanted), len(digests) - 1)
    found: list[bool] = (digests[places] == wanted).tolist()
    return found


def _batches(known: Iterable[Known]) -> Iterator[list[Known]]:
    iterator = iter(known)
    while batch := list(itertools.islice(iterator, _BATCH)):
        yield batch


def _digest_of_value(signal_type: str, value: bytes) -> bytes:
    return _digest(b"%s\0%s" % (signal_type.encode(), value))


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
