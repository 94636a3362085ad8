"""The one key for suspected child abuse: the case takes the route in the law data, and somebody hands it over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import registries
from entente.apps.cases.errors import CaseClosed, CaseMissing, HandoverUnclear
from entente.apps.cases.models import Case, CaseItem, Departure, RouteHandover
from entente.apps.cases.services.opening import JUDGING, load_open, take_out
from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor
from entente.apps.parties import queries as parties
from entente.core.law import routes

ROUTE = "suspected_child_abuse"


def route_advice() -> routes.Advice:
    """Say whom to tell, by the law of the host's state."""
    host = parties.host_facts()
    return routes.advise(ROUTE, state=None, host_state=host.established_in or host.represented_in or None)


@transaction.atomic
def leave_case_to_route(*, case_id: UUID, actor: Actor, at: datetime) -> Case:
    """Close the preview for everybody, copy nothing further, and start the route of the law data.

    The case leaves at once where judging would be next. Where something goes on that needs no look (the hour of an
    order, an effect on its way, an answer, a challenge), it stays open for just that and leaves afterwards. What an
    order holds down stays down. Legal people are woken by the route's clock. Raises CaseMissing, CaseClosed.
    """
    case = load_open(case_id)
    if Departure.objects.filter(case=case).exists():
        raise CaseClosed(_("The key was pressed already. The preview is closed and the route has begun."))
    ids = list(CaseItem.objects.filter(case=case).values_list("content_item_id", flat=True))
    content.close_previews_of(content_item_ids=ids, actor=actor, at=at)
    route = routes.route(ROUTE)
    Departure.objects.create(case=case, route_id=route.id, left_at=at, left_by_name=actor.name)
    audit.record(
        kind="cases:case:sent_to_route",
        subject_kind="case",
        subject_id=case.id,
        case_id=case.id,
        actor=actor,
        at=at,
        facts={"route": route.id},
    )
    if case.stage in JUDGING:
        take_out(case=case, actor=actor, at=at)
    handler = registries.case_left.find(case.intake_kind)
    if handler is not None:
        handler(case, actor, at)
    if route.deadline_rule:
        deadlines.start_deadline(
            subject_kind="case",
            subject_id=case.id,
            rule_id=route.deadline_rule,
            trigger_at=at,
            at=at,
            case_id=case.id,
        )
    return case


@transaction.atomic
def record_route_handover(
    *,
    case_id: UUID,
    recipient: str,
    recipient_id: str = "",
    reference: str,
    handed_over_at: datetime,
    actor: Actor,
    at: datetime,
) -> RouteHandover:
    """Record that a recipient of the route was told, and meet the route's clock; further recipients are added.

    `recipient` is the name in words, `recipient_id` its id in the law data or empty for somebody else; `reference` is
    what the recipient calls it. Raises CaseMissing, HandoverUnclear.
    """
    departure = Departure.objects.select_for_update(of=("self",)).filter(case_id=case_id).first()
    if departure is None:
        raise CaseMissing(_("This case took no route."))
    if not recipient.strip() or not reference.strip():
        raise HandoverUnclear(_("Say whom you told, and under which reference they have it."))
    if handed_over_at > at:
        raise HandoverUnclear(
            _("It cannot have been handed over in the future. Check the date and the time.")
        )
    handed = RouteHandover.objects.create(
        departure=departure,
        recipient_id=recipient_id,
        recipient=recipient.strip()[:200],
        reference=reference.strip()[:200],
        handed_over_at=handed_over_at,
        handed_over_by_name=actor.name,
        recorded_at=at,
    )
    rule_id = routes.route(departure.route_id).deadline_rule
    if rule_id:
        deadlines.meet_deadline(
            subject_kind="case", subject_id=case_id, rule_id=rule_id, met_at=handed_over_at, at=at
        )
    audit.record(
        kind="cases:case:handed_to_route",
        subject_kind="case",
        subject_id=case_id,
        case_id=case_id,
        actor=actor,
        at=at,
        facts={"recipient": handed.recipient, "reference": handed.reference},
    )
    return handed
