"""Opening sealed items: who, why, for which case, for which purpose - written down before the first byte.

Nothing here runs inside a caller's transaction: the line of custody is committed, then the vault is read.
"""

import logging
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.evidence import vault
from entente.apps.evidence.errors import (
    ItemClosed,
    ItemDestroyed,
    NoSuchItem,
    ReadingNotAllowed,
    SealBroken,
)
from entente.apps.evidence.models import EvidenceItem, ItemState, Preservation, PreservationState
from entente.apps.evidence.services import custody
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.parties import permissions

logger = logging.getLogger(__name__)

OPEN_PERMISSION = "evidence.open"


def read_item(
    *,
    item_id: UUID,
    actor: Actor,
    case_id: UUID,
    purpose: str,
    reason: str,
    at: datetime,
    permission: str = OPEN_PERMISSION,
) -> Iterator[bytes]:
    """Record the reading, then return the verified plaintext, chunk by chunk.

    `purpose` is a word of the law data ("review_or_complaint"); a preservation of this subject for this case must be
    running on a ground that allows it. Raises NoSuchItem, ItemDestroyed, ItemClosed, ReadingNotAllowed, SealBroken,
    VaultUnusable; the damage of a copy is recorded too.
    """
    item = _readable(item_id)
    if not permissions.is_allowed(actor, permission):
        raise ReadingNotAllowed(_("Your role does not open evidence."), rule="role")
    if not reason.strip():
        raise ReadingNotAllowed(_("Say why you open this; it is written down."), rule="reason")
    grounds = [p for p in _running(item, at) if p.case_id == case_id]
    if not grounds:
        raise ReadingNotAllowed(_("This is not kept for that case."), rule="case")
    if not any(purpose in ground.purposes for ground in grounds):
        raise ReadingNotAllowed(
            _("The ground on which this is kept does not allow that purpose."),
            rule="purpose",
            purpose=purpose,
            grounds=sorted(ground.ground_id for ground in grounds),
        )
    return _read(item, actor, at, kind="read", case_id=case_id, purpose=purpose, reason=reason.strip()[:1000])


def process_item(*, item_id: UUID, reason: str, at: datetime) -> Iterator[bytes]:
    """Read an item by the program itself, to decode it; nobody sees what comes out of this directly.

    Raises NoSuchItem, ItemDestroyed, ItemClosed, SealBroken, VaultUnusable.
    """
    return _read(_readable(item_id), SYSTEM, at, kind="processed", case_id=None, purpose="", reason=reason)


def _readable(item_id: UUID) -> EvidenceItem:
    item = EvidenceItem.objects.filter(pk=item_id).first()
    if item is None:
        raise NoSuchItem(_("There is no such piece of evidence."))
    if item.state != ItemState.SEALED:
        raise ItemDestroyed(_("This was destroyed at the end of its preservation."))
    if item.closed_at is not None:
        raise ItemClosed(_("This is closed for everybody here; only the legal route may see it."))
    return item


def _running(item: EvidenceItem, at: datetime) -> list[Preservation]:
    return list(
        Preservation.objects.filter(
            subject_kind=item.subject_kind,
            subject_id=item.subject_id,
            state=PreservationState.ACTIVE,
            until__gt=at,
        )
    )


def _read(
    item: EvidenceItem,
    actor: Actor,
    at: datetime,
    *,
    kind: str,
    case_id: UUID | None,
    purpose: str,
    reason: str,
) -> Iterator[bytes]:
    with transaction.atomic():
        custody.note(
            item=item, kind=kind, actor=actor, at=at, case_id=case_id, purpose=purpose, reason=reason
        )
    return _watched(item, at, case_id)


def _watched(item: EvidenceItem, at: datetime, case_id: UUID | None) -> Iterator[bytes]:
    """Pass the chunks on; a broken seal is recorded, because it is what the whole seal is for."""
    try:
        yield from vault.read(item)
    except SealBroken as error:
        logger.error("evidence item %s: %s", item.id, error)  # noqa: TRY400 - the cause is in the message
        with transaction.atomic():
            custody.note(item=item, kind="damaged", actor=SYSTEM, at=at, reason=error.message[:1000])
            audit.record(
                kind="evidence:item:damaged",
                subject_kind="evidence_item",
                subject_id=item.id,
                case_id=case_id,
                actor=SYSTEM,
                at=at,
            )
        raise
