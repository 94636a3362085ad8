"""Stories that leave a letter, a notice or a measure behind, for the tests of pages and documents."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services.deciding import Ruling
from entente.apps.kernel.actors import PUBLIC, SYSTEM
from entente.apps.notices import services as notices
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from tests import world
from tests.apps.cases.filled import WORDS, assess
from tests.apps.cases.told import letters_arrive

REASONS = "The lines speak of a bridge and call on readers to take it by force."


def apply_all(case_id: UUID, at: datetime) -> None:
    """Let the platform say that everything asked of it is done, and the letters arrive."""
    for item in cases.items_of(case_id):
        for decision in cases.decisions_of(case_id):
            action = cases.action_of_decision(decision.pk)
            if action is not None and action.state in {"pending", "undoing"} and decision.item_id == item.id:
                case_services.record_effect(action_id=action.pk, effect_at=at, actor=SYSTEM, at=at)
    letters_arrive(case_id, at)


def executed_order(office: world.Office, *urls: str, at: datetime, **changes: Any) -> Any:
    """Receive an order, execute it, let the platform confirm; return the order."""
    received = world.receive(*urls, by=office, at=at, **changes)
    order_services.execute_order(
        order_id=received.order.id,
        answers=world.ALL_YES,
        actor=world.actor("on_call"),
        at=at + timedelta(minutes=3),
    )
    apply_all(received.order.case_id, at + timedelta(minutes=4))
    return orders.order(received.order.id)


def given_notice(*, at: datetime, **changes: Any) -> Any:
    """Receive a notice."""
    values: dict[str, Any] = {
        "urls": ("https://agora.example/p/1",),
        "explanation": "This text calls for attacks; see the last lines.",
        "good_faith": True,
        "door": "public_form",
        "received_at": at,
        "notifier_mail": "reader@mail.example",
    }
    return notices.receive_notice(draft=notices.NoticeDraft(**{**values, **changes}), actor=PUBLIC, at=at)


def decided_notice(notice: Any, *, at: datetime, outcome: str = "disable", **changes: Any) -> Any:
    """Assess and decide a notice, let the platform confirm; return the decision."""
    person = world.person("Rae Example", "reviewer", at=at)
    assessment = assess(notice.case_id, person, road="notice", outcome=outcome, at=at)
    (item, *_rest) = cases.items_of(notice.case_id)
    decision = notices.decide_notice(
        notice_id=notice.id,
        item_id=item.id,
        ruling=Ruling(
            outcome=outcome,
            basis_id="keep" if outcome == "keep" else "dsa.illegal_content",
            ground_id="tco.a_incites",
            reasons=changes.pop("reasons", REASONS),
            scope_kind="countries",
            scope_countries=("DE", "FR"),
            **changes,
        ),
        assessment=assessment,
        actor=person.actor,
        at=at,
    )
    apply_all(notice.case_id, at + timedelta(minutes=1))
    return decision


def letter_of(case_id: UUID) -> Any:
    """Return the newest letter of a case, withheld or not."""
    return cases.statements_of(case_id)[-1]


__all__ = [
    "REASONS",
    "WORDS",
    "apply_all",
    "assess",
    "decided_notice",
    "executed_order",
    "given_notice",
    "letter_of",
]
