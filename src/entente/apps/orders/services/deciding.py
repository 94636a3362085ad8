"""Address by address: the decision an order asks for, in batches short enough for one writer."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.apps.audit import services as audit
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases import waiting
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import Ruling
from entente.apps.content import services as content
from entente.apps.deadlines import services as deadlines
from entente.apps.deadlines.errors import DeadlineNotSuspendable, NoSuchDeadline
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.config import config
from entente.apps.kernel.transitions import compare_and_set
from entente.apps.orders import facts
from entente.apps.orders.models import ENDED, Authenticity, Execution, ReceiptCorrection, RemovalOrder
from entente.apps.tlog import services as tlog
from entente.core.law import bases
from entente.core.law import orders as law

BASES = {"eu.tco.removal_order": "tco.removal_order", "eu.dsa.art9_order": "dsa.art9_order"}
"""Order type -> the basis a measure rests on. An order type without one cannot be executed, only answered."""

BATCH = 10
"""Addresses decided in one transaction; about 50 ms of writing, half of what a writer may hold (DESIGN 7)."""


def decide_next_addresses(*, order: RemovalOrder, actor: Actor, at: datetime, limit: int = BATCH) -> int:
    """Decide about the next addresses of an order that is being executed; return how many."""
    order_type = law.order_type(order.order_type_id)
    exercise = config().demo
    scope = order_type.usual_scope(issuing_state=order.issuer_country or None, exercise=exercise)
    ground_id = _ground_of(order)
    items = case_queries.undecided_items(order.case_id, limit=limit)
    for item in items:
        # The person behind the item reads these words in their letter.
        with override(cases.letter_language(item.content_item)):
            order_named = _("Removal order %(reference)s, received %(at)s.") % {
                "reference": order.reference,
                "at": order.received_at.isoformat(timespec="seconds"),
            }
            why = _("A binding order of %(issuer)s requires this measure.") % {"issuer": order.issuer_name}
        cases.issue_decision(
            case=order.case,
            item=item,
            ruling=Ruling(
                outcome="disable",
                basis_id=BASES[order.order_type_id],
                ground_id=ground_id,
                facts=order_named,
                reasons=why,
                scope_kind=scope.kind,
                scope_countries=tuple(sorted(scope.countries)),
                state_involved=order.issuer_name,
                issuing_state=order.issuer_country,
            ),
            actor=actor,
            at=at,
        )
    return len(items)


def ask_refused_again(*, order: RemovalOrder, actor: Actor, at: datetime, limit: int = BATCH) -> int:
    """Send the next of what the platform refused before again; return how many."""
    refused = waiting.refused_in_turn(order.case_id, limit=limit)
    for action_id in refused:
        cases.retry_action(action_id=action_id, actor=actor, at=at)
    return len(refused)


def _ground_of(order: RemovalOrder) -> str:
    types = law.RemovalOrderForm.from_json(order.form).section_b.types
    found = [
        ground.id for ground in bases.grounds(exercise=config().demo).values() if ground.tco_type in types
    ]
    return found[0] if types and found else ""


def continue_executions(*, at: datetime, limit: int = 5) -> int:
    """Go on with long orders, a batch each; the worker calls this until nothing is left."""
    # An order that ended half-way is not carried on: what it held down is being restored.
    going_on = (
        RemovalOrder.objects.filter(execution=Execution.EXECUTING)
        .exclude(fate__in=ENDED)
        .exclude(authenticity=Authenticity.REFUTED)
    )
    undecided = Q(case_id__in=case_queries.cases_with_undecided_items("removal_order"))
    refused = Q(case_id__in=waiting.cases_with_refused_in_turn("removal_order"))
    ids = going_on.filter(undecided | refused).values_list("id", flat=True)
    done = 0
    for order_id in ids[:limit]:
        with transaction.atomic():
            # Asked again under the lock: an order that ended meanwhile takes nothing more down.
            locked = going_on.select_for_update(of=("self",)).select_related("case")
            order = locked.filter(pk=order_id).first()
            if order is None:
                continue
            executor = Actor(
                kind="person", id=order.executed_by_id_text, name=_("the person who executed the order")
            )
            done += go_on(order=order, actor=executor, at=at)
    return done


def go_on(*, order: RemovalOrder, actor: Actor, at: datetime) -> int:
    """Carry an execution on by one batch: what was refused before first, then what nobody decided; return how many."""
    again = ask_refused_again(order=order, actor=actor, at=at)
    return again + decide_next_addresses(order=order, actor=actor, at=at, limit=BATCH - again)


def start_silence_if_asked(*, order: RemovalOrder, at: datetime) -> None:
    """Start the lawful silence where the order asks for it and its law allows one (TCO 11(3))."""
    if order.silence_asked and law.order_type(order.order_type_id).non_disclosure_rule:
        cases.start_silence(
            case=order.case,
            order_type_id=order.order_type_id,
            asked_by=order.issuer_name,
            reason=_("Public security, section C of the order."),
            starts_at=order.received_at,
            at=at,
        )


def mark_impossible(
    *, order: RemovalOrder, ground: str, item_ids: Sequence[UUID] | None
) -> "list[case_queries.ItemView]":
    """Mark the addresses the report is about; without a choice, every address not in effect."""
    open_items = [
        item
        for item in case_queries.items_of(order.case_id)
        if not item.impossible_ground and item.action_state != "applied"
    ]
    chosen = [item for item in open_items if item.id in set(item_ids)] if item_ids else open_items
    opening.set_impossible(item_ids=[item.id for item in chosen], ground=ground)
    return chosen


def open_again(*, order: RemovalOrder, addresses: Sequence[str], at: datetime) -> None:
    """Open the addresses reported as impossible again; corrected addresses replace them."""
    if not addresses:
        opening.set_possible(case_id=order.case_id)
        return
    for url in addresses:
        item = content.register_content(url=url, at=at)
        opening.add_item(case_id=order.case_id, content_item=item)
        content.request_snapshot(content_item=item, case_id=order.case_id, at=at)


def settle_execution(*, order: RemovalOrder, actor: Actor = SYSTEM, at: datetime) -> None:
    """Close the execution when every address is in effect or reported as impossible."""
    states = case_queries.item_states(order.case_id)
    if states.undecided or states.waiting or states.failed:
        return
    if order.execution not in {Execution.AWAITING, Execution.EXECUTING}:
        return
    if states.applied == 0:
        compare_and_set(
            order,
            field="execution",
            expected=[Execution.AWAITING, Execution.EXECUTING],
            to=Execution.IMPOSSIBLE,
        )
        # After the hour has run out there is nothing left to stop, and some laws let nothing stop their clock;
        # the report goes out all the same.
        with suppress(NoSuchDeadline, DeadlineNotSuspendable):
            deadlines.suspend_deadline(
                subject_kind="removal_order",
                subject_id=order.id,
                rule_id=law.order_type(order.order_type_id).execute_rule,
                ground="impossible",
                actor=actor,
                at=at,
            )
        opening.move_stage(case_id=order.case_id, stage="follow")
        return
    _executed(order, states.last_effect_at or at, actor, at)


def assessment_rules(order: RemovalOrder) -> tuple[str, ...]:
    """Return the clocks that start with the execution: the host's own assessment, and the window where one is open."""
    rule_id = law.order_type(order.order_type_id).scrutiny_rule
    if rule_id is None or not facts.may_be_scrutinised(order):
        return ("house.full_assessment",)
    return ("house.full_assessment", rule_id)


def _executed(order: RemovalOrder, effect_at: datetime, actor: Actor, at: datetime) -> None:
    from entente.apps.orders.services import answering

    compare_and_set(
        order,
        field="execution",
        expected=[Execution.AWAITING, Execution.EXECUTING],
        to=Execution.EXECUTED,
        executed_at=effect_at,
    )
    order_type = law.order_type(order.order_type_id)
    deadlines.meet_deadline(
        subject_kind="removal_order",
        subject_id=order.id,
        rule_id=order_type.execute_rule,
        met_at=effect_at,
        at=at,
    )
    for rule_id in assessment_rules(order):
        deadlines.start_deadline(
            subject_kind="removal_order",
            subject_id=order.id,
            rule_id=rule_id,
            trigger_at=earliest_receipt(order),
            at=at,
            case_id=order.case_id,
        )
    opening.move_stage(case_id=order.case_id, stage="assess")
    tlog.append_leaf(
        kind="order_executed",
        public_facts={"order_type": order.order_type_id, "day": tlog.day(effect_at)},
        commitments={"order": str(order.id), "executed_at": effect_at.isoformat()},
        at=at,
    )
    audit.record(
        kind="orders:removal_order:executed",
        subject_kind="removal_order",
        subject_id=order.id,
        case_id=order.case_id,
        actor=actor,
        at=at,
        facts={"executed_at": effect_at.isoformat()},
    )
    answering.write_feedback(order=order, actor=actor, at=at)


def earliest_receipt(order: RemovalOrder) -> datetime:
    """Return the earliest proven receipt: every clock of an order runs from it (rule 4)."""
    corrected = ReceiptCorrection.objects.filter(order=order).order_by("received_at").first()
    return min(order.received_at, corrected.received_at) if corrected else order.received_at
