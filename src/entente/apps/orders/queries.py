"""Reading orders."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from entente.apps.arrivals import queries as arrivals
from entente.apps.cases import queries as case_queries
from entente.apps.deadlines import queries as deadlines
from entente.apps.orders.models import (
    ENDED,
    Answer,
    ExecutionCheck,
    FormVersion,
    OrderEvent,
    ReceiptCorrection,
    RefusedOrder,
    RemovalOrder,
)
from entente.apps.orders.services.checking import is_protected
from entente.apps.orders.services.identifying import is_form_proven
from entente.apps.orders.services.recognising import SAME_ORDER
from entente.apps.orders.services.restoring import is_restoring
from entente.core.law import orders as law


def of_case(case_id: UUID) -> RemovalOrder | None:
    """Return the order a case grew out of."""
    return (
        RemovalOrder.objects.select_related("authority", "case", "related_to").filter(case_id=case_id).first()
    )


def order(order_id: UUID) -> RemovalOrder:
    """Return one order."""
    return RemovalOrder.objects.select_related("authority", "case", "related_to").get(pk=order_id)


def by_reference(reference: str) -> RemovalOrder:
    """Return the newest order with an authority's reference."""
    return (
        RemovalOrder.objects.select_related("authority", "case")
        .filter(reference=reference)
        .latest("recorded_at")
    )


def form_of(found: RemovalOrder) -> law.RemovalOrderForm:
    """Return the order's Annex I, typed."""
    return law.RemovalOrderForm.from_json(found.form)


def clarified_form(order_id: UUID, written: Any, *, authority_id: UUID) -> law.RemovalOrderForm | None:
    """Return an order's Annex I with the boxes its issuer wrote anew, or None when the order is not theirs.

    What is left out stays as it was; a list of addresses takes the place of the former one.
    """
    found = RemovalOrder.objects.filter(pk=order_id, authority_id=authority_id).first()
    if found is None:
        return None
    merged: dict[str, Any] = dict(found.form)
    for name, value in (written if isinstance(written, dict) else {}).items():
        stood = merged.get(name)
        merged[name] = {**stood, **value} if isinstance(stood, dict) and isinstance(value, dict) else value
    return law.RemovalOrderForm.from_json(merged)


def checks_of(order_id: UUID) -> list[ExecutionCheck]:
    """Return the execution checks, oldest first."""
    return list(ExecutionCheck.objects.filter(order_id=order_id).order_by("checked_at"))


def answers_of(order_id: UUID) -> list[Answer]:
    """Return what was sent back, oldest first, with who handed it over where no delivery brought it."""
    return list(
        Answer.objects.filter(order_id=order_id).prefetch_related("hand_overs").order_by("written_at")
    )


def answer(answer_id: UUID) -> Answer:
    """Return one document that was sent back."""
    return Answer.objects.select_related("order", "order__case", "order__authority").get(pk=answer_id)


def events_of(order_id: UUID) -> list[OrderEvent]:
    """Return what others did to the order, oldest first."""
    return list(OrderEvent.objects.filter(order_id=order_id).order_by("recorded_at"))


def corrections_of(order_id: UUID) -> list[ReceiptCorrection]:
    """Return the corrections of the time of receipt, oldest first."""
    return list(ReceiptCorrection.objects.filter(order_id=order_id).order_by("corrected_at"))


def form_versions_of(order_id: UUID) -> list[FormVersion]:
    """Return what stood in the form before it was completed from the paper, oldest first."""
    return list(FormVersion.objects.filter(order_id=order_id).order_by("replaced_at"))


def refused(*, limit: int = 20) -> list[RefusedOrder]:
    """Return the orders that were too long or too large and that nobody has looked at, newest first."""
    rows = RefusedOrder.objects.select_related("authority").filter(seen_at__isnull=True)
    return list(rows.order_by("-last_at")[:limit])


def proposed_issuers(found: RemovalOrder) -> list[arrivals.IssuerProposal]:
    """Return which authorities of the register an order may come from, by its message and by its boxes."""
    message = arrivals.of_case(found.case_id)
    return arrivals.proposed_issuers(
        sender=message.sender if message is not None else found.issuer_name,
        sender_mail=message.sender_mail if message is not None else "",
        form=found.form,
    )


def may_be_completed(found: RemovalOrder) -> bool:
    """Say whether a person may type what the paper says into the boxes: nothing proves them, and the order stands."""
    return (
        found.authenticity != "refuted"
        and found.related_how != SAME_ORDER
        and found.fate not in ENDED
        and not is_form_proven(found)
    )


def may_be_identified(found: RemovalOrder) -> bool:
    """Say whether a person may say which authority an order claims to come from."""
    return (
        found.authenticity == "unverified"
        and found.execution in {"awaiting", "not_binding", "impossible"}
        and found.related_how != SAME_ORDER
        and found.fate not in ENDED
    )


def may_be_examined_again(found: RemovalOrder) -> bool:
    """Say whether it may be computed anew that an order filed as information binds after all."""
    return (
        found.execution == "not_binding"
        and found.authenticity != "refuted"
        and found.related_how != SAME_ORDER
        and found.fate not in ENDED
    )


def is_open(found: RemovalOrder) -> bool:
    """Say whether only facts that nobody has filled in stand against an order's binding."""
    against = [reason for reason in found.binding_reasons if reason.get("weight") != "for"]
    return bool(against) and all(reason.get("weight") == "unknown" for reason in against)


def related_of(found: RemovalOrder) -> list[RemovalOrder]:
    """Return the orders linked to this one: same reference, or same address under another reference."""
    linked = list(RemovalOrder.objects.select_related("case").filter(related_to=found)[:50])
    return ([found.related_to] if found.related_to else []) + linked


@dataclass(frozen=True, slots=True)
class Restoring:
    """How far the restoration of what an ended order held down is."""

    done: int
    total: int


def restoring(found: RemovalOrder) -> Restoring | None:
    """Return how many addresses are restored while the worker goes on with it, or None."""
    if not is_restoring(found.id):
        return None
    return Restoring(*case_queries.restored_of(found.case_id))


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the program already knows, beside the five questions."""

    is_verified: bool
    matches_register: bool
    is_binding: bool
    binding_reasons: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    is_protected: bool


def check_facts(found: RemovalOrder) -> CheckFacts:
    """Return what stands beside the five questions."""
    return CheckFacts(
        is_verified=found.authenticity == "verified",
        matches_register=found.matches_register,
        is_binding=found.is_binding,
        binding_reasons=found.binding_reasons,
        findings=found.findings,
        is_protected=is_protected(found),
    )


def status_for_issuer(order_id: UUID, *, authority_id: UUID) -> dict[str, Any] | None:
    """Return what the issuing authority may know of its order, or None when it is not theirs."""
    found = RemovalOrder.objects.select_related("case").filter(pk=order_id, authority_id=authority_id).first()
    if found is None:
        return None
    items = case_queries.items_of(found.case_id)
    return {
        "id": str(found.id),
        "case": found.case.reference,
        "reference": found.reference,
        "received_at": found.received_at.isoformat(),
        "authenticity": found.authenticity,
        "binding": found.is_binding,
        "execution": found.execution,
        "executed_at": found.executed_at.isoformat() if found.executed_at else None,
        "fate": found.fate,
        "addresses": [
            {
                "url": item.url,
                "state": item.action_state or ("impossible" if item.impossible_ground else "open"),
            }
            for item in items
        ],
        "answers": [
            {"kind": row.kind, "written_at": row.written_at.isoformat(), "document": row.document}
            for row in answers_of(found.id)
            if row.kind in {"feedback", "impossibility", "not_binding", "withdrawal_request"}
        ],
        "receipt": found.receipt,
    }


_WINDOWS = ("tco.xborder.request", "tco.xborder.own_scrutiny")


def scrutiny_open_until(order: RemovalOrder) -> datetime:
    """Return until when an order may be scrutinised (TCO 4): the latest of the windows that follow from its receipt, and of those that run.

    Nothing born of the order leaves this service before.
    """
    ends = [deadlines.end_of(rule_id, order.received_at) for rule_id in _WINDOWS]
    running = deadlines.all_for_case(order.case_id)
    return max([*ends, *(line.due_at for line in running if line.rule_id.startswith("tco.xborder."))])
