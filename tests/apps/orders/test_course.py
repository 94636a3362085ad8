"""How the full assessment of an order ends: by whom it may be, over which addresses, and which clocks it settles."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.cases.models import Action, StatementOfReasons
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deadlines.services import rota
from entente.apps.deliveries.models import Delivery
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Invalid
from entente.apps.orders import facts, queries, services
from entente.apps.orders.errors import (
    NotCrossBorder,
    NotInThisState,
    WasOnCall,
)
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.cases.filled import assess
from tests.apps.orders.acts import end, execute, executed, impossible
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=3)


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


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
