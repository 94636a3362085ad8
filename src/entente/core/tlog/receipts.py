"""Receipts: what a sender holds in hand once something of theirs was accepted.

A receipt states when it was received, the digest of what was sent, the leaf and its hash, when the leaf will be in
the public log, and which instance says so; Ed25519 (RFC 8032) signs the canonical JSON (RFC 8785) of all other
fields behind a domain prefix, so that no other signed thing of the instance can be passed off as a receipt.

It carries the leaf itself and the salts of the commitments that concern the sender. With them the sender can show,
to anybody and for ever, what the leaf is about, even after the instance destroyed its own salts.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from entente.core.tlog import commitment
from entente.core.tlog.canonical import canonical_bytes
from entente.core.tlog.errors import NotCanonical, ReceiptInvalid, TlogError
from entente.core.tlog.leaf import leaf_hash, read_leaf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entente.core.tlog.canonical import JSONValue
    from entente.core.tlog.leaf import ReadLeaf

RECEIPT_TYPE = "entente/receipt/v1"
_DOMAIN = RECEIPT_TYPE.encode() + b"\0"
_TEXTS = (
    "type",
    "kind",
    "received_at",
    "issued_at",
    "digest",
    "leaf_hash",
    "in_log_by",
    "instance",
    "key_id",
)
_TIMES = ("received_at", "issued_at", "in_log_by")


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt whose signature, leaf and hash agree."""

    kind: str
    received_at: datetime
    in_log_by: datetime
    digest: str
    leaf_hash: str
    instance: str
    key_id: str
    exercise: bool
    leaf: ReadLeaf
    salts: Mapping[str, bytes]

    def shows(self, field: str, value: JSONValue) -> bool:
        """Tell whether the leaf is about this value: the receipt's salt and the value open its commitment."""
        if field not in self.salts or field not in self.leaf.commitments:
            return False
        return commitment.opens(
            commitment=self.leaf.commitments[field],
            salt=self.salts[field],
            kind=self.leaf.kind,
            field=field,
            value=value,
        )


def bytes_to_sign(receipt: Mapping[str, JSONValue]) -> bytes:
    """Return what the instance signs: the domain prefix and the canonical JSON of all fields but the signature.

    Raises NotCanonical.
    """
    return _DOMAIN + canonical_bytes({name: value for name, value in receipt.items() if name != "signature"})


def text_of(raw: bytes) -> str:
    """Return bytes as the receipt writes them: base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(raw).decode()


def verify_receipt(receipt: Mapping[str, Any], public_key: bytes) -> VerifiedReceipt:
    """Check a receipt against the instance's raw 32-byte Ed25519 public key.

    Raises ReceiptInvalid when a field is missing or misshapen, the signature is not of this key, or the leaf inside
    does not have the hash stated. It does not look into the log: inclusion is a second, separate proof.
    """
    _check_fields(receipt)
    try:
        signed = bytes_to_sign(receipt)
        Ed25519PublicKey.from_public_bytes(public_key).verify(_raw(receipt["signature"]), signed)
    except (InvalidSignature, NotCanonical, ValueError) as error:
        raise ReceiptInvalid("the signature is not of this key, or the receipt was altered") from error
    proof = receipt["verification"]
    data = _raw(proof["leaf"])
    if leaf_hash(data).hex() != receipt["leaf_hash"]:
        raise ReceiptInvalid("the leaf does not have the stated hash")
    try:
        leaf = read_leaf(data)
    except TlogError as error:
        raise ReceiptInvalid("the leaf cannot be read") from error
    if leaf.kind != receipt["kind"]:
        raise ReceiptInvalid("the leaf is of another kind than the receipt says")
    return VerifiedReceipt(
        kind=leaf.kind,
        received_at=_moment(receipt["received_at"]),
        in_log_by=_moment(receipt["in_log_by"]),
        digest=receipt["digest"],
        leaf_hash=receipt["leaf_hash"],
        instance=receipt["instance"],
        key_id=receipt["key_id"],
        exercise=receipt["exercise"],
        leaf=leaf,
        salts={name: _raw(salt) for name, salt in proof["salts"].items()},
    )


def _check_fields(receipt: Mapping[str, Any]) -> None:
    """Check presence and type of every field, so that what follows cannot stumble. Raises ReceiptInvalid."""
    for name in (*_TEXTS, "signature"):
        if not isinstance(receipt.get(name), str):
            raise ReceiptInvalid(f"{name} is missing")
    if receipt["type"] != RECEIPT_TYPE:
        raise ReceiptInvalid(f"this is not an {RECEIPT_TYPE}")
    if not isinstance(receipt.get("exercise"), bool):
        raise ReceiptInvalid("exercise is missing")
    proof = receipt.get("verification")
    if not (
        isinstance(proof, dict)
        and isinstance(proof.get("leaf"), str)
        and isinstance(proof.get("salts"), dict)
    ):
        raise ReceiptInvalid("verification is missing")
    for name in _TIMES:
        _moment(receipt[name])


def _moment(text: str) -> datetime:
    """Parse an aware ISO 8601 time. Raises ReceiptInvalid."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ReceiptInvalid("a time cannot be read") from error
    if moment.tzinfo is None:
        raise ReceiptInvalid("a time has no offset")
    return moment


def _raw(text: object) -> bytes:
    """Decode strict base64. Raises ReceiptInvalid."""
    try:
        return base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise ReceiptInvalid("a value is not base64") from error
