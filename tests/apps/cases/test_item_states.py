"""How far the addresses of a case are: one row from the database, whatever became of each address."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entente.apps.cases import queries, services
from entente.apps.cases.models import Action
from entente.apps.cases.services import opening
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from entente.apps.orders import services as orders
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.orders.acts import end
from tests.world import ALL_YES, NOW

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=5)
LATER = NOW + timedelta(minutes=9)


@pytest.fixture
def order() -> RemovalOrder:
    """Return an order of thirteen addresses: ten decided, three waiting for the next batch."""
    world.host()
    urls = [f"https://agora.example/p/{number}" for number in range(13)]
    received = world.receive(*urls, by=world.office()).order
    orders.execute_order(order_id=received.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    return received


def test_each_address_counts_once_by_what_became_of_it(order: RemovalOrder) -> None:
    first, second, third, fourth, *_rest = queries.items_of(order.case_id)
    undecided = queries.undecided_items(order.case_id, limit=1)
    assert first.action is not None
    assert second.action is not None
    assert third.action is not None
    assert fourth.action is not None
    services.record_effect(action_id=first.action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    services.record_effect(action_id=second.action.id, effect_at=SOON, actor=SYSTEM, at=LATER)
    services.record_refusal(action_id=third.action.id, reason="busy", actor=SYSTEM, at=LATER)
    services.record_refusal(action_id=fourth.action.id, reason="not_found", actor=SYSTEM, at=LATER)
    # In effect counts before impossible; impossible counts before refused and before undecided.
    marked = [first.id, fourth.id, undecided[0].id]
    opening.set_impossible(item_ids=marked, ground="de_facto")
    assert queries.item_states(order.case_id) == queries.ItemStates(
        undecided=2, waiting=6, failed=1, applied=2, impossible=2, last_effect_at=LATER
    )


def test_what_is_restored_is_waiting_and_has_no_time(order: RemovalOrder) -> None:
    for action in Action.objects.all():
        services.record_effect(action_id=action.id, effect_at=SOON, actor=SYSTEM, at=SOON)
    end(order)
    assert queries.item_states(order.case_id) == queries.ItemStates(3, 10, 0, 0, 0, None)


def test_a_case_without_addresses_counts_nothing() -> None:
    assert queries.item_states(new_id()) == queries.ItemStates(0, 0, 0, 0, 0, None)


def test_counting_is_one_question(order: RemovalOrder) -> None:
    with CaptureQueriesContext(connection) as asked:
        queries.item_states(order.case_id)
    assert len(asked) == 1
