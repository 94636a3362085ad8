"""Waking people about something that has no deadline of its own yet."""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise

from entente.apps.deadlines import queries
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.types import one_line
from entente.apps.parties import queries as parties
from entente.apps.parties.types import PersonFacts

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


def take_down_pages(*, subject_kind: str, subject_id: UUID, at: datetime, reason: str) -> int:
    """Take down what woke people about a subject, because there is nothing left to see to; return how many pages."""
    return deliveries.settle_for_subject(
        subject_kind=subject_kind, subject_id=subject_id, purposes=[PURPOSE], at=at, reason=reason
    )


def _circle(role: str, at: datetime) -> list[PersonFacts]:
    if role == "on_call":
        shift = queries.on_call(at)
        found = [person for person in (shift.primary, shift.backup) if person is not None][:1]
        if found:
            return found
    return parties.people_to_wake(role) or parties.people_to_wake("senior_reviewer", "legal", "administrator")
