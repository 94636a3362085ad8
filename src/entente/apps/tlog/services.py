"""Appending to the public log, and the receipts that prove it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.kernel import keys
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.jsontypes import JSONValue
from entente.apps.kernel.rows import insert_row, insert_rows
from entente.apps.tlog.errors import LeafNotAllowed, NoSuchLeaf, SaltDestroyed
from entente.apps.tlog.models import Leaf, LeafSalt
from entente.core.tlog.errors import TlogError
from entente.core.tlog.kinds import day
from entente.core.tlog.leaf import build_leaf
from entente.core.tlog.receipts import RECEIPT_TYPE, bytes_to_sign, text_of
from entente.core.tlog.schema import leaf_kind

__all__ = [
    "MAXIMUM_MERGE_DELAY",
    "accepted_receipt",
    "append_leaf",
    "append_prepared",
    "day",
    "destroy_salts",
    "prepare_leaf",
]

MAXIMUM_MERGE_DELAY = timedelta(hours=24)
"""By when a leaf is in the log at the latest: the promise of every receipt (the MMD of RFC 6962 section 3)."""


def prepare_leaf(
    *,
    kind: str,
    public_facts: Mapping[str, JSONValue],
    commitments: Mapping[str, JSONValue],
    at: datetime,
) -> Leaf:
    """Return a leaf that is not in the log yet, for `append_prepared`; its receipt can be signed already.

    `kind` and its fields are those of `entente.core.tlog.schema`. Facts that are None or empty text count as not
    stated. Commitments are values that only a salt can open; None and empty text among them are committed to as they
    are, so that a reader cannot tell what was empty. Times about one person are days: use `day(at)`.
    Raises LeafNotAllowed for what the schema does not allow or what looks like an address.
    """
    stated = {name: value for name, value in public_facts.items() if value is not None and value != ""}
    try:
        built = build_leaf(kind=leaf_kind(kind), facts=stated, commitments=commitments, at=at)
    except TlogError as error:
        raise LeafNotAllowed(str(error), kind=kind) from error
    leaf = Leaf(kind=built.kind, leaf_hash=built.leaf_hash, data=built.data, created_at=at)
    leaf.fresh_salts = dict(built.salts)
    return leaf


@transaction.atomic(savepoint=False)
def append_prepared(leaf: Leaf) -> None:
    """Put a prepared leaf into the log, in the transaction of the act; nothing but inserts."""
    insert_row(leaf)
    salts = leaf.fresh_salts or {}
    insert_rows([LeafSalt(leaf=leaf, field=name, salt=salt) for name, salt in salts.items()])


def append_leaf(
    *,
    kind: str,
    public_facts: Mapping[str, JSONValue],
    commitments: Mapping[str, JSONValue],
    at: datetime,
) -> Leaf:
    """State something in the public log, in the transaction of the act: `prepare_leaf` and `append_prepared`."""
    leaf = prepare_leaf(kind=kind, public_facts=public_facts, commitments=commitments, at=at)
    append_prepared(leaf)
    return leaf


def accepted_receipt(
    *,
    leaf: Leaf,
    request_digest: str,
    received_at: datetime,
    at: datetime,
    opened: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the signed receipt of something accepted; `entente.core.tlog.receipts.verify_receipt` checks it.

    `request_digest` is the digest of what was sent, as the sender can compute it. `opened` names the commitments whose
    salts go with it, all of them by default: what the leaf commits to is then what the sender sent and knows. It is
    signed at once; call it before the commit, so that no accepted thing is without its receipt.
    Raises SaltDestroyed.
    """
    salts = leaf.fresh_salts if leaf.fresh_salts is not None else _kept_salts(leaf)
    chosen = {name: salt for name, salt in salts.items() if opened is None or name in opened}
    receipt: dict[str, Any] = {
        "type": RECEIPT_TYPE,
        "kind": leaf.kind,
        "received_at": received_at.isoformat(),
        "issued_at": at.isoformat(),
        "digest": request_digest,
        "leaf_hash": leaf.leaf_hash,
        "in_log_by": (at + MAXIMUM_MERGE_DELAY).isoformat(),
        "instance": config().base_url,
        "key_id": keys.instance_key_id(),
        "exercise": keys.is_exercise(),
        "verification": {
            "leaf": text_of(bytes(leaf.data)),
            "salts": {name: text_of(salt) for name, salt in chosen.items()},
        },
    }
    receipt["signature"] = text_of(keys.sign(bytes_to_sign(receipt)))
    return receipt


def _kept_salts(leaf: Leaf) -> dict[str, bytes]:
    """Return the salts of a leaf from the database. Raises SaltDestroyed."""
    salts = {}
    for row in LeafSalt.objects.filter(leaf=leaf):
        if row.salt is None:
            raise SaltDestroyed("A salt of this leaf was destroyed; a new receipt could not prove anything.")
        salts[row.field] = bytes(row.salt)
    return salts


@transaction.atomic
def destroy_salts(
    *,
    leaf_id: UUID,
    actor: Actor,
    at: datetime,
    fields: Collection[str] | None = None,
    case_id: UUID | None = None,
) -> int:
    """Destroy the salts of a leaf, all or of some fields, for good; return how many were still there.

    After this nobody can link the leaf to what it was about, except who holds a receipt. Raises NoSuchLeaf.
    """
    if not Leaf.objects.filter(pk=leaf_id).exists():
        raise NoSuchLeaf("There is no such leaf.")
    rows = LeafSalt.objects.filter(leaf_id=leaf_id, salt__isnull=False)
    if fields is not None:
        rows = rows.filter(field__in=fields)
    destroyed = rows.update(salt=None, destroyed_at=at)
    if destroyed:
        audit.record(
            kind="tlog:leaf:salts_destroyed",
            subject_kind="leaf",
            subject_id=leaf_id,
            actor=actor,
            at=at,
            case_id=case_id,
            facts={"fields": sorted(fields) if fields is not None else "all", "count": destroyed},
        )
    return destroyed
