"""What was typed wrong when a case opened: its title, or an address nobody has decided about.

Orders on paper are typed in at night. A slip of the key must not stay the address that is disabled.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases.errors import CaseAlreadyDecided
from entente.apps.cases.models import Case, CaseItem, Decision
from entente.apps.content.services.cancelling import cancel_snapshot
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import Actor

if TYPE_CHECKING:
    from entente.apps.content.models import ContentItem


@transaction.atomic
def retitle_case(*, case_id: UUID, title: str, sender: str) -> None:
    """Give a case the title and the sender it should have had; part of a larger act, which records itself."""
    Case.objects.filter(pk=case_id).update(title=title[:200], sender=sender[:200])


@transaction.atomic
def drop_item(*, item_id: UUID, actor: Actor, at: datetime) -> None:
    """Take an address out of a case that it was never about; nothing was decided about it, nothing more is copied.

    Raises CaseAlreadyDecided.
    """
    item = CaseItem.objects.select_for_update(of=("self",)).select_related("content_item").get(pk=item_id)
    if item.decision_id is not None or Decision.objects.filter(item=item).exists():
        raise CaseAlreadyDecided(_("Something was decided about %(url)s already.") % {"url": item.url})
    case_id, content_item = item.case_id, item.content_item
    item.delete()
    Case.objects.filter(pk=case_id).update(
        item_count=max(1, CaseItem.objects.filter(case_id=case_id).count())
    )
    _forget(content_item, case_id, actor, at)
    audit.record(
        kind="cases:item:dropped",
        subject_kind="case",
        subject_id=case_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={"content_item": str(content_item.pk)},
    )


def _forget(content_item: "ContentItem", case_id: UUID, actor: Actor, at: datetime) -> None:
    """Call off the copy of an address that is not the case's, and let go of what was copied already."""
    cancel_snapshot(content_item_id=content_item.pk, case_id=case_id, at=at)
    evidence.release_preservation(
        subject_kind="content_item",
        subject_id=content_item.pk,
        case_id=case_id,
        ground_id="house.open_case",
        reason="typed_wrong",
        actor=actor,
        at=at,
    )
