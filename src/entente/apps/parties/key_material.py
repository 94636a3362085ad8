"""Reading public keys and certificates that somebody pastes: PEM, JWK or base64.

Ed25519 as in RFC 8032, JWK as in RFC 8037, certificates as in RFC 5280. Nothing here touches the database.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from entente.apps.parties.errors import CertificateNotReadable, KeyNotReadable, PrivateKeySent

RAW_KEY_BYTES = 32
_GROUP = 4


def parse_public_key(text: str) -> bytes:
    """Return the 32 raw bytes of an Ed25519 public key given as PEM, JWK or base64 (either alphabet).

    Raises PrivateKeySent when a private key was pasted, KeyNotReadable for anything else.
    """
    text = text.strip()
    if "PRIVATE KEY" in text:
        raise PrivateKeySent(
            "A private key was pasted. Nothing was kept, but regard that key as lost: "
            "its owner must make a new one and send the public half only."
        )
    if text.startswith("-----BEGIN"):
        return _from_pem(text)
    if text.startswith("{"):
        return _from_jwk(text)
    return _raw(text)


def _from_pem(text: str) -> bytes:
    try:
        key = load_pem_public_key(text.encode())
    except ValueError:
        raise KeyNotReadable("The PEM text does not hold a public key.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyNotReadable("Only Ed25519 keys are used here; this is another kind of key.")
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _from_jwk(text: str) -> bytes:
    try:
        jwk = json.loads(text)
    except ValueError:
        raise KeyNotReadable("The text begins like a JWK but is not valid JSON.") from None
    if not isinstance(jwk, dict) or jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise KeyNotReadable("A JWK needs kty OKP and crv Ed25519.")
    if "d" in jwk:
        raise PrivateKeySent(
            "The JWK holds the private part (d). Nothing was kept, but regard that key as lost: "
            "its owner must make a new one and send the public half only."
        )
    return _raw(str(jwk.get("x", "")))


def _raw(text: str) -> bytes:
    compact = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        value = base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise KeyNotReadable("The text is neither PEM nor JWK nor base64.") from None
    if len(value) != RAW_KEY_BYTES:
        raise KeyNotReadable(
            f"An Ed25519 public key has {RAW_KEY_BYTES} bytes; this text holds {len(value)}."
        )
    return value


def fingerprint(raw: bytes) -> str:
    """Return the SHA-256 of the raw key in hex: what two people read to each other on the telephone."""
    return hashlib.sha256(raw).hexdigest()


def grouped(hex_text: str) -> str:
    """Return a fingerprint in groups of four, to be read aloud."""
    return " ".join(hex_text[i : i + _GROUP] for i in range(0, len(hex_text), _GROUP))


@dataclass(frozen=True, slots=True)
class CertificateParts:
    """What the register shows of a certificate."""

    pem: str
    subject: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


def parse_certificate(text: str) -> CertificateParts:
    """Return the parts of one PEM certificate. Raises PrivateKeySent, CertificateNotReadable."""
    if "PRIVATE KEY" in text:
        raise PrivateKeySent("A private key was pasted with the certificate. Nothing was kept.")
    try:
        certificates = x509.load_pem_x509_certificates(text.strip().encode())
    except ValueError:
        raise CertificateNotReadable("The text does not hold a certificate in PEM form.") from None
    if len(certificates) != 1:
        raise CertificateNotReadable("Paste one certificate at a time: the one that seals or signs.")
    certificate = certificates[0]
    return CertificateParts(
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        subject=certificate.subject.rfc4514_string(),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
