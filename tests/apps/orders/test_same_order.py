"""The same order by several roads: one order, and no impostor in its way."""

from datetime import timedelta
from typing import Any

import pytest

from entente.apps.cases import queries as cases
from entente.apps.cases.models import Case
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.orders import queries, services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.apps.orders.acts import end
from tests.world import ALL_YES, NOW, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    world.host()
    return world.office()


def test_a_better_channel_proves_the_first_message_and_what_it_says_counts(office: Office) -> None:
    by_mail = world.receive(
        by=office,
        authenticity="unverified",
        authenticity_method="",
        form=world.order_form(section_c={"non_disclosure": True}),
    )
    signed = world.receive(by=office, at=NOW + timedelta(minutes=5))
    assert signed.is_duplicate
    order = queries.order(by_mail.order.id)
    assert (order.authenticity, order.authenticity_method) == ("verified", "registered_key")
    assert order.silence_asked is False
    assert queries.form_of(order).section_c.non_disclosure is False
    assert RemovalOrder.objects.count() == 1


def test_a_better_channel_changes_no_form_that_was_executed(office: Office) -> None:
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    services.execute_order(order_id=order.id, answers=ALL_YES, actor=world.actor("on_call"), at=NOW)
    world.receive(by=office, form=world.order_form(section_c={"non_disclosure": True}))
    order = queries.order(order.id)
    assert (order.authenticity, order.silence_asked) == ("verified", False)
    assert "house.verify_unverified_order" not in {
        line.rule_id for line in deadlines.running_for_case(order.case_id)
    }


def test_an_impostor_does_not_stand_in_the_way_of_the_real_order(office: Office) -> None:
    impostor = world.receive().order
    assert impostor.issuer_name == office.facts.name
    real = world.receive(by=office, at=NOW + timedelta(minutes=2))
    assert not real.is_duplicate
    assert real.order.authority_id == office.facts.id
    assert (real.order.related_to_id, real.order.related_how) == (impostor.id, "same_reference")
    assert queries.status_for_issuer(real.order.id, authority_id=office.facts.id) is not None
    due = deadlines.next_due(real.order.case_id)
    assert due is not None
    assert due.due_at == NOW + timedelta(hours=1, minutes=2)
    assert {found.id for found in queries.related_of(impostor)} == {real.order.id}
    assert {found.id for found in queries.related_of(real.order)} == {impostor.id}


def test_the_same_impostor_twice_is_one(office: Office) -> None:
    first = world.receive()
    assert world.receive().order.id == first.order.id
    assert RemovalOrder.objects.count() == 1


def test_a_refuted_message_does_not_stand_in_the_way_of_the_real_order(office: Office) -> None:
    forged = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    services.refute_order(
        order_id=forged.id, note="the office did not send it", actor=world.actor("legal"), at=NOW
    )
    assert cases.case_by_id(forged.case_id).state == "closed"
    real = world.receive(by=office, at=NOW + timedelta(hours=2))
    assert not real.is_duplicate
    assert real.order.execution == "awaiting"
    assert deadlines.next_due(real.order.case_id) is not None


def unreferenced(**section_a: str) -> dict[str, Any]:
    return world.order_form(section_e={"file_number": ""}, section_a={"reference": "", **section_a})


def test_without_a_reference_the_same_authority_addresses_and_time_make_the_same_order(
    office: Office,
) -> None:
    first = world.receive(by=office, form=unreferenced())
    second = world.receive(by=office, form=unreferenced())
    assert (second.is_duplicate, second.order.id, second.receipt) == (True, first.order.id, first.receipt)
    assert Case.objects.count() == 1
    blank = world.receive(by=office, form=unreferenced(issued_at=""))
    assert not blank.is_duplicate
    assert world.receive(by=office, form=unreferenced(issued_at="")).order.id == blank.order.id


def test_without_a_reference_another_time_of_issue_or_an_end_makes_another_order(office: Office) -> None:
    first = world.receive(by=office, form=unreferenced()).order
    later = world.receive(by=office, form=unreferenced(issued_at="2026-11-23T08:59:00+00:00"))
    assert not later.is_duplicate
    assert (later.order.related_to_id, later.order.related_how) == (first.id, "same_address")
    end(first)
    anew = world.receive(by=office, form=unreferenced(), at=NOW + timedelta(hours=6))
    assert not anew.is_duplicate


def test_without_a_reference_a_claimed_name_makes_nothing_the_same(office: Office) -> None:
    first, second = (world.receive(form=unreferenced()) for _twice in range(2))
    assert not second.is_duplicate
    assert (second.order.related_to_id, second.order.related_how) == (first.order.id, "same_address")
    assert office.facts.name == first.order.issuer_name


def test_another_law_makes_another_order(office: Office) -> None:
    first = world.receive(by=office).order
    other = world.receive(by=office, order_type_id="eu.dsa.art9_order")
    assert not other.is_duplicate
    assert (other.order.related_to_id, other.order.related_how) == (first.id, "same_reference")


def test_an_order_is_linked_by_its_last_address_too(office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(120)]
    content.register_contents(urls=urls[:60], at=NOW)
    known = world.receive(urls[-1], by=office).order
    linked = world.receive(*urls, by=office, reference="EX-2026-2").order
    assert (linked.related_to_id, linked.related_how) == (known.id, "same_address")


def test_the_address_is_the_same_however_it_is_written(office: Office) -> None:
    world.receive("https://agora.example/p/1", by=office)
    again = world.receive("HTTPS://Agora.Example:443/p/%31", by=office)
    assert again.is_duplicate


def test_the_newest_order_is_found_by_its_reference(office: Office) -> None:
    world.receive(by=office)
    second = world.receive("https://agora.example/p/2", by=office, at=NOW + timedelta(minutes=1)).order
    assert queries.by_reference("EX-2026-1").id == second.id


def test_two_copies_at_the_same_moment_are_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other copy commits between our look and our insert: the database lets one through."""
    from entente.apps.orders.services import receiving

    first = world.receive(by=office)
    look, looks = receiving._known, []

    def too_early(prepared: receiving._Prepared) -> RemovalOrder | None:
        looks.append(prepared)
        return None if len(looks) == 1 else look(prepared)

    monkeypatch.setattr(receiving, "_known", too_early)
    again = world.receive(by=office)
    assert (again.is_duplicate, again.order.id) == (True, first.order.id)
    assert RemovalOrder.objects.count() == 1


def test_a_database_error_that_is_no_second_copy_is_not_hidden(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import IntegrityError

    from entente.apps.orders.services import receiving

    def broken(*_args: object) -> None:
        raise IntegrityError("something else")

    monkeypatch.setattr(receiving, "_receive_new", broken)
    with pytest.raises(IntegrityError):
        world.receive(by=office)
