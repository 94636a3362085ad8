"""The road of a notice: assessed first, then decided; told, complained about, restored."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import (
    AssessmentIncomplete,
    CaseAlreadyDecided,
    MeasureNotAllowed,
    ScopeNotAllowed,
)
from entente.apps.cases.models import Action, Decision, StatementOfReasons
from entente.apps.cases.services.deciding import Ruling
from entente.apps.complaints import services as complaints
from entente.apps.complaints.errors import ComplaintTooLate, NotForYou
from entente.apps.complaints.models import Complaint
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel.actors import PUBLIC, SYSTEM
from entente.apps.notices import services
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.notices.models import Notice
from entente.apps.parties.types import PersonFacts
from tests import world
from tests.apps.cases.filled import WORDS, assess
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def notice(**changes: Any) -> Notice:
    values = {
        "urls": ("https://agora.example/p/1",),
        "explanation": "This text calls for attacks; see the last lines.",
        "good_faith": True,
        "door": "public_form",
        "received_at": NOW,
        "notifier_mail": "reader@mail.example",
    }
    return services.receive_notice(draft=services.NoticeDraft(**{**values, **changes}), actor=PUBLIC, at=NOW)


def apply_all(case_id: UUID, at: datetime = NOW) -> None:
    for action in Action.objects.filter(decision__case_id=case_id, state__in=["pending", "undoing"]):
        case_services.record_effect(action_id=action.id, effect_at=at, actor=SYSTEM, at=at)


def decide(
    found: Notice,
    person: PersonFacts,
    *,
    outcome: str = "disable",
    basis: str = "dsa.illegal_content",
    at: datetime = NOW,
    **changes: Any,
) -> Decision:
    scope = changes.pop("scope", ("DE", "FR"))
    assessment = assess(
        found.case_id, person, road="notice", outcome=outcome, at=at, scope_countries=list(scope)
    )
    (item, *_rest) = cases.items_of(found.case_id)
    ruling = Ruling(
        outcome=outcome,
        basis_id=basis,
        reasons=WORDS,
        ground_id=changes.pop("ground", "tco.a_incites"),
        scope_kind="countries",
        scope_countries=tuple(scope),
        **changes,
    )
    return services.decide_notice(
        notice_id=found.id, item_id=item.id, ruling=ruling, assessment=assessment, actor=person.actor, at=at
    )


def test_a_notice_opens_a_case_confirms_receipt_and_touches_nothing() -> None:
    found = notice()
    case = cases.case_by_id(found.case_id)
    assert (case.kind, case.stage) == ("notice", "assess")
    assert not Action.objects.exists()
    assert found.receipt["leaf_hash"]
    (line,) = deliveries.for_subject("notice", found.id)
    assert (line.purpose, line.destination) == ("notice.receipt", "reader@mail.example")
    assert "house.notice.assess" in {line.rule_id for line in deadlines.running_for_case(found.case_id)}


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        ({"urls": ()}, "urls"),
        ({"urls": ("ftp://x.example/1",)}, "urls"),
        ({"explanation": "bad"}, "explanation"),
        ({"good_faith": False}, "good_faith"),
        ({"kind": "referral"}, "authority"),
    ],
)
def test_each_missing_element_is_named(changes: dict[str, Any], gap: str) -> None:
    with pytest.raises(NoticeIncomplete) as refused:
        notice(**changes)
    assert gap in refused.value.facts["gaps"]
    assert not Notice.objects.exists()


def test_a_decision_needs_the_whole_assessment() -> None:
    found = notice()
    person = world.person("Rae Example", "reviewer")
    (item,) = cases.items_of(found.case_id)
    with pytest.raises(AssessmentIncomplete):
        case_services.issue_decision(
            case=cases.case_by_id(found.case_id),
            item=cases.item(item.id),
            ruling=Ruling(
                outcome="disable",
                basis_id="dsa.illegal_content",
                reasons=WORDS,
                ground_id="tco.a_incites",
                scope_countries=("FR",),
            ),
            actor=person.actor,
            at=NOW,
        )


def test_an_exempt_purpose_cannot_end_in_a_restriction() -> None:
    found = notice()
    person = world.person("Rae Example", "reviewer")
    with pytest.raises(AssessmentIncomplete) as refused:
        assess(found.case_id, person, road="notice", outcome="disable", true_purpose="journalistic")
    assert any(gap["field"] == "outcome" for gap in refused.value.facts["gaps"])


def test_a_basis_keeps_to_its_territory_and_measures() -> None:
    found = notice()
    person = world.person("Rae Example", "reviewer")
    with pytest.raises(ScopeNotAllowed):
        decide(found, person, scope=("US",))
    other = notice(urls=("https://agora.example/p/9",))
    with pytest.raises(MeasureNotAllowed):
        decide(other, person, outcome="warning_label", basis="tco.removal_order")


def test_disable_takes_effect_tells_the_person_and_answers_the_notifier() -> None:
    found = notice()
    decide(found, world.person("Rae Example", "reviewer"))
    apply_all(found.case_id)
    statement = StatementOfReasons.objects.get()
    assert (statement.form, statement.state) == ("dsa17", "sent")
    found.refresh_from_db()
    assert found.answered_at == NOW
    assert {line.purpose for line in deliveries.for_subject("notice", found.id)} == {
        "notice.receipt",
        "notice.answer",
    }
    assert cases.case_by_id(found.case_id).state == "closed"
    assert deadlines.next_due(found.case_id) is None


def test_keep_is_a_decision_with_reasons_and_no_effect() -> None:
    found = notice()
    person = world.person("Rae Example", "reviewer")
    assessment = assess(found.case_id, person, road="notice", outcome="keep", true_purpose="journalistic")
    (item,) = cases.items_of(found.case_id)
    services.decide_notice(
        notice_id=found.id,
        item_id=item.id,
        ruling=Ruling(outcome="keep", basis_id="keep", reasons=WORDS),
        assessment=assessment,
        actor=person.actor,
        at=NOW,
    )
    assert not Action.objects.exists()
    found.refresh_from_db()
    assert found.answered_at == NOW


def lodge(decision: Decision, at: datetime = NOW, **changes: Any) -> Complaint:
    values = {
        "decision": decision,
        "complainant": "affected",
        "informed_at": NOW,
        "text": "It was a report about the event, not a call.",
        "contact_mail": "author@mail.example",
        "language": "en",
    }
    return complaints.lodge_complaint(**{**values, **changes}, actor=PUBLIC, at=at)


def test_an_upheld_complaint_restores_at_once_and_somebody_else_decides() -> None:
    found = notice()
    first = world.person("Rae Example", "reviewer")
    decision = decide(found, first)
    apply_all(found.case_id)
    complaint = lodge(decision)
    assert cases.case_by_id(found.case_id).state == "open"
    with pytest.raises(NotForYou):
        complaints.uphold_complaint(complaint_id=complaint.id, reasons=WORDS, actor=first.actor, at=NOW)
    complaints.uphold_complaint(
        complaint_id=complaint.id,
        reasons=WORDS,
        actor=world.actor("senior_reviewer", name="Sam Example"),
        at=NOW,
    )
    (action,) = Action.objects.all()
    assert action.state == "undoing"
    (item,) = cases.items_of(found.case_id)
    assert item.decision is not None
    assert item.decision.outcome == "restore"


def test_a_rejection_needs_two_people_who_did_not_decide() -> None:
    found = notice()
    first = world.person("Rae Example", "reviewer")
    decision = decide(found, first)
    apply_all(found.case_id)
    complaint = lodge(decision)
    second = world.actor("reviewer", name="Sam Example")
    third = world.actor("senior_reviewer", name="Tia Example")
    with pytest.raises(NotForYou):
        complaints.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=first.actor, at=NOW)
    complaints.propose_rejection(complaint_id=complaint.id, reasons=WORDS, actor=second, at=NOW)
    with pytest.raises(NotForYou):
        complaints.confirm_rejection(complaint_id=complaint.id, actor=second, at=NOW)
    rejected = complaints.confirm_rejection(complaint_id=complaint.id, actor=third, at=NOW)
    assert rejected.state == "rejected"
    assert {action.state for action in Action.objects.all()} == {"applied"}


def test_six_months_after_being_informed_the_road_is_closed() -> None:
    found = notice()
    decision = decide(found, world.person("Rae Example", "reviewer"))
    apply_all(found.case_id)
    assert lodge(decision, at=NOW + timedelta(days=180)).state == "open"
    with pytest.raises(ComplaintTooLate):
        lodge(decision, at=NOW + timedelta(days=190))


def test_of_two_reviewers_one_wins() -> None:
    found = notice()
    decide(found, world.person("Rae Example", "reviewer"))
    (item,) = cases.items_of(found.case_id)
    person = world.person("Sam Example", "reviewer")
    assessment = assess(found.case_id, person, road="notice", outcome="keep")
    with pytest.raises(CaseAlreadyDecided):
        case_services.issue_decision(
            case=cases.case_by_id(found.case_id),
            item=cases.item(item.id),
            ruling=Ruling(outcome="keep", basis_id="keep", reasons=WORDS),
            assessment=assessment,
            actor=person.actor,
            at=NOW,
        )
