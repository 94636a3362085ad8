"""What the paper says: which authority it is, and its boxes, typed in without changing when it reached us."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.content.models import Snapshot
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.errors import ChangedMeanwhile, Invalid
from entente.apps.orders import queries, services
from entente.apps.orders.errors import FormFixed, FormProven, NotInThisState, OrderMalformed
from entente.apps.orders.models import FormVersion, RemovalOrder
from entente.apps.orders.services import recognising
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.arrivals.acts import arrive, fax, settle
from tests.apps.orders.acts import apply_all
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=20)


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


@pytest.fixture
def office() -> Office:
    return world.office()


def order_of(arrival: Any) -> RemovalOrder:
    found = queries.of_case(arrival.case_id)
    assert found is not None
    return found


def on_paper(state: str = "DE", **changes: Any) -> RemovalOrder:
    """Settle a fax as a removal order of a state, its authority not yet said."""
    return order_of(settle(fax(**changes), issuing_state=state))


def identify(order: RemovalOrder, office: Office) -> RemovalOrder:
    return services.identify_issuer(
        order_id=order.id, authority_id=office.facts.id, actor=world.actor("on_call"), at=LATER
    )


def complete(order: RemovalOrder, form: dict[str, Any]) -> RemovalOrder:
    return services.complete_form(
        order_id=order.id, form=RemovalOrderForm.from_json(form), actor=world.actor("on_call"), at=LATER
    )


def call_back(order: RemovalOrder) -> None:
    services.verify_order(
        order_id=order.id, method="call_back", note="the desk, 09:20", actor=world.actor("on_call"), at=LATER
    )


def hour_of(order: RemovalOrder) -> Any:
    lines = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])
    return next((line.due_at for line in lines if line.state == "running" and not line.suspended_at), None)


def test_an_authority_added_after_receipt_is_named_called_back_and_executed() -> None:
    order = on_paper()
    with pytest.raises(Invalid, match="Say first which authority"):
        call_back(order)
    office = world.office()
    found = identify(order, office)
    assert (found.authority_id, found.issuer_name, found.authenticity) == (
        office.facts.id,
        "Office for Exercises",
        "unverified",
    )
    assert hour_of(order) == NOW + timedelta(hours=1)
    assert cases.case_by_id(order.case_id).title == "Office for Exercises"
    call_back(order)
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=LATER)
    apply_all(order.case_id, LATER)
    assert queries.order(order.id).execution == "executed"
    assert "orders:removal_order:identified" in {line.kind for line in audit.trail_of_case(order.case_id)}


def test_until_somebody_is_named_the_case_is_called_after_who_brought_it() -> None:
    order = on_paper(sender="A courier")
    case = cases.case_by_id(order.case_id)
    assert (case.title, case.sender) == ("A courier", "A courier")
    complete(order, world.order_form(section_e={"authority_name": ""}))
    assert cases.case_by_id(order.case_id).title == "A courier"


def test_how_an_order_was_verified_is_one_of_the_known_ways(office: Office) -> None:
    order = identify(on_paper(), office)
    for method, note in (("by feeling", "sure"), ("call_back", " ")):
        with pytest.raises(Invalid):
            services.verify_order(
                order_id=order.id, method=method, note=note, actor=world.actor("on_call"), at=LATER
            )


def test_an_authority_without_a_telephone_number_cannot_be_called_back() -> None:
    order = identify(on_paper(), world.office(callback_phone=""))
    with pytest.raises(Invalid, match="no telephone number"):
        call_back(order)


def test_naming_an_authority_that_may_not_issue_stops_the_hour_and_naming_the_right_one_starts_it(
    office: Office,
) -> None:
    desk = world.office("Referral Unit", competences=["refer"], mail_domains=["unit.example"])
    order = identify(on_paper(), desk)
    assert (order.execution, hour_of(order)) == ("not_binding", None)
    assert cases.case_by_id(order.case_id).kind == "information"
    assert identify(order, office).execution == "awaiting"
    assert hour_of(order) == NOW + timedelta(hours=1)


def test_a_mail_from_the_registers_domain_matches_once_its_authority_is_named() -> None:
    order = order_of(
        settle(arrive(form=world.order_form(), sender_mail="desk@office.example"), issuing_state="DE")
    )
    assert not order.matches_register
    assert identify(order, world.office()).matches_register


def test_a_proven_or_carried_out_order_is_not_named_anew(office: Office) -> None:
    other = world.office("Other Office", mail_domains=["other.example"])
    verified = world.receive(by=office).order
    with pytest.raises(FormProven):
        identify(verified, other)
    running = world.receive(
        "https://agora.example/p/2",
        by=office,
        reference="R-2",
        authenticity="unverified",
        authenticity_method="",
    ).order
    services.execute_order(order_id=running.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    with pytest.raises(NotInThisState):
        identify(running, other)
    services.refute_order(order_id=running.id, note="not theirs", actor=world.actor("legal"), at=NOW)
    with pytest.raises(NotInThisState):
        identify(running, other)


def test_a_fax_that_turns_out_to_be_a_signed_order_ends_in_it_and_its_receipt_counts(office: Office) -> None:
    signed = world.receive(by=office, at=LATER).order
    paper = order_of(settle(fax(form=world.order_form()), issuing_state="DE"))
    assert paper.id != signed.id
    folded = identify(paper, office)
    assert (folded.execution, folded.related_to_id, folded.related_how) == (
        "not_binding",
        signed.id,
        "same_order",
    )
    case = cases.case_by_id(paper.case_id)
    assert (case.state, deadlines.next_due(case.id)) == ("closed", None)
    assert hour_of(signed) == NOW + timedelta(hours=1)
    (correction,) = queries.corrections_of(signed.id)
    assert (correction.received_at, correction.proof) == (NOW, "fax line of 09:00")
    assert world.receive(form=world.order_form(), at=LATER).order.id == signed.id
    with pytest.raises(NotInThisState):
        identify(paper, office)
    with pytest.raises(NotInThisState):
        complete(paper, world.order_form())
    with pytest.raises(NotInThisState):
        services.examine_again(order_id=paper.id, actor=world.actor("legal"), at=LATER)


def test_a_later_fax_of_a_signed_order_changes_no_receipt(office: Office) -> None:
    signed = world.receive(by=office).order
    paper = order_of(settle(fax(form=world.order_form(), received_at=NOW), issuing_state="DE"))
    identify(paper, office)
    assert queries.corrections_of(signed.id) == []


def test_the_boxes_are_typed_from_the_paper_and_what_is_missing_is_named(office: Office) -> None:
    order = identify(on_paper(), office)
    missing = {finding["code"] for finding in order.findings}
    assert {"legal_basis.missing", "reasons.missing", "redress.body_missing", "reference.missing"} <= missing
    done = complete(order, world.order_form())
    assert done.findings == []
    assert (done.reference, done.issued_at) == ("EX-2026-1", NOW - timedelta(minutes=5))
    assert cases.case_by_id(order.case_id).title == "Office for Exercises, EX-2026-1"
    (before,) = FormVersion.objects.filter(order=order)
    assert before.form["section_b"]["reasons"] == ""
    assert hour_of(order) == NOW + timedelta(hours=1)
    silent = complete(done, world.order_form(section_c={"non_disclosure": True}))
    assert silent.silence_asked


def test_a_mistyped_address_is_put_right_and_a_second_page_added(office: Office) -> None:
    order = identify(on_paper(urls=("https://agora.example/p/11", "https://agora.example/p/2")), office)
    (wrong, right) = cases.items_of(order.case_id)
    form = world.order_form(
        "https://agora.example/p/1", "https://agora.example/p/2", "https://agora.example/p/3"
    )
    complete(order, form)
    items = cases.items_of(order.case_id)
    assert {item.url for item in items} == {f"https://agora.example/p/{number}" for number in (1, 2, 3)}
    assert right.id in {item.id for item in items}
    assert cases.case_by_id(order.case_id).item_count == 3
    states = {copy.content_item_id: copy.state for copy in Snapshot.objects.filter(case_id=order.case_id)}
    assert states[wrong.content_item_id] == "cancelled"
    assert sorted(states.values()) == ["cancelled", "pending", "pending", "pending"]
    assert queries.order(order.id).addresses_digest == recognising.addresses_digest(
        [item.url for item in items]
    )
    with pytest.raises(OrderMalformed):
        complete(order, world.order_form(section_b={"contents": []}))


def test_an_address_of_what_does_not_bind_is_not_copied(office: Office) -> None:
    order = on_paper("US")
    assert order.execution == "not_binding"
    complete(order, world.order_form("https://agora.example/p/9", section_a={"issuing_state": "US"}))
    assert content.snapshot_counts(order.case_id) == {}
    assert [item.url for item in cases.items_of(order.case_id)] == ["https://agora.example/p/9"]
    assert office.facts.country == "DE"


def test_the_state_on_the_paper_decides_whether_it_binds() -> None:
    order = on_paper()
    assert complete(order, world.order_form(section_a={"issuing_state": "US"})).execution == "not_binding"
    assert complete(order, world.order_form()).execution == "awaiting"
    assert hour_of(order) == NOW + timedelta(hours=1)


def test_boxes_are_completed_after_the_measure_but_not_its_addresses_or_its_silence(office: Office) -> None:
    order = identify(on_paper(), office)
    call_back(order)
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=LATER)
    apply_all(order.case_id, LATER)
    with pytest.raises(FormFixed, match="another order"):
        complete(order, world.order_form("https://agora.example/p/2"))
    with pytest.raises(FormFixed, match="whether the person is told"):
        complete(order, world.order_form(section_c={"non_disclosure": True}))
    done = complete(order, world.order_form())
    assert (done.execution, done.findings, done.reference) == ("executed", [], "EX-2026-1")


def test_what_a_signature_proves_is_not_typed_over(office: Office) -> None:
    signed = world.receive(by=office).order
    with pytest.raises(FormProven):
        complete(signed, world.order_form())
    signature = {"valid": True, "authority_id": str(office.facts.id)}
    sealed = order_of(settle(arrive(form=world.order_form(reference="R-2"), signature=signature)))
    with pytest.raises(FormProven):
        complete(sealed, world.order_form(reference="R-3"))


def test_boxes_that_make_it_the_authoritys_known_order_end_it_there(office: Office) -> None:
    known = world.receive(by=office).order
    paper = identify(on_paper(), office)
    folded = complete(paper, world.order_form())
    assert (folded.related_to_id, folded.related_how) == (known.id, "same_order")
    assert folded.form["section_b"]["reasons"] == ""


def test_two_roads_to_the_same_order_at_once_let_one_through(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = order_of(settle(fax(form=world.order_form()), issuing_state="DE"))
    world.receive(by=office, at=LATER)
    monkeypatch.setattr(recognising, "find_same", lambda _order: None)
    with pytest.raises(ChangedMeanwhile):
        identify(paper, office)


def test_an_issuer_is_named_after_annex_iii_and_its_verification_starts_the_new_hour() -> None:
    """Annex III for lack of authentication; the authority is entered, called back, and a new hour rings."""
    order = on_paper()
    services.declare_impossible(
        order_id=order.id,
        ground="insufficient_information",
        explanation="Nothing authenticates this message.",
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=10),
    )
    office = world.office()
    assert identify(order, office).execution == "impossible"
    call_back(order)
    assert queries.order(order.id).execution == "awaiting"
    assert hour_of(order) == LATER + timedelta(hours=1)
