"""A clarification fills boxes: both versions are kept, the order is examined anew, and its hour starts as the law says."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.errors import Invalid
from entente.apps.orders import queries, services
from entente.apps.orders.errors import NotInThisState, OrderMalformed, TooManyAddresses
from entente.apps.orders.models import FormVersion, RemovalOrder
from entente.apps.orders.services import clarifying
from entente.apps.oversight import services as oversight
from entente.apps.oversight.models import OverseerCopy
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.orders.acts import executed
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=30)
SECOND = "https://agora.example/p/2"


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


@pytest.fixture
def office() -> Office:
    return world.office()


def incomplete(office: Office, **changes: Any) -> RemovalOrder:
    """Receive an order without its reasons and its redress."""
    form = world.order_form(section_b={"reasons": ""}, section_g={"body": "", "deadline": ""})
    return world.receive(by=office, form=form, **changes).order


def impossible(order: RemovalOrder, ground: str = "insufficient_information") -> None:
    services.declare_impossible(
        order_id=order.id,
        ground=ground,
        explanation="The reasons are missing.",
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=5),
    )


def clarify(order: RemovalOrder, form: dict[str, Any] | None = None, **changes: Any) -> RemovalOrder:
    values: dict[str, Any] = {
        "received_at": LATER,
        "note": "Their letter of today.",
        "form": RemovalOrderForm.from_json(form) if form is not None else None,
        "actor": world.actor("on_call"),
        "at": LATER,
    }
    return services.clarify_order(order_id=order.id, **{**values, **changes})


def codes(order: RemovalOrder) -> set[str]:
    return {finding["code"] for finding in queries.order(order.id).findings}


def hour(order: RemovalOrder) -> deadlines.DeadlineLine:
    return deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])[-1]


def test_missing_boxes_are_filled_both_versions_stay_and_a_new_hour_runs_from_the_clarification(
    office: Office,
) -> None:
    order = incomplete(office)
    missing = codes(order)
    assert missing
    impossible(order)
    clarify(order, world.order_form())
    found = queries.order(order.id)
    assert found.execution == "awaiting"
    assert queries.form_of(found).section_g.body == "Court of Examples"
    (version,) = queries.form_versions_of(order.id)
    assert (version.why, version.form["section_g"]["body"]) == ("clarified", "")
    assert not codes(order) & missing
    assert (hour(order).starts_at, hour(order).restarts) == (LATER, 1)
    trail = {line.kind: line.facts for line in audit.trail_of_case(order.case_id)}
    assert trail["orders:removal_order:form_clarified"] == {
        "boxes": ["section_b.reasons", "section_g.body", "section_g.deadline"],
        "proven": True,
    }
    assert (found.authenticity, found.matches_register) == ("verified", True)


def test_another_address_takes_the_place_of_the_first_which_stays_reported(office: Office) -> None:
    order = world.receive(by=office).order
    impossible(order)
    clarify(order, world.order_form(SECOND))
    rows = {row.url: row.impossible_ground for row in cases.items_of(order.case_id)}
    assert rows == {"https://agora.example/p/1": "insufficient_information", SECOND: ""}
    assert queries.form_of(queries.order(order.id)).section_b.contents[0].url == SECOND
    again = world.receive(by=office, form=world.order_form(SECOND), at=LATER)
    assert again.is_duplicate


def test_an_hour_that_never_stopped_runs_on(office: Office) -> None:
    order = incomplete(office)
    clarify(order, world.order_form(SECOND))
    assert (hour(order).starts_at, hour(order).restarts) == (NOW, 0)
    assert [row.url for row in cases.items_of(order.case_id)] == [SECOND]
    clarify(order, world.order_form(SECOND, section_g={"body": "Another court"}))
    kinds = [line.kind for line in audit.trail_of_case(order.case_id)]
    assert kinds.count("orders:removal_order:clarified_in_time") == 2
    assert [event.kind for event in queries.events_of(order.id)] == ["clarified", "clarified"]


def test_words_alone_change_no_box_and_keep_no_version(office: Office) -> None:
    order = world.receive(by=office).order
    impossible(order)
    clarify(order)
    assert not FormVersion.objects.exists()
    assert queries.order(order.id).execution == "awaiting"


def test_a_clarification_may_show_that_the_order_does_not_bind(office: Office) -> None:
    order = world.receive(form=world.order_form(), door="mail").order
    assert order.is_binding
    clarify(order, world.order_form(section_a={"issuing_state": "US"}))
    assert queries.order(order.id).execution == "not_binding"


def test_an_unproven_clarification_of_the_addresses_leaves_the_order_unverified(office: Office) -> None:
    order = world.receive(by=office).order
    impossible(order)
    clarify(order, world.order_form(section_g={"body": "Another court"}), is_proven=False)
    assert queries.order(order.id).authenticity == "verified"
    impossible_again = queries.order(order.id)
    clarify(impossible_again, world.order_form(SECOND), is_proven=False)
    found = queries.order(order.id)
    assert (found.authenticity, found.authenticity_method, found.authenticity_at) == ("unverified", "", None)
    assert not found.matches_register
    clarify(found, world.order_form(), is_proven=False)
    assert queries.order(order.id).authenticity == "unverified"


def test_an_order_clarified_into_one_that_is_here_already_goes_on_there(office: Office) -> None:
    first = world.receive(by=office, form=world.order_form(SECOND)).order
    second = world.receive(by=office).order
    impossible(second)
    clarify(second, world.order_form(SECOND))
    folded = queries.order(second.id)
    assert (folded.related_to_id, folded.execution) == (first.id, "not_binding")


def test_the_silence_and_the_reference_follow_the_clarified_boxes(office: Office) -> None:
    form = world.order_form(reference="")
    order = world.receive(by=office, form=form).order
    impossible(order)
    clarify(order, world.order_form(reference="EX-9", section_c={"non_disclosure": True}))
    found = queries.order(order.id)
    assert (found.reference, found.silence_asked) == ("EX-9", True)
    assert cases.case_by_id(order.case_id).title == "Office for Exercises, EX-9"


def test_a_clarification_makes_no_exercise_of_an_order(office: Office) -> None:
    order = world.receive(by=office).order
    clarify(order, {**world.order_form(), "exercise": True})
    assert queries.form_of(queries.order(order.id)).exercise is False


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"note": " "}, Invalid, "how you know"),
        ({"received_at": LATER + timedelta(minutes=1)}, Invalid, "future"),
        ({"received_at": NOW + timedelta(minutes=1)}, Invalid, "follows"),
        ({"form": {}}, OrderMalformed, "address"),
    ],
)
def test_half_a_clarification_changes_nothing(
    office: Office, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    order = world.receive(by=office).order
    impossible(order)
    with pytest.raises(error, match=said):
        clarify(order, **changes)
    assert queries.order(order.id).execution == "impossible"


def test_too_many_addresses_are_refused_and_on_record(office: Office) -> None:
    order = world.receive(by=office).order
    form = world.order_form(*[f"https://agora.example/p/{number}" for number in range(1_001)])
    with pytest.raises(TooManyAddresses):
        clarify(order, form)
    assert not FormVersion.objects.exists()


def test_an_executed_or_refuted_order_waits_for_no_clarification(office: Office) -> None:
    order, _person = executed(office)
    with pytest.raises(NotInThisState):
        clarify(order, world.order_form(SECOND))
    other = world.receive(by=office, form=world.order_form(SECOND, reference="EX-2")).order
    services.refute_order(order_id=other.id, note="not theirs", actor=SYSTEM, at=NOW)
    with pytest.raises(NotInThisState):
        clarify(other)


def test_the_same_order_sent_again_with_other_boxes_is_its_clarification(office: Office) -> None:
    order = incomplete(office)
    impossible(order)
    again = world.receive(by=office, at=LATER)
    assert (again.is_duplicate, again.order.id) == (True, order.id)
    found = queries.order(order.id)
    assert (found.execution, hour(order).starts_at) == ("awaiting", LATER)
    assert queries.form_of(found).section_b.reasons
    world.receive(by=office, at=LATER + timedelta(minutes=1))
    assert FormVersion.objects.count() == 1


def test_a_better_copy_that_says_something_else_keeps_what_stood_there(office: Office) -> None:
    form = world.order_form(section_g={"body": "A court misread"})
    order = world.receive(form=form, door="mail", authority=office.facts, matches_register=True).order
    world.receive(by=office, at=LATER)
    assert queries.order(order.id).authenticity == "verified"
    (version,) = queries.form_versions_of(order.id)
    assert (version.why, version.form["section_g"]["body"]) == ("proven", "A court misread")


def test_the_overseer_gets_a_copy_of_a_clarification(office: Office) -> None:
    overseer = world.person("Olga Example", "overseer")
    oversight.appoint_overseer(
        person_id=overseer.id, body="platform", ground="Asked by the board.", actor=SYSTEM, at=NOW
    )
    order = world.receive(by=office).order
    clarify(order, world.order_form(SECOND))
    copy = OverseerCopy.objects.get(kind="order_clarified")
    assert oversight.read_copy(copy_id=copy.id, overseer=overseer.actor, at=LATER) == {
        "boxes": ["section_b.contents"],
        "proven": True,
        "binding": True,
    }


def test_the_boxes_that_differ_are_named_in_the_order_of_the_paper() -> None:
    before = RemovalOrderForm.from_json(world.order_form())
    after = RemovalOrderForm.from_json({**world.order_form(SECOND), "language": "fr"})
    assert clarifying.changed_boxes(before, after) == ["language", "section_b.contents"]
