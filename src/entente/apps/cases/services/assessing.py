"""The full assessment: drafts that survive, completion that refuses gaps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases.errors import AssessmentIncomplete, LinguistUnknown
from entente.apps.cases.models import Assessment, CaseItem
from entente.apps.cases.services.opening import load_open
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law import assessment as law
from entente.core.law.scopes import Scope

_PLAIN = (
    "ground",
    "true_purpose",
    "polemic",
    "exemption_reasoning",
    "danger",
    "scope_reasoning",
    "language",
    "understood_by_note",
    "outcome",
    "reasoning",
)
TEST_FIELDS = {part: f"test_{part}" for part in ("provided_by_law", "legitimate_aim", "necessity")}
FACTOR_FIELDS = {
    part: f"factor_{part}"
    for part in ("context", "speaker", "intent", "content_and_form", "extent", "likelihood")
}
FORM_FIELDS = (
    *_PLAIN,
    *TEST_FIELDS.values(),
    *FACTOR_FIELDS.values(),
    "purposes_considered",
    "scope_kind",
    "scope_countries",
    "understood_by",
    "linguist_id",
)
"""What a reviewer fills in; the law engine names its parts, the columns hold them."""


def form_of(assessment: Assessment) -> law.AssessmentForm:
    """Return the assessment as the law engine reads it."""
    return law.AssessmentForm(
        **{name: getattr(assessment, name) for name in _PLAIN},
        purposes_considered=frozenset(assessment.purposes_considered),
        test={part: getattr(assessment, column) for part, column in TEST_FIELDS.items()},
        factors={part: getattr(assessment, column) for part, column in FACTOR_FIELDS.items()},
        scope=scope_of(assessment.scope_kind, assessment.scope_countries),
        understood_by=law.Understanding(assessment.understood_by) if assessment.understood_by else None,
        linguist=_linguist_name(assessment.linguist_id),
        exercise=config().demo,
    )


def _linguist_name(person_id: UUID | None) -> str:
    """Return the name of a linguist who may be one: an account from elsewhere that is still open (ADR 0022)."""
    known = {one.id: one.name for one in parties.people_from_outside()} if person_id is not None else {}
    return known.get(person_id, "") if person_id is not None else ""


def scope_of(kind: str, countries: Sequence[str]) -> Scope | None:
    """Return a territory, or None while nobody has named one."""
    if kind == "worldwide":
        return Scope.everywhere()
    if kind == "countries" and countries:
        return Scope.of(*countries)
    return None


def gaps_of(assessment: Assessment) -> tuple[law.Gap, ...]:
    """Name what is still missing."""
    return law.gaps(form_of(assessment), road=assessment.road)


@transaction.atomic
def save_assessment_draft(
    *, case_id: UUID, item_id: UUID, values: Mapping[str, Any], road: str, person_id: UUID, at: datetime
) -> Assessment:
    """Keep what a reviewer has written so far; nothing typed is ever lost.

    Raises LinguistUnknown (nobody from elsewhere with an open account).
    """
    linguist_id = values.get("linguist_id")
    if linguist_id is not None and not _linguist_name(linguist_id):
        raise LinguistUnknown(
            _("A linguist is somebody from elsewhere whom this service invited."), field="linguist_id"
        )
    case = load_open(case_id)
    item = CaseItem.objects.get(pk=item_id, case=case)
    draft, _created = Assessment.objects.get_or_create(
        case=case,
        item=item,
        assessed_by_id=person_id,
        is_complete=False,
        defaults={"road": road, "started_at": at},
    )
    for name in FORM_FIELDS:
        if name in values:
            setattr(draft, name, values[name])
    draft.road = road
    draft.save()
    return draft


@transaction.atomic
def complete_assessment(*, assessment_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """Close an assessment. Raises AssessmentIncomplete with every gap named."""
    assessment = Assessment.objects.select_for_update().get(pk=assessment_id)
    if assessment.is_complete:
        return assessment
    load_open(assessment.case_id)
    gaps = gaps_of(assessment)
    if gaps:
        raise AssessmentIncomplete(
            _("Nothing can be decided with a gap. Fill in: %(fields)s.")
            % {"fields": ", ".join(gap.field for gap in gaps)},
            gaps=[{"field": gap.field, "message": gap.text} for gap in gaps],
        )
    assessment.is_complete, assessment.completed_at = True, at
    assessment.save(update_fields=["is_complete", "completed_at"])
    audit.record(
        kind="cases:assessment:completed",
        subject_kind="assessment",
        subject_id=assessment.id,
        case_id=assessment.case_id,
        actor=actor,
        at=at,
        facts={"road": assessment.road, "ground": assessment.ground},
    )
    return assessment
