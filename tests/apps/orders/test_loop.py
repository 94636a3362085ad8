"""The road of an order: received, executed inside the hour, answered, assessed, ended, restored."""

from datetime import timedelta

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries, services
from entente.apps.orders.errors import (
    CheckIncomplete,
    GroundMissing,
    NotExecutable,
    NotInThisState,
    OrderMalformed,
    TooManyAddresses,
    WasOnCall,
)
from entente.apps.orders.services import deciding
from entente.apps.orders.services.checking import FiveAnswers
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.cases.told import letters_arrive
from tests.apps.orders.acts import apply_all, executed, refuse_all, reports_arrive
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def test_a_signed_order_opens_a_case_with_the_hour_running_and_a_receipt(office: Office) -> None:
    received = world.receive(by=office)
    order = received.order
    due = deadlines.next_due(order.case_id)
    assert order.is_binding, order.binding_reasons
    assert due is not None
    assert due.due_at == NOW + timedelta(hours=1)
    case = cases.case_by_id(order.case_id)
    assert (case.kind, case.stage, case.legal_due_at) == ("order", "check", NOW + timedelta(hours=1))
    assert received.receipt["leaf_hash"] == order.leaf_hash
    assert [line.kind for line in audit.trail_of_case(order.case_id)][-1] == "orders:removal_order:received"
    assert {line.purpose for line in deliveries.for_subject("snapshot", order.id)} == set()


def test_execution_disables_in_the_member_states_and_no_wider(office: Office) -> None:
    order, _person = executed(office)
    (item,) = cases.items_of(order.case_id)
    assert item.decision is not None
    assert item.decision.scope_kind == "countries"
    assert len(item.decision.scope_countries) == 27
    assert order.execution == "executed"
    assert order.executed_at == NOW + timedelta(minutes=4)


def test_execution_meets_the_hour_sends_feedback_and_starts_the_assessment(office: Office) -> None:
    order, _person = executed(office)
    running = {line.rule_id: line for line in deadlines.running_for_case(order.case_id)}
    assert "tco.execute" not in running
    assert running["house.full_assessment"].due_at == NOW + timedelta(hours=24)
    assert running["tco.xborder.request"].due_at == NOW + timedelta(hours=48)
    (answer,) = queries.answers_of(order.id)
    assert answer.kind == "feedback"
    assert answer.recipient == "desk@office.example"
    (line,) = deliveries.for_subject("answer", answer.id)
    assert line.destination == "desk@office.example"


def test_the_person_is_told_what_an_order_demands(office: Office) -> None:
    order, _person = executed(office)
    statement = StatementOfReasons.objects.get(case_id=order.case_id)
    assert (statement.form, statement.state) == ("tco11", "sent")
    assert statement.decision.redress_road == "challenge"


def test_an_order_that_asks_for_silence_withholds_the_letter_until_its_end(office: Office) -> None:
    form = world.order_form(section_c={"non_disclosure": True})
    order, _person = executed(office, form=form)
    statement = StatementOfReasons.objects.get(case_id=order.case_id)
    assert statement.state == "withheld"
    assert cases.statement_by_token(statement.token) is None
    silence = cases.silence_of(order.case_id)
    assert silence is not None
    assert silence.ends_at == NOW + timedelta(weeks=6)
    assert case_services.end_due_silences(at=silence.ends_at - timedelta(seconds=1)) == 0
    assert case_services.end_due_silences(at=silence.ends_at) == 1
    opened = cases.statement_by_token(statement.token)
    assert opened is not None
    letters_arrive(order.case_id, silence.ends_at)
    opened.refresh_from_db()
    assert opened.informed_at == silence.ends_at
    assert case_services.end_due_silences(at=silence.ends_at) == 0


def test_the_same_order_twice_is_one_order(office: Office) -> None:
    first = world.receive(by=office)
    second = world.receive(by=office, at=NOW + timedelta(minutes=5))
    assert second.is_duplicate
    assert second.order.id == first.order.id
    assert second.receipt == first.receipt


def test_the_same_address_under_another_reference_is_linked(office: Office) -> None:
    first = world.receive(by=office)
    second = world.receive(by=office, reference="EX-2026-2")
    assert not second.is_duplicate
    assert (second.order.related_to_id, second.order.related_how) == (first.order.id, "same_address")


def test_the_same_reference_with_other_addresses_is_linked(office: Office) -> None:
    first = world.receive(by=office)
    second = world.receive("https://agora.example/p/2", by=office)
    assert (second.order.related_to_id, second.order.related_how) == (first.order.id, "same_reference")


def test_a_message_without_an_address_is_not_an_order(office: Office) -> None:
    with pytest.raises(OrderMalformed):
        world.receive(by=office, form=world.order_form(section_b={"contents": []}))


def test_too_many_addresses_are_refused_with_the_limit_and_put_on_record(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(1001)]
    with pytest.raises(TooManyAddresses) as refused:
        world.receive(*urls, by=office)
    assert refused.value.facts == {"limit": 1000, "count": 1001}
    assert audit.latest()[0].kind == "orders:removal_order:refused_too_many"


def test_an_order_that_does_not_bind_has_no_clock(office: Office) -> None:
    world.host(established_in="US", offers_in=["US"])
    order = world.receive(by=office).order
    assert (order.is_binding, order.execution) == (False, "not_binding")
    assert deadlines.next_due(order.case_id) is None
    assert cases.case_by_id(order.case_id).kind == "information"
    with pytest.raises(NotInThisState):
        services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    answer = services.answer_not_binding(
        order_id=order.id, text="Thank you.", actor=world.actor("legal"), at=NOW
    )
    assert answer.kind == "not_binding"
    assert cases.case_by_id(order.case_id).state == "closed"


def test_an_unverified_order_that_matches_nothing_is_not_executed(office: Office) -> None:
    order = world.receive(at=NOW).order
    assert order.authenticity == "unverified"
    with pytest.raises(NotExecutable):
        services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)


def test_an_unverified_order_that_matches_the_register_is_executed_and_restored_when_refuted(
    office: Office,
) -> None:
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    answers = FiveAnswers(
        is_authentic=False,
        is_addressed_to_us=True,
        is_complete=True,
        is_ours=True,
        is_free_of_manifest_error=True,
    )
    with pytest.raises(CheckIncomplete):
        services.execute_order(order_id=order.id, answers=answers, actor=world.actor("on_call"), at=NOW)
    answers = FiveAnswers(
        **{**{name: getattr(answers, name) for name in answers.__slots__}, "note": "domain matches"}
    )
    services.execute_order(order_id=order.id, answers=answers, actor=world.actor("on_call"), at=NOW)
    apply_all(order.case_id, NOW)
    assert "house.verify_unverified_order" in {d.rule_id for d in deadlines.running_for_case(order.case_id)}
    services.refute_order(
        order_id=order.id, note="the office knows nothing of it", actor=world.actor("legal"), at=NOW
    )
    (item,) = cases.items_of(order.case_id)
    assert item.decision is not None
    assert item.decision.outcome == "restore"
    apply_all(order.case_id, NOW)
    assert {action.state for action in Action.objects.all()} == {"undone"}


def test_a_call_back_uses_our_register_and_meets_the_clock(office: Office) -> None:
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    verified = services.verify_order(
        order_id=order.id,
        method="call_back",
        note="spoke to the desk at 10:05",
        actor=world.actor("on_call"),
        at=NOW,
    )
    assert verified.authenticity == "verified"


def test_one_no_does_not_execute(office: Office) -> None:
    order = world.receive(by=office).order
    answers = FiveAnswers(
        is_authentic=True,
        is_addressed_to_us=True,
        is_complete=True,
        is_ours=False,
        is_free_of_manifest_error=True,
    )
    with pytest.raises(CheckIncomplete):
        services.execute_order(order_id=order.id, answers=answers, actor=world.actor("on_call"), at=NOW)
    assert queries.order(order.id).execution == "awaiting"


def test_impossibility_stops_the_hour_and_a_clarification_starts_a_new_one(office: Office) -> None:
    order = world.receive(by=office).order
    with pytest.raises(GroundMissing):
        services.declare_impossible(order_id=order.id, ground="", explanation="x", actor=SYSTEM, at=NOW)
    services.declare_impossible(
        order_id=order.id,
        ground="manifest_error",
        explanation="The address names no post.",
        actor=SYSTEM,
        at=NOW,
    )
    order = queries.order(order.id)
    assert order.execution == "impossible"
    reports_arrive(order.case_id, NOW)
    assert deadlines.next_due(order.case_id) is None
    assert [answer.kind for answer in queries.answers_of(order.id)] == ["impossibility"]
    later = NOW + timedelta(hours=3)
    services.clarify_order(
        order_id=order.id,
        received_at=later,
        note="The right address is p/2.",
        addresses=["https://agora.example/p/2"],
        actor=SYSTEM,
        at=later,
    )
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert (due.rule_id, due.due_at) == ("tco.execute", later + timedelta(hours=1))
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=later)
    apply_all(order.case_id, later)
    assert queries.order(order.id).execution == "executed"


def test_a_long_order_is_executed_in_batches(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(25)]
    order = world.receive(*urls, by=office).order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    assert Action.objects.count() == deciding.BATCH
    while deciding.continue_executions(at=NOW):
        pass
    assert Action.objects.count() == 25
    apply_all(order.case_id, NOW)
    assert queries.order(order.id).execution == "executed"


def test_what_was_refused_before_is_asked_for_again_a_batch_at_a_time(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(deciding.BATCH + 3)]
    order = world.receive(*urls, by=office).order
    actor = world.actor("on_call")
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=actor, at=NOW)
    services.continue_executions(at=NOW)
    refuse_all(order.case_id, NOW, reason="down")
    later = NOW + timedelta(hours=1)
    services.declare_impossible(
        order_id=order.id, ground="force_majeure", explanation="We are down.", actor=actor, at=later
    )
    services.resume_order(order_id=order.id, ceased_at=later, note="We are up.", actor=actor, at=later)
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=actor, at=later)
    assert Action.objects.filter(state="pending").count() == deciding.BATCH
    answered = Action.objects.filter(state="failed").earliest("pk")
    case_services.record_effect(action_id=answered.id, effect_at=later, actor=SYSTEM, at=later)
    assert services.continue_executions(at=later) == 2
    assert services.continue_executions(at=later) == 0
    assert Action.objects.filter(state="pending").count() == deciding.BATCH + 2
    refuse_all(order.case_id, later, reason="down")
    assert services.continue_executions(at=later) == 0, "a refusal after that waits for a person"


def test_whoever_executed_does_not_assess(office: Office) -> None:
    order, person = executed(office)
    with pytest.raises(WasOnCall):
        services.choose_course(order_id=order.id, course="accept", reasons="fine", actor=person, at=NOW)


def test_scrutiny_is_asked_and_its_decision_clock_runs(office: Office) -> None:
    world.office(
        "Watch of Examples",
        country="FR",
        competences=["scrutinise"],
        contact_mail="watch@state.example",
        mail_domains=["watch.example"],
    )
    order, _person = executed(office)
    legal = world.person("Lea Example", "legal")
    assess(order.case_id, legal, road="order", outcome="ask_for_scrutiny", true_purpose="artistic")
    services.choose_course(
        order_id=order.id,
        course="ask_for_scrutiny",
        reasons="It is satire.",
        actor=legal.actor,
        at=NOW + timedelta(hours=1),
    )
    running = {line.rule_id for line in deadlines.running_for_case(order.case_id)}
    assert "tco.xborder.decide" in running
    assert "house.full_assessment" not in running
    assert queries.answers_of(order.id)[-1].recipient == "watch@state.example"


def test_withdrawal_restores_at_once_and_tells_the_person(office: Office) -> None:
    order, _person = executed(office)
    at = NOW + timedelta(hours=20)
    services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="mail",
        happened_at=at,
        actor=world.actor("senior_reviewer"),
        at=at,
    )
    (action,) = Action.objects.filter(kind="disable")
    assert action.state == "undoing"
    apply_all(order.case_id, at)
    action.refresh_from_db()
    assert action.state == "undone"
    assert cases.case_by_id(order.case_id).state == "closed"
    assert {line.rule_id for line in deadlines.running_for_case(order.case_id)} == {"house.second_look"}
    restored = StatementOfReasons.objects.filter(case_id=order.case_id).order_by("written_at").last()
    assert restored is not None
    assert restored.decision.outcome == "restore"
    with pytest.raises(NotInThisState):
        services.end_order(
            order_id=order.id,
            fate="annulled",
            by_whom="Court",
            document="",
            happened_at=at,
            actor=world.actor("legal"),
            at=at,
        )


def test_a_correction_moves_the_clock_to_the_earliest_receipt(office: Office) -> None:
    order = world.receive(by=office).order
    earlier = NOW - timedelta(minutes=20)
    services.correct_receipt(
        order_id=order.id, received_at=earlier, proof="mail header", actor=SYSTEM, at=NOW
    )
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert due.due_at == earlier + timedelta(hours=1)
    services.correct_receipt(order_id=order.id, received_at=NOW, proof="typed wrong", actor=SYSTEM, at=NOW)
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert due.due_at == earlier + timedelta(hours=1)
    assert queries.order(order.id).received_at == NOW


def test_the_last_address_may_be_impossible_and_the_record_is_whole(office: Office) -> None:
    urls = ["https://agora.example/p/1", "https://agora.example/p/2"]
    order = world.receive(*urls, by=office).order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    first, second = cases.items_of(order.case_id)
    assert first.action is not None
    assert second.action is not None
    case_services.record_effect(action_id=first.action.id, effect_at=NOW, actor=SYSTEM, at=NOW)
    case_services.record_refusal(action_id=second.action.id, reason="not_found", actor=SYSTEM, at=NOW)
    services.declare_impossible(
        order_id=order.id,
        ground="manifest_error",
        explanation="There is no such post.",
        actor=SYSTEM,
        at=NOW,
        item_ids=[second.id],
    )
    assert queries.order(order.id).execution == "executed"
    kinds = [line.kind for line in audit.trail_of_case(order.case_id)]
    assert kinds.count("orders:removal_order:executed") == 1
    assert {answer.kind for answer in queries.answers_of(order.id)} == {"feedback", "impossibility"}


def test_every_clock_runs_from_the_earliest_proven_receipt(office: Office) -> None:
    order = world.receive(by=office).order
    earlier = NOW - timedelta(minutes=20)
    services.correct_receipt(
        order_id=order.id, received_at=earlier, proof="mail header", actor=SYSTEM, at=NOW
    )
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    apply_all(order.case_id, NOW)
    running = {line.rule_id: line.due_at for line in deadlines.running_for_case(order.case_id)}
    assert running["tco.xborder.request"] == earlier + timedelta(hours=48)
    earliest = NOW - timedelta(minutes=40)
    services.correct_receipt(order_id=order.id, received_at=earliest, proof="fax line", actor=SYSTEM, at=NOW)
    running = {line.rule_id: line.due_at for line in deadlines.running_for_case(order.case_id)}
    assert running["tco.xborder.request"] == earliest + timedelta(hours=48)


def test_a_refused_restoration_stays_open_and_can_be_asked_again(office: Office) -> None:
    order, _person = executed(office)
    services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="",
        happened_at=NOW,
        actor=world.actor("senior_reviewer"),
        at=NOW + timedelta(hours=2),
    )
    (action,) = Action.objects.filter(kind="disable")
    at = NOW + timedelta(hours=3)
    case_services.record_refusal(action_id=action.id, reason="database down", actor=SYSTEM, at=at)
    action.refresh_from_db()
    assert (action.state, action.failure) == ("undoing", "database down")
    again = case_services.retry_action(action_id=action.id, actor=world.actor("on_call"), at=at)
    assert (again.state, again.failure, again.undo_requested_at) == ("undoing", "", at)
    apply_all(order.case_id, at)
    action.refresh_from_db()
    assert action.state == "undone"
    assert "house.second_look" in {line.rule_id for line in deadlines.running_for_case(order.case_id)}
