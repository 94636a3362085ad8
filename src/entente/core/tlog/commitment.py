"""Salted commitments: what the public log holds instead of an address or a name.

A commitment is HMAC-SHA-256 under a random salt of its own, over

    domain || 0x00 || kind || 0x00 || field || 0x00 || canonical JSON of the value

The salt is the HMAC key: without it nobody can test a guess, so destroying it ends the link between the leaf and
what it was about, for everyone who holds no receipt (DESIGN.md rule 10). Kind and field are in the message, so a
commitment opened in one place proves nothing in another. Neither may hold a zero byte; both are plain identifiers.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from entente.core.tlog.canonical import canonical_bytes
from entente.core.tlog.errors import LeafRefused

if TYPE_CHECKING:
    from entente.core.tlog.canonical import JSONValue

DOMAIN = b"entente/commitment/v1"
SALT_BYTES = 32


def new_salt() -> bytes:
    """Return 32 random bytes from the operating system."""
    return secrets.token_bytes(SALT_BYTES)


def commit(*, salt: bytes, kind: str, field: str, value: JSONValue) -> str:
    """Return the commitment to a value as 64 hexadecimal digits.

    Raises LeafRefused for a salt of another length or a zero byte in kind or field; NotCanonical for a value that
    has no canonical form.
    """
    if len(salt) != SALT_BYTES:
        raise LeafRefused(f"a salt has {SALT_BYTES} bytes")
    if "\0" in kind or "\0" in field:
        raise LeafRefused("kind and field hold no zero byte")
    message = b"\0".join((DOMAIN, kind.encode(), field.encode(), canonical_bytes(value)))
    return hmac.new(salt, message, hashlib.sha256).hexdigest()


def opens(*, commitment: str, salt: bytes, kind: str, field: str, value: JSONValue) -> bool:
    """Tell whether this salt and value open a commitment (compared in constant time)."""
    expected = commit(salt=salt, kind=kind, field=field, value=value)
    return hmac.compare_digest(expected.encode(), commitment.encode())
