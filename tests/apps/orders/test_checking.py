"""The check and its exits: what may be executed, what is reported as impossible, what is filed; and starting again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile, Invalid
from entente.apps.orders import queries, services
from entente.apps.orders.errors import (
    CheckIncomplete,
    GroundMissing,
    NotExecutable,
    NotInThisState,
    OrderMalformed,
)
from entente.apps.orders.models import RemovalOrder
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.orders.acts import apply_all, end, execute, executed, impossible, refuse_all, reports_arrive
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def test_two_people_execute_an_order_once(office: Office) -> None:
    order = world.receive(by=office).order
    execute(order)
    with pytest.raises(NotInThisState):
        execute(order)
    assert Action.objects.count() == 1


def test_a_missing_box_is_explained_in_words_and_executed(office: Office) -> None:
    order = world.receive(by=office, form=world.order_form(section_g={"body": ""})).order
    assert order.findings
    with pytest.raises(CheckIncomplete):
        execute(order, answers=replace(ALL_YES, is_complete=False))
    execute(order, answers=replace(ALL_YES, is_complete=False, note="the court is missing, nothing else"))
    (check,) = queries.checks_of(order.id)
    assert (check.is_complete, check.led_to) == (False, "executed")


def test_the_protected_corpus_is_never_disabled_on_an_unverified_order(office: Office) -> None:
    content.add_protected_source(
        pattern="agora.example/p/1", kind="press", note="a newspaper", actor=SYSTEM, at=NOW
    )
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    assert queries.check_facts(order).is_protected
    with pytest.raises(NotExecutable, match="protected"):
        execute(order)
    assert not Action.objects.exists()


def test_on_a_verified_order_the_legal_person_is_woken_and_the_request_prepared(office: Office) -> None:
    lea = world.person("Lea Example", "legal")
    content.add_protected_source(
        pattern="agora.example/p/1", kind="archive", note="an archive", actor=SYSTEM, at=NOW
    )
    order = world.receive(by=office).order
    execute(order)
    assert [answer.kind for answer in queries.answers_of(order.id)] == ["scrutiny_draft"]
    assert Delivery.objects.get(transport="page").destination == str(lea.id)
    assert Action.objects.get().state == "pending"


def test_an_order_of_a_kind_without_a_measure_is_answered_not_executed(office: Office) -> None:
    order = world.receive(by=office).order
    RemovalOrder.objects.filter(pk=order.id).update(order_type_id="fr.lcen.6_1")
    with pytest.raises(NotExecutable, match="no measure"):
        execute(order)


def test_an_unknown_kind_is_no_order(office: Office) -> None:
    with pytest.raises(OrderMalformed):
        world.receive(by=office, order_type_id="xx.unheard_of")


def test_the_order_of_another_law_keeps_to_its_own_state(office: Office) -> None:
    other = world.office(
        "Court of Examples",
        kind="court",
        competences=["other_orders"],
        mail_domains=["court.example"],
    )
    order = world.receive(by=other, order_type_id="eu.dsa.art9_order", reference="DSA-1").order
    assert order.is_binding, order.binding_reasons
    execute(order)
    (item,) = cases.items_of(order.case_id)
    assert item.decision is not None
    assert item.decision.scope_countries == ["DE"]


def test_a_law_that_stops_no_clock_is_answered_and_goes_on_under_its_first(office: Office) -> None:
    court = world.office("Court of Examples", kind="court", competences=["other_orders"])
    order = world.receive(by=court, order_type_id="eu.dsa.art9_order", reference="DSA-2").order
    impossible(order)
    services.clarify_order(
        order_id=order.id,
        received_at=LATER,
        note="It is this one.",
        addresses=["https://agora.example/p/clarified"],
        actor=SYSTEM,
        at=LATER,
    )
    clocks = deadlines.all_for_case(order.case_id)
    assert [(clock.state, clock.starts_at) for clock in clocks if clock.rule_id == "dsa.order.act"] == [
        ("running", NOW)
    ]
    assert queries.order(order.id).execution == "awaiting"


def test_an_impossibility_needs_its_ground_and_its_words(office: Office) -> None:
    order = world.receive(by=office).order
    with pytest.raises(GroundMissing):
        impossible(order, ground="we do not want to")
    with pytest.raises(GroundMissing):
        impossible(order, explanation=" ")


def test_an_impossibility_after_the_hour_still_goes_out(office: Office) -> None:
    order = world.receive(by=office).order
    at = NOW + timedelta(minutes=70)
    deadline_services.sweep(at=at)
    impossible(order, at=at)
    assert queries.order(order.id).execution == "impossible"
    assert [answer.kind for answer in queries.answers_of(order.id)] == ["impossibility"]


def test_some_addresses_are_impossible_and_the_rest_is_executed(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(3)]
    order = world.receive(*urls, by=office).order
    first, *_rest = cases.items_of(order.case_id)
    impossible(order, item_ids=[first.id], answers=ALL_YES)
    assert queries.order(order.id).execution == "awaiting"
    execute(order)
    apply_all(order.case_id, NOW)
    order = queries.order(order.id)
    assert order.execution == "executed"
    assert [answer.kind for answer in queries.answers_of(order.id)] == ["impossibility", "feedback"]
    feedback = queries.answers_of(order.id)[-1]
    assert feedback.document["addresses"] == urls[1:]
    status = queries.status_for_issuer(order.id, authority_id=office.facts.id)
    assert status is not None
    assert [line["state"] for line in status["addresses"]] == ["impossible", "applied", "applied"]
    with pytest.raises(NotInThisState):
        impossible(order)


def test_a_platform_that_refuses_wakes_somebody_and_the_rest_is_reported(office: Office) -> None:
    on_call = world.person("Tom Example", "on_call")
    order = world.receive(by=office).order
    execute(order, actor=on_call.actor)
    refuse_all(order.case_id, NOW)
    pages = Delivery.objects.filter(transport="page", subject_kind="removal_order")
    assert str(on_call.id) in [page.destination for page in pages if "refused" in str(page.payload)]
    assert queries.order(order.id).execution == "executing"
    impossible(order)
    assert queries.order(order.id).execution == "impossible"


def test_when_the_obstacle_has_ceased_the_platform_is_asked_again(office: Office) -> None:
    order = world.receive(by=office).order
    execute(order)
    refuse_all(order.case_id, NOW, "our storage is down")
    impossible(order, ground="force_majeure", explanation="Our storage is down.")
    reports_arrive(order.case_id, NOW)
    services.resume_order(order_id=order.id, ceased_at=LATER, note="It is up again.", actor=SYSTEM, at=LATER)
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert due.due_at == LATER + timedelta(hours=1)
    execute(order, at=LATER)
    assert Action.objects.get().state == "pending"
    apply_all(order.case_id, LATER)
    assert queries.order(order.id).execution == "executed"
    assert [event.kind for event in queries.events_of(order.id)] == ["obstacle_ceased"]


def test_only_an_impossible_order_that_stands_starts_again(office: Office) -> None:
    order = world.receive(by=office).order
    values: dict[str, Any] = {"order_id": order.id, "note": "up again", "actor": SYSTEM, "at": LATER}
    with pytest.raises(ChangedMeanwhile):
        services.resume_order(ceased_at=LATER, **values)
    end(order)
    with pytest.raises(NotInThisState):
        services.resume_order(ceased_at=LATER, **values)


def test_an_order_for_another_state_is_filed_and_answered_with_courtesy(office: Office) -> None:
    order = world.receive(by=office).order
    with pytest.raises(GroundMissing):
        services.file_as_information(order_id=order.id, reason=" ", actor=SYSTEM, at=NOW)
    services.file_as_information(order_id=order.id, reason="another host", actor=world.actor("legal"), at=NOW)
    assert deadlines.next_due(order.case_id) is None
    assert cases.case_by_id(order.case_id).kind == "information"
    with pytest.raises(NotInThisState):
        services.file_as_information(order_id=order.id, reason="again", actor=SYSTEM, at=NOW)
    answer = services.answer_not_binding(order_id=order.id, text="Thank you.", actor=SYSTEM, at=NOW)
    again = services.send_answer(answer_id=answer.id, actor=SYSTEM, at=LATER)
    assert again.recipient == answer.recipient == "desk@office.example"
    assert queries.answer(again.id).document == answer.document


def test_answers_go_where_our_register_says_and_nowhere_else() -> None:
    world.host()
    unknown = world.receive().order
    answer = services.answer_not_binding(order_id=unknown.id, text="Thank you.", actor=SYSTEM, at=NOW)
    assert (answer.recipient, answer.delivery_id) == ("", None)
    called = world.office(
        "Callback Office", mail_domains=["cb.example"], callback_url="https://cb.example/in"
    )
    order = world.receive("https://agora.example/p/2", by=called).order
    answer = services.answer_not_binding(order_id=order.id, text="Thank you.", actor=SYSTEM, at=NOW)
    (line,) = deliveries.for_subject("answer", answer.id)
    assert (line.transport, line.destination) == ("webhook", f"authority:{called.facts.id}")


def test_verification_has_a_method_and_a_number_of_our_own(office: Office) -> None:
    legal = world.actor("legal")
    stranger = world.receive("https://agora.example/p/3").order
    values: dict[str, Any] = {"actor": legal, "at": NOW}
    with pytest.raises(Invalid):
        services.verify_order(order_id=stranger.id, method="it looks fine", note="x", **values)
    with pytest.raises(Invalid, match="Say first which authority"):
        services.verify_order(order_id=stranger.id, method="call_back", note="x", **values)
    known = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    with pytest.raises(Invalid, match="whom you spoke to"):
        services.verify_order(order_id=known.id, method="call_back", note=" ", **values)
    services.verify_order(order_id=known.id, method="call_back", note="the desk", **values)
    again = services.verify_order(order_id=known.id, method="qualified_signature", note="", **values)
    assert again.authenticity_method == "call_back"


def test_a_correction_has_its_proof_and_is_not_in_the_future(office: Office) -> None:
    order = world.receive(by=office).order
    with pytest.raises(Invalid):
        services.correct_receipt(order_id=order.id, received_at=NOW, proof=" ", actor=SYSTEM, at=NOW)
    with pytest.raises(Invalid):
        services.correct_receipt(order_id=order.id, received_at=LATER, proof="mail", actor=SYSTEM, at=NOW)
    services.correct_receipt(
        order_id=order.id, received_at=NOW - timedelta(minutes=1), proof="mail", actor=SYSTEM, at=NOW
    )
    assert len(queries.corrections_of(order.id)) == 1


def test_a_clarified_address_may_be_one_we_know_already(office: Office) -> None:
    order = world.receive(by=office).order
    impossible(order, ground="insufficient_information")
    services.clarify_order(
        order_id=order.id,
        received_at=LATER,
        note="It is the same address.",
        addresses=["https://agora.example/p/1"],
        actor=SYSTEM,
        at=LATER,
    )
    execute(order, at=LATER)
    apply_all(order.case_id, LATER)
    assert queries.order(order.id).execution == "executed"
    assert len(cases.items_of(order.case_id)) == 1


def test_an_order_for_another_host_is_named_in_the_findings(office: Office) -> None:
    order = world.receive("https://elsewhere.example/p/1", by=office).order
    assert [finding["code"] for finding in order.findings] == ["address.not_ours"]


def test_a_private_address_is_kept_in_the_order_and_never_fetched(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    import httpcore

    def connect(*_args: object, **_more: object) -> None:
        raise AssertionError("a private address was asked")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    order = world.receive(
        "http://127.0.0.1/secret", "http://169.254.169.254/latest", "http://[::1]/x", by=office
    ).order
    assert len(cases.items_of(order.case_id)) == 3
    for minutes in (0, 1, 5, 60):
        content.run_due_snapshots(at=NOW + timedelta(minutes=minutes))
    from entente.apps.content.models import Snapshot

    assert set(Snapshot.objects.values_list("state", flat=True)) == {"gap"}


def test_the_ground_of_a_form_without_a_type_stays_open(office: Office) -> None:
    order = world.receive(by=office, form=world.order_form(section_b={"types": []})).order
    execute(order)
    (item,) = cases.items_of(order.case_id)
    assert item.decision is not None
    assert item.decision.ground_id == ""


def test_an_effect_that_comes_after_the_impossibility_leaves_the_answer_as_it_was(office: Office) -> None:
    order = world.receive(by=office).order
    execute(order)
    refuse_all(order.case_id, NOW)
    impossible(order)
    (action,) = Action.objects.all()
    case_services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert queries.order(order.id).execution == "impossible"
    assert [answer.kind for answer in queries.answers_of(order.id)] == ["impossibility"]


def test_an_effect_that_comes_twice_answers_once(office: Office) -> None:
    order, _person = executed(office)
    for action in Action.objects.all():
        case_services.record_effect(action_id=action.id, effect_at=LATER, actor=SYSTEM, at=LATER)
    assert len(queries.answers_of(order.id)) == 1
    assert RemovalOrderForm.from_json(order.form) == queries.form_of(order)
    assert queries.of_case(order.case_id) == order


def test_old_signatures_are_forgotten() -> None:
    from entente.apps.orders.services import signatures

    signatures.remember(digest="a" * 64, expires_at=NOW)
    assert services.forget_expired(at=NOW) == 0
    assert services.forget_expired(at=LATER) == 1
