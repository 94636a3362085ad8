"""Giving back what an order held down, once it has ended: at once and by itself (TCO 4(7)).

The end and the row of its `Restoration` commit together, with the first addresses; the worker goes on in batches short
enough for one writer. Content comes back first, letters follow. Nothing but the rows says how far it is, so a kill at
any moment loses nothing and repeats nothing.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy, override

from entente.apps.banks import services as banks
from entente.apps.cases import queries as case_queries
from entente.apps.cases import services as cases
from entente.apps.cases.services import opening
from entente.apps.cases.services.deciding import Ruling
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.wake import notify_worker_on_commit
from entente.apps.orders.models import ENDED, RemovalOrder, Restoration

if TYPE_CHECKING:
    from entente.apps.cases.models import CaseItem
    from entente.apps.kernel.actors import ActorKind

BATCH: Final = 10
"""Addresses restored, or letters written, in one transaction: what a writer may hold (DESIGN 7)."""

_WORDS: Final = {
    "withdrawn": gettext_lazy("The order was withdrawn by its issuer."),
    "ceased": gettext_lazy("The order ceased to have effect after scrutiny."),
    "annulled": gettext_lazy("The order was annulled by a court."),
    "refuted": gettext_lazy("The message that caused the measure was not a genuine order."),
}


def start_restoration(*, order: RemovalOrder, why: str, actor: Actor, at: datetime) -> Restoration:
    """Begin to restore every address the order holds down, and open what a silence held back.

    Part of the transaction that ends the order, which holds its lock. A short order is done with it.
    """
    deadlines.cancel_deadlines_of(subject_kind="removal_order", subject_id=order.id, reason=why, at=at)
    # An accepted order's case is closed; until everything is back, it has to be seen again.
    opening.reopen_case(case_id=order.case_id, stage="follow", actor=actor, at=at)
    silence = case_queries.silence_of(order.case_id)
    if silence is not None:
        cases.end_silence(silence=silence, actor=actor, at=at, measures_stand=False)
    banks.end_order_signals(order_id=order.id, reason=str(_WORDS[why]), at=at, actor=actor)
    restoration = Restoration.objects.create(
        order=order,
        why=why,
        actor_kind=actor.kind,
        actor_id_text=actor.id,
        actor_name=actor.name,
        started_at=at,
    )
    if actor.kind == "person" and case_queries.has_decisions(order.case_id):
        # One person may restore at once; somebody else looks at it within a working day (rule 6).
        opening.start_second_look(case_id=order.case_id, at=at)
    if _restore_next(restoration, at) < BATCH and _tell_next(restoration, at) < BATCH:
        _finish(restoration, at)
    notify_worker_on_commit()
    return restoration


def continue_restorations(*, at: datetime, limit: int = 5) -> int:
    """Go on giving back what long orders held down, a batch each; the worker calls this until nothing is left."""
    open_ones = Restoration.objects.filter(finished_at=None).order_by("started_at")
    return sum(_go_on(pk, order_id, at) for pk, order_id in open_ones.values_list("pk", "order_id")[:limit])


@transaction.atomic
def _go_on(restoration_id: UUID, order_id: UUID, at: datetime) -> int:
    # Whoever ends the order holds the same lock: the two never work on one address.
    RemovalOrder.objects.select_for_update().get(pk=order_id)
    restoration = (
        Restoration.objects.select_related("order__case").filter(pk=restoration_id, finished_at=None).first()
    )
    if restoration is None:
        return 0
    done = _restore_next(restoration, at) or _tell_next(restoration, at)
    if not done:
        _finish(restoration, at)
    return done or 1


def _reasons(restoration: Restoration, item: "CaseItem") -> str:
    """Return why, in the language of the person who reads it in the letter."""
    with override(cases.letter_language(item.content_item)):
        return str(_WORDS[restoration.why])


def _restore_next(restoration: Restoration, at: datetime) -> int:
    order = restoration.order
    items = case_queries.items_to_restore(order.case_id, limit=BATCH)
    for item, held in items:
        cases.issue_decision(
            case=order.case,
            item=item,
            ruling=Ruling(
                outcome="restore",
                basis_id=held.basis_id,
                reasons=_reasons(restoration, item),
                state_involved=order.issuer_name,
            ),
            actor=_actor(restoration),
            at=at,
            supersedes=held,
        )
    return len(items)


def _tell_next(restoration: Restoration, at: datetime) -> int:
    """Write the next letters; one that a silence held back goes out before the one that tells of the end."""
    case_id = restoration.order.case_id
    untold = case_queries.restorations_untold(case_id, limit=BATCH)
    for decision in untold:
        cases.open_letters(case_id=case_id, at=at, limit=1, about=decision.supersedes_id)
        cases.inform_person(decision=decision, at=at)
    return len(untold) or len(cases.open_letters(case_id=case_id, at=at, limit=BATCH))


def _finish(restoration: Restoration, at: datetime) -> None:
    Restoration.objects.filter(pk=restoration.pk, finished_at=None).update(finished_at=at)
    restoration.finished_at = at
    close_when_back(order=restoration.order, actor=_actor(restoration), at=at)


def close_when_back(*, order: RemovalOrder, actor: Actor, at: datetime) -> None:
    """Close the case of an order that is over, once the platform has given everything back."""
    if case_queries.has_live_measures(order.case_id):
        return
    outcome = order.fate if order.fate in ENDED else order.authenticity
    opening.close_case(case_id=order.case_id, actor=actor, at=at, outcome=outcome)


def is_restoring(order_id: UUID) -> bool:
    """Say whether something the order held down has still to be given back."""
    return Restoration.objects.filter(order_id=order_id, finished_at=None).exists()


def _actor(restoration: Restoration) -> Actor:
    if restoration.actor_kind == SYSTEM.kind:
        return SYSTEM
    return Actor(
        kind=cast("ActorKind", restoration.actor_kind),
        id=restoration.actor_id_text,
        name=restoration.actor_name,
    )
