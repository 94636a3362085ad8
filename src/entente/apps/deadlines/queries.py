"""Reading the clock room: what runs, what is next, what happened, who is on call, where nobody is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from entente.apps.deadlines import plans
from entente.apps.deadlines.errors import NoSuchDeadline
from entente.apps.deadlines.models import (
    Deadline,
    DeadlineAlarm,
    DeadlineCorrection,
    DeadlineRestart,
    OnCallShift,
)
from entente.apps.parties import queries as parties
from entente.apps.parties.types import PersonFacts

if TYPE_CHECKING:
    from django.db.models import QuerySet

_State = Deadline.State


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """One deadline as a screen shows it.

    `is_duty`: it limits somebody here, so it counts down. `legal_latest` is the lenient reading, to be shown with its
    label and never as the deadline. `announce_at` are the moments at which a screen reader speaks the time left.
    """

    id: UUID
    subject_kind: str
    subject_id: UUID
    case_id: UUID | None
    rule_id: str
    title: str
    basis: str
    is_duty: bool
    state: str
    trigger_at: datetime
    starts_at: datetime
    due_at: datetime
    legal_latest: datetime | None
    suspended_at: datetime | None
    suspension_ground: str
    met_at: datetime | None
    expired_at: datetime | None
    is_met_in_time: bool
    restarts: int
    acknowledged_by_name: str
    acknowledged_at: datetime | None
    announce_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class DeadlineEvent:
    """Something that happened to a deadline; `what` is started, restarted, corrected, rung, missed, met or expired."""

    what: str
    at: datetime
    by: str
    detail: str


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call at a moment; None where nobody is."""

    primary: PersonFacts | None
    backup: PersonFacts | None


@dataclass(frozen=True, slots=True)
class ShiftLine:
    """One shift of the rota."""

    id: UUID
    person_id: UUID
    person_name: str
    starts_at: datetime
    ends_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A time at which nobody holds a place of the rota."""

    starts_at: datetime
    ends_at: datetime
    position: int


def running_for_case(case_id: UUID) -> list[DeadlineLine]:
    """Return the running deadlines of a case, soonest first, other people's included."""
    rows = Deadline.objects.filter(case_id=case_id, state=_State.RUNNING)
    return [_line(row) for row in rows.order_by("due_at", "id")]


def all_for_case(case_id: UUID) -> list[DeadlineLine]:
    """Return every deadline a case ever had, in the order they were started."""
    return [_line(row) for row in Deadline.objects.filter(case_id=case_id).order_by("started_at", "id")]


def next_due(case_id: UUID) -> DeadlineLine | None:
    """Return the nearest running duty of a case, or None; what is suspended or somebody else's does not count."""
    row = _duties().filter(case_id=case_id).order_by("due_at", "id").first()
    return _line(row) if row is not None else None


def most_pressing(case_id: UUID) -> DeadlineLine | None:
    """Return the duty of a case that comes first, one that ended unmet included: what is overdue stays on top."""
    row = _unmet(case_id).first()
    return _line(row) if row is not None else None


def first_end(case_id: UUID) -> tuple[datetime, str] | None:
    """Return only end and rule of the most pressing duty of a case."""
    return _unmet(case_id).values_list("due_at", "rule_id").first()


def _unmet(case_id: UUID) -> "QuerySet[Deadline]":
    unmet = Deadline.objects.filter(
        case_id=case_id, state__in=(_State.RUNNING, _State.EXPIRED), is_duty=True, suspended_at__isnull=True
    )
    return unmet.order_by("due_at", "id")


def nearest(*, limit: int = 20) -> list[DeadlineLine]:
    """Return the nearest running duties of the whole instance."""
    return [_line(row) for row in _duties().order_by("due_at", "id")[:limit]]


def expired(*, limit: int = 100, since: datetime | None = None) -> list[DeadlineLine]:
    """Return duties that ended unmet, newest first."""
    rows = Deadline.objects.filter(state=_State.EXPIRED, is_duty=True)
    if since is not None:
        rows = rows.filter(due_at__gte=since)
    return [_line(row) for row in rows.order_by("-due_at", "-id")[:limit]]


def of_subject(subject_kind: str, subject_id: UUID, *, rule_ids: Collection[str] = ()) -> list[DeadlineLine]:
    """Return every deadline of a subject, in the order they were started."""
    rows = Deadline.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    if rule_ids:
        rows = rows.filter(rule_id__in=rule_ids)
    return [_line(row) for row in rows.order_by("started_at", "id")]


def deadline(deadline_id: UUID) -> DeadlineLine:
    """Return one deadline. Raises NoSuchDeadline."""
    row = Deadline.objects.filter(pk=deadline_id).first()
    if row is None:
        raise NoSuchDeadline(_("There is no such deadline."))
    return _line(row)


def history(deadline_id: UUID) -> list[DeadlineEvent]:
    """Return what happened to a deadline, oldest first. Raises NoSuchDeadline."""
    line = deadline(deadline_id)
    started = Deadline.objects.values_list("started_at", flat=True).get(pk=deadline_id)
    events = [DeadlineEvent("started", started, "", line.trigger_at.isoformat())]
    events += [
        DeadlineEvent("restarted", row.at, row.recorded_by, row.ground)
        for row in DeadlineRestart.objects.filter(deadline_id=deadline_id)
    ]
    events += [
        DeadlineEvent("corrected", row.at, row.recorded_by, row.proof)
        for row in DeadlineCorrection.objects.filter(deadline_id=deadline_id)
    ]
    events += [
        DeadlineEvent(
            "rung" if row.outcome == DeadlineAlarm.Outcome.FIRED else "missed", row.fired_at, "", row.step_id
        )
        for row in DeadlineAlarm.objects.filter(deadline_id=deadline_id)
    ]
    for what, moment in (("expired", line.expired_at), ("met", line.met_at)):
        if moment is not None:
            events.append(DeadlineEvent(what, moment, "", ""))
    return sorted(events, key=lambda event: event.at)


def oldest_unswept(*, at: datetime) -> timedelta | None:
    """Return how long the oldest due alarm has waited for the sweeper; None when nothing waits (for `doctor`)."""
    first = Deadline.objects.filter(next_alarm_at__lte=at).order_by("next_alarm_at").first()
    return at - first.next_alarm_at if first is not None and first.next_alarm_at is not None else None


def on_call(at: datetime) -> OnCall:
    """Return who is on call at a moment; somebody who has left is nobody."""
    rows = OnCallShift.objects.filter(starts_at__lte=at, ends_at__gt=at)
    holders = {row.position: row.person_id for row in rows}
    if not holders:
        return OnCall(primary=None, backup=None)
    active = {person.id: person for person in parties.people()}
    return OnCall(primary=_holder(active, holders.get(0)), backup=_holder(active, holders.get(1)))


def end_of(rule_id: str, trigger_at: datetime) -> datetime:
    """Return when a deadline of this rule ends, were it started by an event at `trigger_at`. Raises UnknownDeadlineRule."""
    rule = plans.rule_of(rule_id)
    return plans.moments(rule, trigger_at, country=lambda: parties.host_facts().established_in).due_at


def rota(*, from_at: datetime, until: datetime) -> list[ShiftLine]:
    """Return the shifts that touch a span of time, by start."""
    rows = OnCallShift.objects.filter(starts_at__lt=until, ends_at__gt=from_at).select_related("person")
    return [
        ShiftLine(
            id=row.id,
            person_id=row.person_id,
            person_name=row.person.name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            position=row.position,
        )
        for row in rows.order_by("starts_at", "position", "id")
    ]


def rota_gaps(*, from_at: datetime, until: datetime, position: int = 0) -> list[Gap]:
    """Return when nobody holds a place of the rota within a span, so that it can be filled before it hurts."""
    rows = OnCallShift.objects.filter(
        starts_at__lt=until, ends_at__gt=from_at, position=position, person__is_active=True
    )
    gaps = []
    covered_until = from_at
    for starts_at, ends_at in rows.order_by("starts_at").values_list("starts_at", "ends_at"):
        if starts_at > covered_until:
            gaps.append(Gap(starts_at=covered_until, ends_at=starts_at, position=position))
        covered_until = max(covered_until, ends_at)
    if covered_until < until:
        gaps.append(Gap(starts_at=covered_until, ends_at=until, position=position))
    return gaps


def _duties() -> "QuerySet[Deadline]":
    return Deadline.objects.filter(state=_State.RUNNING, is_duty=True, suspended_at__isnull=True)


def _holder(active: dict[UUID, PersonFacts], person_id: UUID | None) -> PersonFacts | None:
    return active.get(person_id) if person_id is not None else None


def _line(row: Deadline) -> DeadlineLine:
    rule = plans.rule_of(row.rule_id)
    return DeadlineLine(
        id=row.id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        case_id=row.case_id,
        rule_id=row.rule_id,
        title=rule.title,
        basis=rule.basis,
        is_duty=row.is_duty,
        state=row.state,
        trigger_at=row.trigger_at,
        starts_at=row.starts_at,
        due_at=row.due_at,
        legal_latest=row.legal_latest,
        suspended_at=row.suspended_at,
        suspension_ground=row.suspension_ground,
        met_at=row.met_at,
        expired_at=row.expired_at,
        is_met_in_time=row.is_met_in_time,
        restarts=row.run,
        acknowledged_by_name=row.acknowledged_by_name,
        acknowledged_at=row.acknowledged_at,
        announce_at=plans.announcements(row.ladder_rule_id, row.starts_at, row.due_at),
    )
