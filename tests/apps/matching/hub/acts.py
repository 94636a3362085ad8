"""Hubs and signals as the tests of this folder need them. Every hash is invented."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from entente.apps.banks import services
from entente.apps.banks.services import Added, NewSignal, Source
from entente.apps.matching.hub import HubAnswer, IndexHub, Query
from tests.apps.banks.acts import WORDS, reviewer
from tests.world import NOW

SECONDS = 30.0
"""As long as a test waits for what comes in milliseconds."""


def pdq(word: str, *flipped: int) -> bytes:
    """Return the PDQ hash of an invented word, some of its bits flipped."""
    value = bytearray(hashlib.sha256(word.encode()).digest())
    for bit in flipped:
        value[bit // 8] ^= 128 >> bit % 8
    return bytes(value)


def add(bank_id: UUID, *words: str, kind: str = "pdq") -> Added:
    """Add the hashes of invented words to a bank."""
    return services.add_signals(
        bank_id=bank_id,
        signals=[NewSignal(kind, pdq(word)) for word in words],
        source=Source(how="import", words="list.csv"),
        actor=reviewer(),
        at=NOW,
    )


def retract(*signal_ids: int) -> None:
    """Take signals back."""
    services.retract_signals(signal_ids=list(signal_ids), reason=WORDS, actor=reviewer(), at=NOW)


def ask(hub: IndexHub, word: str, *, kind: str = "pdq") -> HubAnswer:
    """Ask about the hash of an invented word."""
    return hub.search([Query(kind, pdq(word))])


def rows(answer: HubAnswer) -> list[int]:
    """Return the signals of an answer that is known."""
    assert not answer.unknown, answer
    return sorted(one.signal_id for one in answer.found)


def foreground(folder: Path) -> IndexHub:
    """Return a hub that reads what is new with each question."""
    return IndexHub(folder, in_background=False)


@contextmanager
def background(folder: Path, **changes: Any) -> Iterator[IndexHub]:
    """Yield a hub that follows in its thread, ready to answer."""
    hub = IndexHub(folder, **{"patience_seconds": 0.0, **changes})
    try:
        assert hub.wait(SECONDS), hub.status()
        yield hub
    finally:
        hub.stop()
