"""The one switch: a lawful silence starts, is extended once, ends by itself, and opens everything."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.cases import queries, services
from entente.apps.cases.errors import SilenceNotAllowed
from entente.apps.cases.models import Action, Silence, StatementOfReasons
from entente.apps.cases.registries import silence_ended
from entente.apps.cases.services import informing
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.cases.told import letters_arrive
from tests.apps.orders.acts import end, executed
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> RemovalOrder:
    world.host()
    form = world.order_form(section_c={"non_disclosure": True})
    return executed(world.office(), form=form)[0]


def silence(order: RemovalOrder) -> Silence:
    found = queries.silence_of(order.case_id)
    assert found is not None
    return found


def test_an_extension_doubles_the_time_once(order: RemovalOrder) -> None:
    first_end = silence(order).ends_at
    at = NOW + timedelta(weeks=5)
    extended = services.extend_silence(
        case_id=order.case_id, reason="The inquiry goes on.", actor=world.actor("legal"), at=at
    )
    assert extended.ends_at == first_end + timedelta(weeks=6)
    assert services.end_due_silences(at=first_end) == 0
    with pytest.raises(SilenceNotAllowed, match="once"):
        services.extend_silence(case_id=order.case_id, reason="And on.", actor=SYSTEM, at=at)


def test_an_extension_needs_its_reason(order: RemovalOrder) -> None:
    with pytest.raises(SilenceNotAllowed, match="justification"):
        services.extend_silence(case_id=order.case_id, reason=" ", actor=SYSTEM, at=NOW)


def test_an_extension_decided_too_late_is_none(order: RemovalOrder) -> None:
    at = silence(order).ends_at + timedelta(seconds=1)
    with pytest.raises(SilenceNotAllowed):
        services.extend_silence(case_id=order.case_id, reason="The inquiry goes on.", actor=SYSTEM, at=at)


def test_without_a_silence_nothing_is_extended(order: RemovalOrder) -> None:
    services.end_silence(silence=silence(order), actor=SYSTEM, at=NOW)
    with pytest.raises(SilenceNotAllowed, match="No silence"):
        services.extend_silence(case_id=order.case_id, reason="The inquiry goes on.", actor=SYSTEM, at=NOW)


def test_a_silence_needs_a_law_a_reason_and_an_end_after_its_start(order: RemovalOrder) -> None:
    values: dict[str, Any] = {"case": order.case, "asked_by": "Office", "starts_at": NOW, "at": NOW}
    with pytest.raises(SilenceNotAllowed, match="knows no silence"):
        services.start_silence(order_type_id="eu.dsa.art9_order", reason="why", **values)
    with pytest.raises(SilenceNotAllowed, match="needs the reason"):
        services.start_silence(order_type_id="eu.tco.removal_order", reason=" ", **values)
    with pytest.raises(SilenceNotAllowed):
        services.start_silence(
            order_type_id="eu.tco.removal_order", reason="why", asked_until=NOW - timedelta(days=1), **values
        )


def test_a_second_silence_on_a_case_is_the_first(order: RemovalOrder) -> None:
    again = services.start_silence(
        case=order.case,
        order_type_id="eu.tco.removal_order",
        asked_by="Office",
        reason="why",
        starts_at=NOW,
        at=NOW,
    )
    assert again.id == silence(order).id


def test_while_it_runs_the_platform_learns_only_that_it_must_not_explain(order: RemovalOrder) -> None:
    assert queries.is_silent(order.case_id)
    from entente.apps.cases import platform

    (item,) = queries.items_of(order.case_id)
    assert item.action is not None
    told = platform.measure_of(item.action, "action.apply")
    assert (told["silent"], told["basis"], told["explanation_url"]) == (True, None, "")


def test_its_end_tells_platform_and_person_with_the_reasons(order: RemovalOrder) -> None:
    ends_at = silence(order).ends_at
    assert services.end_due_silences(at=ends_at) == 1
    again = Delivery.objects.filter(purpose="action.apply").latest("created_at", "id")
    assert again.created_at == ends_at
    assert StatementOfReasons.objects.get().informed_at is None
    letters_arrive(order.case_id, ends_at)
    assert StatementOfReasons.objects.get().informed_at == ends_at
    assert Delivery.objects.filter(purpose="person.inform").count() == 1
    informing.end_silence(silence=silence(order), actor=SYSTEM, at=ends_at)
    assert Delivery.objects.filter(purpose="person.inform").count() == 1


def test_a_measure_under_way_at_its_end_is_told_again_too() -> None:
    world.host()
    from entente.apps.orders import services as orders
    from tests.world import ALL_YES

    form = world.order_form(section_c={"non_disclosure": True})
    found = world.receive(by=world.office(), form=form).order
    orders.execute_order(order_id=found.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    ends_at = silence(found).ends_at
    services.end_due_silences(at=ends_at)
    states = (
        Delivery.objects.filter(purpose="action.apply").order_by("created_at").values_list("state", flat=True)
    )
    assert list(states) == ["cancelled", "pending"]


def test_of_many_measures_under_way_the_platform_is_told_a_batch_at_a_time() -> None:
    world.host()
    from entente.apps.orders import services as orders
    from tests.world import ALL_YES

    urls = [f"https://agora.example/p/{number}" for number in range(informing.OPENED_AT_ONCE + 2)]
    form = world.order_form(*urls, section_c={"non_disclosure": True})
    found = world.receive(by=world.office(), form=form).order
    orders.execute_order(order_id=found.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    orders.continue_executions(at=NOW)
    ends_at = silence(found).ends_at
    again = Delivery.objects.filter(purpose="action.apply", created_at=ends_at)
    services.end_silence(silence=silence(found), actor=SYSTEM, at=ends_at)
    assert again.count() == informing.OPENED_AT_ONCE
    assert silence(found).is_opening
    action = Action.objects.exclude(ask_again_at=None).earliest("pk")
    services.record_effect(action_id=action.id, effect_at=ends_at, actor=SYSTEM, at=ends_at)
    services.end_due_silences(at=ends_at)
    assert again.count() == len(urls)
    assert not silence(found).is_opening
    assert services.end_due_silences(at=ends_at) == 0


def test_the_end_of_the_order_ends_the_silence_before_anybody_is_told_of_the_restoration(
    order: RemovalOrder,
) -> None:
    end(order)
    assert not queries.is_silent(order.case_id)
    letters = StatementOfReasons.objects.order_by("written_at")
    assert [letter.state for letter in letters] == ["sent", "sent"]


def test_the_intake_room_is_told(order: RemovalOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.apps.kernel.registries import Registry

    told: list[object] = []
    registry = Registry[str, object]("silence ended, of the test")
    registry.register("removal_order", lambda case, at: told.append((case.id, at)))
    monkeypatch.setattr("entente.apps.cases.registries.silence_ended", registry)
    services.end_silence(silence=silence(order), actor=SYSTEM, at=NOW)
    assert told == [(order.case_id, NOW)]
    assert silence_ended.find("removal_order") is None


def test_a_letter_is_written_once(order: RemovalOrder) -> None:
    (item,) = queries.items_of(order.case_id)
    assert item.decision is not None
    first = services.inform_person(decision=item.decision, at=NOW)
    assert services.inform_person(decision=item.decision, at=NOW).id == first.id
