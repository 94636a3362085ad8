"""Reading the record."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from entente.apps.audit.models import AuditEvent
from entente.apps.kernel.paging import Mark, newer_than, older_than

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event as a person reads it."""

    id: UUID
    kind: str
    subject_kind: str
    subject_id: UUID
    case_id: UUID | None
    actor_kind: str
    actor_name: str
    at: datetime
    facts: dict[str, Any]


def trail_of_case(case_id: UUID, *, after: Mark | None = None, limit: int = 500) -> list[AuditLine]:
    """Return what happened around a case, oldest first; `after` marks the last line already shown."""
    events = AuditEvent.objects.filter(newer_than(after, "at"), case_id=case_id)
    return _lines(events.order_by("at", "id")[:limit])


def trail_of(subject_kind: str, subject_id: UUID, *, limit: int = 500) -> list[AuditLine]:
    """Return what happened to one subject, oldest first."""
    events = AuditEvent.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    return _lines(events.order_by("at", "id")[:limit])


def latest(*, limit: int = 100, before: Mark | None = None, kind_prefix: str = "") -> list[AuditLine]:
    """Return the newest events, newest first, for the auditor's page; `before` marks the last line already shown."""
    events = AuditEvent.objects.filter(older_than(before, "at")).order_by("-at", "-id")
    if kind_prefix:
        events = events.filter(kind__startswith=kind_prefix)
    return _lines(events[:limit])


def _lines(events: "QuerySet[AuditEvent]") -> list[AuditLine]:
    return [
        AuditLine(
            id=event.id,
            kind=event.kind,
            subject_kind=event.subject_kind,
            subject_id=event.subject_id,
            case_id=event.case_id,
            actor_kind=event.actor_kind,
            actor_name=event.actor_name,
            at=event.at,
            facts=event.facts,
        )
        for event in events
    ]
