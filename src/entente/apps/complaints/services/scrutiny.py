"""Helping the person affected to ask for scrutiny of an order (TCO 4(4))."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import services as cases
from entente.apps.complaints.errors import ComplaintEmpty, WrongRoad
from entente.apps.complaints.models import ScrutinyRequest
from entente.apps.complaints.services.complaining import MIN_TEXT
from entente.apps.deadlines import services as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders import facts
from entente.apps.orders import queries as orders
from entente.core.law import clocks, rules

if TYPE_CHECKING:
    from entente.apps.cases.models import StatementOfReasons
    from entente.apps.orders.models import RemovalOrder
    from entente.apps.parties.types import AuthorityFacts

RULE: Final = "tco.xborder.request_person"
ALARM_AFTER: Final = timedelta(minutes=30)
"""A request that has not left after half an hour wakes who is on call; sooner where less of the person's time is left."""
_SHORTEST_ALARM: Final = timedelta(minutes=1)
_SHARE_OF_TIME_LEFT = 2


def scrutiny_until(informed_at: datetime) -> datetime:
    """Return until when the authority must take up the request of a person who was informed at that time."""
    return clocks.due_at(rules.deadline_rule(RULE), informed_at, zone=config().zone)


@transaction.atomic
def request_scrutiny(
    *, statement: "StatementOfReasons", text: str, name: str, contact_mail: str, actor: Actor, at: datetime
) -> ScrutinyRequest:
    """Send the person's request for scrutiny to the authority of the host's state (TCO 4(4)).

    After the law's time the authority need not take it; the person may still write to it, and is told so. Where our
    register holds no such authority the request is kept, nothing is sent, the person's clock runs on, and the legal
    desk is woken. Raises WrongRoad for a measure of the service's own and for an order that crosses no border,
    ComplaintEmpty.
    """
    order = _order_of(statement)
    if len(text.strip()) < MIN_TEXT:
        raise ComplaintEmpty(_("Say in your own words why the order is wrong."))
    request = ScrutinyRequest(
        statement=statement,
        text=text.strip(),
        name=name.strip(),
        contact_mail=contact_mail.strip(),
        requested_at=at,
    )
    authority = facts.scrutiny_authority()
    if authority is not None and authority.contact_mail:
        _send(request, statement, authority)
    else:
        _wake_legal(order, statement, at)
    request.save(force_insert=True)
    audit.record(
        kind=f"complaints:scrutiny_request:{'sent' if request.delivery_id else 'kept'}",
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        actor=actor,
        at=at,
    )
    notify_worker_on_commit()
    return request


def _order_of(statement: "StatementOfReasons") -> "RemovalOrder":
    """Return the order behind a letter, where it can be scrutinised. Raises WrongRoad."""
    if statement.decision.redress_road != "challenge":
        raise WrongRoad(_("This measure is the service's own. Lodge a complaint instead."))
    order = orders.of_case(statement.case_id)
    if order is None or not facts.may_be_scrutinised(order):
        raise WrongRoad(
            _(
                "Scrutiny is for orders of another state than the host's own. The courts, the issuer and a complaint to the service remain."
            )
        )
    return order


def _send(request: ScrutinyRequest, statement: "StatementOfReasons", authority: "AuthorityFacts") -> None:
    at = request.requested_at
    request.delivery_id = deliveries.enqueue(
        transport="mail",
        purpose="scrutiny.person",
        destination=authority.contact_mail,
        payload=_letter(request, statement),
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        at=at,
        alarm_after=_alarm_after(statement, at),
    ).id
    deadlines.meet_deadline(subject_kind="statement", subject_id=statement.id, rule_id=RULE, met_at=at, at=at)


def _alarm_after(statement: "StatementOfReasons", at: datetime) -> timedelta:
    """Return how long the request may take: people are woken while half of the person's time is still left."""
    until = scrutiny_until(statement.informed_at) if statement.informed_at else None
    if until is None or until <= at:
        return ALARM_AFTER
    return max(min(ALARM_AFTER, (until - at) / _SHARE_OF_TIME_LEFT), _SHORTEST_ALARM)


def _letter(request: ScrutinyRequest, statement: "StatementOfReasons") -> dict[str, str]:
    """Return the mail to the authority: the person's words, how to reach them, what the order was, and when they knew."""
    informed = statement.informed_at
    late = informed is not None and request.requested_at > scrutiny_until(informed)
    lines = [
        request.text,
        f"{request.name} <{request.contact_mail}>",
        statement.decision.facts,
        _("Informed at %(at)s.") % {"at": informed.isoformat()} if informed else "",
        _("This request is later than 48 hours.") if late else "",
    ]
    return {
        "subject": _("Request for scrutiny of a removal order (Regulation (EU) 2021/784, Art. 4(4))"),
        "text": "\n\n".join(line for line in lines if line),
        "language": get_language() or "en",
    }


def _wake_legal(order: "RemovalOrder", statement: "StatementOfReasons", at: datetime) -> None:
    values = {"reference": order.reference or statement.case.reference}
    text = lazy(
        lambda: (
            _(
                "A person asks for scrutiny of order %(reference)s, and the register holds no authority it could be sent to. Nothing was sent. Pass the request on at once, and register the authority."
            )
            % values
        ),
        str,
    )()
    cases.page_people(
        role="legal",
        subject_kind="statement",
        subject_id=statement.id,
        case_id=statement.case_id,
        text=text,
        at=at,
        key=f"scrutiny-unsent-{statement.id}",
    )
