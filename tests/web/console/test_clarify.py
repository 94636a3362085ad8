"""The clarification typed in on its page: boxes filled, the order examined anew, and the difference shown."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries
from entente.apps.orders import services as orders
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.test_case_page import page
from tests.world import NOW, Office

Roles = Callable[..., Visitor]


def stuck(office: Office) -> RemovalOrder:
    order = world.receive(by=office, form=world.order_form(section_g={"body": ""})).order
    orders.declare_impossible(
        order_id=order.id,
        ground="insufficient_information",
        explanation="No redress is named.",
        actor=SYSTEM,
        at=NOW,
    )
    return order


def boxes(me: Visitor, order: RemovalOrder, **changes: str) -> dict[str, Any]:
    """Return what the open page would send: every box as it stands, with some of them changed."""
    form = me.get(reverse("console:clarify", args=[order.case_id])).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    said = {
        "received_at": "2026-11-23T09:04:00",
        "section_a__issued_at": "2026-11-23T08:55:00",
        "section_a__issued_zone": "UTC",
        "note": "Their letter of today.",
    }
    return {name: value for name, value in {**shown, **said, **changes}.items() if value not in (None, False)}


def test_a_box_is_filled_the_order_examined_and_the_difference_shown(as_role: Roles, office: Office) -> None:
    order, me = stuck(office), as_role("on_call")
    address = reverse("console:clarify", args=[order.case_id])
    shown = me.get(address).content.decode()
    assert "Annex I as it stands with the clarification" in shown
    assert "Court of Examples" not in shown
    answer = me.post(address, boxes(me, order, section_g__body="Court of Examples", is_proven="on"))
    assert answer.status_code == 302, answer.context["form"].errors
    found = queries.order(order.id)
    assert (found.execution, found.authenticity) == ("awaiting", "verified")
    form = page(me, order.case_id, "form")
    for words in (
        "How the boxes changed",
        "Clarified by the authority",
        "Body or court",
        "Court of Examples",
    ):
        assert words in form
    assert "Boxes clarified by the authority" in page(me, order.case_id, "history")
    assert "Body or court" in page(me, order.case_id, "history")


def test_other_addresses_without_a_proof_leave_the_order_unverified(as_role: Roles, office: Office) -> None:
    order, me = stuck(office), as_role("on_call")
    given = boxes(me, order, section_b__contents="https://agora.example/p/2")
    assert me.post(reverse("console:clarify", args=[order.case_id]), given).status_code == 302
    assert queries.order(order.id).authenticity == "unverified"
    assert "No longer verified" in page(me, order.case_id, "history")


def test_a_running_hour_takes_a_clarification_too(as_role: Roles, office: Office) -> None:
    order, me = world.receive(by=office).order, as_role("on_call")
    assert reverse("console:clarify", args=[order.case_id]) in page(me, order.case_id)
    given = boxes(me, order, section_g__deadline="two months")
    assert me.post(reverse("console:clarify", args=[order.case_id]), given).status_code == 302
    assert queries.form_of(queries.order(order.id)).section_g.deadline == "two months"


def test_nothing_is_taken_in_without_words(as_role: Roles, office: Office) -> None:
    order, me = stuck(office), as_role("on_call")
    answer = me.post(reverse("console:clarify", args=[order.case_id]), boxes(me, order, note=""))
    assert answer.status_code == 422
    assert queries.order(order.id).execution == "impossible"
