"""What a person does about an order: the check, the exits, authenticity, clocks, the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.content import services as content
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.orders.models import RemovalOrder
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import apply_all, executed
from tests.world import ALL_YES, NOW, Office

Roles = Callable[..., Visitor]
YES = {f"q_{name}": "yes" for name in ("authentic", "addressed", "elements", "address", "nothing_wrong")}
LATER = "2026-11-23T09:04:30"


def act(visitor: Visitor, name: str, order: RemovalOrder, given: dict[str, Any] | None = None) -> Any:
    return visitor.post(reverse(f"console:{name}", args=[order.case_id]), given or {})


def fresh(order: RemovalOrder) -> RemovalOrder:
    return orders.order(order.pk)


def test_the_check_asks_five_questions_beside_what_is_known(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    shown = as_role("on_call").get(reverse("console:check", args=[order.case_id])).content.decode()
    assert shown.count('class="question check__question"') == 5
    assert "signed with a registered key" in shown
    assert "Every element of Art. 3(4) is there." in shown
    assert "checked" not in shown
    assert "<img" not in shown
    assert "<video" not in shown


def test_one_key_executes(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    me = as_role("on_call")
    answer = act(me, "check", order, YES)
    assert answer["Location"] == reverse("console:case", args=[order.case_id])
    assert fresh(order).execution == "executing"
    assert fresh(order).executed_by_id_text == str(me.person.id)
    assert "Waiting for the effect" in me.get(answer["Location"]).content.decode()


def test_a_missing_answer_executes_nothing_and_keeps_the_others(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    given = {**YES, "note": "a word"}
    del given["q_address"]
    answer = act(as_role("on_call"), "check", order, given)
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "Answer all five questions first." in shown
    assert shown.count(" checked") == 4
    assert "a word" in shown
    assert fresh(order).execution == "awaiting"


def test_a_no_leads_to_its_exit_and_the_answers_go_along(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    me = as_role("on_call")
    refused = act(me, "check", order, {**YES, "q_address": "no"})
    assert refused.status_code == 422
    assert "A question was answered with no." in refused.content.decode()
    address = reverse("console:impossible", args=[order.case_id])
    shown = me.get(address, {**YES, "q_address": "no", "ground": "manifest_error"}).content.decode()
    assert 'name="q_address" value="no"' in shown
    answer = me.post(
        address,
        {
            **YES,
            "q_address": "no",
            "ground": "manifest_error",
            "explanation": "The address names no post of ours.",
        },
    )
    assert answer.status_code == 302
    assert fresh(order).execution == "impossible"
    (check,) = orders.checks_of(order.pk)
    assert (check.led_to, check.is_ours) == ("impossible", False)


def test_impossibility_needs_a_ground_and_words(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    answer = act(as_role("on_call"), "impossible", order, {"ground": "", "explanation": ""})
    assert answer.status_code == 422
    assert fresh(order).execution == "awaiting"


def test_impossible_for_some_addresses_only(as_role: Roles, office: Office) -> None:
    order = world.receive("https://agora.example/p/1", "https://agora.example/p/2", by=office).order
    first = cases.items_of(order.case_id)[0]
    act(
        as_role("on_call"),
        "impossible",
        order,
        {"ground": "manifest_error", "explanation": "It names no post.", "items": [str(first.id)]},
    )
    assert [bool(row.impossible_ground) for row in cases.items_of(order.case_id)] == [True, False]


def test_an_executed_order_shows_that_its_check_is_over(as_role: Roles, office: Office) -> None:
    order = executed(office)
    shown = as_role("on_call").get(reverse("console:check", args=[order.case_id])).content.decode()
    assert "This order is not waiting for its check any more" in shown


def test_the_protected_corpus_is_named(as_role: Roles, office: Office) -> None:
    content.add_protected_source(pattern="agora.example/archive", kind="archive", actor=SYSTEM, at=NOW)
    order = world.receive("https://agora.example/archive/1936", by=office).order
    shown = as_role("on_call").get(reverse("console:check", args=[order.case_id])).content.decode()
    assert "This address belongs to the protected corpus" in shown
    assert "Execute within the hour all the same." in shown


def test_what_speaks_against_binding_and_authenticity_is_shown(as_role: Roles, office: Office) -> None:
    order = world.receive(at=NOW, form=world.order_form(section_a={"addressee": "Somebody else"})).order
    shown = as_role("on_call").get(reverse("console:check", args=[order.case_id])).content.decode()
    assert "Matches nothing" in shown
    assert "Somebody else" in shown


def test_calling_back_verifies(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office, authenticity="unverified", authenticity_method="").order
    me = as_role("on_call")
    shown = me.get(reverse("console:verify", args=[order.case_id])).content.decode()
    assert "The number in our own register" in shown
    assert act(me, "verify", order, {"note": ""}).status_code == 422
    act(me, "verify", order, {"note": "Spoke to R. Example at 10:05."})
    assert (fresh(order).authenticity, fresh(order).authenticity_method) == ("verified", "call_back")


def test_without_a_number_nobody_is_called(as_role: Roles, office: Office) -> None:
    order = world.receive(at=NOW).order
    me = as_role("on_call")
    shown = me.get(reverse("console:verify", args=[order.case_id])).content.decode()
    assert "Say first which authority it is" in shown
    assert reverse("console:identify_issuer", args=[order.case_id]) in shown
    answer = act(me, "verify", order, {"note": "Spoke to somebody."})
    assert answer.status_code == 422
    assert "Say first which authority of our register it is" in answer.content.decode()
    mute = world.office("Mute Office", callback_phone="", mail_domains=["mute.example"])
    act(me, "identify_issuer", order, {"authority": str(mute.facts.id)})
    shown = me.get(reverse("console:verify", args=[order.case_id])).content.decode()
    assert "There is no number to call" in shown
    answer = act(me, "verify", order, {"note": "Spoke to somebody."})
    assert "Our register has no telephone number" in answer.content.decode()


def test_refuting_restores(as_role: Roles, office: Office) -> None:
    order = executed(office)
    act(as_role("legal"), "refute", order, {"note": "The office knows nothing of it."})
    (row,) = cases.items_of(order.case_id)
    assert row.decision is not None
    assert row.decision.outcome == "restore"


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("resume", {"ceased_at": LATER, "note": "Power is back."}),
        (
            "clarify",
            {"received_at": LATER, "note": "Post 2.", "section_b__contents": "https://agora.example/p/2"},
        ),
    ],
)
def test_a_new_hour_runs_after_an_obstacle_or_a_clarification(
    as_role: Roles, office: Office, name: str, given: dict[str, str]
) -> None:
    order = world.receive(by=office).order
    order_services.declare_impossible(
        order_id=order.pk, ground="force_majeure", explanation="No power.", actor=SYSTEM, at=NOW
    )
    me = as_role("on_call")
    assert act(me, name, order, {}).status_code == 422
    assert act(me, name, order, given).status_code == 302
    assert fresh(order).execution == "awaiting"
    hour = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.execute"])[-1]
    assert hour.due_at == NOW + timedelta(hours=1, minutes=4, seconds=30)


def test_a_correction_of_receipt_is_added_and_the_earliest_counts(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    given = {"received_at": "2026-11-23T08:50:00", "proof": "Mail header of the first relay."}
    act(as_role("on_call"), "correct_receipt", order, given)
    assert fresh(order).received_at == NOW
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert due.due_at == NOW + timedelta(minutes=50)
    form = as_role("auditor", name="Una Example").get(
        reverse("console:case", args=[order.case_id]), {"tab": "form"}
    )
    assert "Mail header of the first relay." in form.content.decode()


def test_an_order_that_ended_restores_by_itself(as_role: Roles, office: Office) -> None:
    order = executed(office)
    given = {
        "fate": "withdrawn",
        "by_whom": "Office for Exercises",
        "happened_at": LATER,
        "document": "Letter",
    }
    assert act(as_role("reviewer"), "end_order", order, given).status_code == 403
    act(as_role("legal", name="Lea Example"), "end_order", order, given)
    assert fresh(order).fate == "withdrawn"
    apply_all(order.case_id)
    (row,) = cases.items_of(order.case_id)
    assert row.decision is not None
    assert row.decision.outcome == "restore"


def test_an_order_becomes_final(as_role: Roles, office: Office) -> None:
    order = executed(office)
    act(as_role("legal"), "mark_final", order, {"happened_at": LATER, "document": "No appeal."})
    assert fresh(order).fate == "final"


def test_filed_as_information_and_answered_courteously(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    me = as_role("on_call")
    act(me, "file_as_information", order, {"reason": "It is addressed to another service."})
    assert (fresh(order).is_binding, cases.case_by_id(order.case_id).kind) == (False, "information")
    prepared = me.get(reverse("console:answer_not_binding", args=[order.case_id])).content.decode()
    assert "thank you for your message EX-2026-1" in prepared
    act(me, "answer_not_binding", order, {"text": "Dear colleagues, thank you."})
    assert cases.case_by_id(order.case_id).state == "closed"
    people = me.get(reverse("console:case", args=[order.case_id]), {"tab": "people"}).content.decode()
    assert "Courteous reply" in people
    (answer,) = orders.answers_of(order.pk)
    me.post(reverse("console:answer_again", args=[order.case_id, answer.pk]))
    assert len(orders.answers_of(order.pk)) == 2


def test_an_answer_of_another_case_is_not_sent_again(as_role: Roles, office: Office) -> None:
    order, other = executed(office), world.receive(by=office, reference="EX-2").order
    (answer,) = orders.answers_of(order.pk)
    address = reverse("console:answer_again", args=[other.case_id, answer.pk])
    assert as_role("on_call").post(address).status_code == 404


@pytest.mark.usefixtures("office")
def test_what_nobody_could_be_sent_is_handed_over_under_a_name(as_role: Roles) -> None:
    order, me = world.receive().order, as_role("on_call")
    order_services.declare_impossible(
        order_id=order.pk, ground="manifest_error", explanation="No post.", actor=SYSTEM, at=NOW
    )
    (answer,) = orders.answers_of(order.pk)
    people = {"tab": "people"}
    shown = me.get(reverse("console:case", args=[order.case_id]), people).content.decode()
    address = reverse("console:answer_handed_over", args=[order.case_id, answer.pk])
    assert "Waits for download" in shown
    assert address in shown
    assert "Annex III" in me.get(address).content.decode()
    assert me.post(address, {"how": ""}).status_code == 422
    assert me.post(address, {"how": "By courier, to the desk."})["Location"].endswith("tab=people")
    shown = me.get(reverse("console:case", args=[order.case_id]), people).content.decode()
    assert "Waits for download" not in shown
    assert "By courier, to the desk." in shown
    (clock,) = deadlines.of_subject("removal_order", order.id, rule_ids=["tco.impossibility"])
    assert clock.state == "met"


def test_a_document_of_another_case_is_not_handed_over(as_role: Roles, office: Office) -> None:
    order, other = executed(office), world.receive(by=office, reference="EX-2").order
    (answer,) = orders.answers_of(order.pk)
    address = reverse("console:answer_handed_over", args=[other.case_id, answer.pk])
    assert as_role("on_call").post(address, {"how": "By post."}).status_code == 404


def test_a_silence_is_extended_once_and_ended(as_role: Roles, office: Office) -> None:
    order = executed(office, form=world.order_form(section_c={"non_disclosure": True}))
    me = as_role("legal")
    people = me.get(reverse("console:case", args=[order.case_id]), {"tab": "people"}).content.decode()
    assert "Held back by law" in people
    act(me, "extend_silence", order, {"reason": "The authority explains why."})
    silence = cases.silence_of(order.case_id)
    assert silence is not None
    assert silence.extended_at is not None
    act(me, "end_silence", order)
    assert not cases.is_silent(order.case_id)
    answer = act(me, "end_silence", order)
    assert answer.status_code == 422


def test_the_second_look_at_a_restoration_is_not_the_first_persons(as_role: Roles, office: Office) -> None:
    order = executed(office)
    lea, ben = as_role("legal", name="Lea Example"), as_role("reviewer", name="Ben Example")
    given = {"fate": "withdrawn", "by_whom": "The office", "happened_at": LATER}
    act(lea, "end_order", order, given)
    apply_all(order.case_id)
    assert cases.case_by_id(order.case_id).state == "closed"
    case = reverse("console:case", args=[order.case_id])
    look = reverse("console:second_look", args=[order.case_id])
    for visitor in (lea, ben):
        shown = visitor.get(case).content.decode()
        assert "A second person looks at it" in shown
        assert look in shown
        assert reverse("console:case_hand_over", args=[order.case_id]) not in shown
    refused = act(lea, "second_look", order, {"note": ""})
    assert refused.status_code == 422
    assert "You did this yourself." in refused.content.decode()
    assert act(ben, "second_look", order).status_code == 302
    assert "Nothing left to do" in ben.get(case).content.decode()


def test_a_closed_order_can_still_end(as_role: Roles, office: Office) -> None:
    order = executed(office)
    case_services.close_case(case_id=order.case_id, actor=SYSTEM, at=NOW)
    shown = as_role("legal").get(reverse("console:case", args=[order.case_id])).content.decode()
    assert reverse("console:end_order", args=[order.case_id]) in shown
    auditor = as_role("auditor", name="Una Example").get(reverse("console:case", args=[order.case_id]))
    assert 'id="case-more"' not in auditor.content.decode()


def test_the_platforms_refusal_can_be_sent_again(as_role: Roles, office: Office) -> None:
    order = world.receive(by=office).order
    me = as_role("on_call")
    act(me, "check", order, YES)
    (row,) = cases.items_of(order.case_id)
    assert row.action is not None
    case_services.record_refusal(action_id=row.action.pk, reason="not found", actor=SYSTEM, at=NOW)
    assert "not found" in me.get(reverse("console:case", args=[order.case_id])).content.decode()
    me.post(reverse("console:action_retry", args=[order.case_id, row.action.pk]))
    (row,) = cases.items_of(order.case_id)
    assert row.action_state == "pending"


def test_a_refused_restoration_is_seen_and_sent_again(as_role: Roles, office: Office) -> None:
    order = executed(office)
    order_services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="The office",
        document="",
        happened_at=NOW,
        actor=world.actor("legal"),
        at=NOW,
    )
    (row,) = cases.items_of(order.case_id)
    assert row.action is not None
    assert row.action_state == "undoing"
    case_services.record_refusal(action_id=row.action.pk, reason="locked", actor=SYSTEM, at=NOW)
    me, address = as_role("on_call"), reverse("console:action_retry", args=[order.case_id, row.action.pk])
    shown = me.get(reverse("console:case", args=[order.case_id])).content.decode()
    assert "locked" in shown
    assert address in shown
    me.post(address)
    apply_all(order.case_id)
    shown = me.get(reverse("console:case", args=[order.case_id])).content.decode()
    assert "Restored" in shown
    assert address not in shown
    status = orders.status_for_issuer(order.id, authority_id=office.facts.id)
    assert status is not None
    assert status["addresses"][0]["state"] == "undone"


def test_the_case_page_shows_how_far_a_long_restoration_is(as_role: Roles, office: Office) -> None:
    urls = [f"https://agora.example/p/{number}" for number in range(12)]
    order = world.receive(*urls, by=office).order
    order_services.execute_order(
        order_id=order.id, answers=ALL_YES, actor=world.actor("on_call", name="Omar Example"), at=NOW
    )
    while order_services.continue_executions(at=NOW):
        pass
    apply_all(order.case_id)
    me = as_role("senior_reviewer")
    given = {"fate": "withdrawn", "by_whom": "Office", "document": "mail", "happened_at": LATER}
    act(me, "end_order", order, given)
    page, items = (
        reverse("console:case", args=[order.case_id]),
        reverse("console:case_items", args=[order.case_id]),
    )
    assert "10 of 12 addresses are restored" in me.get(page).content.decode()
    assert 'hx-trigger="every 3s"' in me.get(page).content.decode()
    part = me.get(items)
    assert '<progress max="12" value="10">' in part.content.decode()
    assert "HX-Refresh" not in part
    while order_services.continue_restorations(at=NOW):
        pass
    assert "are restored" not in me.get(page).content.decode()
    assert me.get(items)["HX-Refresh"] == "true"
