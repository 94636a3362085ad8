"""When a signal is taken back, or meets far too much: what rested on it is lifted or asked about again."""

from datetime import timedelta

import pytest

from entente.apps.banks import services as bank_services
from entente.apps.banks.models import Signal
from entente.apps.cases import queries as cases
from entente.apps.kernel.config import config
from entente.apps.matching import services
from entente.apps.matching.models import Recognition
from entente.apps.matching.services import doubting, flooding
from tests import world
from tests.apps.banks import acts as banks
from tests.apps.matching.acts import apply_all, check, confirmed, decide, in_force, recognition
from tests.world import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def _retract(signal: Signal) -> None:
    bank_services.retract_signals(
        signal_ids=[signal.pk], reason="Its source was wrong.", actor=banks.reviewer(), at=LATER
    )


def test_what_only_a_machine_restricted_is_lifted_at_once() -> None:
    signal = confirmed(banks.restricting())
    check()
    case_id = recognition().case_id
    assert case_id is not None
    _retract(signal)
    assert recognition().doubt == "retracted"
    assert services.settle_doubts(at=LATER) == 1
    assert in_force(case_id).outcome == "restore"
    assert cases.case_by_id(case_id).stage == "assess"
    assert services.settle_doubts(at=LATER) == 0


def test_it_stays_while_another_confirmed_signal_carries_it() -> None:
    first = confirmed(banks.restricting())
    confirmed(banks.restricting(), "two")
    check("one", "two")
    case_id = recognition().case_id
    assert case_id is not None
    _retract(first)
    services.settle_doubts(at=LATER)
    assert in_force(case_id).basis_id == "provisional.match"
    assert in_force(case_id).outcome == "disable"


def test_what_people_disabled_because_of_it_is_asked_about_again() -> None:
    signal = banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    decide(case_id, world.person("Rae Example", "reviewer"))
    apply_all(case_id)
    assert cases.case_by_id(case_id).state == "closed"
    _retract(signal)
    services.settle_doubts(at=LATER)
    case = cases.case_by_id(case_id)
    assert (case.state, case.stage) == ("open", "assess")
    assert in_force(case_id).outcome == "disable"


def test_what_people_kept_is_left_alone() -> None:
    signal = banks.one(banks.bank(policy="open_case").id)
    check()
    case_id = recognition().case_id
    assert case_id is not None
    decide(case_id, world.person("Rae Example", "reviewer"), outcome="keep")
    _retract(signal)
    services.settle_doubts(at=LATER)
    assert cases.case_by_id(case_id).state == "closed"


def test_a_match_without_a_case_is_not_marked() -> None:
    signal = banks.one(banks.bank(policy="observe").id)
    check()
    assert doubting.doubt(signal_ids=[signal.pk], why=doubting.Why.RETRACTED, at=LATER) == 0


def test_a_doubt_that_somebody_settled_a_moment_ago_is_no_work() -> None:
    assert doubting._settle(Recognition(content_key="-").pk, LATER) == 0


def test_a_signal_that_suddenly_meets_very_much_stops_and_what_it_restricted_is_lifted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = config().model_copy(update={"matching": config().matching.model_copy(update={"flood_matches": 3})})
    monkeypatch.setattr(flooding, "config", lambda: few)
    signal = confirmed(banks.restricting())
    for number in range(3):
        check(id=str(number), url=f"https://agora.example/p/{number}")
    signal.refresh_from_db()
    assert signal.state == "quarantined"
    assert "3" in signal.quarantine_reason
    assert services.settle_doubts(at=LATER) == 3
    for row in Recognition.objects.all():
        assert row.case_id is not None
        assert in_force(row.case_id).outcome == "restore"
    assert check(id="9", url="https://agora.example/p/9").answer == "no_match"


def test_a_signal_that_was_taken_back_in_this_moment_needs_no_quarantine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few = config().model_copy(update={"matching": config().matching.model_copy(update={"flood_matches": 1})})
    signal = banks.one(banks.bank(policy="observe").id)
    check()
    _retract(signal)
    monkeypatch.setattr(flooding, "config", lambda: few)
    assert flooding.look_for_floods(signal_ids=[signal.pk], at=NOW) == []
