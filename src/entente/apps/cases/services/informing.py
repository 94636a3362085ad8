"""Writing to the person affected, and the one switch that can hold the letter back (rule 14).

`telling` is what follows: the message that carries the letter, and what came of it.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import platform, registries, waiting
from entente.apps.cases.errors import SilenceNotAllowed
from entente.apps.cases.letters import letter_language
from entente.apps.cases.models import Action, Case, Decision, Silence, StatementOfReasons
from entente.apps.cases.models.decision import ActionState
from entente.apps.cases.models.letter import LetterState
from entente.apps.cases.services import telling
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.core.law import bases
from entente.core.law import silence as law

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

OPENED_AT_ONCE = 10
"""Letters of an ended silence, or messages to the platform, that go out in one transaction: no writer holds the database
longer (DESIGN 7)."""


def running_silence(case_id: UUID) -> Silence | None:
    """Return the lawful silence that runs on a case, if one does."""
    return Silence.objects.filter(case_id=case_id, ended_at__isnull=True).first()


@transaction.atomic
def start_silence(
    *,
    case: Case,
    order_type_id: str,
    asked_by: str,
    reason: str,
    starts_at: datetime,
    at: datetime,
    asked_until: datetime | None = None,
) -> Silence:
    """Start a lawful silence on a case; it ends by itself. Raises SilenceNotAllowed."""
    rule = law.silence_rule(order_type_id)
    if rule is None:
        raise SilenceNotAllowed(_("The law of this order knows no silence."))
    if not reason.strip():
        raise SilenceNotAllowed(_("A silence needs the reason the authority gave for it."))
    try:
        ends_at = law.silence_end(rule, starts_at, zone=config().zone, asked_until=asked_until)
    except law.SilenceRefused as error:
        raise SilenceNotAllowed(str(error)) from error
    silence, created = Silence.objects.get_or_create(
        case=case,
        defaults={
            "rule_id": rule.id,
            "asked_by": asked_by,
            "reason": reason,
            "starts_at": starts_at,
            "ends_at": ends_at,
        },
    )
    if created:
        audit.record(
            kind="cases:silence:started",
            subject_kind="silence",
            subject_id=silence.id,
            case_id=case.id,
            actor=SYSTEM,
            at=at,
            facts={"rule": rule.id, "ends_at": silence.ends_at.isoformat(), "asked_by": asked_by},
        )
    return silence


@transaction.atomic
def extend_silence(*, case_id: UUID, reason: str, actor: Actor, at: datetime) -> Silence:
    """Extend a silence once, with the authority's justification. Raises SilenceNotAllowed."""
    silence = Silence.objects.select_for_update().filter(case_id=case_id, ended_at__isnull=True).first()
    if silence is None:
        raise SilenceNotAllowed(_("No silence runs on this case."))
    if silence.extended_at is not None:
        raise SilenceNotAllowed(_("This silence was extended once already; the law allows no second time."))
    if not reason.strip():
        raise SilenceNotAllowed(_("An extension needs the authority's justification."))
    rule = law.silence_rules()[silence.rule_id]
    try:
        silence.ends_at = law.silence_end(
            rule,
            silence.starts_at,
            zone=config().zone,
            extension=law.Extension(decided_at=at, justification=reason),
        )
    except law.SilenceRefused as error:
        raise SilenceNotAllowed(str(error)) from error
    silence.extension_reason, silence.extended_at = reason, at
    silence.save(update_fields=["ends_at", "extension_reason", "extended_at"])
    audit.record(
        kind="cases:silence:extended",
        subject_kind="silence",
        subject_id=silence.id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={"ends_at": silence.ends_at.isoformat(), "reason": reason},
    )
    return silence


@transaction.atomic
def end_silence(*, silence: Silence, actor: Actor, at: datetime, measures_stand: bool = True) -> None:
    """End a silence: the letters it held back go out, and the platform learns the reasons; the first of them now.

    The rest of many follows in short transactions by the worker; the person's deadlines start as each arrives. Where
    the measures do not stand, because what asked for them has ended, whoever takes them back opens the letters
    (`open_letters`), and no measure is asked for again.
    """
    ended = Silence.objects.filter(pk=silence.pk, ended_at__isnull=True).update(
        ended_at=at, is_opening=measures_stand
    )
    if not ended:
        if not measures_stand:
            Silence.objects.filter(pk=silence.pk).update(is_opening=False)
        return
    audit.record(
        kind="cases:silence:ended",
        subject_kind="silence",
        subject_id=silence.id,
        case_id=silence.case_id,
        actor=actor,
        at=at,
    )
    if measures_stand:
        waiting.tell_pending_later(case_id=silence.case_id, at=at)
        _open_next(silence, at)
        notify_worker_on_commit()
    handler = registries.silence_ended.find(silence.case.intake_kind)
    if handler is not None:
        handler(silence.case, at)


def _tell_platform_again(actions: "Iterable[Action]", at: datetime) -> None:
    """Tell the platform, which kept quiet because it was told to, again, now with the reasons."""
    for action in actions:
        platform.apply(action, at, again=True)


def _in_effect(decision_ids: list[UUID]) -> "QuerySet[Action]":
    applied = Action.objects.filter(decision_id__in=decision_ids, state=ActionState.APPLIED)
    return applied.select_related("decision__item__content_item", "decision__case")


@transaction.atomic
def open_letters(*, case_id: UUID, at: datetime, limit: int, about: UUID | None = None) -> list[UUID]:
    """Send the next letters that a silence held back, or the one `about` a decision; return their decisions."""
    if running_silence(case_id) is not None:
        return []
    held = StatementOfReasons.objects.filter(case_id=case_id, state=LetterState.WITHHELD)
    if about is not None:
        held = held.filter(decision_id=about)
    letters = held.select_related("decision__item__content_item", "case").order_by("written_at", "id")[:limit]
    return [letter.decision_id for letter in letters if _send(letter, at)]


def _open_next(silence: Silence, at: datetime) -> int:
    told = waiting.take_told_in_turn(silence.case_id, limit=OPENED_AT_ONCE)
    _tell_platform_again(told, at)
    if len(told) == OPENED_AT_ONCE:
        return len(told)
    opened = open_letters(case_id=silence.case_id, at=at, limit=OPENED_AT_ONCE)
    _tell_platform_again(_in_effect(opened), at)
    if len(opened) < OPENED_AT_ONCE:
        Silence.objects.filter(pk=silence.pk).update(is_opening=False)
    return len(told) + len(opened)


def end_due_silences(*, at: datetime, limit: int = 50) -> int:
    """End the silences whose time is over and go on opening their letters; the worker calls this.

    Each in its own transaction, a batch of letters each.
    """
    opening = Silence.objects.filter(is_opening=True).order_by("ended_at").values_list("pk", flat=True)
    ongoing = list(opening[:limit])
    due = Silence.objects.filter(ended_at__isnull=True, ends_at__lte=at).select_related("case")[:limit]
    return _end_each(due, at) + sum(_go_on_opening(pk, at) for pk in ongoing)


def _end_each(due: "Iterable[Silence]", at: datetime) -> int:
    count = 0
    for silence in due:
        end_silence(silence=silence, actor=SYSTEM, at=at)
        count += 1
    return count


@transaction.atomic
def _go_on_opening(silence_id: UUID, at: datetime) -> int:
    """Open the next letters of one silence, unless somebody else just did."""
    silence = Silence.objects.select_for_update().filter(pk=silence_id, is_opening=True).first()
    return _open_next(silence, at) if silence is not None else 0


@transaction.atomic
def inform_person(*, decision: Decision, at: datetime) -> StatementOfReasons:
    """Write the letter to the person affected by a decision, and send it unless a silence runs."""
    known = StatementOfReasons.objects.filter(decision=decision).first()
    if known is not None:
        return known
    item = decision.item.content_item
    basis = bases.basis(decision.basis_id)
    silent = running_silence(decision.case_id) is not None
    statement = StatementOfReasons.objects.create(
        decision=decision,
        case=decision.case,
        token=new_token(),
        form=basis.notice_form,
        language=letter_language(item),
        state=LetterState.WITHHELD if silent else LetterState.SENT,
        written_at=at,
    )
    if not silent:
        telling.send_letter(statement, at)
    return statement


def _send(statement: StatementOfReasons, at: datetime) -> bool:
    """Send a letter that was held back, once; say whether this was the time."""
    held = StatementOfReasons.objects.filter(pk=statement.pk, state=LetterState.WITHHELD)
    if not held.update(state=LetterState.SENT):
        return False
    statement.state = LetterState.SENT
    telling.send_letter(statement, at)
    return True
