"""What people say about a signal: confirmed here, opinions, entity and behaviour labels, right or wrong matches."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.banks.errors import SignalInvalid, SignalRetracted
from entente.apps.banks.fields import join_labels, split_labels
from entente.apps.banks.models import (
    AuthorKind,
    Bank,
    Designation,
    OpinionKind,
    Signal,
    SignalJudgement,
    SignalOpinion,
)
from entente.apps.banks.services.adding import entity_id
from entente.apps.banks.services.changing import locked_one
from entente.apps.banks.services.people import refuse_program, require_person_of_this_service, words
from entente.apps.banks.services.recording import record_signal
from entente.apps.banks.territories import EUROPEAN_UNION, UNITED_NATIONS
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.core.exchange.entries import MAX_ENTITY_CHARACTERS, Entry
from entente.core.exchange.errors import MalformedEntry
from entente.core.law.territories import is_country_code, is_exercise_state

if TYPE_CHECKING:
    from entente.apps.kernel.jsontypes import JSONObject

_COUNTS: Final = {OpinionKind.CONFIRM: "confirms", OpinionKind.CONTEST: "contests"}


@transaction.atomic
def confirm_signal(*, signal_id: int, actor: Actor, at: datetime) -> Signal:
    """Say, as a person of this service who looked, that this signal is right: only then may a match restrict.

    The first confirmation stays. Raises PersonNeeded, NoSuchSignal, SignalRetracted.
    """
    require_person_of_this_service(actor)
    signal = locked_one(signal_id)
    if signal.retracted_at is not None:
        raise SignalRetracted(_("This signal was retracted."))
    if signal.confirmed_at is None:
        signal.confirmed_at, signal.confirmed_by_id_text = at, actor.id
        signal.confirmed_by_name = actor.name
        signal.save(update_fields=["confirmed_at", "confirmed_by_id_text", "confirmed_by_name"])
        record_signal(signal.pk, "confirmed", actor=actor, at=at, facts={"bank": str(signal.bank_id)})
    return signal


@transaction.atomic
def add_opinion(
    *,
    signal_id: int,
    says: str,
    reason: str,
    actor: Actor,
    at: datetime,
    partner: tuple[str, str] | None = None,
) -> SignalOpinion:
    """Keep somebody's view of a signal; it takes the place of the one they gave before, which stays on record.

    `partner` is the id and the name of the partner who says it; without it, it is the actor's own. An opinion changes
    nothing by itself. Raises ReasonMissing, SignalInvalid, NoSuchSignal, PersonNeeded, ChangedMeanwhile.
    """
    why = words(reason)
    if says not in OpinionKind.values:
        raise SignalInvalid(_("An opinion confirms, contests, or is withdrawn."), field="says")
    if partner is None:
        require_person_of_this_service(actor)
    kind = AuthorKind.PARTNER if partner else AuthorKind.PERSON
    author_id, author_name = partner or (actor.id, actor.name)
    signal = locked_one(signal_id)
    earlier = (
        SignalOpinion.objects.filter(signal=signal, author_kind=kind, author_id_text=author_id)
        .order_by("-number")
        .first()
    )
    opinion = SignalOpinion(
        signal=signal,
        author_kind=kind,
        author_id_text=author_id[:80],
        author_name=author_name[:200],
        number=earlier.number + 1 if earlier else 1,
        says=says,
        reason=why,
        at=at,
    )
    try:
        with transaction.atomic():
            opinion.save(force_insert=True)
    except IntegrityError:
        raise ChangedMeanwhile(_("The same author gave another opinion a moment ago.")) from None
    _count_opinion(signal, earlier.says if earlier else "", says)
    facts = {"says": says, "author": author_name, "author_kind": kind.value, "reason": why}
    record_signal(signal.pk, "opinion_given", actor=actor, at=at, facts=facts)
    return opinion


def _count_opinion(signal: Signal, before: str, now: str) -> None:
    """Keep the counts of opinions in force with the opinions."""
    for kind, column in _COUNTS.items():
        change = int(now == kind) - int(before == kind)
        if change:
            Signal.objects.filter(pk=signal.pk).update(**{column: F(column) + change})


@transaction.atomic
def set_labels(
    *,
    signal_id: int,
    actor: Actor,
    at: datetime,
    entity: str | None = None,
    labels: Iterable[str] | None = None,
    note: str | None = None,
) -> Signal:
    """Say whom a signal's content is taken to come from, what it does, or what else is to be known of it.

    What is None stays; an empty text or list takes it away. Raises NoSuchSignal, SignalInvalid, PersonNeeded.
    """
    signal = locked_one(signal_id)
    refuse_program(actor, signal.bank)
    name = "" if entity is None else entity.strip()
    kept = split_labels(signal.labels) if labels is None else tuple(dict.fromkeys(labels))
    text = signal.note if note is None else note.strip()
    try:
        Entry(signal.signal_type, b"", kept, name, text)
    except MalformedEntry as error:
        raise SignalInvalid(str(error), field="labels") from None
    if entity is not None:
        signal.entity_id = entity_id(name, {}, at) if name else None
    signal.labels, signal.note = join_labels(kept), text
    signal.save(update_fields=["labels", "note", "entity"])
    facts: JSONObject = {
        "entity": str(signal.entity_id or ""),
        "labels": list(kept),
        "has_note": text != "",
    }
    record_signal(signal.pk, "labelled", actor=actor, at=at, facts=facts)
    return signal


@transaction.atomic
def record_designation(
    *,
    entity: str,
    designated_by: str,
    since: date,
    until: date | None,
    reference: str,
    actor: Actor,
    at: datetime,
) -> Designation:
    """Record that the United Nations, the Union or a state designated an entity, with the list it can be read in.

    The same designation again takes the new end and reference. Raises SignalInvalid.
    """
    name, source = " ".join(entity.split()), reference.strip()
    if not 0 < len(name) <= MAX_ENTITY_CHARACTERS:
        raise SignalInvalid(_("Write the entity's name."), field="entity")
    if not _is_designator(designated_by):
        raise SignalInvalid(_("Write UN, EU, or the two letters of a state."), field="designated_by")
    if not source:
        raise SignalInvalid(_("Say in which list or act it can be read."), field="reference")
    if until is not None and until < since:
        raise SignalInvalid(_("A designation ends after it began."), field="until")
    label_id = entity_id(name, {}, at)
    designation, _made = Designation.objects.update_or_create(
        label_id=label_id,
        designated_by=designated_by,
        since=since,
        defaults={
            "until": until,
            "reference": source[:300],
            "recorded_by_name": actor.name,
            "recorded_at": at,
        },
    )
    audit.record(
        kind="banks:entity_label:designated",
        subject_kind="entity_label",
        subject_id=label_id,
        actor=actor,
        at=at,
        facts={
            "by": designated_by,
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
            "reference": source,
        },
    )
    return designation


def _is_designator(code: str) -> bool:
    """Say whether a code is UN, EU or a state; an invented state exists in exercises only."""
    if code in {UNITED_NATIONS, EUROPEAN_UNION}:
        return True
    return is_country_code(code) and (config().demo or not is_exercise_state(code))


@transaction.atomic
def record_judgement(
    *,
    signal_id: int,
    item_id: UUID,
    is_right: bool,
    decision_id: UUID,
    actor: Actor,
    at: datetime,
    case_id: UUID | None = None,
) -> SignalJudgement:
    """Keep whether a match was right, as people decided about what it met; the sums of signal and bank follow.

    A later decision about the same thing takes the place of the earlier one. Raises NoSuchSignal.
    """
    signal = locked_one(signal_id)
    found = SignalJudgement.objects.filter(signal=signal, item_id=item_id).first()
    was = found.is_right if found else None
    judgement = found or SignalJudgement(signal=signal, item_id=item_id)
    judgement.case_id, judgement.decision_id, judgement.is_right = case_id, decision_id, is_right
    judgement.judged_by_name, judgement.judged_at = actor.name, at
    judgement.save()
    changes = {"judged_right": int(is_right), "judged_wrong": int(not is_right)}
    if was is not None:
        changes["judged_right" if was else "judged_wrong"] -= 1
    moved = {column: F(column) + change for column, change in changes.items() if change}
    if moved:
        Signal.objects.filter(pk=signal.pk).update(**moved)
        Bank.objects.filter(pk=signal.bank_id).update(**moved)
    facts: JSONObject = {"is_right": is_right, "decision": str(decision_id), "item": str(item_id)}
    record_signal(signal.pk, "judged", actor=actor, at=at, facts=facts)
    return judgement
