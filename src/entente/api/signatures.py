"""Signed requests: RFC 9421 message signatures (Ed25519) over an RFC 9530 content digest.

The key must be in our register of authorities, in force, and of the right world (an exercise key never
counts on a real instance). A signature counts once: its digest is kept until it has expired.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.http import HttpRequest
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from typing_extensions import override

from entente.apps.kernel.config import config
from entente.apps.orders.errors import SignatureRefused
from entente.apps.orders.services import signatures as seen
from entente.apps.parties import queries as parties
from entente.apps.parties.services import key_usable
from entente.apps.parties.types import KeyFacts

MAX_AGE = timedelta(minutes=5)
"""A signature older than five minutes is refused; clocks of two well-kept servers differ by less."""

ALWAYS = ("@method", "@target-uri")
WITH_CONTENT = (*ALWAYS, "content-digest")


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Who signed: the register's key, and the digest that keeps a second use from counting."""

    key: KeyFacts
    signature_digest: str
    expires_at: datetime


class _Message:
    """A request as the signature library reads it, at the address the world knows us by."""

    def __init__(self, request: HttpRequest) -> None:
        self.method = request.method
        self.headers = dict(request.headers.items())
        self.url = f"{config().base_url.rstrip('/')}{request.get_full_path()}"


class _Resolver(HTTPSignatureKeyResolver):
    def __init__(self, at: datetime) -> None:
        self.at = at
        self.key: KeyFacts | None = None

    @override
    def resolve_public_key(self, key_id: str) -> Any:
        found = parties.authority_key(key_id)
        if found is None:
            raise SignatureRefused(
                "The key is not in our register of authorities. Ask the host to register it.",
                key_id=key_id[:120],
            )
        verdict = key_usable(found, self.at, exercise_instance=config().demo)
        if not verdict:
            raise SignatureRefused(
                f"The key cannot be used: {verdict.value}.", key_id=key_id, reason=verdict.value
            )
        self.key = found
        return Ed25519PublicKey.from_public_bytes(found.public_key)


def verify(request: HttpRequest, *, at: datetime) -> SignedBy:
    """Return who signed the request. Raises SignatureRefused, always with what to do.

    A question has no content, so it needs no digest (RFC 9530 is about content); one that is sent all the same must be
    right and covered, and content without a covered digest is refused whatever the method.
    """
    is_question = request.method == "GET" and not request.body
    if "Signature" not in request.headers or "Signature-Input" not in request.headers:
        raise SignatureRefused(
            "Sign the request with a registered key (RFC 9421, Ed25519), or use the form for staff."
        )
    if not is_question and "Content-Digest" not in request.headers:
        raise SignatureRefused("Send a Content-Digest with sha-256 (RFC 9530) and cover it by the signature.")
    resolver = _Resolver(at)
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    try:
        results = verifier.verify(
            _Message(request),
            max_age=MAX_AGE,
            require_components=ALWAYS if is_question else WITH_CONTENT,
            body=request.body,
        )
    except InvalidSignature as error:
        raise SignatureRefused(f"The signature does not verify: {error}") from error
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise SignatureRefused(f"The signature cannot be read: {error}") from error
    if resolver.key is None or len(results) != 1:
        raise SignatureRefused("Send exactly one signature.")
    return SignedBy(
        key=resolver.key,
        signature_digest=_digest(request.headers["Signature"], results[0].label, resolver.key.key_id),
        expires_at=datetime.now(UTC) + 2 * MAX_AGE,
    )


def _digest(header: str, label: str, key_id: str) -> str:
    """Return what a signature is known by: its key and its bytes.

    Its label, the blanks around it and the way its bytes are written in base64 are not signed (RFC 9421, section 4.2):
    whoever copied a request could change them and send it again.
    """
    signatures = cast("dict[str, tuple[bytes, object]]", http_sf.parse(header.encode(), tltype="dictionary"))
    return hashlib.sha256(f"{key_id}\n".encode() + signatures[label][0]).hexdigest()


def use_once(signed: SignedBy) -> None:
    """Remember a signature, in the transaction of the act it authorises. Raises SignatureRefused for a replay."""
    seen.remember(digest=signed.signature_digest, expires_at=signed.expires_at)
