"""One-time links and bearer tokens: 256 random bits out, their SHA-256 in.

A plain hash is enough because the token is random and long; there is nothing to guess.
"""

import hashlib

from entente.apps.kernel.ids import new_token

CLIENT_PREFIX = "entente_"
_HINT_LENGTH = 4


def hash_token(token: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_client_token() -> str:
    """Return a bearer token; its prefix lets secret scanners recognise a leak."""
    return CLIENT_PREFIX + new_token()


def hint(token: str) -> str:
    """Return the last characters, by which people tell tokens apart."""
    return token[-_HINT_LENGTH:]
