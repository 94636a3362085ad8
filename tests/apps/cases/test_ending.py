"""A restriction that had an end from the beginning ends by itself, whatever case it came from."""

from datetime import timedelta

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.cases.services import ending
from tests import world
from tests.apps.notices.acts import apply_all, decide, notice
from tests.world import NOW

pytestmark = pytest.mark.django_db

END = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def disabled_until_then(number: int = 1) -> Action:
    found = notice(f"https://agora.example/p/{number}")
    decide(found, world.person("Rae Example", "reviewer"), ends_at=END)
    apply_all(found.case_id)
    return Action.objects.get(decision__case_id=found.case_id)


def test_it_is_given_back_at_its_end_and_the_person_is_told() -> None:
    action = disabled_until_then()
    assert services.end_due_restrictions(at=END - timedelta(seconds=1)) == 0
    assert services.end_due_restrictions(at=END) == 1
    action.refresh_from_db()
    assert (action.state, action.undo_reason) == ("undoing", "superseded")
    (item,) = cases.items_of(action.decision.case_id)
    assert item.decision is not None
    assert (item.decision.outcome, item.decision.decided_by_name) == ("restore", "Entente")
    assert StatementOfReasons.objects.filter(decision=item.decision).count() == 1
    assert services.end_due_restrictions(at=END) == 0


def test_what_is_due_is_ended_a_few_at_a_time() -> None:
    for number in (1, 2, 3):
        disabled_until_then(number)
    assert services.end_due_restrictions(at=END, limit=2) == 2
    assert services.end_due_restrictions(at=END, limit=2) == 1


def test_what_somebody_decided_in_this_moment_is_left_alone() -> None:
    action = disabled_until_then()
    assert ending._end(action.decision.item_id, NOW) == 0
