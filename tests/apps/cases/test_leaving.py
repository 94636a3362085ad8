"""The one key for suspected child abuse."""

from datetime import timedelta

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries, services
from entente.apps.cases.errors import CaseClosed
from entente.apps.cases.models import Action
from entente.apps.content import services as content_services
from entente.apps.content.errors import SnapshotClosed
from entente.apps.content.models import Snapshot
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from tests import world
from tests.apps.notices.acts import notice
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db


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


def test_an_order_not_yet_executed_keeps_its_hour() -> None:
    """The key is about who looks; the authority's clock knows nothing of it."""
    order = world.receive(by=world.office()).order
    services.leave_case_to_route(case_id=order.case_id, actor=world.actor("on_call"), at=NOW)
    assert "tco.execute" in {line.rule_id for line in deadlines.running_for_case(order.case_id)}


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
