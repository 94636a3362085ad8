"""What waits its turn to be asked of the platform again: many measures of one case, a batch at a time.

`Action.ask_again_at` says so on the row itself, so that a kill at any moment loses nothing and repeats nothing.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import F

from entente.apps.cases.models import Action
from entente.apps.cases.models.decision import ActionState

if TYPE_CHECKING:
    from django.db.models import QuerySet

_ON_ITS_WAY = (ActionState.PENDING, ActionState.APPLIED)


def ask_refused_later(*, case_id: UUID, at: datetime) -> int:
    """Let what the platform refused in a case be asked for again; return how much. What is reported impossible is not."""
    refused = Action.objects.filter(
        decision__case_id=case_id,
        decision=F("decision__item__decision"),
        decision__item__impossible_ground="",
        state=ActionState.FAILED,
    )
    return refused.update(ask_again_at=at)


def refused_in_turn(case_id: UUID, *, limit: int) -> list[UUID]:
    """Return the next refused measures of a case that are to be asked for again."""
    return list(_refused().filter(decision__case_id=case_id).values_list("pk", flat=True)[:limit])


def cases_with_refused_in_turn(intake_kind: str) -> "QuerySet[Action, UUID]":
    """Return the ids of cases of one intake in which a refused measure waits to be asked for again."""
    waiting = _refused().filter(decision__case__intake_kind=intake_kind)
    return waiting.order_by().values_list("decision__case_id", flat=True).distinct()


def tell_pending_later(*, case_id: UUID, at: datetime) -> int:
    """Let the platform be told again what it was asked for in a case and has not answered; return how much."""
    pending = Action.objects.filter(decision__case_id=case_id, state=ActionState.PENDING)
    return pending.update(ask_again_at=at)


def take_told_in_turn(case_id: UUID, *, limit: int) -> list[Action]:
    """Take the next measures of a case out of the line of those to be told again; in the running transaction."""
    found = list(
        Action.objects.filter(decision__case_id=case_id, state__in=_ON_ITS_WAY, ask_again_at__isnull=False)
        .select_related("decision__item__content_item", "decision__case")
        .order_by("ask_again_at", "pk")[:limit]
    )
    Action.objects.filter(pk__in=[action.pk for action in found]).update(ask_again_at=None)
    return found


def _refused() -> "QuerySet[Action]":
    refused = Action.objects.filter(state=ActionState.FAILED, ask_again_at__isnull=False)
    return refused.order_by("ask_again_at", "pk")
