"""The one key for suspected child abuse: the case leaves for the route in the law data."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from entente.apps.audit import services as audit
from entente.apps.cases import registries
from entente.apps.cases.models import Case, CaseItem
from entente.apps.cases.models.case import CaseStage, CaseState
from entente.apps.cases.services.opening import load_open
from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.transitions import compare_and_set
from entente.core.law import routes

ROUTE = "suspected_child_abuse"


@transaction.atomic
def leave_case_to_route(*, case_id: UUID, actor: Actor, at: datetime) -> Case:
    """Close the preview for everybody, copy nothing further, and take the case out of the inbox.

    What an order holds down stays down; what was only noticed is not judged here any more. The route (whom
    to tell, by which law) comes from the law data.
    """
    case = load_open(case_id)
    for item in CaseItem.objects.filter(case=case).select_related("content_item"):
        content.close_previews(content_item=item.content_item, actor=actor, at=at)
    compare_and_set(case, expected=CaseState.OPEN, to=CaseState.LEFT, closed_at=at, stage=CaseStage.DONE)
    handler = registries.case_left.find(case.intake_kind)
    if handler is not None:
        handler(case, actor, at)
    route = routes.route(ROUTE)
    if route.deadline_rule:
        deadlines.start_deadline(
            subject_kind="case", subject_id=case.id, rule_id=route.deadline_rule, trigger_at=at, at=at
        )
    audit.record(
        kind="cases:case:left",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"route": route.id},
    )
    return case
