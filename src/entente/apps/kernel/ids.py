"""Identifiers: time-ordered UUIDs for rows, unguessable tokens for links.

UUID version 7 (RFC 9562, section 5.7) keeps the newest rows together in an index, which is what an
append-mostly database wants; version 4 would touch a random page for every insert.
"""

import secrets
import threading
import time
from uuid import UUID

_COUNTER_BITS = 12
_lock = threading.Lock()
_last_ms = 0
_counter = 0


def new_id() -> UUID:
    """Return a UUIDv7; ids made by one process never go backwards, even when its clock does."""
    global _last_ms, _counter  # noqa: PLW0603 - the monotonic counter of RFC 9562, 6.2 is process state
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, secrets.randbits(_COUNTER_BITS - 1)
        else:
            _counter += 1
            if _counter >> _COUNTER_BITS:
                _last_ms, _counter = _last_ms + 1, 0
        stamp, counter = _last_ms, _counter
    value = (stamp & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= counter << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return UUID(int=value)


def new_token() -> str:
    """Return 256 random bits as URL-safe text, for links that carry their own permission."""
    return secrets.token_urlsafe(32)
