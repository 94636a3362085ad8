"""Entries to draw, and partners that answer as they are told."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.feeds.feed import Feed, Page, Response
from entente.core.signals.registry import signal_types
from entente.core.signals.signal_type import HexSignalType

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MD5 = "098f6bcd4621d373cade4e832627b4f6"
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The first example of a type loads its libraries."""
SECRET = "correct-horse"


def values_of(signal_type: str) -> st.SearchStrategy[bytes]:
    """Draw values of a type: any of a hash, those that it shows as examples of another."""
    kind = signal_types()[signal_type]
    shown = st.sampled_from([kind.parse(written) for written in kind.examples.canonical])
    if isinstance(kind, HexSignalType) and signal_type != "text_minhash":
        return shown | st.binary(min_size=kind.size_bytes, max_size=kind.size_bytes)
    return shown


def texts(most: int, *, beside: str = "") -> st.SearchStrategy[str]:
    """Draw texts that an entry may hold, `beside` among their characters."""
    character = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"))
    unusual = st.sampled_from(sorted("\"';,\\=+-@%|{}[]<>:\u202e\ufeff'" + beside))
    return st.text(character | unusual, max_size=most).map(str.strip)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Draw an entry of any known type, or the retraction of a reference."""
    labels = draw(st.lists(texts(20).filter(bool), max_size=4, unique=True))
    common: dict[str, Any] = {
        "labels": tuple(labels),
        "entity": draw(texts(20)),
        "note": draw(texts(40, beside="\n\t") | st.just("y" * 300)),
        "changed_at": draw(st.none() | st.datetimes(timezones=st.just(UTC))),
    }
    if draw(st.integers(0, 9)) == 0:
        return Entry("", b"", partner_ref=draw(texts(20).filter(bool)), is_retracted=True, **common)
    signal_type = draw(st.sampled_from(sorted(signal_types())))
    return Entry(
        signal_type,
        draw(values_of(signal_type)),
        partner_ref=draw(texts(20)),
        is_retracted=draw(st.booleans()),
        **common,
    )


def entry(number: int, *, signal_type: str = "sha256", **facts: object) -> Entry:
    """Return one of many plain entries."""
    size = {"sha256": 32, "md5": 16}[signal_type]
    return Entry(signal_type, number.to_bytes(size, "big"), **facts)  # type: ignore[arg-type]


def good(found: Iterable[Entry | Bad]) -> list[Entry]:
    """Return the entries among what was read."""
    return [one for one in found if isinstance(one, Entry)]


def bad(found: Iterable[Entry | Bad]) -> dict[int, str]:
    """Return the reasons among what was read, by line."""
    return {one.line: one.reason for one in found if isinstance(one, Bad)}


def answer(body: object = b"", status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer; what is not bytes becomes JSON."""
    return Response(status, headers or {}, body if isinstance(body, bytes) else json.dumps(body).encode())


def run(
    feed: Feed, answers: Iterable[Response], checkpoint: str = "", now: datetime | None = None
) -> list[Page]:
    """Let a feed read these answers one after the other; return its pages."""
    feed.start(checkpoint, now=now)
    return [feed.read(one) for one in answers]
