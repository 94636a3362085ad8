"""A case of the service's own, after an order that has ended, proved false, or never bound it.

What such an order held down has come back. Where the content may break the service's own terms, or a law, that is
another question: it is assessed in full like a notice, and a decision about it has its own basis, reasons and road of
redress. Nobody notified anything, so nobody is answered.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.errors import Refused
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.notices.models import Notice, NoticeKind
from entente.apps.notices.services.receiving import MIN_EXPLANATION
from entente.apps.parties.permissions import is_allowed
from entente.apps.tlog import services as tlog

if TYPE_CHECKING:
    from entente.apps.cases.services import OwnRoad
    from entente.apps.kernel.actors import Actor

DOOR = "own_initiative"


@transaction.atomic
def open_own_initiative(
    *, case_id: UUID, item_ids: Sequence[UUID], why: str, actor: "Actor", at: datetime
) -> Notice:
    """Open a case of the service's own about addresses of `case_id`; nothing happens to the content by that.

    How the service came to know them is written down by what became of the message behind `case_id`, never chosen.
    Raises Refused for whoever may not assess, NoticeIncomplete without a reason to look, and OwnRoadClosed while an
    order holds an address down, where the message binds, or where such a case is open.
    """
    if not is_allowed(actor, "cases.assess"):
        raise Refused(_("Whoever opens a case of our own must be able to assess it."))
    if len(why.strip()) < MIN_EXPLANATION:
        gap = _("Say in a few words which of our terms, or which law, the content may break.")
        raise NoticeIncomplete(gap, gaps={"why": gap}, field="why")
    road = cases.find_own_road(case_id=case_id, item_ids=item_ids)
    notice = _row(road, why.strip(), at)
    notice.case = cases.open_case(
        kind=NoticeKind.OWN_INITIATIVE,
        stage="assess",
        intake_kind="notice",
        intake_id=notice.id,
        title=road.items[0].url,
        sender=road.background.authority,
        items=road.items,
        actor=actor,
        at=at,
    )
    notice.save(force_insert=True)
    if road.case.is_heavy:
        cases.mark_heavy(case_id=notice.case_id, is_heavy=True, actor=actor, at=at)
    deadlines.start_deadline(
        subject_kind="notice",
        subject_id=notice.id,
        rule_id="house.notice.assess",
        trigger_at=at,
        at=at,
        case_id=notice.case_id,
    )
    for item in road.items:
        content.request_snapshot(content_item=item, case_id=notice.case_id, at=at)
    _log(notice, road, at)
    _record(notice, road, actor, at)
    notify_worker_on_commit()
    return notice


def _row(road: "OwnRoad", why: str, at: datetime) -> Notice:
    return Notice(
        kind=NoticeKind.OWN_INITIATIVE,
        explanation=why,
        is_good_faith=False,
        door=DOOR,
        token=new_token(),
        received_at=at,
        recorded_at=at,
        found_through=road.background.found,
        found_authority=road.background.authority,
        found_in_case_id=road.case.id,
    )


def _log(notice: Notice, road: "OwnRoad", at: datetime) -> None:
    digest = hashlib.sha256("\n".join([*(item.url for item in road.items), notice.explanation]).encode())
    tlog.append_leaf(
        kind="own_initiative_opened",
        public_facts={"found": notice.found_through, "day": tlog.day(at)},
        commitments={
            "notice": str(notice.id),
            "found_in": str(road.case.id),
            "opened_at": at.isoformat(),
            "digest": digest.hexdigest(),
        },
        at=at,
    )


def _record(notice: Notice, road: "OwnRoad", actor: "Actor", at: datetime) -> None:
    """Write it into the history of both cases: the new one, and the one it was found in."""
    for case, other in ((notice.case, road.case), (road.case, notice.case)):
        audit.record(
            kind="notices:own_initiative:opened",
            subject_kind="notice",
            subject_id=notice.id,
            case_id=case.id,
            actor=actor,
            at=at,
            facts={"found": notice.found_through, "items": len(road.items), "case": other.reference},
        )
