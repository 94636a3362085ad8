"""From what somebody sends (a file, a text, an address, ready signals) to what an index is asked.

A file is hashed by the pool of confined processes; this process decodes nothing.
"""

import atexit
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from entente.apps.content.hashing.pool import HashingPool
from entente.apps.content.hashing.results import (
    MD5,
    PDQ,
    PDQ_DIHEDRAL,
    SHA256,
    TEXT_EXACT,
    TEXT_MINHASH,
    VPDQ,
    VPDQ_DENSE,
    Hashed,
)
from entente.apps.kernel.config import config
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.matching.hub import Query
from entente.core.signals.errors import SignalError
from entente.core.signals.registry import signal_types

OF_FILE: Final = frozenset({SHA256, MD5, PDQ_DIHEDRAL, VPDQ, TEXT_EXACT, TEXT_MINHASH})
"""What a file is asked by. All eight views of a picture, because mirroring is the commonest evasion."""

FOR_BANK: Final = frozenset({SHA256, PDQ, VPDQ_DENSE, TEXT_EXACT, TEXT_MINHASH})
"""What a bank is given of a file: of a picture the one view that was judged, of a video a frame each second."""

OF_TEXT: Final = frozenset({TEXT_EXACT, TEXT_MINHASH})

USABLE_QUALITY: Final = 50
"""A picture of less shows too little to be compared (the PDQ paper's own threshold)."""

_NOT_LOOKED_AT: Final = frozenset({"timeout", "memory", "crashed", "busy"})
"""Outcomes after which nobody knows what the file shows; the answer is `unknown`, never `no_match`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What to ask an index about one thing.

    `digest` is the SHA-256 of a file. `notes` are stable words (`not_decodable`, `mislabelled`, ...). `unknown` says
    why the thing could not be looked at; what is found then still counts, what is not found proves nothing.
    """

    queries: tuple[Query, ...]
    digest: bytes = b""
    notes: tuple[str, ...] = ()
    unknown: str = ""


def ready_signal(signal_type: str, written: str) -> Query:
    """Return the query of a signal as it is written. Raises CheckUnreadable, which does not repeat what was written."""
    kind = signal_types().get(signal_type)
    if kind is None:
        raise CheckUnreadable(
            f"There is no signal type of this name here. Known: {', '.join(sorted(signal_types()))}.",
            field="signals",
        )
    try:
        return Query(signal_type, kind.parse(written))
    except SignalError as error:
        raise CheckUnreadable(str(error), field="signals") from None


def of_address(url: str) -> Prepared:
    """Return what an address is asked by. Raises CheckUnreadable."""
    from entente.core.signals.urls.exchanged import exchanged_lookup_keys

    kinds = signal_types()
    try:
        value = kinds["url"].parse(url)
        keys = exchanged_lookup_keys(url)
    except SignalError as error:
        raise CheckUnreadable(str(error), field="urls") from None
    return Prepared((Query("url", value), *(Query("url_md5", key) for key in keys)))


def of_text(text: str) -> Prepared:
    """Return what a text is asked by; one that says too little is asked by its exact form alone."""
    return _prepared(pool().hash(text.encode(), wanted=OF_TEXT, as_text=True))


def of_file(source: bytes | int, declared_type: str = "") -> Prepared:
    """Return what a file is asked by: its bytes, or an open descriptor."""
    return _prepared(pool().hash(source, wanted=OF_FILE, declared_type=declared_type))


def for_bank(source: bytes | int, declared_type: str = "") -> list[tuple[str, bytes]]:
    """Return the signals that a bank is given of a file, as type and value."""
    hashed = pool().hash(source, wanted=FOR_BANK, declared_type=declared_type)
    found = []
    for name, values in hashed.signals.items():
        signal_type = VPDQ if name == VPDQ_DENSE else name
        if signal_type != PDQ or (hashed.quality or 0) >= USABLE_QUALITY:
            found += [(signal_type, value) for value in dict.fromkeys(values)]
    return found


def _prepared(hashed: Hashed) -> Prepared:
    digests = hashed.signals.get(SHA256, [])
    words = () if hashed.outcome == "ok" else (hashed.outcome,)
    return Prepared(
        tuple(_queries(hashed)),
        digest=digests[0] if digests else b"",
        notes=(*words, *hashed.notes),
        unknown=hashed.outcome if hashed.outcome in _NOT_LOOKED_AT else "",
    )


def _queries(hashed: Hashed) -> Iterator[Query]:
    for name, values in hashed.signals.items():
        signal_type = PDQ if name == PDQ_DIHEDRAL else name
        for value in dict.fromkeys(values):
            yield Query(signal_type, value)


_POOLS: Final[dict[int, HashingPool]] = {}
_LOCK: Final = threading.Lock()


def pool() -> HashingPool:
    """Return this process's pool, which begins with its first file; a fork gets one of its own."""
    mine = os.getpid()
    with _LOCK:
        found = _POOLS.get(mine)
        if found is None:
            _POOLS.clear()  # those of the process this one was forked from
            found = _POOLS[mine] = HashingPool(processes=config().matching.hashing_processes)
            atexit.register(found.close)
        return found


def close_pool() -> None:
    """End the processes of this process's pool; the next file begins a new one."""
    with _LOCK:
        found = _POOLS.pop(os.getpid(), None)
    if found is not None:
        atexit.unregister(found.close)
        found.close()
