"""What was typed wrong when a case opened is taken out again, while nothing was decided about it."""

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases.errors import CaseAlreadyDecided
from entente.apps.cases.services import retyping
from entente.apps.content.models import Snapshot
from entente.apps.content.services.cancelling import cancel_snapshot
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.kernel.actors import SYSTEM
from tests import world
from tests.apps.orders.acts import executed
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def test_an_address_nothing_was_decided_about_is_dropped_with_its_copy(office: Office) -> None:
    order = world.receive("https://agora.example/p/1", "https://agora.example/p/2", by=office).order
    wrong, _right = cases.items_of(order.case_id)
    evidence_services.preserve(
        subject_kind="content_item",
        subject_id=wrong.content_item_id,
        case_id=order.case_id,
        ground_id="house.open_case",
        starts_at=NOW,
        actor=SYSTEM,
        at=NOW,
    )
    retyping.drop_item(item_id=wrong.id, actor=world.actor("on_call"), at=NOW)
    assert [item.url for item in cases.items_of(order.case_id)] == ["https://agora.example/p/2"]
    assert cases.case_by_id(order.case_id).item_count == 1
    assert Snapshot.objects.get(content_item_id=wrong.content_item_id).state == "cancelled"
    (ground,) = evidence.preservations_of("content_item", wrong.content_item_id)
    assert (ground.until - NOW).total_seconds() < 1
    assert not cancel_snapshot(content_item_id=wrong.content_item_id, case_id=order.case_id, at=NOW)


def test_what_was_decided_about_stays(office: Office) -> None:
    order, _person = executed(office)
    (item,) = cases.items_of(order.case_id)
    with pytest.raises(CaseAlreadyDecided):
        retyping.drop_item(item_id=item.id, actor=SYSTEM, at=NOW)
