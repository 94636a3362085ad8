"""Copies that never came: whom that wakes, asking once more from the start, and a person who brings one.

What could not be copied stays disabled and is not deleted, so that it can still be copied.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.content.errors import NothingMissing
from entente.apps.content.models import Snapshot
from entente.apps.deadlines.services.calling import page_people, take_down_pages
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.wake import notify_worker_on_commit

SUBJECT: Final = "missing_copies"
"""What a page about missing copies is about; its id is that of the case."""


def give_up(snapshots: Iterable[Snapshot], at: datetime) -> None:
    """Record that nobody asks any more, and wake who is on call and the legal people: once for each case.

    In the running transaction. A case that is asked about anew and misses copies again wakes them again.
    """
    rounds: dict[tuple[UUID, datetime], Snapshot] = {}
    for snapshot in snapshots:
        audit.record(
            kind="content:snapshot:given_up",
            subject_kind="content_item",
            subject_id=snapshot.content_item_id,
            case_id=snapshot.case_id,
            actor=SYSTEM,
            at=at,
            facts={"attempts": snapshot.attempts, "reason": snapshot.gap_reason},
        )
        rounds.setdefault((snapshot.case_id, snapshot.asked_again_at or snapshot.requested_at), snapshot)
    for (case_id, since), snapshot in rounds.items():
        _wake(snapshot, f"copies-{case_id}-{since:%Y%m%d%H%M%S}", at)


def _wake(snapshot: Snapshot, key: str, at: datetime) -> None:
    url = snapshot.content_item.url
    text = lazy(
        lambda: (
            _(
                "The copy of %(url)s never came, and perhaps others of its case neither; we have stopped asking. What could not be copied stays disabled and is not deleted. On the case: ask again, or upload the copy."
            )
            % {"url": url}
        ),
        str,
    )()
    for role in ("on_call", "legal"):
        page_people(
            role=role,
            subject_kind=SUBJECT,
            subject_id=snapshot.case_id,
            case_id=snapshot.case_id,
            text=text,
            at=at,
            key=key,
        )


@transaction.atomic
def ask_snapshots_again(*, case_id: UUID, actor: Actor, at: datetime) -> int:
    """Ask anew, from the start, for every copy of a case that was given up; return how many. Raises NothingMissing."""
    asked = Snapshot.objects.given_up(case_id).update(attempts=0, next_attempt_at=at, asked_again_at=at)
    if not asked:
        raise NothingMissing(
            _("No copy of this case waits to be asked for again: it is here, or being asked for.")
        )
    audit.record(
        kind="content:snapshot:asked_again",
        subject_kind="case",
        subject_id=case_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={"copies": asked},
    )
    take_down_pages(subject_kind=SUBJECT, subject_id=case_id, at=at, reason="asked for again")
    notify_worker_on_commit()
    return asked


def note_arrival(snapshot: Snapshot, at: datetime) -> None:
    """Take down what woke people once the last copy of a case that was given up is here; in the running transaction."""
    if not Snapshot.objects.given_up(snapshot.case_id).exists():
        take_down_pages(
            subject_kind=SUBJECT, subject_id=snapshot.case_id, at=at, reason="the copies are here"
        )
