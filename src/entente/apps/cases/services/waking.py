"""Waking people about a measure or a letter that went wrong."""

from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from entente.apps.deadlines.services.calling import page_people, take_down_pages
from entente.apps.deliveries import queries as outbox
from entente.apps.deliveries import services as outbox_services
from entente.apps.deliveries.schedules import BURST

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, StatementOfReasons

LETTERS: Final = "letters"
"""What a page about letters that fail is about; its id is that of the case."""


def wake_about_restoration(*, action: "Action", at: datetime) -> int:
    """Page whoever is on call because the platform refused to make content available again."""
    facts = {"url": action.decision.item.url, "reason": action.failure}
    text = lazy(lambda: _("The platform refused to restore %(url)s: %(reason)s") % facts, str)()
    return page_people(
        role="on_call",
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        text=text,
        at=at,
        key=f"restoration-{action.id}-{at:%Y%m%d%H%M}",
    )


def wake_about_letter(*, statement: "StatementOfReasons", reason: str, at: datetime) -> int:
    """Page whoever is on call because the platform did not pass a letter on: the person affected knows nothing.

    Of many letters of one case that fail within an hour, the first one wakes; return how many people.
    """
    key = f"letters-{statement.case_id}-"
    if outbox.was_sent_since(case_id=statement.case_id, key_begins=key, since=at - BURST):
        return 0
    facts = {"url": statement.decision.item.url, "reason": reason or "?"}
    text = lazy(
        lambda: (
            _(
                "The platform could not pass on our letter about %(url)s (%(reason)s), and perhaps others of its case. The person affected has not been told. The letter is on the case: tell them another way, and say there that you did."
            )
            % facts
        ),
        str,
    )()
    return page_people(
        role="on_call",
        subject_kind=LETTERS,
        subject_id=statement.case_id,
        case_id=statement.case_id,
        text=text,
        at=at,
        key=f"{key}{at:%Y%m%d%H%M%S}",
    )


def note_letters_told(*, case_id: UUID, purpose: str, at: datetime) -> None:
    """Take down what woke people about the letters of a case, because none is left that did not reach its person."""
    take_down_pages(subject_kind=LETTERS, subject_id=case_id, at=at, reason="told by hand")
    outbox_services.settle_alarms(case_id=case_id, purpose=purpose, at=at, reason="told by hand")
