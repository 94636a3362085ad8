"""Reading oversight: who oversees, what waits for a check or an answer, which files stand open."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.kernel.paging import Mark, older_than
from entente.apps.oversight.errors import NoSuchCopy
from entente.apps.oversight.models import FileOpening, OverseerAppointment, OverseerCopy, Recommendation


@dataclass(frozen=True, slots=True)
class OverseerLine:
    """One appointment, in force or ended."""

    id: UUID
    person_id: UUID
    name: str
    body: str
    appointed_at: datetime
    appointed_by_name: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CopyLine:
    """One copy in a list, without its summary: reading that is an act (`services.read_copy`)."""

    id: UUID
    kind: str
    subject_id: UUID
    copied_at: datetime
    checked_at: datetime | None
    checked_by_name: str
    remark: str


@dataclass(frozen=True, slots=True)
class RecommendationLine:
    """One recommendation with its answer."""

    id: UUID
    copy_id: UUID
    kind: str
    subject_id: UUID
    text: str
    made_by_name: str
    made_at: datetime
    state: str
    answer: str
    answered_by_name: str
    answered_at: datetime | None
    is_followed: bool | None


def overseers(*, include_ended: bool = False) -> list[OverseerLine]:
    """Return the appointments in force, or all there ever were, oldest first."""
    rows = OverseerAppointment.objects.all()
    if not include_ended:
        rows = rows.filter(ended_at__isnull=True)
    return [
        OverseerLine(
            id=row.id,
            person_id=row.person_id,
            name=row.name,
            body=row.body,
            appointed_at=row.appointed_at,
            appointed_by_name=row.appointed_by_name,
            ended_at=row.ended_at,
        )
        for row in rows.order_by("appointed_at", "id")
    ]


def copies(
    *, kind: str = "", unchecked_only: bool = False, before: Mark | None = None, limit: int = 100
) -> list[CopyLine]:
    """Return copies, newest first; `before` marks the last line already shown."""
    rows = OverseerCopy.objects.defer("summary_sealed").filter(older_than(before, "copied_at"))
    if kind:
        rows = rows.filter(kind=kind)
    if unchecked_only:
        rows = rows.filter(checked_at__isnull=True)
    return [_copy_line(row) for row in rows.order_by("-copied_at", "-id")[:limit]]


def copy(copy_id: UUID) -> CopyLine:
    """Return one copy. Raises NoSuchCopy."""
    row = OverseerCopy.objects.defer("summary_sealed").filter(pk=copy_id).first()
    if row is None:
        raise NoSuchCopy(_("There is no such copy."))
    return _copy_line(row)


def copies_of(subject_id: UUID) -> list[CopyLine]:
    """Return the copies of one subject, oldest first."""
    rows = OverseerCopy.objects.defer("summary_sealed").filter(subject_id=subject_id)
    return [_copy_line(row) for row in rows.order_by("copied_at", "id")]


def recommendations(
    *, open_only: bool = False, copy_id: UUID | None = None, limit: int = 100
) -> list[RecommendationLine]:
    """Return recommendations, of one copy or all, the longest open first, then the answered ones."""
    rows = Recommendation.objects.select_related("copy")
    if copy_id is not None:
        rows = rows.filter(copy_id=copy_id)
    if open_only:
        rows = rows.filter(state=Recommendation.State.OPEN)
    return [_recommendation_line(row) for row in rows.order_by("-state", "made_at", "id")[:limit]]


def may_read_file(*, subject_id: UUID, overseer_id: str, at: datetime) -> bool:
    """Tell whether an overseer opened this subject's file, with a reason, and the opening still stands."""
    return FileOpening.objects.filter(
        copy__subject_id=subject_id, overseer_id=overseer_id, at__lte=at, until__gt=at
    ).exists()


def _copy_line(row: OverseerCopy) -> CopyLine:
    return CopyLine(
        id=row.id,
        kind=row.kind,
        subject_id=row.subject_id,
        copied_at=row.copied_at,
        checked_at=row.checked_at,
        checked_by_name=row.checked_by_name,
        remark=row.remark,
    )


def _recommendation_line(row: Recommendation) -> RecommendationLine:
    return RecommendationLine(
        id=row.id,
        copy_id=row.copy_id,
        kind=row.copy.kind,
        subject_id=row.copy.subject_id,
        text=row.text,
        made_by_name=row.made_by_name,
        made_at=row.made_at,
        state=row.state,
        answer=row.answer,
        answered_by_name=row.answered_by_name,
        answered_at=row.answered_at,
        is_followed=row.is_followed,
    )
