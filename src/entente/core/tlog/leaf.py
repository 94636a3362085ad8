"""A leaf: one public statement of the log, as bytes, and its hash.

The bytes are the canonical JSON (RFC 8785) of

    {"commitments": {...}, "facts": {...}, "kind": "...", "nonce": "...", "on" or "at": "...", "v": 1}

`on` is a day where one person is concerned, `at` a second otherwise. The nonce makes two equal statements two
leaves; it is random, not an id of ours, because a time-ordered id would tell the millisecond. The hash is the Merkle
leaf hash of RFC 6962 section 2.1 (0x00 prefix), which keeps a leaf from being passed off as a node.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.core.tlog import kinds
from entente.core.tlog.canonical import canonical_bytes
from entente.core.tlog.commitment import commit, new_salt
from entente.core.tlog.errors import LeafRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from entente.core.tlog.canonical import JSONValue
    from entente.core.tlog.kinds import LeafKind

VERSION = 1
LEAF_PREFIX = b"\x00"
NONCE_BYTES = 16
LARGEST_LEAF_BYTES = 16_384
"""Far below the 65,535 bytes that an entry of a C2SP tile can hold."""


@dataclass(frozen=True, slots=True)
class BuiltLeaf:
    """A leaf's bytes and hash, and the salts that stay with us until they are destroyed."""

    kind: str
    data: bytes
    leaf_hash: str
    salts: Mapping[str, bytes]


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data), the Merkle leaf hash (RFC 6962 section 2.1), 32 bytes."""
    return hashlib.sha256(LEAF_PREFIX + data).digest()


def build_leaf(
    *,
    kind: LeafKind,
    facts: Mapping[str, JSONValue],
    commitments: Mapping[str, JSONValue],
    at: datetime,
    nonce: bytes | None = None,
    salts: Mapping[str, bytes] | None = None,
) -> BuiltLeaf:
    """Return the leaf that states `facts` and commits to `commitments` (field -> value).

    `nonce` and `salts` are drawn at random unless given (test vectors). Raises LeafRefused when the kind does not
    allow it or the leaf would be larger than LARGEST_LEAF_BYTES, NotCanonical for values without a canonical form.
    """
    kinds.check(kind, facts, commitments)
    used = dict(salts) if salts is not None else {name: new_salt() for name in commitments}
    body: dict[str, JSONValue] = {
        "v": VERSION,
        "kind": kind.name,
        "facts": facts,
        "commitments": {
            name: commit(salt=used[name], kind=kind.name, field=name, value=value)
            for name, value in commitments.items()
        },
        "nonce": (nonce if nonce is not None else secrets.token_bytes(NONCE_BYTES)).hex(),
    }
    body |= {"on": kinds.day(at)} if kind.personal else {"at": kinds.second(at)}
    data = canonical_bytes(body)
    if len(data) > LARGEST_LEAF_BYTES:
        raise LeafRefused(f"{kind.name}: the leaf is larger than {LARGEST_LEAF_BYTES} bytes")
    return BuiltLeaf(kind=kind.name, data=data, leaf_hash=leaf_hash(data).hex(), salts=used)


@dataclass(frozen=True, slots=True)
class ReadLeaf:
    """A leaf as a reader sees it."""

    kind: str
    facts: Mapping[str, JSONValue]
    commitments: Mapping[str, str]
    moment: str


def read_leaf(data: bytes) -> ReadLeaf:
    """Parse a leaf's bytes. Raises LeafRefused unless they are exactly the canonical form of a leaf."""
    try:
        body = json.loads(data)
        canonical = canonical_bytes(body)
    except (ValueError, RecursionError) as error:
        raise LeafRefused("the leaf is not JSON") from error
    if canonical != data or not isinstance(body, dict) or body.get("v") != VERSION:
        raise LeafRefused("the leaf is not in its canonical form")
    kind, facts, commitments = body.get("kind"), body.get("facts"), body.get("commitments")
    moment = body.get("on", body.get("at"))
    if not (
        isinstance(kind, str)
        and isinstance(facts, dict)
        and isinstance(commitments, dict)
        and isinstance(moment, str)
        and all(isinstance(value, str) for value in commitments.values())
    ):
        raise LeafRefused("the leaf lacks a field")
    return ReadLeaf(kind=kind, facts=facts, commitments=commitments, moment=moment)
