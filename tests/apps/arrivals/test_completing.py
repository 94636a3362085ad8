"""A message recorded in a hurry is completed, and one that is too long is split, before anybody settles it."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.arrivals import queries, services
from entente.apps.arrivals.errors import AlreadySettled, NothingToSplit, SignedAsItCame
from entente.apps.arrivals.models import Arrival
from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.errors import TooManyAddresses
from entente.core.law.orders import RemovalOrderForm
from tests import world
from tests.apps.arrivals.acts import arrive, fax, settle
from tests.world import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host() -> None:
    world.host()


def complete(arrival: Arrival, **changes: Any) -> Arrival:
    values: dict[str, Any] = {
        "subject": arrival.subject,
        "text": arrival.text,
        "language": arrival.language,
        "urls": tuple(arrival.urls),
        "form": arrival.form,
    }
    return services.complete_arrival(
        arrival_id=arrival.id,
        completion=services.Completion(**{**values, **changes}),
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=5),
    )


def test_what_is_typed_in_later_is_proposed_anew_and_rings_from_receipt() -> None:
    found = arrive(door="fax", text="", subject="", urls=())
    assert (found.proposed_kind, found.due_at) == ("unclear", None)
    typed = complete(found, form=world.order_form(), urls=("https://agora.example/p/1",), language="en")
    assert (typed.proposed_kind, typed.due_at) == ("removal_order", NOW + timedelta(hours=1))
    assert typed.digest == found.digest
    event = audit.trail_of("arrival", found.id)[-1]
    assert (event.kind, event.facts["changed"]) == (
        "arrivals:arrival:completed",
        ["form", "language", "urls"],
    )
    again = complete(typed, text="It asks for a report: I want to report this.", form=None)
    assert (again.proposed_kind, again.due_at) == ("notice", typed.due_at)


def test_what_is_settled_or_signed_is_not_typed_over() -> None:
    office = world.office()
    signature = {"valid": True, "authority_id": str(office.facts.id)}
    signed = arrive(form=world.order_form(), signature=signature)
    for change in ({"form": None}, {"urls": ()}):
        with pytest.raises(SignedAsItCame):
            complete(signed, **change)
    assert complete(signed, subject="Seen").subject == "Seen"
    settle(signed)
    with pytest.raises(AlreadySettled):
        complete(signed, subject="Late")


def test_a_sealed_letter_without_boxes_is_typed_in() -> None:
    office = world.office()
    signature = {"valid": True, "authority_id": str(office.facts.id), "covers_form": False}
    letter = arrive(urls=(), text="See the sealed letter.", signature=signature)
    typed = complete(letter, urls=("https://agora.example/p/1",), form=world.order_form(reference="R"))
    order = orders.of_case(settle(typed).case_id)  # type: ignore[arg-type]
    assert order is not None
    assert (order.authenticity, order.reference) == ("verified", "R")
    again = order_services.complete_form(
        order_id=order.id,
        form=RemovalOrderForm.from_json(world.order_form(reference="R-2")),
        actor=world.actor("on_call"),
        at=NOW,
    )
    assert again.reference == "R-2"


def many(count: int) -> tuple[str, ...]:
    return tuple(f"https://agora.example/p/{number}" for number in range(count))


def test_a_paper_order_that_is_too_long_goes_on_record_and_can_be_split() -> None:
    """The refusal stays although the settling it refused is rolled back."""
    office = world.office()
    found = fax(urls=many(2500), authority_id=office.facts.id, raw=b"%PDF-1.7 scanned")
    assert queries.is_too_long(found)
    with pytest.raises(TooManyAddresses):
        settle(found)
    refusal = audit.latest()[0]
    assert (refusal.kind, refusal.facts["addresses"]) == ("orders:removal_order:refused_too_many", 2500)
    parts = services.split_arrival(arrival_id=found.id, actor=world.actor("on_call"), at=NOW)
    assert [queries.count_addresses(part) for part in parts] == [1000, 1000, 500]
    assert [(part.received_at, part.receipt_proof, part.due_at) for part in parts] == [
        (NOW, "fax line of 09:00", NOW + timedelta(hours=1))
    ] * 3
    original = queries.original_of(parts[0])
    assert original is not None
    assert {queries.original_of(part) for part in parts} == {original}
    assert [event.kind for event in audit.trail_of("arrival", found.id)][-1] == "arrivals:arrival:split"
    with pytest.raises(NothingToSplit):
        services.split_arrival(arrival_id=parts[1].id, actor=world.actor("on_call"), at=NOW)
    settled = settle(parts[2])
    assert settled.case_id is not None
    assert cases.case_by_id(settled.case_id).item_count == 500
    opened = services.open_original(
        arrival_id=parts[2].id, actor=world.actor("legal"), reason="compare the pages", at=NOW
    )
    assert b"".join(opened.chunks) == b"%PDF-1.7 scanned"


def test_the_parts_of_a_typed_form_are_linked_orders_of_one_hour() -> None:
    office = world.office()
    found = arrive(form=world.order_form(*many(1100)), sender_mail="desk@office.example")
    assert found.form is not None
    found.form["section_b"]["contents"].append("https://agora.example/p/last")
    found.save()
    parts = services.split_arrival(arrival_id=found.id, actor=world.actor("on_call"), at=NOW)
    assert [queries.count_addresses(part) for part in parts] == [1000, 101]
    received = [orders.of_case(settle(part).case_id) for part in parts]  # type: ignore[arg-type]
    first, second = received
    assert first is not None
    assert second is not None
    assert (second.related_to_id, second.related_how) == (first.id, "same_reference")
    assert {order.authority_id for order in (first, second)} == {office.facts.id}
    for order in (first, second):
        due = deadlines.next_due(order.case_id)
        assert due is not None
        assert due.due_at == NOW + timedelta(hours=1)


def test_a_split_message_that_rings_for_nobody_rings_for_nobody() -> None:
    found = arrive(urls=many(1001))
    parts = services.split_arrival(arrival_id=found.id, actor=world.actor("reviewer"), at=NOW)
    assert [part.due_at for part in parts] == [None, None]
    with pytest.raises(AlreadySettled):
        services.split_arrival(
            arrival_id=settle(parts[0], "unclear").id, actor=world.actor("reviewer"), at=NOW
        )
