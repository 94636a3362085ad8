"""Opening, assigning, handing over and closing a case."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import threats
from entente.apps.cases.decided import NOBODY_DECIDED
from entente.apps.cases.errors import CaseClosed, CaseMissing, SamePerson
from entente.apps.cases.models import Action, Case, CaseItem, Decision, Departure, Handover
from entente.apps.cases.models.case import NO_CLOCK, CaseStage, CaseState
from entente.apps.cases.models.decision import ActionState, Outcome
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.evidence import services as evidence
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.rows import insert_row, insert_rows
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.parties import queries as parties
from entente.core.law import routes

if TYPE_CHECKING:
    from entente.apps.content.models import ContentItem
    from entente.apps.parties.models import Person
    from entente.apps.parties.types import PersonFacts

JUDGING = (CaseStage.SETTLE, CaseStage.ASSESS)
"""Stages whose work is judging by looking: nobody does that any more once a case was sent to its route."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_LENGTH = 8


def new_reference() -> str:
    """Return a case reference people can read aloud: 40 random bits in Crockford's alphabet.

    Random on purpose: a running number would tell every recipient how many cases a host has.
    """
    digits = "".join(secrets.choice(_ALPHABET) for _place in range(_REFERENCE_LENGTH))
    return f"{digits[:4]}-{digits[4:]}"


@transaction.atomic(savepoint=False)
def open_case(
    *,
    kind: str,
    stage: str,
    intake_kind: str,
    intake_id: UUID,
    title: str,
    sender: str,
    items: "Sequence[ContentItem]",
    actor: Actor,
    at: datetime,
    language: str = "",
    is_binding: bool = False,
) -> Case:
    """Open a case about `items` for an intake record; the intake app calls this in its own transaction."""
    case = insert_row(
        Case(
            reference=new_reference(),
            kind=kind,
            stage=stage,
            intake_kind=intake_kind,
            intake_id=intake_id,
            title=title[:200],
            sender=sender[:200],
            language=language,
            is_binding=is_binding,
            opened_at=at,
            item_count=max(1, len(items)),
        )
    )
    insert_rows(
        [
            CaseItem(case=case, content_item=item, position=position, url=item.url)
            for position, item in enumerate(items)
        ]
    )
    audit.record(
        kind="cases:case:opened",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"kind": kind, "intake": intake_kind, "items": len(items)},
    )
    return case


def refresh_due(case_id: UUID, started: tuple[datetime, str] | None = None) -> None:
    """Repeat the earliest unmet deadline on the case, overdue ones included; the clock room calls this on a change.

    A clock that only started can come before what the case shows already, and nothing else.
    """
    if started is not None:
        is_later = Q(legal_due_at__isnull=True) | Q(legal_due_at__gt=started[0])
        Case.objects.filter(is_later, pk=case_id).update(
            legal_due_at=started[0], sort_at=started[0], legal_rule_id=started[1]
        )
        return
    due_at, rule_id = deadline_queries.first_end(case_id) or (None, "")
    Case.objects.filter(pk=case_id).update(
        legal_due_at=due_at, sort_at=due_at or NO_CLOCK, legal_rule_id=rule_id
    )


def load_open(case_id: UUID) -> Case:
    """Return an open case, locked where the database can. Raises CaseMissing, CaseClosed."""
    case = Case.objects.select_for_update().filter(pk=case_id).first()
    if case is None:
        raise CaseMissing(_("This case does not exist."))
    if case.state != CaseState.OPEN:
        raise CaseClosed(_("This case is closed. Reopen it by a new decision that supersedes the last one."))
    return case


@transaction.atomic
def settle_case(
    *, case_id: UUID, kind: str, stage: str, actor: Actor, at: datetime, is_binding: bool = False
) -> Case:
    """Say what a case is, after a person settled it."""
    case = load_open(case_id)
    case.kind, case.stage, case.is_binding = kind, stage, is_binding
    case.save(update_fields=["kind", "stage", "is_binding"])
    audit.record(
        kind="cases:case:settled",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"kind": kind, "binding": is_binding},
    )
    return case


def move_stage(*, case_id: UUID, stage: str) -> None:
    """Record the next thing to do; part of a larger act, which records itself.

    A case whose route was taken has left as soon as only judging would be next.
    """
    moved = Case.objects.filter(pk=case_id, state=CaseState.OPEN).update(stage=stage)
    departure = Departure.objects.filter(case_id=case_id).first() if moved and stage in JUDGING else None
    if departure is not None:
        at = _last_effect_at(case_id) or departure.left_at
        take_out(case=Case.objects.get(pk=case_id), actor=SYSTEM, at=at)


def _last_effect_at(case_id: UUID) -> datetime | None:
    """Return when the last effect was recorded: what led here, for an act that is told no time."""
    last: datetime | None = Action.objects.filter(decision__case_id=case_id).aggregate(
        last=Max("effect_recorded_at")
    )["last"]
    return last


def take_out(*, case: Case, actor: Actor, at: datetime, outcome: str = "") -> None:
    """Let a case leave whose route was taken: nothing but the route is left to do, and the clocks of judging stop."""
    compare_and_set(case, expected=CaseState.OPEN, to=CaseState.LEFT, closed_at=at, stage=CaseStage.DONE)
    stopped = routes.route(Departure.objects.get(case=case).route_id).stops_rules
    for line in deadline_queries.all_for_case(case.id):
        if line.rule_id in stopped:
            deadlines.cancel_deadline(
                subject_kind=line.subject_kind,
                subject_id=line.subject_id,
                rule_id=line.rule_id,
                reason="left",
                at=at,
                actor=actor,
                expired_too=True,
            )
    audit.record(
        kind="cases:case:left",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"outcome": outcome} if outcome else {},
    )


@transaction.atomic
def assign_case(*, case_id: UUID, person: "Person | PersonFacts", actor: Actor, at: datetime) -> Case:
    """Give a case to a person; the same person again changes nothing."""
    case = load_open(case_id)
    if case.assigned_to_id == person.id:
        return case
    _change_hands(case, person, actor, at)
    return case


@transaction.atomic
def hand_back_case(*, case_id: UUID, actor: Actor, at: datetime) -> Case:
    """Put a case back into the common inbox. No reason is asked, and none can be given (rule 9)."""
    case = load_open(case_id)
    if case.assigned_to_id is not None:
        _change_hands(case, None, actor, at)
    return case


@transaction.atomic
def hand_over_cases(
    *, case_ids: Iterable[UUID], to_person: "Person | PersonFacts | None", actor: Actor, at: datetime
) -> int:
    """Hand several open cases to one person (None = the common inbox); return how many changed hands."""
    changed = 0
    target = to_person.id if to_person else None
    for case in Case.objects.select_for_update().filter(pk__in=list(case_ids), state=CaseState.OPEN):
        if case.assigned_to_id != target:
            _change_hands(case, to_person, actor, at)
            changed += 1
    return changed


@transaction.atomic
def take_back_hand_over(
    *, case_ids: Iterable[UUID], holder_id: UUID | None, handed_at: datetime, actor: Actor, at: datetime
) -> int:
    """Undo the hand-over of `handed_at` to `holder_id` (None = the common inbox); return how many cases went back.

    Each goes to whom it was taken from. One that moved on meanwhile, or did not move then, stays where it is.
    """
    taken_back = 0
    still_there = Case.objects.filter(pk__in=list(case_ids), state=CaseState.OPEN, assigned_to=holder_id)
    for case in still_there.select_for_update():
        last = Handover.objects.filter(case=case).order_by("-at", "-id").first()
        if last is None or last.at != handed_at:
            continue
        before = parties.person(last.from_person_id) if last.from_person_id else None
        _change_hands(case, before, actor, at)
        taken_back += 1
    return taken_back


class OpenCases:
    """What a leaving person holds here (`parties.registries.person_leaving`)."""

    def open_items(self, person_id: UUID) -> int:
        """Return how many open cases are this person's."""
        return Case.objects.filter(assigned_to_id=person_id, state=CaseState.OPEN).count()

    def hand_over(self, *, person_id: UUID, to_person_id: UUID, actor: Actor, at: datetime) -> int:
        """Give every open case to somebody else."""
        held = Case.objects.filter(assigned_to_id=person_id, state=CaseState.OPEN).values_list(
            "pk", flat=True
        )
        return hand_over_cases(
            case_ids=list(held), to_person=parties.person(to_person_id), actor=actor, at=at
        )


def _change_hands(case: Case, person: "Person | PersonFacts | None", actor: Actor, at: datetime) -> None:
    previous = case.assigned_to_id
    case.assigned_to_id, case.assigned_at = person.id if person else None, at if person else None
    case.save(update_fields=["assigned_to", "assigned_at"])
    Handover.objects.create(case=case, from_person_id=previous, to_person_id=case.assigned_to_id, at=at)
    audit.record(
        kind="cases:case:handed_over",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"to": person.name if person else ""},
    )


@transaction.atomic
def mark_heavy(*, case_id: UUID, is_heavy: bool, actor: Actor, at: datetime) -> None:
    """Say that a case is hard to look at, so that nobody gets two in a row."""
    if Case.objects.filter(pk=case_id).exclude(is_heavy=is_heavy).update(is_heavy=is_heavy):
        audit.record(
            kind="cases:case:marked_heavy",
            subject_kind="case",
            subject_id=case_id,
            case_id=case_id,
            actor=actor,
            at=at,
            facts={"heavy": is_heavy},
        )


@transaction.atomic
def close_case(*, case_id: UUID, actor: Actor, at: datetime, outcome: str = "") -> None:
    """Close a case that has nothing left to do; closing a closed one changes nothing."""
    case = Case.objects.filter(pk=case_id).first()
    if case is None or case.state != CaseState.OPEN:
        return
    if Departure.objects.filter(case=case).exists():
        # What is sealed stays kept for whom the route names.
        take_out(case=case, actor=actor, at=at, outcome=outcome)
        return
    compare_and_set(case, expected=CaseState.OPEN, to=CaseState.CLOSED, closed_at=at, stage=CaseStage.DONE)
    # The open case was a ground of its own for keeping the copies; what the law asks to keep has its own ground.
    evidence.release_preservations(
        subject_kind="content_item",
        subject_ids=CaseItem.objects.filter(case=case).values_list("content_item_id", flat=True),
        case_id=case.id,
        ground_id="house.open_case",
        reason="case_closed",
        actor=actor,
        at=at,
    )
    audit.record(
        kind="cases:case:closed",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"outcome": outcome},
    )


@transaction.atomic
def close_when_done(*, case_id: UUID, actor: Actor, at: datetime, outcome: str) -> None:
    """Close a case unless something is left: a duty with a clock, an undecided address, a measure on its way."""
    on_its_way = (ActionState.PENDING, ActionState.UNDOING, ActionState.FAILED)
    if (
        not _has_duty(case_id)
        and not CaseItem.objects.filter(NOBODY_DECIDED, case_id=case_id, impossible_ground="").exists()
        and not Action.objects.filter(decision__case_id=case_id, state__in=on_its_way).exists()
    ):
        close_case(case_id=case_id, actor=actor, at=at, outcome=outcome)


def _has_duty(case_id: UUID) -> bool:
    """Say whether a clock of the case runs or ran out unmet; that of its route holds nothing open."""
    if deadline_queries.first_end(case_id) is None:
        return False
    departure = Departure.objects.filter(case_id=case_id).first()
    own = routes.route(departure.route_id).deadline_rule if departure else None
    return any(
        line.is_duty and line.state in {"running", "expired"} and line.suspended_at is None
        for line in deadline_queries.all_for_case(case_id)
        if line.rule_id != own
    )


@transaction.atomic
def reopen_case(*, case_id: UUID, stage: str, actor: Actor, at: datetime) -> Case:
    """Open a case again because something new reached it (a complaint, a clarification, the end of an order).

    One that left for its route opens too where no look is needed; its preview stays closed.
    """
    case = Case.objects.select_for_update().get(pk=case_id)
    if case.state == CaseState.CLOSED or (case.state == CaseState.LEFT and stage not in JUDGING):
        compare_and_set(case, expected=case.state, to=CaseState.OPEN, closed_at=None, stage=stage)
        audit.record(
            kind="cases:case:reopened",
            subject_kind="case",
            subject_id=case.id,
            case_id=case.id,
            actor=actor,
            at=at,
        )
    return case


@transaction.atomic
def add_item(*, case_id: UUID, content_item: "ContentItem") -> CaseItem:
    """Add an address to a case, as a clarification may."""
    position = CaseItem.objects.filter(case_id=case_id).count()
    item, created = CaseItem.objects.get_or_create(
        case_id=case_id, content_item=content_item, defaults={"position": position, "url": content_item.url}
    )
    if created:
        Case.objects.filter(pk=case_id).update(item_count=position + 1)
    elif item.impossible_ground:
        set_impossible(item_ids=[item.pk], ground="")
    return item


def set_possible(*, case_id: UUID) -> None:
    """Open every address of a case again that was reported as impossible."""
    CaseItem.objects.filter(case_id=case_id).exclude(impossible_ground="").update(impossible_ground="")


def set_impossible(*, item_ids: Iterable[UUID], ground: str) -> None:
    """Mark addresses as reported impossible, or (with an empty ground) as open again."""
    CaseItem.objects.filter(pk__in=list(item_ids)).update(impossible_ground=ground)


@transaction.atomic
def start_second_look(*, case_id: UUID, at: datetime, about: UUID | None = None) -> None:
    """Ask for another person's look within a working day at an act of one person (rule 6).

    `about` is the threat alert somebody warned of; None where content of the case was restored.
    """
    deadlines.start_deadline(
        subject_kind="second_look",
        subject_id=about or case_id,
        rule_id="house.second_look",
        trigger_at=at,
        at=at,
        case_id=case_id,
    )


@transaction.atomic
def confirm_second_look(*, case_id: UUID, note: str, actor: Actor, at: datetime) -> None:
    """Record that a second person looked at what others restored or warned of alone. Raises SamePerson.

    What somebody did themselves goes on waiting for somebody else.
    """
    own = threats.alone_in(case_id, actor.id)
    if Decision.objects.filter(
        case_id=case_id, outcome=Outcome.RESTORE, decided_by_id_text=actor.id
    ).exists():
        own |= {case_id}
    looked_at = second_looks_waiting(case_id) - own
    if own and not looked_at:
        raise SamePerson(_("You did this yourself. Somebody else has to look at it."))
    for subject_id in looked_at:
        deadlines.meet_deadline(
            subject_kind="second_look", subject_id=subject_id, rule_id="house.second_look", met_at=at, at=at
        )
    audit.record(
        kind="cases:case:looked_at_again",
        subject_kind="case",
        subject_id=case_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={"note": note},
    )
    close_when_done(case_id=case_id, actor=actor, at=at, outcome="looked_at_again")


def second_looks_waiting(case_id: UUID) -> frozenset[UUID]:
    """Return what waits for a second person's look: the case itself for a restoration, alerts for warnings."""
    return frozenset(
        line.subject_id
        for line in deadline_queries.all_for_case(case_id)
        if line.subject_kind == "second_look" and line.state in {"running", "expired"}
    )
