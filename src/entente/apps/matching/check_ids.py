"""The id of a check that met nothing: nothing of it is stored, so the id itself says what was answered, under a seal.

A platform that is asked later "did you look?" shows the id; this instance opens it and says when it was asked, and up
to which change of signals it looked. What was asked is not in it.
"""

import base64
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final

from entente.apps.kernel import keys

_PREFIX: Final = "none_"
_FACTS: Final = struct.Struct(">QQ16s")
_MAC_BYTES: Final = 16
_ASKER_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class OpenedCheckId:
    """What a check id says: when, and at which number of the change sequence; and whether this asker asked."""

    at: datetime
    reached: int
    is_of_asker: bool


def seal(*, asker_id: str, reached: int, at: datetime) -> str:
    """Return the id of a check that met nothing."""
    facts = _FACTS.pack(int(at.timestamp() * 1000), reached, _short(asker_id))
    return _PREFIX + base64.urlsafe_b64encode(facts + _mac(facts)).rstrip(b"=").decode()


def unseal(check_id: str, *, asker_id: str) -> OpenedCheckId | None:
    """Return what an id of ours says; None for one that is not ours, or was altered."""
    text = check_id.removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    facts, mac = raw[: _FACTS.size], raw[_FACTS.size :]
    if text == check_id or len(facts) != _FACTS.size or not hmac.compare_digest(mac, _mac(facts)):
        return None
    milliseconds, reached, asker = _FACTS.unpack(facts)
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return OpenedCheckId(moment, reached, hmac.compare_digest(asker, _short(asker_id)))


def _mac(facts: bytes) -> bytes:
    return hmac.digest(_key(keys.secret_key()), facts, "sha256")[:_MAC_BYTES]


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"entente.matching.check-id.1", "sha256")


@lru_cache(maxsize=256)
def _short(asker_id: str) -> bytes:
    return sha256(asker_id.encode()).digest()[:_ASKER_BYTES]
