"""What stands decided about an address, and what still waits for a person."""

from typing import Final
from uuid import UUID

from django.db.models import Q

from entente.apps.cases.errors import CaseMissing
from entente.apps.cases.models import Assessment, CaseItem, Decision
from entente.apps.cases.models.decision import Outcome

PROVISIONAL: Final = "provisional.match"
"""The basis of what a match restricted by itself."""

NOBODY_DECIDED: Final = Q(decision=None) | Q(decision__basis_id=PROVISIONAL)
"""What a match restricted by itself, or gave back by itself, still waits for a person."""


def item_about(*, case_id: UUID, content_item_id: UUID) -> CaseItem:
    """Return the address of a case that is about one content item. Raises CaseMissing."""
    rows = CaseItem.objects.select_related("case", "content_item", "decision")
    found = rows.filter(case_id=case_id, content_item_id=content_item_id).first()
    if found is None:
        raise CaseMissing
    return found


def decision_about(*, case_id: UUID, content_item_id: UUID) -> Decision | None:
    """Return the decision in force in a case about one content item."""
    row = CaseItem.objects.select_related("decision")
    found = row.filter(case_id=case_id, content_item_id=content_item_id).first()
    return found.decision if found is not None else None


def has_disabled(case_id: UUID) -> bool:
    """Say whether a person's decision disables an address of a case now."""
    rows = CaseItem.objects.filter(case_id=case_id, decision__outcome=Outcome.DISABLE)
    return rows.exclude(decision__basis_id=PROVISIONAL).exists()


def is_disabling(decision_id: UUID) -> bool:
    """Say whether this decision is in force and disables what it is about, by a person and not provisionally."""
    rows = CaseItem.objects.filter(decision_id=decision_id, decision__outcome=Outcome.DISABLE)
    return rows.exclude(decision__basis_id=PROVISIONAL).exists()


def newer_assessments(case_id: UUID) -> list[Assessment]:
    """Return the assessments of a case that the decision in force does not rest on already: drafts, and later ones."""
    decided = {
        item.pk: item.decision.decided_at
        for item in CaseItem.objects.filter(case_id=case_id)
        .exclude(NOBODY_DECIDED)
        .select_related("decision")
        if item.decision is not None
    }
    return [
        one
        for one in Assessment.objects.filter(case_id=case_id)
        .select_related("assessed_by")
        .order_by("-started_at", "-id")
        if one.completed_at is None or one.item_id not in decided or one.completed_at > decided[one.item_id]
    ]
