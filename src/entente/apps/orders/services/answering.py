"""What goes back to the authority: Annex II, Annex III, a courteous reply, requests. Documents are kept as sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.deliveries import services as deliveries
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.config import config
from entente.apps.orders import facts
from entente.apps.orders.models import Answer, RemovalOrder
from entente.apps.orders.services import alerts, answer_mail, reporting
from entente.apps.parties import queries as parties
from entente.core.law import orders as law

_REQUEST_ALARM_AFTER = timedelta(minutes=30)
"""How long a request that runs against a window of days, or a reply, may stay on its way before people are woken."""


def _common(order: RemovalOrder, actor: Actor) -> dict[str, Any]:
    profile = parties.host_facts()
    return {
        "addressee": profile.name,
        "issuing_authority": order.issuer_name,
        "authority_reference": order.reference or _("(the order has no reference)"),
        "addressee_reference": order.case.reference,
        "received_at": order.received_at,
        "host_name": profile.name,
        "authorised_person": actor.name if actor.kind == "person" else profile.name,
        "contact_email": profile.contact_point_mail,
        "exercise": config().demo,
    }


def write_feedback(*, order: RemovalOrder, actor: Actor, at: datetime) -> Answer:
    """Write Annex II with the time of the effect, and send it (TCO 3(6))."""
    urls = [item.url for item in case_queries.items_of(order.case_id) if item.action_state == "applied"]
    host = parties.host_facts()
    document = law.Feedback(
        **_common(order, actor),
        measure=law.Measure.DISABLED,
        measure_at=order.executed_at or at,
        host_state=host.established_in or host.represented_in,
        date=at,
        addresses=tuple(urls),
    )
    return _keep(order, "feedback", document.to_json(), actor, at, gaps=document.validate())


def write_impossibility(
    *, order: RemovalOrder, ground: str, explanation: str, urls: Sequence[str], actor: Actor, at: datetime
) -> Answer:
    """Write Annex III with its ground, and send it (TCO 3(7), 3(8))."""
    needs_more = ground != law.ImpossibilityGround.FORCE_MAJEURE
    document = law.Impossibility(
        **_common(order, actor),
        grounds=(law.ImpossibilityGround(ground),),
        further_information=explanation,
        errors_or_clarification=explanation if needs_more else "",
        signature=actor.name if actor.kind == "person" else parties.host_facts().name,
        at=at,
        addresses=tuple(urls),
    )
    return _keep(
        order, "impossibility", document.to_json(), actor, at, ground=ground, gaps=document.validate()
    )


@transaction.atomic
def answer_not_binding(*, order_id: UUID, text: str, actor: Actor, at: datetime) -> Answer:
    """Answer courteously that the message does not bind this service here, and why."""
    order = RemovalOrder.objects.select_related("case", "authority").get(pk=order_id)
    document = {**_plain(order, actor, at), "text": text, "reasons": order.binding_reasons}
    answer = _keep(order, "not_binding", document, actor, at)
    from entente.apps.cases import services as cases

    cases.close_case(case_id=order.case_id, actor=actor, at=at, outcome="answered")
    return answer


def prepare_challenge(*, order: RemovalOrder, actor: Actor, at: datetime) -> Answer | None:
    """Wake the legal person about an order on the protected corpus; prepare the request where scrutiny is open."""
    if not facts.may_be_scrutinised(order):
        alerts.wake(order=order, reason="protected_at_home", at=at, role="legal")
        return None
    draft = scrutiny_document(order, _("The address belongs to the protected corpus (TCO 1(3))."), actor, at)
    alerts.wake(order=order, reason="protected", at=at, role="legal")
    return Answer.objects.create(
        order=order, kind="scrutiny_draft", document=draft, written_by_name=actor.name, written_at=at
    )


def scrutiny_document(order: RemovalOrder, reasons: str, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return the reasoned request of TCO 4(4), addressed to the authority of the host's own state."""
    return {
        **_plain(order, actor, at),
        "article": "4(4)",
        "addressed_to": (authority.name if (authority := facts.scrutiny_authority()) else ""),
        "reasons": reasons,
        "addresses": [item.url for item in case_queries.items_of(order.case_id)],
    }


def _plain(order: RemovalOrder, actor: Actor, at: datetime) -> dict[str, Any]:
    common = {**_common(order, actor), "written_at": at}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in common.items()
    }


def send_request(
    *, order: RemovalOrder, kind: str, document: dict[str, Any], recipient: str, actor: Actor, at: datetime
) -> Answer:
    """Keep and send a request (scrutiny, withdrawal) to `recipient`."""
    return _keep(order, kind, document, actor, at, recipient=recipient)


@transaction.atomic
def send_answer(*, answer_id: UUID, actor: Actor, at: datetime) -> Answer:
    """Send a kept document again by the same road."""
    answer = Answer.objects.select_related("order", "order__authority", "order__case").get(pk=answer_id)
    return _keep(
        answer.order,
        answer.kind,
        answer.document,
        actor,
        at,
        ground=answer.ground,
        recipient=answer.recipient,
    )


def _keep(
    order: RemovalOrder,
    kind: str,
    document: dict[str, Any],
    actor: Actor,
    at: datetime,
    *,
    ground: str = "",
    recipient: str = "",
    gaps: Sequence[law.Finding] = (),
) -> Answer:
    """Keep a document as it is sent. What it lacks goes on record and delays nothing: the answer is owed at once."""
    answer = Answer(
        order=order,
        kind=kind,
        ground=ground,
        document=document,
        recipient=recipient or _recipient(order),
        written_by_name=actor.name,
        written_at=at,
    )
    answer.delivery_id = _deliver(answer, at)
    answer.save(force_insert=True)
    reporting.start_clock(answer, at)
    audit.record(
        kind=f"orders:answer:{kind}",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"recipient": answer.recipient, "ground": ground, "gaps": [gap.field for gap in gaps]},
    )
    return answer


def _recipient(order: RemovalOrder) -> str:
    """Return where answers go: what OUR register says, never an address the message brought along."""
    if order.authority is None:
        return ""
    if order.authority.callback_url:
        return f"authority:{order.authority.id}"
    return order.authority.contact_mail


def _deliver(answer: Answer, at: datetime) -> UUID | None:
    """Enqueue the document; without an address in our register it waits for download on the case page."""
    if not answer.recipient:
        return None
    order = answer.order
    if answer.recipient.startswith("authority:"):
        return deliveries.enqueue(
            transport="webhook",
            purpose=f"answer.{answer.kind}",
            destination=answer.recipient,
            payload={"type": f"answer.{answer.kind}", "timestamp": at.isoformat(), "data": answer.document},
            subject_kind="answer",
            subject_id=answer.id,
            case_id=order.case_id,
            at=at,
            alarm_after=_REQUEST_ALARM_AFTER,
        ).id
    return deliveries.enqueue(
        transport="mail",
        purpose=f"answer.{answer.kind}",
        destination=answer.recipient,
        payload={
            **answer_mail.letter(answer),
            "answer": {
                "kind": answer.kind,
                "document": answer.document,
                "reference": order.reference,
                "case": order.case.reference,
                "received_at": order.received_at.isoformat(),
            },
        },
        subject_kind="answer",
        subject_id=answer.id,
        case_id=order.case_id,
        at=at,
        alarm_after=_REQUEST_ALARM_AFTER,
    ).id
