"""The one key for suspected child abuse."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from entente.apps.audit import queries as audit
from entente.apps.cases import queries, services
from entente.apps.cases.errors import CaseClosed, CaseMissing, HandoverUnclear
from entente.apps.cases.models import Action, Case, Departure, RouteHandover
from entente.apps.cases.services import leaving, opening
from entente.apps.content import services as content_services
from entente.apps.content.errors import SnapshotClosed
from entente.apps.content.models import Snapshot
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import services as evidence
from entente.apps.evidence.models import Preservation
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from tests import world
from tests.apps.notices.acts import disabled, notice
from tests.apps.orders.acts import apply_all, end, executed
from tests.world import ALL_YES, NOW

pytestmark = pytest.mark.django_db
TWO = ("https://agora.example/p/8", "https://agora.example/p/9")


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_the_preview_closes_nothing_more_is_copied_and_the_case_leaves() -> None:
    found = notice()
    actor = world.actor("reviewer")
    left = services.leave_case_to_route(case_id=found.case_id, actor=actor, at=NOW)
    assert (left.state, left.stage, left.closed_at) == ("left", "done", NOW)
    (snapshot,) = Snapshot.objects.all()
    assert snapshot.state == "cancelled"
    with pytest.raises(SnapshotClosed):
        content_services.receive_snapshot(
            snapshot_id=snapshot.id,
            parts=[content_services.IncomingPart(chunks=[b"x"])],
            actor=SYSTEM,
            at=NOW,
        )
    assert not queries.inbox(queries.InboxFilter()).rows
    assert audit.trail_of_case(found.case_id)[-1].kind == "cases:case:left"
    with pytest.raises(CaseClosed):
        services.leave_case_to_route(case_id=found.case_id, actor=actor, at=NOW)


def test_another_case_about_the_same_address_copies_nothing_either() -> None:
    first, second = notice(), notice()
    services.leave_case_to_route(case_id=first.case_id, actor=world.actor("reviewer"), at=NOW)
    assert set(Snapshot.objects.values_list("state", flat=True)) == {"cancelled"}
    assert queries.case_by_id(second.case_id).state == "open"


def test_what_an_order_holds_down_stays_down() -> None:
    order, _person = executed(world.office())
    services.leave_case_to_route(case_id=order.case_id, actor=world.actor("reviewer"), at=NOW)
    (action,) = Action.objects.all()
    assert action.state == "applied"
    assert orders.order(order.id).fate == "in_force"
    assert clocks(order.case_id)["house.full_assessment"] == "cancelled"
    assert clocks(order.case_id)["tco.xborder.request"] == "cancelled"


def clocks(case_id: UUID) -> dict[str, str]:
    """Return the state of every clock a case ever had."""
    return {line.rule_id: line.state for line in deadlines.all_for_case(case_id)}


def press(case_id: UUID, at: datetime = NOW) -> Case:
    return services.leave_case_to_route(case_id=case_id, actor=world.actor("on_call"), at=at)


def hand_over(case_id: UUID, at: datetime = NOW + timedelta(hours=1), **changes: Any) -> RouteHandover:
    values: dict[str, Any] = {
        "recipient": "PHAROS",
        "recipient_id": "pharos",
        "reference": "R-1",
        "handed_over_at": at,
        "at": at,
    }
    return services.record_route_handover(
        case_id=case_id, actor=world.actor("legal", name="Lee Example"), **{**values, **changes}
    )


def in_inbox() -> list[UUID]:
    return [row.id for row in queries.inbox(queries.InboxFilter()).rows]


def test_an_order_not_yet_executed_stays_where_it_is_found_and_keeps_its_hour() -> None:
    """The key is about who looks; the authority's clock knows nothing of it."""
    order = world.receive(by=world.office()).order
    case = press(order.case_id)
    assert (case.state, case.stage, in_inbox()) == ("open", "check", [order.case_id])
    assert clocks(order.case_id) == {"tco.execute": "running", "house.route.hand_over": "running"}
    assert queries.case_by_id(order.case_id).legal_rule_id == "tco.execute"
    with pytest.raises(CaseClosed, match="pressed already"):
        press(order.case_id)


def test_it_is_executed_without_a_look_and_leaves_when_only_judging_is_left() -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(12)]
    order = world.receive(*urls, by=world.office()).order
    press(order.case_id)
    order_services.execute_order(
        order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW + timedelta(minutes=3)
    )
    assert order_services.continue_executions(at=NOW + timedelta(minutes=3)) == 2
    assert queries.case_by_id(order.case_id).stage == "effect"
    done_at = NOW + timedelta(minutes=4)
    apply_all(order.case_id, done_at)
    case = queries.case_by_id(order.case_id)
    assert (orders.order(order.id).execution, case.state, case.stage) == ("executed", "left", "done")
    assert case.closed_at == done_at
    assert {name: state for name, state in clocks(order.case_id).items() if state == "running"} == {
        "house.route.hand_over": "running"
    }
    assert clocks(order.case_id)["house.full_assessment"] == "cancelled"
    assert [line.kind for line in audit.trail_of_case(order.case_id)].count("cases:case:left") == 1


def test_an_order_that_cannot_be_executed_waits_for_its_clarification_where_it_is_found() -> None:
    order = world.receive(by=world.office()).order
    press(order.case_id)
    order_services.declare_impossible(
        order_id=order.id,
        ground="manifest_error",
        explanation="The address names nothing.",
        actor=world.actor("on_call"),
        at=NOW,
    )
    case = queries.case_by_id(order.case_id)
    assert (case.state, case.stage) == ("open", "follow")
    order_services.clarify_order(
        order_id=order.id,
        received_at=NOW + timedelta(hours=2),
        note="another address",
        addresses=["https://agora.example/p/2"],
        actor=world.actor("on_call"),
        at=NOW + timedelta(hours=2),
    )
    assert queries.case_by_id(order.case_id).stage == "check"


def test_an_order_that_ends_first_leaves_with_what_is_sealed() -> None:
    order = world.receive(by=world.office()).order
    press(order.case_id)
    end(order)
    case = queries.case_by_id(order.case_id)
    assert (case.state, case.stage) == ("left", "done")
    left = audit.trail_of_case(order.case_id)
    assert next(line.facts for line in left if line.kind == "cases:case:left") == {"outcome": "withdrawn"}


def test_what_is_sealed_stays_kept_for_whom_the_route_names() -> None:
    found = notice()
    evidence.preserve(
        subject_kind="content_item",
        subject_id=queries.items_of(found.case_id)[0].content_item_id,
        case_id=found.case_id,
        ground_id="house.open_case",
        starts_at=NOW,
        actor=SYSTEM,
        at=NOW,
    )
    opening.move_stage(case_id=found.case_id, stage="effect")
    press(found.case_id)
    services.close_case(case_id=found.case_id, actor=SYSTEM, at=NOW)
    assert queries.case_by_id(found.case_id).state == "left"
    assert Preservation.objects.get().state == "active"


def test_nobody_judges_any_more_so_those_clocks_stop_overdue_ones_too() -> None:
    running, overdue, decided = notice(), notice("https://agora.example/p/2"), notice(*TWO)
    late = NOW + timedelta(days=20)
    deadline_services.sweep(at=late)
    assert clocks(overdue.case_id) == {"house.notice.assess": "expired"}
    for found in (running, overdue):
        press(found.case_id, late)
        assert clocks(found.case_id) == {
            "house.notice.assess": "cancelled",
            "house.route.hand_over": "running",
        }
    assert queries.case_by_id(running.case_id).legal_rule_id == "house.route.hand_over"
    opening.move_stage(case_id=decided.case_id, stage="effect")
    press(decided.case_id, late)
    opening.move_stage(case_id=decided.case_id, stage="assess")
    case = queries.case_by_id(decided.case_id)
    assert (case.state, case.closed_at) == ("left", late)


def test_legal_people_are_woken_until_somebody_hands_it_over() -> None:
    lee = world.person("Lee Example", "legal")
    found = notice()
    press(found.case_id)
    deadline_services.sweep(at=NOW)
    (page,) = Delivery.objects.filter(purpose="deadline.alarm")
    assert (page.destination, page.case_id) == (str(lee.id), found.case_id)
    hand_over(found.case_id)
    (line,) = deadlines.of_subject("case", found.case_id)
    assert (line.state, line.met_at) == ("met", NOW + timedelta(hours=1))
    hand_over(found.case_id, recipient="The hotline", recipient_id="", reference="H-2")
    departure = queries.departure_of(found.case_id)
    assert departure is not None
    assert [one.recipient for one in departure.hand_overs.all()] == ["PHAROS", "The hotline"]
    assert audit.trail_of_case(found.case_id)[-1].facts == {"recipient": "The hotline", "reference": "H-2"}


def test_a_hand_over_names_whom_when_and_which() -> None:
    found = notice()
    with pytest.raises(CaseMissing):
        hand_over(found.case_id)
    assert queries.departure_of(found.case_id) is None
    press(found.case_id)
    for wrong in (
        {"recipient": " "},
        {"reference": ""},
        {"handed_over_at": NOW + timedelta(hours=2), "at": NOW},
    ):
        with pytest.raises(HandoverUnclear):
            hand_over(found.case_id, **wrong)
    with transaction.atomic(), pytest.raises(IntegrityError):
        RouteHandover.objects.create(
            departure=Departure.objects.get(),
            recipient="",
            reference="R",
            handed_over_at=NOW,
            recorded_at=NOW,
        )
    assert clocks(found.case_id)["house.route.hand_over"] == "running"


def test_a_route_without_a_clock_starts_and_meets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from entente.core.law import routes

    plain = routes.route("data_request")
    monkeypatch.setattr("entente.apps.cases.services.leaving.routes.route", lambda _name: plain)
    found = notice()
    press(found.case_id)
    hand_over(found.case_id)
    assert deadlines.of_subject("case", found.case_id) == []


def test_a_complaint_opens_a_case_that_left_and_its_answer_lets_it_leave_again() -> None:
    found, _decision, _person = disabled(urls=TWO)
    press(found.case_id)
    assert queries.case_by_id(found.case_id).state == "left"
    for item in queries.undecided_items(found.case_id, limit=5):
        opening.set_impossible(item_ids=[item.pk], ground="closed")
    reopened = opening.reopen_case(case_id=found.case_id, stage="follow", actor=SYSTEM, at=NOW)
    assert (reopened.state, reopened.closed_at) == ("open", None)
    opening.start_second_look(case_id=found.case_id, at=NOW)
    opening.close_when_done(case_id=found.case_id, actor=SYSTEM, at=NOW, outcome="rejected")
    assert queries.case_by_id(found.case_id).state == "open"
    opening.confirm_second_look(case_id=found.case_id, note="", actor=world.actor("legal"), at=NOW)
    assert queries.case_by_id(found.case_id).state == "left"
    assert clocks(found.case_id)["house.route.hand_over"] == "running"
    assert opening.reopen_case(case_id=found.case_id, stage="assess", actor=SYSTEM, at=NOW).state == "left"


def test_the_route_names_whom_to_tell_by_the_hosts_state() -> None:
    assert [one.code for one in leaving.route_advice().recipients] == ["pharos"]


def test_the_route_says_which_clock_runs_and_the_intake_room_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from entente.apps.cases import registries
    from entente.apps.kernel.registries import Registry
    from entente.core.law import routes

    told: list[object] = []
    registry = Registry[str, object]("case left, of the test")
    registry.register("notice", lambda case, actor, at: told.append((case.id, actor.id, at)))
    monkeypatch.setattr(registries, "case_left", registry)
    threat = routes.route("threat_to_life")
    monkeypatch.setattr("entente.apps.cases.services.leaving.routes.route", lambda _name: threat)
    found = notice()
    actor = world.actor("reviewer")
    services.leave_case_to_route(case_id=found.case_id, actor=actor, at=NOW)
    assert told == [(found.case_id, actor.id, NOW)]
    (line,) = deadlines.of_subject("case", found.case_id)
    assert line.rule_id == threat.deadline_rule
    assert line.due_at > NOW - timedelta(seconds=1)
