"""Reading the outbox: backlog, what fails, one delivery's attempts, a person's pages, the mailbox of an exercise."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Min, Prefetch, Q
from django.utils.translation import gettext as _

from entente.apps.deliveries.errors import NoSuchDelivery
from entente.apps.deliveries.models import Delivery, DeliveryAttempt, MailboxFile, MailboxMessage
from entente.apps.deliveries.types import Attachment
from entente.apps.kernel.paging import Mark, older_than

if TYPE_CHECKING:
    from django.db.models import QuerySet

_State = Delivery.State


@dataclass(frozen=True, slots=True)
class Backlog:
    """What `doctor` and the worker's page look at. `oldest_due`: how long the oldest due delivery has waited."""

    waiting: int
    due: int
    given_up: int
    alarmed: int
    unanswered: int
    oldest_due: timedelta | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One delivery in a list."""

    id: UUID
    transport: str
    purpose: str
    destination: str
    subject_kind: str
    subject_id: UUID
    case_id: UUID | None
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    alarmed_at: datetime | None
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    applied: bool | None
    refusal: str


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in a list."""

    number: int
    at: datetime
    outcome: str
    status_code: int | None
    detail: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page that waits for a person in the console."""

    delivery_id: UUID
    subject_kind: str
    subject_id: UUID
    case_id: UUID | None
    subject: str
    text: str
    path: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a mail; its bytes come from `mailbox_file`."""

    id: UUID
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail in the mailbox page."""

    id: UUID
    delivery_id: UUID
    recipient: str
    subject: str
    text: str
    html: str
    message_id: str
    at: datetime
    files: tuple[FileLine, ...]


def backlog(*, at: datetime) -> Backlog:
    """Return the state of the outbox in one query per index."""
    waiting = Delivery.objects.filter(state=_State.PENDING)
    due = waiting.filter(next_attempt_at__lte=at).aggregate(number=Count("pk"), oldest=Min("next_attempt_at"))
    alarmed = Delivery.objects.exclude(state__in=[_State.ACKNOWLEDGED, _State.CANCELLED]).filter(
        alarmed_at__isnull=False
    )
    return Backlog(
        waiting=waiting.count(),
        due=due["number"],
        given_up=Delivery.objects.filter(state=_State.FAILED).count(),
        alarmed=alarmed.count(),
        unanswered=Delivery.objects.filter(state=_State.DELIVERED, alarm_at__isnull=False).count(),
        oldest_due=at - due["oldest"] if due["oldest"] is not None else None,
    )


def failing(*, limit: int = 100) -> list[DeliveryLine]:
    """Return what was given up, or rang and is still not settled, newest alarm first."""
    rows = Delivery.objects.filter(
        Q(state=_State.FAILED)
        | Q(state__in=[_State.PENDING, _State.DELIVERED], alarmed_at__isnull=False, alarm_at__isnull=False)
    )
    return [_line(row) for row in rows.order_by("-alarmed_at", "-id")[:limit]]


def deliveries(
    *,
    state: str = "",
    transport: str = "",
    purpose: str = "",
    case_id: UUID | None = None,
    before: Mark | None = None,
    limit: int = 50,
) -> list[DeliveryLine]:
    """Return one page of deliveries, newest first; `before` marks the last line already shown."""
    rows: QuerySet[Delivery] = Delivery.objects.all()
    given: dict[str, Any] = {"state": state, "transport": transport, "purpose": purpose, "case_id": case_id}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    rows = rows.filter(older_than(before, "created_at"))
    return [_line(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def delivery(delivery_id: UUID) -> DeliveryLine:
    """Return one delivery. Raises NoSuchDelivery."""
    row = Delivery.objects.filter(pk=delivery_id).first()
    if row is None:
        raise NoSuchDelivery(_("There is no such delivery."))
    return _line(row)


def for_subject(subject_kind: str, subject_id: UUID, *, purpose: str = "") -> list[DeliveryLine]:
    """Return what was sent about one subject, oldest first."""
    rows = Delivery.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    if purpose:
        rows = rows.filter(purpose=purpose)
    return [_line(row) for row in rows.order_by("created_at", "id")]


def was_sent_since(*, case_id: UUID, key_begins: str, since: datetime, but_about: UUID | None = None) -> bool:
    """Say whether a message of a case with such an idempotency key was made since a moment, but for one subject."""
    rows = Delivery.objects.filter(
        case_id=case_id, created_at__gte=since, idempotency_key__startswith=key_begins
    )
    if but_about is not None:
        rows = rows.exclude(subject_id=but_about)
    return rows.exists()


def subjects_under_way(*, case_id: UUID, purpose: str) -> set[UUID]:
    """Return the subjects of a case's messages of one purpose that are being sent, or were taken and not answered."""
    rows = Delivery.objects.filter(
        case_id=case_id, purpose=purpose, state__in=[_State.PENDING, _State.DELIVERED]
    )
    return set(rows.values_list("subject_id", flat=True))


def is_failing(*, case_id: UUID, purpose: str) -> bool:
    """Say whether a message of a case was given up, or has rung because it does not arrive."""
    rows = Delivery.objects.filter(case_id=case_id, purpose=purpose)
    has_rung = Q(state=_State.PENDING, alarmed_at__isnull=False)
    return rows.filter(Q(state=_State.FAILED) | has_rung).exists()


def attempts_of(delivery_id: UUID) -> list[AttemptLine]:
    """Return every attempt of one delivery, oldest first."""
    return [
        AttemptLine(
            number=row.number,
            at=row.at,
            outcome=row.outcome,
            status_code=row.status_code,
            detail=row.detail,
            took_ms=row.took_ms,
        )
        for row in DeliveryAttempt.objects.filter(delivery_id=delivery_id)
    ]


def open_pages(person_id: UUID, *, limit: int = 20) -> list[PageLine]:
    """Return the pages that wait for a person, newest first, whatever became of their mail."""
    rows = Delivery.objects.filter(transport="page", destination=str(person_id)).exclude(
        state__in=[_State.ACKNOWLEDGED, _State.CANCELLED]
    )
    return [
        PageLine(
            delivery_id=row.id,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            case_id=row.case_id,
            subject=row.payload["subject"],
            text=row.payload["text"],
            path=row.payload.get("path", ""),
            created_at=row.created_at,
        )
        for row in rows.order_by("-created_at", "-id")[:limit]
    ]


def mailbox(*, recipient: str = "", limit: int = 100) -> list[MailLine]:
    """Return the mails of an exercise, newest first, of everybody or of one recipient."""
    rows = MailboxMessage.objects.prefetch_related(_files_without_bytes())
    if recipient:
        rows = rows.filter(recipient__iexact=recipient)
    return [_mail(row) for row in rows.order_by("-at", "-id")[:limit]]


def mailbox_message(message_id: UUID) -> MailLine | None:
    """Return one mail of an exercise, or None."""
    row = MailboxMessage.objects.filter(pk=message_id).first()
    return _mail(row) if row is not None else None


def mailbox_file(file_id: UUID) -> Attachment | None:
    """Return one file of a mail of an exercise, with its bytes, or None."""
    row = MailboxFile.objects.filter(pk=file_id).first()
    if row is None:
        return None
    return Attachment(name=row.name, media_type=row.media_type, content=bytes(row.content))


def _files_without_bytes() -> "Prefetch[str, QuerySet[MailboxFile], str]":
    return Prefetch("files", MailboxFile.objects.defer("content").order_by("id"))


def _line(row: Delivery) -> DeliveryLine:
    answer = row.answer or {}
    return DeliveryLine(
        id=row.id,
        transport=row.transport,
        purpose=row.purpose,
        destination=row.destination,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        case_id=row.case_id,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        alarmed_at=row.alarmed_at,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        applied=answer.get("applied"),
        refusal="" if answer.get("applied", True) else str(answer.get("reason", "")),
    )


def _mail(row: MailboxMessage) -> MailLine:
    return MailLine(
        id=row.id,
        delivery_id=row.delivery_id,
        recipient=row.recipient,
        subject=row.subject,
        text=row.text,
        html=row.html,
        message_id=row.message_id,
        at=row.at,
        files=tuple(
            FileLine(id=file.id, name=file.name, media_type=file.media_type) for file in row.files.all()
        ),
    )
