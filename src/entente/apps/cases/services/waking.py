"""Waking people about something that has no deadline of its own yet."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _

from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import one_line
from entente.apps.parties import queries as parties
from entente.apps.parties.types import PersonFacts

if TYPE_CHECKING:
    from entente.apps.cases.models import Action, StatementOfReasons

PURPOSE = "page.notice"


def page_people(
    *,
    role: str,
    subject_kind: str,
    subject_id: UUID,
    text: str | Promise,
    at: datetime,
    key: str,
    case_id: UUID | None = None,
) -> int:
    """Page whoever is on call (or holds `role`), each once for `key`; return how many. Part of the caller's transaction."""
    people = _circle(role, at)
    for person in people:
        with translation.override(person.language or "en"):
            words = str(text)
        deliveries.enqueue(
            transport="page",
            purpose=PURPOSE,
            destination=str(person.id),
            payload={"subject": one_line(words), "text": words, "language": person.language or "en"},
            subject_kind=subject_kind,
            subject_id=subject_id,
            case_id=case_id,
            at=at,
            idempotency_key=f"{key}-{person.id}",
        )
    return len(people)


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
    """Page whoever is on call because the platform did not pass a letter on: the person affected knows nothing."""
    facts = {"url": statement.decision.item.url, "reason": reason or "?"}
    text = lazy(
        lambda: (
            _(
                "The platform could not pass on our letter about %(url)s (%(reason)s). The person affected has not been told. The letter is on the case: tell them another way."
            )
            % facts
        ),
        str,
    )()
    return page_people(
        role="on_call",
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        text=text,
        at=at,
        key=f"letter-{statement.id}-{at:%Y%m%d%H%M}",
    )


def _circle(role: str, at: datetime) -> list[PersonFacts]:
    if role == "on_call":
        shift = deadlines.on_call(at)
        found = [person for person in (shift.primary, shift.backup) if person is not None][:1]
        if found:
            return found
    return parties.people_to_wake(role) or parties.people_to_wake("senior_reviewer", "legal", "administrator")
