"""Sealing what an exchange signs in with: AES-256-GCM under a key derived from the vault key.

The additional data binds the credentials to their exchange and its kind, so that nobody can let another partner have
them by moving a column.
"""

import json
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entente.apps.kernel import keys
from entente.apps.kernel.errors import Unavailable

_INFO = b"entente/banks/credentials/v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class CredentialsUnreadable(Unavailable):
    """The sealed credentials were changed or belong elsewhere, or the vault key is another one. Enter them again."""

    code = "credentials_unreadable"
    title = "The credentials of this exchange cannot be opened"


def seal(credentials: Mapping[str, str], *, exchange_id: UUID, kind: str) -> bytes:
    """Return nonce and ciphertext."""
    nonce = os.urandom(_NONCE_BYTES)
    text = json.dumps(dict(credentials), ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + _cipher().encrypt(nonce, text, _bound_to(exchange_id, kind))


def unseal(sealed: bytes, *, exchange_id: UUID, kind: str) -> dict[str, str]:
    """Return the credentials. Raises CredentialsUnreadable when they are not what was sealed for this exchange."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        opened: dict[str, str] = json.loads(
            _cipher().decrypt(nonce, ciphertext, _bound_to(exchange_id, kind))
        )
    except (InvalidTag, ValueError):
        raise CredentialsUnreadable from None
    return opened


def _cipher() -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_INFO)
    return AESGCM(derive.derive(keys.vault_key()))


def _bound_to(exchange_id: UUID, kind: str) -> bytes:
    return exchange_id.bytes + kind.encode()
