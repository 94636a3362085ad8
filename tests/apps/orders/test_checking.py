"""The check and its exits: what may be executed, what is reported as impossible, what is filed; and starting again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deadlines.services import rota
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import ChangedMeanwhile, Invalid
from entente.apps.orders import facts, queries, services
from entente.apps.orders.errors import (
    CheckIncomplete,
    GroundMissing,
    NotCrossBorder,
    NotExecutable,
    NotInThisState,
    OrderMalformed,
    WasOnCall,
)
from entente.apps.orders.models import RemovalOrder
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.orders.acts import apply_all, end, executed, refuse_all, reports_arrive
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def execute(order: RemovalOrder, **changes: Any) -> RemovalOrder:
    values: dict[str, Any] = {"answers": ALL_YES, "actor": world.actor("on_call"), "at": NOW}
    return services.execute_order(order_id=order.id, **{**values, **changes})


def impossible(order: RemovalOrder, **changes: Any) -> RemovalOrder:
    values: dict[str, Any] = {
        "ground": "manifest_error",
        "explanation": "The address names no post.",
        "actor": world.actor("on_call"),
        "at": NOW,
    }
    return services.declare_impossible(order_id=order.id, **{**values, **changes})


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


def course(order: RemovalOrder, name: str, **changes: Any) -> RemovalOrder:
    lea = world.person("Lea Example", "legal")
    purpose = "none" if name == "accept" else "artistic"
    assess(order.case_id, lea, road="order", outcome=name, true_purpose=purpose)
    values: dict[str, Any] = {
        "order_id": order.id,
        "course": name,
        "reasons": "As assessed.",
        "actor": lea.actor,
        "at": LATER,
    }
    return services.choose_course(**{**values, **changes})


def test_accepting_closes_and_the_content_stays_down(office: Office) -> None:
    order, _person = executed(office)
    course(order, "accept")
    assert cases.case_by_id(order.case_id).state == "closed"
    assert deadlines.next_due(order.case_id) is None
    assert Action.objects.get().state == "applied"


def test_asking_the_issuer_to_withdraw_goes_to_the_issuer(office: Office) -> None:
    order, _person = executed(office)
    course(order, "ask_to_withdraw")
    answer = queries.answers_of(order.id)[-1]
    assert (answer.kind, answer.recipient) == ("withdrawal_request", "desk@office.example")
    assert answer.document["addressed_to"] == office.facts.name


WINDOW = "tco.xborder.request"
COURSES = ["accept", "ask_for_scrutiny", "go_to_court", "ask_to_withdraw"]


@pytest.mark.parametrize("is_over", [False, True], ids=["running", "expired"])
@pytest.mark.parametrize("name", COURSES)
def test_no_course_leaves_the_window_for_scrutiny_behind(office: Office, name: str, *, is_over: bool) -> None:
    order, _person = executed(office)
    at = NOW + timedelta(hours=50) if is_over else LATER
    deadline_services.sweep(at=at)
    (window,) = deadlines.of_subject("removal_order", order.id, rule_ids=[WINDOW])
    assert window.state == ("expired" if is_over else "running")
    course(order, name, at=at)
    if name == "ask_for_scrutiny":
        # Written is not sent: the window guards the request until it has reached the authority.
        (window,) = deadlines.of_subject("removal_order", order.id, rule_ids=[WINDOW])
        assert window.state == ("expired" if is_over else "running")
        request = queries.answers_of(order.id)[-1]
        services.hand_over_answer(
            answer_id=request.id, how="by registered letter", actor=world.actor("legal"), at=at
        )
    (window,) = deadlines.of_subject("removal_order", order.id, rule_ids=[WINDOW])
    assert window.state == ("met" if name == "ask_for_scrutiny" else "cancelled")
    assert (window.expired_at is not None) is is_over
    assert deadlines.most_pressing(order.case_id) is None
    assert cases.case_by_id(order.case_id).legal_due_at is None
    kinds = [line.kind for line in audit.trail_of_case(order.case_id)]
    assert ("deadlines:deadline:cancelled" in kinds) is (name != "ask_for_scrutiny")
    assert "orders:removal_order:course_chosen" in kinds


def test_an_order_nobody_verified_is_not_accepted(office: Office) -> None:
    order, _person = executed(office, authenticity="unverified", authenticity_method="")
    with pytest.raises(NotInThisState, match="verified"):
        course(order, "accept")
    assert deadlines.of_subject("removal_order", order.id, rule_ids=["house.verify_unverified_order"])[
        0
    ].state == ("running")
    services.verify_order(
        order_id=order.id, method="call_back", note="spoke to the desk", actor=world.actor("legal"), at=LATER
    )
    course(queries.order(order.id), "accept")
    assert cases.case_by_id(order.case_id).state == "closed"


def test_who_executed_or_was_on_call_does_not_assess(office: Office) -> None:
    at_night = world.person("Nils Example", "on_call", "senior_reviewer")
    other = world.person("Lea Example", "senior_reviewer")
    rota.add_shift(
        person_id=at_night.id,
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=8),
        actor=SYSTEM,
        at=NOW - timedelta(hours=1),
    )
    order, executor = executed(office)
    for hands in (executor, at_night.actor):
        with pytest.raises(WasOnCall):
            services.check_assessor(order=order, actor=hands)
    services.check_assessor(order=order, actor=other.actor)
    assess(order.case_id, at_night, road="order", outcome="accept")
    with pytest.raises(
        Invalid, match="assessment"
    ):  # the words of somebody who had it in hand count for nothing
        services.choose_course(
            order_id=order.id, course="accept", reasons="As assessed.", actor=other.actor, at=LATER
        )


def test_every_address_is_assessed_or_said_to_be_the_same(office: Office) -> None:
    order, _person = executed(office, "https://agora.example/p/1", "https://agora.example/p/2")
    with pytest.raises(Invalid, match="1 addresses have no assessment"):
        course(order, "accept")
    assert services.unassessed(order) == ["https://agora.example/p/2"]
    course(order, "accept", same_for_rest=True)
    chosen = next(
        line
        for line in audit.trail_of_case(order.case_id)
        if line.kind == "orders:removal_order:course_chosen"
    )
    assert chosen.facts["same_holds_for"] == 1


@pytest.mark.parametrize("begin", [services.resume_order, services.clarify_order])
def test_the_hour_starts_again_at_a_moment_that_can_be(office: Office, begin: Any) -> None:
    order = world.receive(by=office).order
    impossible(order, ground="insufficient_information")
    name = "ceased_at" if begin is services.resume_order else "received_at"
    values: dict[str, Any] = {"order_id": order.id, "note": "The letter says so.", "at": LATER}
    values |= {"actor": world.actor("on_call"), **({"addresses": []} if name == "received_at" else {})}
    with pytest.raises(Invalid, match="future"):
        begin(**values, **{name: LATER + timedelta(minutes=1)})
    with pytest.raises(Invalid, match="follows"):
        begin(**values, **{name: NOW - timedelta(minutes=1)})
    with pytest.raises(Invalid, match="how you know"):
        begin(**{**values, "note": " "}, **{name: LATER})
    begin(**values, **{name: LATER})
    assert queries.order(order.id).execution == "awaiting"


def test_an_end_that_has_not_happened_yet_is_not_recorded(office: Office) -> None:
    order, _person = executed(office)
    values: dict[str, Any] = {"order_id": order.id, "document": "letter", "at": LATER}
    values |= {"actor": world.actor("senior_reviewer")}
    with pytest.raises(Invalid, match="future"):
        services.end_order(
            **values, fate="withdrawn", by_whom="the office", happened_at=LATER + timedelta(days=1)
        )
    with pytest.raises(Invalid, match="future"):
        services.mark_final(**values, happened_at=LATER + timedelta(days=1))
    assert queries.order(order.id).fate == "in_force"


def test_an_order_of_the_hosts_own_state_cannot_be_scrutinised() -> None:
    """TCO Art. 4 is about orders of another state; the clocks of that road never start."""
    world.host()
    order, _person = executed(world.office(country="FR"))
    assert not facts.may_be_scrutinised(order)
    with pytest.raises(NotCrossBorder, match="another state"):
        course(order, "ask_for_scrutiny")
    assert queries.order(order.id).course == ""
    assert not deadlines.of_subject("removal_order", order.id, rule_ids=[WINDOW])
    letter = StatementOfReasons.objects.get()
    assert not deadlines.of_subject("statement", letter.id)
    course(order, "ask_to_withdraw")


def test_a_host_that_is_only_represented_here_counts_from_its_representative(office: Office) -> None:
    order, _person = executed(office)
    assert facts.may_be_scrutinised(order)
    world.host(established_in="US", represented_in=office.facts.country)
    assert not facts.may_be_scrutinised(order)
    world.host(established_in="US", represented_in="FR")
    assert facts.may_be_scrutinised(order)


def test_the_letter_of_a_restoration_starts_no_window(office: Office) -> None:
    order, _person = executed(office)
    end(order)
    restored, told = StatementOfReasons.objects.order_by("-written_at")
    assert restored.decision.outcome == "restore"
    assert not deadlines.of_subject("statement", restored.id)
    assert [line.rule_id for line in deadlines.of_subject("statement", told.id)] == [
        "tco.xborder.request_person"
    ]


def test_the_protected_corpus_under_an_order_of_our_own_state_wakes_without_a_request() -> None:
    world.host()
    lea = world.person("Lea Example", "legal")
    content.add_protected_source(
        pattern="agora.example/p/1", kind="archive", note="an archive", actor=SYSTEM, at=NOW
    )
    order = world.receive(by=world.office(country="FR")).order
    execute(order)
    assert not queries.answers_of(order.id)
    page = Delivery.objects.get(transport="page")
    assert page.destination == str(lea.id)
    assert "our own state" in page.payload["text"]


@pytest.mark.parametrize(("country", "runs"), [("FR", True), ("DE", False)])
def test_the_court_of_the_issuing_state_has_its_own_clock(country: str, runs: bool) -> None:  # noqa: FBT001
    world.host()
    order, _person = executed(world.office(country=country))
    course(order, "go_to_court")
    rules = {line.rule_id for line in deadlines.running_for_case(order.case_id)}
    assert ("fr.tco.recours_ta" in rules) is runs
    assert cases.case_by_id(order.case_id).stage == "follow"


def test_without_a_scrutiny_authority_in_the_register_the_request_waits_for_download(office: Office) -> None:
    order, _person = executed(office)
    course(order, "ask_for_scrutiny")
    answer = queries.answers_of(order.id)[-1]
    assert (answer.document["addressed_to"], answer.kind) == ("", "scrutiny_request")


def test_a_course_has_a_name_reasons_an_assessment_and_an_executed_order(office: Office) -> None:
    waiting = world.receive("https://agora.example/p/7", by=office, reference="EX-9").order
    lea = world.actor("legal", name="Lea Example")
    values: dict[str, Any] = {"course": "accept", "reasons": "fine", "actor": lea, "at": LATER}
    with pytest.raises(NotInThisState):
        services.choose_course(order_id=waiting.id, **values)
    order, _person = executed(office)
    with pytest.raises(Invalid):
        services.choose_course(order_id=order.id, **{**values, "course": "ignore it"})
    with pytest.raises(Invalid):
        services.choose_course(order_id=order.id, **{**values, "reasons": " "})
    with pytest.raises(Invalid, match="assessment"):
        services.choose_course(order_id=order.id, **values)


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
