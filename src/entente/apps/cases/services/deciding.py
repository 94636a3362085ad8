"""Deciding: the one function that creates decisions and asks for their actions."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases.errors import (
    AssessmentIncomplete,
    CaseAlreadyDecided,
    MeasureNotAllowed,
    MissingGrounds,
    ScopeNotAllowed,
)
from entente.apps.cases.models import Assessment, Case, CaseItem, Decision
from entente.apps.cases.models.case import CaseKind
from entente.apps.cases.models.decision import RESTRICTIONS, Outcome
from entente.apps.cases.services.acting import request_action, undo_decision
from entente.apps.cases.services.assessing import scope_of
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.oversight import services as oversight
from entente.apps.tlog import services as tlog
from entente.core.law import bases
from entente.core.law.errors import ScopeOutside

REVIEW_RULE = "house.restriction_review"
"""When a restriction without an end is looked at again (rule 1)."""

PROVISIONAL_REVIEW_RULE = "house.provisional_review"
"""By when a person looks at what a match restricted (rule 2)."""

LONGEST_PROVISIONAL = timedelta(hours=24)
"""A provisional restriction ends by itself after a day at the latest (rule 2)."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided about one address, before it becomes a row."""

    outcome: str
    basis_id: str
    reasons: str
    facts: str = ""
    ground_id: str = ""
    scope_kind: str = "countries"
    scope_countries: tuple[str, ...] = field(default_factory=tuple)
    label: str = ""
    state_involved: str = ""
    issuing_state: str = ""
    ends_at: datetime | None = None


@transaction.atomic
def issue_decision(
    *,
    case: Case,
    item: CaseItem,
    ruling: Ruling,
    actor: Actor,
    at: datetime,
    assessment: Assessment | None = None,
    supersedes: Decision | None = None,
) -> Decision:
    """Decide about one address with reasons, and ask for the measure where there is one.

    A superseded decision's measures are undone in the same transaction, so that a platform never sees a
    gap between two restrictions nor a leftover of the first. Raises CaseAlreadyDecided, MissingGrounds,
    ScopeNotAllowed, MeasureNotAllowed, AssessmentIncomplete.
    """
    basis = _check(ruling, assessment, case, at)
    current = item.decision
    if current is not None and (supersedes is None or supersedes.pk != current.pk):
        raise CaseAlreadyDecided(_("This address is decided already. Supersede that decision, with reasons."))
    decision = Decision.objects.create(
        case=case,
        item=item,
        assessment=assessment,
        supersedes=supersedes,
        outcome=ruling.outcome,
        basis_id=ruling.basis_id,
        ground_id=ruling.ground_id,
        facts=ruling.facts,
        reasons=ruling.reasons,
        scope_kind=ruling.scope_kind,
        scope_countries=list(ruling.scope_countries),
        label=ruling.label,
        redress_road=basis.redress_road,
        state_involved=ruling.state_involved,
        ends_at=ruling.ends_at,
        review_at=deadline_queries.end_of(REVIEW_RULE, at) if ruling.ends_at is None else None,
        decided_by_id_text=actor.id,
        decided_by_name=actor.name,
        decided_at=at,
    )
    _put_in_force(item, decision, current)
    if ruling.outcome in RESTRICTIONS:
        _restrict(decision, basis, at)
    if supersedes is not None:
        deadlines.cancel_deadlines_of(
            subject_kind="decision", subject_id=supersedes.id, reason="superseded", at=at
        )
        undo_decision(decision=supersedes, reason="superseded", actor=actor, at=at)
    _record(decision, actor, at)
    return decision


def _restrict(decision: Decision, basis: bases.Basis, at: datetime) -> None:
    request_action(decision=decision, at=at)
    if basis.kind is bases.BasisKind.PROVISIONAL:
        _review_before_it_ends(decision, at)
    elif basis.requires != bases.Requirement.ORDER:
        # Rule 1: a restriction of our own that has no end is looked at again; the clock room remembers.
        deadlines.start_deadline(
            subject_kind="decision", subject_id=decision.id, rule_id=REVIEW_RULE, trigger_at=at, at=at
        )


def _review_before_it_ends(decision: Decision, at: datetime) -> None:
    """Start the clock of the person who looks: half of the time at the latest, so that a backup has the other half."""
    lasts = (decision.ends_at or at) - at
    deadlines.start_deadline(
        subject_kind="decision",
        subject_id=decision.id,
        rule_id=PROVISIONAL_REVIEW_RULE,
        trigger_at=at,
        at=at,
        case_id=decision.case_id,
        due_by=at + lasts / 2,
    )


def _check(ruling: Ruling, assessment: Assessment | None, case: Case, at: datetime) -> bases.Basis:
    basis = bases.basis(ruling.basis_id)
    if assessment is not None and assessment.case_id != case.pk:
        raise AssessmentIncomplete(_("This assessment belongs to another case."))
    if not ruling.reasons.strip():
        raise MissingGrounds(_("Say why, in words the person affected can understand."))
    if ruling.outcome == Outcome.RESTORE:
        return basis
    if basis.requires == bases.Requirement.ASSESSMENT:
        _check_assessment(ruling, assessment)
    elif basis.requires == bases.Requirement.CONFIRMED_SIGNAL:
        _check_provisional(ruling, case, at)
    if ruling.outcome not in RESTRICTIONS:
        return basis
    _check_limits(basis, ruling)
    if ruling.outcome == Outcome.LABEL and not ruling.label.strip():
        raise MissingGrounds(_("Write the text of the warning label."))
    return basis


def _check_assessment(ruling: Ruling, assessment: Assessment | None) -> None:
    if assessment is None or not assessment.is_complete:
        raise AssessmentIncomplete(
            _("Only an order is executed first. Here the assessment comes before any decision.")
        )
    if assessment.outcome != ruling.outcome and assessment.road == "notice":
        raise AssessmentIncomplete(
            _("The decision differs from what the assessment concluded. Change the assessment first.")
        )


def _check_provisional(ruling: Ruling, case: Case, at: datetime) -> None:
    """Refuse what a match alone may never do: last longer than a day, or restrict what no match brought here.

    That a person of this service confirmed the signal is for the room of matches to see (`banks.rules.may_restrict`).
    """
    if case.kind != CaseKind.MATCH:
        raise MeasureNotAllowed(
            _("Only a match with a signal that a person confirmed may restrict provisionally."),
            basis=ruling.basis_id,
        )
    if ruling.ends_at is None or not at < ruling.ends_at <= at + LONGEST_PROVISIONAL:
        raise MeasureNotAllowed(
            _("A provisional restriction ends by itself within 24 hours."), basis=ruling.basis_id
        )


def _check_limits(basis: bases.Basis, ruling: Ruling) -> None:
    exercise = config().demo
    ground = bases.ground(ruling.ground_id, exercise=exercise) if ruling.ground_id else None
    scope = scope_of(ruling.scope_kind, ruling.scope_countries)
    if scope is None:
        raise MissingGrounds(_("Say where the measure holds."))
    try:
        bases.check_measure(basis, bases.Measure(ruling.outcome))
        bases.check_scope(
            basis, scope, ground=ground, issuing_state=ruling.issuing_state or None, exercise=exercise
        )
    except bases.MeasureOutside as error:
        raise MeasureNotAllowed(str(error), basis=basis.id) from error
    except ScopeOutside as error:
        raise ScopeNotAllowed(str(error), basis=basis.id) from error
    if ground is not None and ground.kind not in basis.ground_kinds:
        raise MissingGrounds(
            _("This ground does not belong to the chosen basis."), basis=basis.id, ground=ground.id
        )


def _put_in_force(item: CaseItem, decision: Decision, current: Decision | None) -> None:
    # Compare-and-set: of two reviewers deciding at once exactly one wins, on every database.
    changed = CaseItem.objects.filter(pk=item.pk, decision=current).update(decision=decision)
    if changed != 1:
        raise ChangedMeanwhile(
            _("Somebody else decided about this address a moment ago. Look at their decision first.")
        )
    item.decision = decision


def _record(decision: Decision, actor: Actor, at: datetime) -> None:
    facts = {
        "outcome": decision.outcome,
        "basis": decision.basis_id,
        "ground": decision.ground_id,
        "scope": decision.scope_kind,
    }
    audit.record(
        kind="cases:decision:issued",
        subject_kind="decision",
        subject_id=decision.id,
        case_id=decision.case_id,
        actor=actor,
        at=at,
        facts={**facts, "countries": decision.scope_countries},
    )
    tlog.append_leaf(
        kind="decision_issued",
        public_facts={**facts, "day": tlog.day(at)},
        commitments={
            "decision": str(decision.id),
            "address": decision.item.url,
            "reasons": decision.reasons,
            "decided_at": at.isoformat(),
            "decided_by": actor.id,
        },
        at=at,
    )
    oversight.copy_to_overseer(
        kind="decision",
        subject_id=decision.id,
        summary={**facts, "reasons": decision.reasons, "redress": decision.redress_road},
        at=at,
    )


def decision_in_force(item_id: UUID) -> Decision | None:
    """Return the decision in force about an address."""
    return CaseItem.objects.select_related("decision").get(pk=item_id).decision
