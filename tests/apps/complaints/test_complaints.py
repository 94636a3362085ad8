"""Complaints against the host's own decisions, and challenges of an order."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from entente.apps.cases import queries as cases
from entente.apps.cases.errors import SamePerson
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.cases.services import opening
from entente.apps.complaints import queries, services
from entente.apps.complaints.errors import (
    ComplaintDecided,
    ComplaintEmpty,
    ComplaintTooLate,
    NotForYou,
    WrongRoad,
)
from entente.apps.complaints.models import Complaint
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import services as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import PUBLIC, Actor
from tests import world
from tests.apps.cases.filled import WORDS
from tests.apps.notices import acts
from tests.apps.orders.acts import executed
from tests.world import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


@pytest.fixture
def sam() -> Actor:
    return world.actor("senior_reviewer", name="Sam Example")


def lodge(decision: Decision, **changes: Any) -> Complaint:
    values: dict[str, Any] = {
        "decision": decision,
        "complainant": "affected",
        "informed_at": NOW,
        "text": "It was a report about the event, not a call.",
        "contact_mail": "author@mail.example",
        "language": "fr",
        "actor": PUBLIC,
        "at": LATER,
    }
    return services.lodge_complaint(**{**values, **changes})


def own_decision() -> Decision:
    return acts.disabled()[1]


def order_decision() -> Decision:
    order, _person = executed(world.office())
    (item,) = cases.items_of(order.case_id)
    assert item.decision is not None
    return item.decision


def test_a_complaint_says_what_is_wrong() -> None:
    with pytest.raises(ComplaintEmpty):
        lodge(own_decision(), text="   unfair  ")


def test_a_complaint_has_a_status_page_and_a_clock() -> None:
    complaint = lodge(own_decision())
    known = queries.by_token(complaint.token)
    assert known is not None
    assert known.id == complaint.id
    assert queries.by_token("guess") is None
    assert queries.of_case(complaint.case_id) == [complaint]
    assert "house.complaint.decide" in {
        line.rule_id for line in deadlines.running_for_case(complaint.case_id)
    }


def test_six_calendar_months_from_being_informed() -> None:
    decision = own_decision()
    until = services.complaint_until(NOW)
    assert lodge(decision, at=until).state == "open"
    with pytest.raises(ComplaintTooLate):
        lodge(decision, at=until + timedelta(seconds=1))


def test_a_person_nobody_told_is_never_too_late() -> None:
    assert lodge(own_decision(), informed_at=None, at=NOW + timedelta(days=900)).state == "open"


def test_the_answer_is_in_the_language_of_the_complaint_and_says_which(sam: Actor) -> None:
    complaint = lodge(own_decision(), language="ar")
    services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    assert Delivery.objects.get(purpose="complaint.answer").payload["language"] == "ar"


def test_an_answer_that_does_not_leave_wakes_the_senior_reviewers(sam: Actor) -> None:
    tia = world.person("Tia Example", "senior_reviewer")
    complaint = lodge(own_decision())
    services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    for hours in (0, 2, 5):  # no mail server is configured
        deliveries.attempt_due(at=LATER + timedelta(hours=hours), limit=50)
    answer = Delivery.objects.get(purpose="complaint.answer")
    rung = Delivery.objects.filter(purpose="delivery.alarm", subject_id=answer.id)
    assert {str(tia.id), sam.id} <= {page.destination for page in rung}


def test_an_upheld_complaint_restores_informs_and_is_looked_at_again(sam: Actor) -> None:
    complaint = lodge(own_decision())
    services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    assert Action.objects.get().state == "undoing"
    restored = StatementOfReasons.objects.latest("written_at")
    assert restored.decision.outcome == "restore"
    mail = Delivery.objects.get(purpose="complaint.answer")
    assert mail.destination == "author@mail.example"
    running = {line.rule_id for line in deadlines.running_for_case(complaint.case_id)}
    assert running == {"house.second_look"}
    acts.apply_all(complaint.case_id, LATER)
    assert cases.case_by_id(complaint.case_id).state == "open"
    with pytest.raises(SamePerson):
        opening.confirm_second_look(case_id=complaint.case_id, note="mine", actor=sam, at=LATER)
    opening.confirm_second_look(
        case_id=complaint.case_id,
        note="agreed",
        actor=world.actor("senior_reviewer", name="Tia Example"),
        at=LATER,
    )
    assert cases.case_by_id(complaint.case_id).state == "closed"
    with pytest.raises(ComplaintDecided):
        services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)


def test_a_restoration_after_the_second_look_closes_the_case(sam: Actor) -> None:
    complaint = lodge(own_decision())
    services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    opening.confirm_second_look(
        case_id=complaint.case_id,
        note="agreed",
        actor=world.actor("senior_reviewer", name="Tia Example"),
        at=LATER,
    )
    assert cases.case_by_id(complaint.case_id).state == "open"
    acts.apply_all(complaint.case_id, LATER)
    assert cases.case_by_id(complaint.case_id).state == "closed"


def test_a_case_with_another_open_complaint_stays_open(sam: Actor) -> None:
    decision = own_decision()
    first, _second = lodge(decision), lodge(decision)
    services.propose_rejection(complaint_id=first.id, reasons=WORDS, actor=sam, at=LATER)
    third = world.actor("senior_reviewer", name="Tia Example")
    services.confirm_rejection(complaint_id=first.id, actor=third, at=LATER)
    assert cases.case_by_id(decision.case_id).state == "open"


def test_a_decision_needs_words_a_person_can_understand(sam: Actor) -> None:
    complaint = lodge(own_decision())
    with pytest.raises(ComplaintEmpty):
        services.uphold_complaint(complaint_id=complaint.id, reasons="no", actor=sam, at=LATER)
    with pytest.raises(ComplaintEmpty):
        services.propose_rejection(complaint_id=complaint.id, reasons="no", actor=sam, at=LATER)
    assert Action.objects.get().state == "applied"


def test_upholding_what_another_decision_replaced_restores_nothing_twice(sam: Actor) -> None:
    decision = own_decision()
    first, second = lodge(decision), lodge(decision, contact_mail="")
    services.uphold_complaint(complaint_id=first.id, reasons=WORDS, actor=sam, at=LATER)
    done = services.uphold_complaint(complaint_id=second.id, reasons=WORDS, actor=sam, at=LATER)
    assert done.state == "upheld"
    assert Decision.objects.filter(outcome="restore").count() == 1
    assert Delivery.objects.filter(purpose="complaint.answer").count() == 1


def test_an_upheld_complaint_of_the_notifier_opens_the_assessment_again(sam: Actor) -> None:
    found = acts.notice()
    decision = acts.decide(found, world.person("Rae Example", "reviewer"), outcome="keep")
    complaint = lodge(decision, complainant="notifier")
    services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    case = cases.case_by_id(found.case_id)
    assert (case.state, case.stage) == ("open", "assess")
    assert not Action.objects.exists()
    assert {line.rule_id for line in deadlines.running_for_case(found.case_id)} == {"house.notice.assess"}
    again = acts.decide(found, world.person("Tia Example", "reviewer"), supersedes=decision.id, at=LATER)
    assert again.supersedes_id == decision.id


def test_a_rejection_can_be_sent_back_and_then_be_upheld(sam: Actor) -> None:
    complaint = lodge(own_decision())
    third = world.actor("senior_reviewer", name="Tia Example")
    services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    with pytest.raises(ComplaintDecided):
        services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=third, at=LATER)
    back = services.return_proposal(
        complaint_id=complaint.id, note="The context was not looked at.", actor=third, at=LATER
    )
    assert (back.state, back.proposed_by_id_text) == ("open", "")
    services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=third, at=LATER)
    upheld = services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    assert upheld.state == "upheld"


def test_a_confirmed_rejection_closes_and_tells(sam: Actor) -> None:
    complaint = lodge(own_decision())
    services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    third = world.actor("senior_reviewer", name="Tia Example")
    done = services.confirm_rejection(complaint_id=complaint.id, actor=third, at=LATER)
    assert done.state == "rejected"
    assert cases.case_by_id(complaint.case_id).state == "closed"
    assert Delivery.objects.filter(purpose="complaint.answer").count() == 1


def test_the_database_refuses_a_rejection_by_one_person() -> None:
    complaint = lodge(own_decision())
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.id).update(
            state="rejected", reasons="x", proposed_by_id_text="a", decided_by_id_text="a"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.id).update(state="upheld")


def test_against_an_order_the_host_may_not_restore(sam: Actor) -> None:
    complaint = lodge(order_decision())
    assert complaint.road == "challenge"
    with pytest.raises(WrongRoad):
        services.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    with pytest.raises(WrongRoad):
        services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    assert Action.objects.get().state == "applied"


@pytest.mark.parametrize(("is_used", "state"), [(True, "used"), (False, "not_used")])
def test_a_challenge_is_answered_with_reasons_either_way(sam: Actor, is_used: bool, state: str) -> None:  # noqa: FBT001
    complaint = lodge(order_decision())
    with pytest.raises(ComplaintEmpty):
        services.answer_challenge(complaint_id=complaint.id, is_used=is_used, reasons="", actor=sam, at=LATER)
    done = services.answer_challenge(
        complaint_id=complaint.id, is_used=is_used, reasons=WORDS, actor=sam, at=LATER
    )
    assert (done.state, queries.complaint(complaint.id).reasons) == (state, WORDS)


def test_an_answered_challenge_does_not_close_the_case_of_a_living_order(sam: Actor) -> None:
    """The full assessment and the scrutiny window of the order still run: its case stays in the inbox."""
    complaint = lodge(order_decision(), at=NOW + timedelta(hours=1))
    at = NOW + timedelta(hours=2)
    services.answer_challenge(complaint_id=complaint.id, is_used=True, reasons=WORDS, actor=sam, at=at)
    case = cases.case_by_id(complaint.case_id)
    assert (case.state, case.stage) == ("open", "assess")


def test_a_complaint_about_our_own_decision_is_no_challenge(sam: Actor) -> None:
    complaint = lodge(own_decision())
    with pytest.raises(WrongRoad):
        services.answer_challenge(complaint_id=complaint.id, is_used=True, reasons=WORDS, actor=sam, at=LATER)


def test_the_first_decider_confirms_nothing() -> None:
    found, decision, first = acts.disabled()
    complaint = lodge(decision)
    sam = world.actor("senior_reviewer", name="Sam Example")
    services.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=sam, at=LATER)
    with pytest.raises(NotForYou):
        services.confirm_rejection(complaint_id=complaint.id, actor=first.actor, at=LATER)
    assert cases.case_by_id(found.case_id).state == "open"
