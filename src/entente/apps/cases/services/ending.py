"""What ends by itself: a restriction whose time is over is restored, and the person is told."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.cases import registries
from entente.apps.cases.letters import letter_language
from entente.apps.cases.models import CaseItem
from entente.apps.cases.models.decision import RESTRICTIONS
from entente.apps.cases.services.deciding import Ruling, issue_decision
from entente.apps.cases.services.informing import inform_person
from entente.apps.kernel.actors import SYSTEM

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from entente.apps.cases.models import Decision

_LOOKED_AT = 500
"""Restrictions past their end that are looked at in one call; nearly all of them are ended in it."""


def end_due_restrictions(*, at: datetime, limit: int = 20) -> int:
    """Restore what a decision held down until a moment that has come; the worker calls this. Each on its own.

    One that a room holds on (`registries.held_past_end`) stays, and shows as overdue there.
    """
    count = 0
    for item_id in _due(at).values_list("pk", flat=True)[:_LOOKED_AT]:
        count += _end(item_id, at)
        if count >= limit:
            break
    return count


def _due(at: datetime) -> "QuerySet[CaseItem]":
    """Return the addresses that a decision whose end has come still holds down, the longest overdue first."""
    return CaseItem.objects.filter(
        decision__ends_at__lte=at, decision__outcome__in=RESTRICTIONS, pk=F("decision__item_id")
    ).order_by("decision__ends_at", "pk")


@transaction.atomic
def _end(item_id: UUID, at: datetime) -> int:
    item = (
        CaseItem.objects.select_for_update(of=("self",))
        .select_related("case", "decision", "content_item")
        .get(pk=item_id)
    )
    decision = item.decision
    if decision is None or not _is_over(decision, at) or _is_held(decision, at):
        return 0  # somebody decided in this moment, or a room holds it on
    with override(letter_language(item.content_item)):
        reasons = str(_("The restriction had an end from the beginning, and that moment has come."))
    restored = issue_decision(
        case=item.case,
        item=item,
        ruling=Ruling(
            outcome="restore",
            basis_id=decision.basis_id,
            reasons=reasons,
            state_involved=decision.state_involved,
        ),
        actor=SYSTEM,
        at=at,
        supersedes=decision,
    )
    inform_person(decision=restored, at=at)
    handler = registries.restriction_ended.find(item.case.intake_kind)
    if handler is not None:
        handler(decision, at)
    return 1


def _is_over(decision: "Decision", at: datetime) -> bool:
    return decision.outcome in RESTRICTIONS and decision.ends_at is not None and decision.ends_at <= at


def _is_held(decision: "Decision", at: datetime) -> bool:
    holds = registries.held_past_end.find(decision.case.intake_kind)
    return holds is not None and holds(decision, at)
