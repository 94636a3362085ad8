"""Registering sealed copies, and the grounds on which they are kept (TCO Art. 6; DSA Art. 20; the house)."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.evidence.errors import UnknownGround
from entente.apps.evidence.models import (
    EvidenceItem,
    ItemState,
    Preservation,
    PreservationState,
)
from entente.apps.evidence.services import custody
from entente.apps.evidence.vault import SealedBlob
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.transitions import compare_and_set
from entente.core.law import preservation as law
from entente.core.law.errors import UnknownGround as UnknownGroundInLaw


@transaction.atomic
def register_item(
    *,
    blob: SealedBlob,
    media_type: str,
    subject_kind: str,
    subject_id: UUID,
    method: str,
    tool_version: str,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
) -> EvidenceItem:
    """Take a sealed copy into the register: from here on it has a key, a history and a keeper.

    `method` says how it was acquired ("pushed_by_platform", "fetched", "decoded"). Whoever calls sees to a
    preservation in the same transaction: nothing is kept without a ground.
    """
    item = EvidenceItem.objects.create(
        id=blob.item_id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        media_type=media_type[:100],
        size_bytes=blob.size_bytes,
        sha256=blob.sha256,
        wrapped_key=blob.wrapped_key,
        method=method,
        tool_version=tool_version,
        acquired_at=at,
    )
    custody.note(item=item, kind="sealed", actor=actor, at=at, case_id=case_id)
    return item


@transaction.atomic
def preserve(
    *,
    subject_kind: str,
    subject_id: UUID,
    case_id: UUID,
    ground_id: str,
    starts_at: datetime,
    actor: Actor,
    at: datetime,
) -> Preservation:
    """Keep everything of a subject on a ground of the law data, from `starts_at` for the ground's period.

    There need not be a copy yet. The same ground for the same case again starts no second one; where it would last
    longer, the running one lasts longer. Raises UnknownGround.
    """
    ground = ground_of(ground_id)
    until = law.preservation_until(ground, starts_at, config().zone)
    custody.lock_items(subject_kind, subject_id)
    same = Preservation.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, case_id=case_id, ground_id=ground_id, state="active"
    )
    known = same.first()
    if known is None:
        try:
            with transaction.atomic():
                known = Preservation.objects.create(
                    subject_kind=subject_kind,
                    subject_id=subject_id,
                    case_id=case_id,
                    ground_id=ground_id,
                    purposes=list(ground.purposes),
                    starts_at=starts_at,
                    until=until,
                )
        except IntegrityError:
            known = same.get()  # somebody else began the same one in this moment
        else:
            note(known, "started", actor, at, {"until": until.isoformat()})
            return known
    if until > known.until:
        compare_and_set(known, expected=PreservationState.ACTIVE, to=PreservationState.ACTIVE, until=until)
        note(known, "started_again", actor, at, {"until": until.isoformat()})
    return known


@transaction.atomic
def close_items(*, subject_kind: str, subject_id: UUID, reason: str, actor: Actor, at: datetime) -> int:
    """Close every item of a subject for everybody; return how many. They stay sealed and preserved.

    From here on only the legal route of the case may see them, which no function of this program opens.
    """
    closed = 0
    for item in EvidenceItem.objects.filter(
        subject_kind=subject_kind, subject_id=subject_id, closed_at__isnull=True
    ).exclude(state=ItemState.DESTROYED):
        item.closed_at = at
        item.save(update_fields=["closed_at"])
        custody.note(item=item, kind="closed", actor=actor, at=at, reason=reason)
        closed += 1
    return closed


def ground_of(ground_id: str) -> law.PreservationGround:
    """Return a ground of the law data. Raises UnknownGround."""
    try:
        return law.preservation_ground(ground_id)
    except UnknownGroundInLaw:
        raise UnknownGround(_("The law data know no such ground for keeping."), ground=ground_id) from None


def note(preservation: Preservation, what: str, actor: Actor, at: datetime, facts: dict[str, str]) -> None:
    """Record what became of one preservation; in the running transaction."""
    audit.record(
        kind=f"evidence:preservation:{what}",
        subject_kind=preservation.subject_kind,
        subject_id=preservation.subject_id,
        case_id=preservation.case_id,
        actor=actor,
        at=at,
        facts={"ground": preservation.ground_id, **facts},
    )
