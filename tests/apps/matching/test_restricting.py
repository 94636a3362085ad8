"""The strongest automatic measure: who may cause it, where it holds, that a person is told and that it ends."""

from datetime import date, timedelta
from typing import Any

import pytest

from entente.apps.banks import services as bank_services
from entente.apps.banks.models import Signal
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import MeasureNotAllowed
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.cases.services.deciding import Ruling
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadline_queries
from entente.apps.deadlines.models import Deadline
from entente.apps.matching.models import Match
from entente.apps.matching.services import restricting
from tests import world
from tests.apps.banks import acts as banks
from tests.apps.matching.acts import apply_all, check, confirmed, decide, in_force, recognition
from tests.apps.notices.acts import disabled
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def test_a_confirmed_signal_of_a_bank_that_restricts_restricts_for_a_day_at_most() -> None:
    confirmed(banks.restricting())
    answer = check()
    found = recognition()
    assert found.case_id is not None
    decision = in_force(found.case_id)
    assert (decision.outcome, decision.basis_id, decision.scope_kind) == (
        "disable",
        "provisional.match",
        "worldwide",
    )
    assert decision.ends_at == NOW + timedelta(hours=24)
    assert decision.decided_by_name == "Entente"
    assert (answer.policy, answer.case.decided) == ("restrict", "disable")
    assert answer.case.restricted_until == decision.ends_at
    assert Match.objects.get().not_restricted == ""
    review = Deadline.objects.get(rule_id="house.provisional_review")
    assert review.due_at == NOW + timedelta(hours=12)
    assert Deadline.objects.get(rule_id="house.match.assess").state == "cancelled"


def test_the_uploader_is_told_at_once_when_it_took_effect() -> None:
    confirmed(banks.restricting())
    check()
    found = recognition()
    assert found.case_id is not None
    apply_all(found.case_id)
    letter = StatementOfReasons.objects.get()
    assert (letter.decision.basis_id, letter.language, letter.state) == ("provisional.match", "fr", "sent")
    assert "personne" in letter.decision.reasons  # in the language of whoever posted it
    assert cases.case_by_id(found.case_id).state == "open"


def test_a_signal_nobody_confirmed_here_only_opens_a_case() -> None:
    banks.one(banks.restricting().id)
    answer = check()
    assert (answer.policy, answer.case.decided) == ("open_case", "")
    assert Match.objects.get().not_restricted == "not_confirmed"


def test_a_negative_bank_leaves_it_to_a_person() -> None:
    confirmed(banks.restricting())
    banks.one(banks.bank("Newsrooms", negative_kind="journalism", policy="observe").id)
    answer = check()
    assert (answer.policy, answer.case.decided) == ("open_case", "")
    assert {one.bank.is_negative for one in answer.met} == {True, False}


def test_a_match_with_a_negative_bank_alone_leads_to_nothing() -> None:
    banks.one(banks.bank(negative_kind="evidence", policy="observe").id)
    answer = check()
    assert (answer.answer, answer.policy, answer.case.reference) == ("match", "", "")


def test_a_protected_source_is_never_restricted_by_a_machine() -> None:
    content.add_protected_source(
        pattern="agora.example/p/", kind="press", note="A newsroom", actor=banks.senior(), at=NOW
    )
    confirmed(banks.restricting())
    answer = check()
    assert (answer.policy, answer.case.decided) == ("open_case", "")
    assert Match.objects.get().not_restricted == "protected"


def test_a_shorter_time_of_the_bank_ends_it_earlier_and_the_review_with_it() -> None:
    confirmed(banks.restricting(provisional_hours=4))
    check()
    assert in_force(recognition().case_id).ends_at == NOW + timedelta(hours=4)  # type: ignore[arg-type] # it has a case
    assert Deadline.objects.get(rule_id="house.provisional_review").due_at == NOW + timedelta(hours=2)


def _designated(signal: Signal, *by: str) -> None:
    bank_services.set_labels(
        signal_id=signal.pk, entity="Movement of Examples", actor=banks.reviewer(), at=NOW
    )
    for state in by:
        bank_services.record_designation(
            entity="Movement of Examples",
            designated_by=state,
            since=date(2026, 1, 1),
            until=None,
            reference="List 1",
            actor=banks.senior(),
            at=NOW,
        )


def test_a_designation_by_one_state_restricts_in_that_state_and_nowhere_else() -> None:
    _designated(confirmed(banks.restricting()), "FR")
    check()
    decision = in_force(recognition().case_id)  # type: ignore[arg-type] # it has a case
    assert (decision.outcome, decision.scope_kind, decision.scope_countries) == (
        "restrict_by_country",
        "countries",
        ["FR"],
    )


def test_a_label_without_a_designation_restricts_nowhere() -> None:
    _designated(confirmed(banks.restricting()))
    answer = check()
    assert (answer.policy, answer.case.decided) == ("open_case", "")
    assert Match.objects.get().not_restricted == "not_designated"


def test_at_its_end_it_lifts_by_itself_and_the_case_waits_for_a_person() -> None:
    confirmed(banks.restricting())
    check()
    case_id = recognition().case_id
    assert case_id is not None
    apply_all(case_id)
    end = NOW + timedelta(hours=24)
    assert case_services.end_due_restrictions(at=end - timedelta(seconds=1)) == 0
    assert case_services.end_due_restrictions(at=end) == 1
    assert in_force(case_id).outcome == "restore"
    assert Action.objects.get().state == "undoing"
    apply_all(case_id, at=end)
    assert StatementOfReasons.objects.filter(decision__outcome="restore").count() == 1
    assert cases.case_by_id(case_id).state == "open"
    running = Deadline.objects.get(rule_id="house.match.assess", state="running")
    assert running.case_id == case_id
    assert case_services.end_due_restrictions(at=end) == 0


def test_an_exact_copy_of_what_a_person_disabled_stays_past_its_end_as_overdue() -> None:
    notice, decision, person = disabled(urls=("https://agora.example/p/9",))
    bank = banks.restricting()
    bank_services.offer_from_decision(
        bank_id=bank.id,
        signals=[banks.signal("one")],
        decided=bank_services.Decided(case_id=notice.case_id, decision_id=decision.pk),
        actor=person.actor,
        at=NOW,
    )
    check(digest=banks.value("one"))
    case_id = recognition().case_id
    assert case_id is not None
    end = NOW + timedelta(hours=24)
    assert case_services.end_due_restrictions(at=end) == 0
    assert in_force(case_id).basis_id == "provisional.match"
    assert deadline_queries.first_end(case_id) is not None


def test_the_same_signal_without_the_same_bytes_is_no_exact_copy() -> None:
    confirmed(banks.restricting())
    check(digest=banks.value("other bytes"))
    case_id = recognition().case_id
    assert case_id is not None
    assert not restricting.is_exact_copy_of_what_a_person_disabled(in_force(case_id), NOW)
    assert case_services.end_due_restrictions(at=NOW + timedelta(days=1)) == 1


def test_a_signal_that_does_not_stand_any_more_keeps_nothing_down() -> None:
    signal = confirmed(banks.restricting())
    check(digest=banks.value("one"))
    case_id = recognition().case_id
    assert case_id is not None
    bank_services.retract_signals(
        signal_ids=[signal.pk], reason="Its source was wrong.", actor=banks.reviewer(), at=NOW
    )
    assert not restricting.is_exact_copy_of_what_a_person_disabled(in_force(case_id), NOW)


def test_what_a_person_decided_is_not_restricted_again_by_a_machine() -> None:
    confirmed(banks.restricting())
    check()
    found = recognition()
    assert found.case_id is not None
    decide(found.case_id, world.person("Rae Example", "reviewer"), outcome="keep")
    apply_all(found.case_id)
    again = check(at=NOW + timedelta(hours=1))
    assert (again.case.decided, again.policy) == ("restore", "open_case")
    assert in_force(found.case_id).outcome == "restore"


def test_no_other_case_and_no_longer_time_may_use_this_basis() -> None:
    confirmed(banks.restricting())
    banks.one(banks.bank(policy="open_case").id, "two")
    check("two", id="2", url="https://agora.example/p/2")
    found = recognition()
    assert found.case is not None
    (item,) = cases.items_of(found.case.pk)
    rest: dict[str, Any] = {"basis_id": "provisional.match", "reasons": "A match.", "scope_kind": "worldwide"}
    for ends_at in (None, NOW + timedelta(hours=25), NOW):
        with pytest.raises(MeasureNotAllowed):
            case_services.issue_decision(
                case=found.case,
                item=cases.item(item.id),
                ruling=Ruling(outcome="disable", ends_at=ends_at, **rest),
                actor=banks.reviewer(),
                at=NOW,
            )
    notice, _decision, _person = disabled(urls=("https://agora.example/p/9",))
    (other,) = cases.items_of(notice.case_id)
    with pytest.raises(MeasureNotAllowed):
        case_services.issue_decision(
            case=cases.case_by_id(notice.case_id),
            item=cases.item(other.id),
            ruling=Ruling(outcome="disable", ends_at=NOW + timedelta(hours=1), **rest),
            actor=banks.reviewer(),
            at=NOW,
        )


def test_only_a_thing_with_a_case_is_restricted() -> None:
    banks.one(banks.bank(policy="observe").id)
    answer = check()
    with pytest.raises(ValueError, match="case"):
        restricting.restrict(recognition=recognition(), met=answer.met, at=NOW)


def test_the_end_of_a_restriction_without_a_recognition_is_nothing_to_us() -> None:
    _notice, decision, _person = disabled()
    restricting.hear_end(decision, NOW)
    assert not Deadline.objects.filter(rule_id="house.match.assess").exists()
