"""Sealing the summaries of copies: AES-256-GCM under a key derived from the vault key.

The additional data binds a summary to its row and kind, so that a sealed text cannot be moved to another copy. A
summary holds no names and no addresses at a platform; it is sealed all the same, because reasons can describe a
person, and a stolen database should tell nothing.
"""

import json
import os
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entente.apps.kernel import keys
from entente.apps.kernel.jsontypes import JSONObject
from entente.apps.oversight.errors import CopyUnreadable

_INFO = b"entente/oversight/copy/v1"
_NONCE_BYTES = 12
_KEY_BYTES = 32


def seal(summary: JSONObject, *, copy_id: UUID, kind: str) -> bytes:
    """Return the nonce and ciphertext of a summary."""
    nonce = os.urandom(_NONCE_BYTES)
    text = json.dumps(summary, ensure_ascii=False, separators=(",", ":")).encode()
    return nonce + _cipher().encrypt(nonce, text, _bound_to(copy_id, kind))


def unseal(sealed: bytes, *, copy_id: UUID, kind: str) -> dict[str, Any]:
    """Return a summary. Raises CopyUnreadable when it is not what was sealed for this copy."""
    nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        opened: dict[str, Any] = json.loads(_cipher().decrypt(nonce, ciphertext, _bound_to(copy_id, kind)))
    except (InvalidTag, ValueError):
        raise CopyUnreadable("The sealed copy is damaged, or was sealed under another key.") from None
    return opened


def _cipher() -> AESGCM:
    """Return the cipher under this purpose's own key: the vault key itself never encrypts two kinds of things."""
    derive = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_INFO)
    return AESGCM(derive.derive(keys.vault_key()))


def _bound_to(copy_id: UUID, kind: str) -> bytes:
    return copy_id.bytes + kind.encode()
