"""What ends an order, at every stage it can be in; and how it goes on when it becomes final."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.deadlines import queries as deadlines
from entente.apps.evidence import queries as evidence
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile, Invalid
from entente.apps.orders import queries, services
from entente.apps.orders.errors import NotExecutable, NotInThisState
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.orders.acts import apply_all, end, executed, restore_all
from tests.world import ALL_YES, NOW, Office

HOUR = timedelta(hours=1)

pytestmark = pytest.mark.django_db
MANY = tuple(f"https://agora.example/p/{number}" for number in range(25))


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def test_the_case_stays_open_until_the_last_address_is_back(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(2)]
    order, _person = executed(office, *urls)
    end(order)
    first, second = Action.objects.order_by("pk")
    later = NOW + timedelta(hours=6)
    case_services.record_effect(action_id=first.id, effect_at=later, actor=SYSTEM, at=later)
    assert cases.case_by_id(order.case_id).state == "open"
    case_services.record_effect(action_id=second.id, effect_at=later, actor=SYSTEM, at=later)
    assert cases.case_by_id(order.case_id).state == "closed"


@pytest.mark.parametrize("fate", ["withdrawn", "ceased", "annulled"])
def test_each_end_restores_by_itself(office: Office, fate: str) -> None:
    order, _person = executed(office)
    end(order, fate)
    apply_all(order.case_id, NOW + timedelta(hours=6))
    assert Action.objects.get().state == "undone"
    order = queries.order(order.id)
    assert order.fate == fate
    assert cases.case_by_id(order.case_id).state == "closed"
    assert [event.kind for event in queries.events_of(order.id)] == [fate]


def test_an_accepted_order_that_ends_is_seen_again_until_everything_is_back(office: Office) -> None:
    order, _person = executed(office)
    lea = world.person("Lea Example", "legal")
    assess(order.case_id, lea, road="order", outcome="accept", true_purpose="none")
    services.choose_course(
        order_id=order.id, course="accept", reasons="As assessed.", actor=lea.actor, at=NOW + HOUR
    )
    assert cases.case_by_id(order.case_id).state == "closed"
    end(order)
    assert cases.case_by_id(order.case_id).state == "open"
    apply_all(order.case_id, NOW + 6 * HOUR)
    assert cases.case_by_id(order.case_id).state == "closed"
    kinds = [line.kind for line in audit.trail_of_case(order.case_id)]
    assert kinds.count("cases:case:closed") == 2
    assert kinds.count("cases:case:reopened") == 1


def test_what_was_preserved_stays_preserved_after_the_end(office: Office) -> None:
    """Six months from the removal, whatever becomes of the order (TCO 6)."""
    order, _person = executed(office)
    (item,) = cases.items_of(order.case_id)
    until = evidence.preserved_until("content_item", item.content_item_id)
    end(order)
    apply_all(order.case_id, NOW + timedelta(hours=6))
    assert until is not None
    assert evidence.preserved_until("content_item", item.content_item_id) == until


def test_an_order_withdrawn_before_its_check_is_over(office: Office) -> None:
    order = world.receive(by=office).order
    end(order)
    assert cases.case_by_id(order.case_id).state == "closed"
    assert deadlines.next_due(order.case_id) is None
    with pytest.raises(NotInThisState):
        services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    with pytest.raises(NotInThisState):
        services.declare_impossible(
            order_id=order.id,
            ground="manifest_error",
            explanation="x",
            actor=world.actor("on_call"),
            at=NOW,
        )


@pytest.mark.parametrize("how", ["withdrawn", "refuted"])
def test_an_order_that_ends_half_way_is_not_carried_on(office: Office, how: str) -> None:
    order = world.receive(
        *MANY, by=office, authenticity="unverified" if how == "refuted" else "verified"
    ).order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    if how == "refuted":
        services.refute_order(order_id=order.id, note="forged", actor=world.actor("legal"), at=NOW)
    else:
        end(order)
    assert services.continue_executions(at=NOW + timedelta(hours=6)) == 0
    restore_all()
    apply_all(order.case_id, NOW + timedelta(hours=6))
    assert {action.state for action in Action.objects.all()} == {"undone"}
    assert cases.case_by_id(order.case_id).state == "closed"


def test_an_address_already_restored_is_not_restored_again(office: Office) -> None:
    order, _person = executed(office)
    services.refute_order(order_id=order.id, note="forged", actor=world.actor("legal"), at=NOW)
    end(order)
    assert len(cases.decisions_of(order.case_id)) == 2


def test_refuting_twice_is_once_and_needs_a_note(office: Office) -> None:
    order = world.receive(by=office).order
    legal = world.actor("legal")
    with pytest.raises(Invalid):
        services.refute_order(order_id=order.id, note=" ", actor=legal, at=NOW)
    services.refute_order(order_id=order.id, note="forged", actor=legal, at=NOW)
    services.refute_order(order_id=order.id, note="forged", actor=legal, at=NOW)
    kinds = [event.kind for event in audit.trail_of("removal_order", order.id)]
    assert kinds.count("orders:removal_order:refuted") == 1
    with pytest.raises(NotExecutable):
        services.execute_order(order_id=order.id, answers=ALL_YES, actor=legal, at=NOW)


def test_an_end_has_a_kind_and_an_author(office: Office) -> None:
    order, _person = executed(office)
    values: dict[str, Any] = {
        "order_id": order.id,
        "document": "",
        "happened_at": NOW,
        "actor": world.actor("legal"),
        "at": NOW,
    }
    with pytest.raises(Invalid):
        services.end_order(fate="final", by_whom="Court", **values)
    with pytest.raises(Invalid):
        services.end_order(fate="annulled", by_whom=" ", **values)


def test_a_final_order_can_still_be_annulled_and_becomes_final_once(office: Office) -> None:
    order, _person = executed(office)
    values: dict[str, Any] = {"order_id": order.id, "document": "no appeal", "happened_at": NOW, "at": NOW}
    legal = world.actor("legal")
    assert services.mark_final(actor=legal, **values).fate == "final"
    with pytest.raises(ChangedMeanwhile):
        services.mark_final(actor=legal, **values)
    end(order, "annulled")
    assert queries.order(order.id).fate == "annulled"


def test_two_orders_hold_one_address_down_and_one_of_them_ends(office: Office) -> None:
    """The address stays down while either order stands: each has its own measure at the platform."""
    other = world.office("Second Office", country="FR", mail_domains=["second.example"])
    first, _person = executed(office)
    second, _person = executed(other, reference="EX-2026-77", by=world.actor("on_call", name="Wren Example"))
    assert second.related_to_id == first.id
    end(first)
    apply_all(first.case_id, NOW + timedelta(hours=6))
    states = {
        action.decision.case_id: action.state for action in Action.objects.select_related("decision").all()
    }
    assert states == {first.case_id: "undone", second.case_id: "applied"}
    assert queries.order(second.id).fate == "in_force"
