"""Notices with several addresses, by several doors, answered by a platform that refuses; two people at once."""

from datetime import timedelta
from uuid import UUID

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import CaseAlreadyDecided
from entente.apps.cases.models import Action, Decision
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.notices import queries
from entente.apps.notices.errors import NoticeIncomplete
from tests import world
from tests.apps.notices.acts import apply_all, decide, disabled, notice
from tests.world import NOW

pytestmark = pytest.mark.django_db
TWO = ("https://agora.example/p/1", "https://agora.example/p/2")


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_a_notice_about_two_addresses_is_answered_when_both_are_decided() -> None:
    found, person = notice(*TWO), world.person("Rae Example", "reviewer")
    decide(found, person)
    apply_all(found.case_id)
    assert cases.case_by_id(found.case_id).stage == "assess"
    assert Delivery.objects.filter(purpose="notice.answer").count() == 0
    decide(found, person, outcome="keep", position=1)
    assert Delivery.objects.filter(purpose="notice.answer").count() == 1
    assert cases.case_by_id(found.case_id).state == "closed"


def test_a_notice_waits_for_the_effect_of_its_first_address() -> None:
    found, person = notice(*TWO), world.person("Rae Example", "reviewer")
    decide(found, person)
    decide(found, person, outcome="keep", position=1)
    assert cases.case_by_id(found.case_id).state == "open"
    apply_all(found.case_id)
    assert cases.case_by_id(found.case_id).state == "closed"


def test_a_refusal_of_the_platform_keeps_the_notice_open() -> None:
    found = notice()
    decide(found, world.person("Rae Example", "reviewer"))
    action = Action.objects.get()
    case_services.record_refusal(action_id=action.id, reason="not_found", actor=SYSTEM, at=NOW)
    case = cases.case_by_id(found.case_id)
    assert (case.state, case.stage) == ("open", "effect")
    assert queries.by_token(found.token).answered_at is None  # type: ignore[union-attr]


def test_an_unnamed_notifier_is_told_nothing_by_mail() -> None:
    found = notice(notifier_mail="")
    decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    assert not Delivery.objects.filter(purpose__startswith="notice.").exists()
    assert queries.by_token(found.token).answered_at == NOW  # type: ignore[union-attr]


def test_a_referral_is_answered_to_the_address_of_our_register() -> None:
    unit = world.office(
        "Referral Unit", kind="referral_unit", competences=["refer"], contact_mail="unit@office.example"
    )
    found = notice(kind="referral", authority_id=unit.facts.id, notifier_mail="", good_faith=False)
    assert (found.case.kind, found.case.sender) == ("referral", "Referral Unit")
    decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    assert Delivery.objects.get(purpose="notice.answer").destination == "unit@office.example"


def test_receipt_and_answer_are_in_the_notifiers_language_and_say_which() -> None:
    found = notice(notifier_language="ar")
    decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    told = dict(Delivery.objects.filter(subject_kind="notice").values_list("purpose", "payload__language"))
    assert told == {"notice.receipt": "ar", "notice.answer": "ar"}


@pytest.mark.parametrize("purpose", ["notice.receipt", "notice.answer"])
def test_a_receipt_or_answer_that_does_not_leave_wakes_the_senior_reviewers_only(purpose: str) -> None:
    sam, _olga = world.person("Sam Example", "senior_reviewer"), world.person("Olga Example", "on_call")
    decide(notice(), world.person("Rae Example", "reviewer"), outcome="keep")
    for hours in (0, 2, 5):  # no mail server is configured
        deliveries.attempt_due(at=NOW + timedelta(hours=hours), limit=50)
    message = Delivery.objects.get(purpose=purpose)
    first = Delivery.objects.filter(purpose="delivery.alarm", subject_id=message.id).earliest("pk")
    assert first.destination == str(sam.id)


def test_the_notifier_is_answered_once_whatever_follows() -> None:
    found, first, _person = disabled()
    other = world.person("Sam Example", "reviewer")
    from entente.apps.cases.services import opening

    opening.reopen_case(case_id=found.case_id, stage="assess", actor=SYSTEM, at=NOW)
    decide(found, other, outcome="keep", supersedes=first.id)
    apply_all(found.case_id)
    assert Delivery.objects.filter(purpose="notice.answer").count() == 1
    assert cases.case_by_id(found.case_id).state == "closed"
    assert deadlines.next_due(found.case_id) is None


def test_two_people_at_once_do_not_undo_each_other_unseen() -> None:
    """The second one saw no decision when the page was opened: the first decision stands."""
    found = notice(*TWO)
    first = decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    with pytest.raises(CaseAlreadyDecided):
        decide(found, world.person("Sam Example", "reviewer"))
    with pytest.raises(CaseAlreadyDecided):
        decide(found, world.person("Tia Example", "reviewer"), supersedes=UUID(int=0))
    assert list(Decision.objects.all()) == [first]
    assert not Action.objects.exists()


def test_the_same_address_twice_is_one() -> None:
    found = notice(TWO[0], TWO[0])
    assert len(cases.items_of(found.case_id)) == 1


def test_too_many_addresses_are_a_gap_with_the_limit() -> None:
    with pytest.raises(NoticeIncomplete, match="1000"):
        notice(*[f"https://agora.example/p/{number}" for number in range(1001)])


def test_an_effect_taken_back_says_nothing_to_the_notifier() -> None:
    found, decision, _person = disabled()
    case_services.undo_decision(decision=decision, reason="expired", actor=SYSTEM, at=NOW)
    before = Delivery.objects.filter(subject_kind="notice").count()
    apply_all(found.case_id, NOW + timedelta(minutes=1))
    assert Action.objects.get().state == "undone"
    assert Delivery.objects.filter(subject_kind="notice").count() == before
    assert queries.of_case(found.case_id) == found
