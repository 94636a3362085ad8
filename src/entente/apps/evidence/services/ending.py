"""The end of keeping: the ground ends, the key is destroyed, the file is removed, a certificate remains.

Three short steps, each repeatable after a kill: (1) in one transaction the preservation ends and, where it was the
last, the keys of the subject's items are overwritten; (2) outside any transaction the file is removed; (3) in one
transaction the item counts as destroyed, with an audit event and a leaf. From step 1 on nothing can be read.
"""

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.evidence import registries, vault
from entente.apps.evidence.errors import VaultUnusable
from entente.apps.evidence.models import EvidenceItem, ItemState, Preservation, PreservationState
from entente.apps.evidence.services import custody
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.tlog import services as tlog

logger = logging.getLogger(__name__)

LEAF_KIND = "evidence_destroyed"


def end_due_preservations(*, at: datetime, limit: int = 50) -> int:
    """End what is due and destroy what nothing keeps any more; the worker calls this. Return how many acts."""
    done = 0
    due = Preservation.objects.filter(state=PreservationState.ACTIVE, until__lte=at).order_by("until")
    for preservation_id in list(due.values_list("pk", flat=True)[:limit]):
        done += _end_one(preservation_id, at)
    waiting = EvidenceItem.objects.filter(state=ItemState.DESTROYING).order_by("pk")
    for item in list(waiting[:limit]):
        done += _remove_one(item, at)
    return done


@transaction.atomic
def _end_one(preservation_id: UUID, at: datetime) -> int:
    preservation = (
        Preservation.objects.select_for_update()
        .filter(pk=preservation_id, state=PreservationState.ACTIVE, until__lte=at)
        .first()
    )
    if preservation is None:
        return 0  # ended by another worker, or extended, in this moment
    compare_and_set(
        preservation,
        expected=PreservationState.ACTIVE,
        to=PreservationState.ENDED,
        ended_at=at,
        end_reason="until_reached",
    )
    audit.record(
        kind="evidence:preservation:ended",
        subject_kind=preservation.subject_kind,
        subject_id=preservation.subject_id,
        case_id=preservation.case_id,
        actor=SYSTEM,
        at=at,
        facts={"ground": preservation.ground_id, "until": preservation.until.isoformat()},
    )
    custody.lock_items(preservation.subject_kind, preservation.subject_id)
    if not _is_kept(preservation):
        _destroy_keys(preservation, at)
    return 1


def _is_kept(ended: Preservation) -> bool:
    return Preservation.objects.filter(
        subject_kind=ended.subject_kind, subject_id=ended.subject_id, state=PreservationState.ACTIVE
    ).exists()


def _destroy_keys(last: Preservation, at: datetime) -> None:
    items = EvidenceItem.objects.filter(
        subject_kind=last.subject_kind, subject_id=last.subject_id, state=ItemState.SEALED
    )
    for item in items:
        compare_and_set(item, expected=ItemState.SEALED, to=ItemState.DESTROYING, wrapped_key=b"")
        custody.note(item=item, kind="key_destroyed", actor=SYSTEM, at=at, case_id=last.case_id)
    handler = registries.preservation_ended.find(last.subject_kind)
    if handler is not None:
        handler(last.subject_id, at)


def _remove_one(item: EvidenceItem, at: datetime) -> int:
    try:
        vault.destroy(item.id)
    except VaultUnusable:
        # The key is gone already; the file tells nothing. The next round tries again.
        logger.exception("evidence item %s: its file cannot be removed yet", item.id)
        return 0
    _certify(item, at)
    return 1


@transaction.atomic
def _certify(item: EvidenceItem, at: datetime) -> None:
    compare_and_set(item, expected=ItemState.DESTROYING, to=ItemState.DESTROYED, destroyed_at=at)
    custody.note(item=item, kind="destroyed", actor=SYSTEM, at=at)
    last = (
        Preservation.objects.filter(subject_kind=item.subject_kind, subject_id=item.subject_id)
        .order_by("-until")
        .first()
    )
    ground = last.ground_id if last else ""
    leaf = tlog.append_leaf(
        kind=LEAF_KIND,
        public_facts={"ground": ground, "day": tlog.day(at)},
        commitments={
            "item": str(item.id),
            "digest": bytes(item.sha256).hex(),
            "destroyed_at": at.isoformat(),
        },
        at=at,
    )
    audit.record(
        kind="evidence:item:destroyed",
        subject_kind="evidence_item",
        subject_id=item.id,
        case_id=last.case_id if last else None,
        actor=SYSTEM,
        at=at,
        facts={
            "ground": ground,
            "sha256": bytes(item.sha256).hex(),
            "size_bytes": item.size_bytes,
            "leaf": str(leaf.id),
        },
    )


def sweep_strays(*, at: datetime, limit: int = 1000) -> int:
    """Remove files whose row was never committed (a kill between writing and registering); return how many.

    They have no key anywhere. Once a day is enough.
    """
    removed = 0
    for item_id in vault.instance().stray_ids(now_seconds=at.timestamp()):
        if removed >= limit:
            break
        if not EvidenceItem.objects.filter(pk=item_id).exists():
            vault.destroy(item_id)
            removed += 1
    return removed
