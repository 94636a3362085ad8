"""Signatures as Standard Webhooks describes them (standard-webhooks specification, version 1).

The signed content is `id.timestamp.body`. `v1` is HMAC-SHA-256 under a shared secret (`whsec_` + base64), `v1a` is
Ed25519 under the sender's key. The id stays the same when a delivery is repeated, so that the receiver can drop what
it already has; the timestamp is the attempt's, so that an old attempt cannot be replayed for long.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

SECRET_PREFIX = "whsec_"  # noqa: S105 - a prefix, not a secret
SHORTEST_SECRET_BYTES = 24
LONGEST_SECRET_BYTES = 64
TOLERANCE = timedelta(minutes=5)

Signer = Callable[[bytes], str]
"""Takes the signed content, returns one signature as it stands in the header."""


class BadSecret(ValueError):
    """The secret is not `whsec_` followed by base64 of 24 to 64 bytes."""


class BadSignature(ValueError):
    """The request was not signed by the holder of the secret, or not lately."""


def secret_bytes(secret: str) -> bytes:
    """Return the key inside a `whsec_` secret. Raises BadSecret, without repeating the secret."""
    if not secret.startswith(SECRET_PREFIX):
        raise BadSecret(f"a webhook secret starts with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise BadSecret("a webhook secret is base64 after its prefix") from None
    if not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        raise BadSecret(f"a webhook secret holds {SHORTEST_SECRET_BYTES} to {LONGEST_SECRET_BYTES} bytes")
    return key


def hmac_signer(secret: str) -> Signer:
    """Return the signer of a shared secret. Raises BadSecret."""
    key = secret_bytes(secret)
    return lambda content: "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def ed25519_signer(sign: Callable[[bytes], bytes]) -> Signer:
    """Return the signer of an Ed25519 key, given what signs with it."""
    return lambda content: "v1a," + base64.b64encode(sign(content)).decode()


def signed_headers(*, message_id: str, at: datetime, body: bytes, signer: Signer) -> dict[str, str]:
    """Return the three headers of one attempt."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signer(_content(message_id, timestamp, body)),
    }


def verify(*, headers: Mapping[str, str], body: bytes, secret: str, at: datetime) -> str:
    """Check a received webhook and return its id. Header names are looked up in lower case.

    Raises BadSignature for a missing header, a wrong signature or a timestamp further than TOLERANCE from `at`;
    BadSecret for a secret that is none.
    """
    try:
        message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split(" ")
        age = abs(at.timestamp() - int(timestamp))
    except (KeyError, ValueError):
        raise BadSignature("a webhook header is missing or misshapen") from None
    if age > TOLERANCE.total_seconds():
        raise BadSignature("the webhook is too old or from the future")
    expected = hmac_signer(secret)(_content(message_id, timestamp, body)).encode()
    if not any(hmac.compare_digest(expected, candidate.encode()) for candidate in given):
        raise BadSignature("the webhook signature is wrong")
    return message_id


def _content(message_id: str, timestamp: str, body: bytes) -> bytes:
    """Return what is signed."""
    return f"{message_id}.{timestamp}.".encode() + body
