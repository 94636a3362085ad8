"""Actions: asking for a measure, recording what the platform did, taking it back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import registries
from entente.apps.cases.models import Action, Decision
from entente.apps.cases.models.decision import ActionState
from entente.apps.cases.services.waking import wake_about_restoration
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.errors import Conflict, Missing
from entente.apps.kernel.ids import new_token
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.tlog import services as tlog
from entente.core.law.clocks import parse_timestamp

_TAKEN_BACK = (ActionState.UNDOING, ActionState.UNDONE)


GONE = ("not_found", "already_undone")
"""Refusals of a restoration that mean that there is nothing left to restore."""


def request_action(*, decision: Decision, at: datetime) -> Action:
    """Ask the platform for the decision's measure; part of issuing the decision."""
    action = Action.objects.create(
        decision=decision, kind=decision.outcome, requested_at=at, confirm_token=new_token()
    )
    registries.action_handlers.get(action.kind).apply(action, at)
    return action


@transaction.atomic
def record_effect(*, action_id: UUID, effect_at: datetime, actor: Actor, at: datetime) -> Action:
    """Record that the platform carried out a measure, or its undoing; saying it twice changes nothing.

    `effect_at` is the platform's own time of the effect, bounded by when it was asked and now, so that a
    platform with a wrong clock cannot execute before the order came or after the hour it lost.
    """
    action = _load(action_id)
    if action.state in {ActionState.PENDING, ActionState.FAILED}:
        effect = min(max(effect_at, action.requested_at), at)
        compare_and_set(
            action,
            expected=[ActionState.PENDING, ActionState.FAILED],
            to=ActionState.APPLIED,
            effect_at=effect,
            effect_recorded_at=at,
            failure="",
        )
        _record(action, "applied", actor, at, effect)
    elif action.state == ActionState.UNDOING:
        effect = min(max(effect_at, action.undo_requested_at or at), at)
        compare_and_set(action, expected=ActionState.UNDOING, to=ActionState.UNDONE, undone_at=effect)
        _record(action, "undone", actor, at, effect)
    else:
        return action
    _tell_intake(action, at)
    return action


@transaction.atomic
def record_refusal(*, action_id: UUID, reason: str, actor: Actor, at: datetime, note: str = "") -> Action:
    """Record that the platform says it cannot carry out the measure.

    `reason` is its code (`not_found`, `not_ours`), which decides what follows; `note` is what a person adds to it.
    """
    action = _load(action_id)
    words = f"{reason}: {note}"[:300] if note else reason[:300]
    if action.state == ActionState.UNDOING and reason not in GONE:
        # Somebody waits for their content: a person has to see to it, and may ask again.
        _note_refusal(action, words, actor, at)
        registries.action_handlers.get(action.kind).done(action, at)
        wake_about_restoration(action=action, at=at)
        return action
    if action.state == ActionState.UNDOING:
        # What is no longer there cannot be restored; it is undone as far as anyone can.
        compare_and_set(
            action, expected=ActionState.UNDOING, to=ActionState.UNDONE, undone_at=at, failure=words
        )
        _record(action, "undone", actor, at, at)
    elif action.state == ActionState.PENDING:
        compare_and_set(
            action, expected=ActionState.PENDING, to=ActionState.FAILED, failure=words, ask_again_at=None
        )
        _note_refusal(action, words, actor, at)
    else:
        return action
    _tell_intake(action, at)
    return action


def _note_refusal(action: Action, words: str, actor: Actor, at: datetime) -> None:
    Action.objects.filter(pk=action.pk).update(failure=words)
    action.failure = words
    audit.record(
        kind="cases:action:refused",
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        actor=actor,
        at=at,
        facts={"reason": words},
    )


@transaction.atomic
def retry_action(*, action_id: UUID, actor: Actor, at: datetime) -> Action:
    """Send a refused measure, or a refused restoration, again, after a person looked into it. Raises Conflict."""
    action = _load(action_id)
    if action.state == ActionState.FAILED:
        compare_and_set(
            action,
            expected=ActionState.FAILED,
            to=ActionState.PENDING,
            failure="",
            requested_at=at,
            ask_again_at=None,
        )
    elif action.state == ActionState.UNDOING and action.failure:
        compare_and_set(
            action, expected=ActionState.UNDOING, to=ActionState.UNDOING, failure="", undo_requested_at=at
        )
    else:
        raise Conflict(_("Only what the platform refused can be sent again."))
    audit.record(
        kind="cases:action:retried",
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        actor=actor,
        at=at,
    )
    if action.state == ActionState.UNDOING:
        return _ask_back(action, at)
    registries.action_handlers.get(action.kind).apply(action, at)
    return action


@transaction.atomic
def undo_decision(*, decision: Decision, reason: str, actor: Actor, at: datetime) -> int:
    """Take back every live measure of a decision; return how many. The one road for whatever ends it.

    `reason` is a short code: `superseded`, `withdrawn`, `ceased`, `annulled`, `refuted`, `expired`.
    """
    undone = 0
    for action in (
        Action.objects.select_for_update(of=("self",))
        .filter(decision=decision)
        .select_related("decision__case", "decision__item__content_item")
    ):
        if action.state in {ActionState.UNDOING, ActionState.UNDONE}:
            continue
        # A measure that was asked for may be under way at the platform: it is taken back all the same,
        # and the platform applies the two messages in the order of their times.
        compare_and_set(
            action,
            expected=[ActionState.PENDING, ActionState.APPLIED, ActionState.FAILED],
            to=ActionState.UNDOING,
            undo_requested_at=at,
            undo_reason=reason,
        )
        audit.record(
            kind="cases:action:undo_asked",
            subject_kind="action",
            subject_id=action.id,
            case_id=decision.case_id,
            actor=actor,
            at=at,
            facts={"reason": reason},
        )
        _ask_back(action, at)
        undone += 1
    return undone


def _ask_back(action: Action, at: datetime) -> Action:
    """Ask for a measure back; where nobody has anything to do for it, it is undone already."""
    is_done = registries.action_handlers.get(action.kind).undo(action, at)
    return record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at) if is_done else action


def _load(action_id: UUID) -> Action:
    action = (
        Action.objects.select_for_update(of=("self",))
        .select_related("decision", "decision__case", "decision__item")
        .filter(pk=action_id)
        .first()
    )
    if action is None:
        raise Missing(_("There is no such measure."))
    return action


def _record(action: Action, what: str, actor: Actor, at: datetime, effect: datetime) -> None:
    audit.record(
        kind=f"cases:action:{what}",
        subject_kind="action",
        subject_id=action.id,
        case_id=action.decision.case_id,
        actor=actor,
        at=at,
        facts={"measure": action.kind, "effect_at": effect.isoformat()},
    )
    tlog.append_leaf(
        kind=f"action_{what}",
        public_facts={"measure": action.kind, "basis": action.decision.basis_id, "day": tlog.day(effect)},
        commitments={
            "action": str(action.id),
            "decision": str(action.decision_id),
            "effect_at": effect.isoformat(),
        },
        at=at,
    )


def _tell_intake(action: Action, at: datetime) -> None:
    registries.action_handlers.get(action.kind).done(action, at)
    handler = registries.effect_recorded.find(action.decision.case.intake_kind)
    if handler is not None:
        handler(action, at)


def hear_platform(action_id: UUID, facts: Mapping[str, Any], at: datetime, *, about: str) -> Action | None:
    """Record what the platform said in its own answer to the webhook: `{"applied": bool, "at", "reason"}`.

    Nothing in the answer is trusted further than that: an unreadable time counts as now. An answer `about` an
    `action.apply` that comes after the measure was asked back changes nothing: what counts is the answer to the undo.
    """
    if about == "action.apply" and Action.objects.filter(pk=action_id, state__in=_TAKEN_BACK).exists():
        return None
    if facts.get("applied") is not True:
        return record_refusal(
            action_id=action_id, reason=str(facts.get("reason", "refused")), actor=SYSTEM, at=at
        )
    try:
        effect_at = parse_timestamp(str(facts.get("at", "")))
    except ValueError:
        effect_at = at
    return record_effect(action_id=action_id, effect_at=effect_at, actor=SYSTEM, at=at)
