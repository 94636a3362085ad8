"""An order on paper, at three in the morning: typed in, its issuer named, its file opened, examined again."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from entente.apps.arrivals import queries as arrivals
from entente.apps.arrivals.models import Arrival
from entente.apps.cases import queries as cases
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel import config
from entente.apps.orders import queries, services
from entente.apps.orders.errors import OrderTooLarge, TooManyAddresses
from entente.apps.orders.models import RemovalOrder
from entente.core.law.orders import RemovalOrderForm
from entente.web.console.annex_form import AnnexForm
from tests import world
from tests.apps.arrivals import papers
from tests.apps.arrivals.acts import arrive, fax
from tests.apps.arrivals.acts import settle as settled
from tests.web.console.conftest import Visitor
from tests.web.console.test_arrivals import NEW, message, recorded
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
ANNEX = {
    "head__legal_basis": "Regulation (EU) 2021/784, Article 3",
    "head__language": "en",
    "section_a__issuing_state": "DE",
    "section_a__addressee": "Agora Hosting",
    "section_a__host_state": "FR",
    "section_a__issued_at": "2026-11-23T09:55:00",
    "section_a__issued_zone": "Europe/Berlin",
    "section_a__reference": "EX-7",
    "section_b__reasons": "The text calls for attacks in the name of an invented movement.",
    "section_b__types": ["a_incites"],
    "section_d__other_state": "True",
    "section_d__copy_sent": "True",
    "section_e__authority_type": "other",
    "section_e__authority_name": "Office for Exercises",
    "section_e__representative_name": "R. Example",
    "section_e__representative_post": "Head of desk",
    "section_e__file_number": "EX-7",
    "section_e__date": "2026-11-23",
    "section_e__email": "desk@office.example",
    "section_e__stamp": "on",
    "section_e__signature": "by hand",
    "section_f__establishment_authority_contact": "watch@state.example",
    "section_g__body": "Court of Examples",
    "section_g__deadline": "one month",
    "section_g__legislation_link": "https://law.example/1",
}
FAX = {"door": "fax", "sender_mail": "", "receipt_proof": "fax line of 09:02", "text": "", "language": "en"}


def order_of(arrival: Arrival) -> RemovalOrder:
    case_id = arrivals.arrival(arrival.pk).case_id
    assert case_id is not None
    found = queries.of_case(case_id)
    assert found is not None
    return found


def page(visitor: Visitor, name: str, *ids: UUID, query: str = "") -> str:
    answer = visitor.get(reverse(f"console:{name}", args=ids) + query)
    assert answer.status_code == 200, answer.status_code
    return html.unescape(answer.content.decode())


def selected(text: str, name: str) -> str:
    """Return which choice of a list is chosen."""
    box = re.search(rf'<select name="{name}".*?</select>', text, re.DOTALL)
    assert box is not None
    chosen = re.search(r'<option value="([^"]*)" selected', box[0])
    return chosen[1] if chosen else ""


def test_a_fax_is_typed_in_settled_called_back_and_executed(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    one = recorded(me, **FAX, **ANNEX)
    assert one.form is not None
    assert one.form["section_a"]["issued_at"] == "2026-11-23T09:55:00+01:00"
    assert RemovalOrderForm.from_json(one.form).unread == ()
    shown = page(me, "arrival", one.pk)
    assert "section E of its form" in shown
    assert selected(shown, "authority") == str(office.facts.id)
    me.post(
        reverse("console:arrival_settle", args=[one.pk]),
        {"kind": "removal_order", "authority": str(office.facts.id), "issuing_state": "", "order_type": ""},
    )
    order = order_of(one)
    assert (order.findings, order.reference, order.is_binding) == ([], "EX-7", True)
    due = deadlines.next_due(order.case_id)
    assert due is not None
    assert due.due_at == one.received_at + timedelta(hours=1)
    check = page(me, "check", order.case_id)
    assert reverse("console:verify", args=[order.case_id]) in check
    assert office.facts.callback_phone in page(me, "verify", order.case_id)
    me.post(reverse("console:verify", args=[order.case_id]), {"note": "R. Example, 09:06"})
    answers = {
        f"q_{name}": "yes" for name in ("authentic", "addressed", "elements", "address", "nothing_wrong")
    }
    me.post(reverse("console:check", args=[order.case_id]), answers)
    assert queries.order(order.id).execution == "executing"


def test_who_it_is_must_be_said_and_what_was_chosen_stays_on_the_page(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    one = fax(sender="Somebody")
    address = reverse("console:arrival_settle", args=[one.pk])
    given = {"kind": "removal_order", "authority": "none", "issuing_state": "", "order_type": ""}
    answer = me.post(address, given)
    assert answer.status_code == 422
    text = html.unescape(answer.content.decode())
    assert "Say which authority of our register it is, or at least of which state" in text
    assert selected(text, "authority") == "none"
    assert me.post(address, {**given, "authority": "nonsense"}).status_code == 422
    me.post(address, {**given, "issuing_state": "DE"})
    order = order_of(one)
    assert (order.authority_id, order.issuer_country) == (None, "DE")
    assert office.facts.country == "DE"


def test_another_law_is_chosen_with_what_it_is(as_role: Roles, office: Office) -> None:
    court = world.office("Court", kind="court", competences=["other_orders"], mail_domains=["court.example"])
    me = as_role("legal")
    one = arrive(
        text="Order to act under Article 9 of the Digital Services Act", sender_mail="desk@court.example"
    )
    shown = page(me, "arrival", one.pk)
    assert (selected(shown, "order_type"), selected(shown, "authority")) == (
        "eu.dsa.art9_order",
        str(court.facts.id),
    )
    assert "Order to act against illegal content – Regulation (EU) 2022/2065" in shown
    address = reverse("console:arrival_settle", args=[one.pk])
    given = {
        "kind": "other_binding_order",
        "authority": str(court.facts.id),
        "issuing_state": "",
        "order_type": "",
    }
    answer = me.post(address, given)
    assert answer.status_code == 422
    assert "Choose the law of the order." in answer.content.decode()
    me.post(address, {**given, "order_type": "eu.dsa.art9_order"})
    assert order_of(one).order_type_id == "eu.dsa.art9_order"
    assert office.facts.name


def test_a_filled_file_counts_alone_beside_typed_boxes(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    upload = SimpleUploadedFile("order.pdf", papers.filled())
    answer = me.post(NEW, message(upload=upload, section_g__body="Another Court"), follow=True)
    assert "what was typed into the boxes was left out" in answer.content.decode()
    (one,) = arrivals.unsettled()
    assert one.form is not None
    assert one.form["section_g"]["body"] == "Court of Examples"


def test_the_file_is_downloaded_with_a_reason_from_desk_and_case(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    pdf = papers.filled()
    one = recorded(me, upload=SimpleUploadedFile("order.pdf", pdf))
    address = reverse("console:arrival_original", args=[one.pk])
    assert address in page(me, "arrival", one.pk)
    assert "application/pdf" in page(me, "arrival_original", one.pk)
    assert me.post(address, {"reason": "short"}).status_code == 422
    answer = me.post(address, {"reason": "compare the seal with the register"})
    assert b"".join(answer.streaming_content) == pdf  # type: ignore[attr-defined] # a stream, as every file from the vault
    assert answer["Content-Disposition"] == f'attachment; filename="{one.digest[:12]}.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    me.post(reverse("console:arrival_settle", args=[one.pk]), {"kind": "removal_order"})
    order = order_of(one)
    assert address in page(me, "case", order.case_id, query="?tab=form")
    assert reverse("console:case", args=[order.case_id]) in page(me, "arrival_original", one.pk)
    bare = fax()
    assert "There is no file" in page(me, "arrival_original", bare.pk)
    answer = me.post(reverse("console:arrival_original", args=[bare.pk]), {"reason": "there should be one"})
    assert answer.status_code == 422


def test_a_signed_form_is_not_typed_over(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    signature = {"valid": True, "authority_id": str(office.facts.id), "signer": "Seal of the Office"}
    one = arrive(form=world.order_form(), signature=signature)
    shown = page(me, "arrival", one.pk)
    assert "Its signature is valid: Office for Exercises." in shown
    edit = reverse("console:arrival_edit", args=[one.pk])
    assert edit not in shown
    answer = me.post(
        edit, {"text": "x", "urls": "https://agora.example/p/9", "section_g__body": "Another Court"}
    )
    assert answer.status_code == 422
    case_id = settled(one).case_id
    assert case_id is not None
    assert me.get(edit).status_code == 409
    for address in (shown, page(me, "case", case_id)):
        assert "Whether the certificate was revoked could not be checked offline." in address
        assert "Whether the certificate is a qualified one was not checked." in address


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            {"valid": True, "revocation": "good"},
            "The file brings proof that the certificate was not revoked.",
        ),
        ({"valid": False, "revocation": "revoked"}, "not valid: the certificate was revoked"),
        ({"valid": False}, "not valid"),
    ],
)
def test_the_page_says_what_a_signature_shows_of_a_revocation(
    as_role: Roles, office: Office, found: dict[str, Any], words: str
) -> None:
    signature = {
        "present": True,
        "authority_id": str(office.facts.id),
        "signer": "Seal of the Office",
        **found,
    }
    one = arrive(form=world.order_form(), signature=signature)
    assert words in page(as_role("on_call"), "arrival", one.pk)


def test_typed_addresses_and_boxes_stay_together(as_role: Roles, office: Office) -> None:
    """A JSON form names its addresses itself: taking one out beside it takes it out of the form too."""
    me = as_role("on_call")
    form = world.order_form("https://agora.example/p/1", "https://agora.example/p/2")
    one = arrive(form=form, urls=("https://agora.example/p/1", "https://agora.example/p/2"))
    edit = reverse("console:arrival_edit", args=[one.pk])
    me.post(edit, {"text": one.text, "urls": "https://agora.example/p/2\nhttps://agora.example/p/3", **ANNEX})
    one.refresh_from_db()
    assert one.form is not None
    assert [entry["url"] for entry in one.form["section_b"]["contents"]] == [
        "https://agora.example/p/2",
        "https://agora.example/p/3",
    ]
    assert one.form["section_a"]["reference"] == "EX-7"


@pytest.fixture
def short_orders(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ENTENTE_LIMITS__ORDER_ADDRESSES", "2")
    config.reset_cache()
    yield
    monkeypatch.undo()
    config.reset_cache()


def test_an_order_that_is_too_long_is_split_with_one_key(
    as_role: Roles, office: Office, short_orders: None
) -> None:
    me = as_role("on_call")
    one = fax(urls=tuple(f"https://agora.example/p/{number}" for number in range(5)))
    shown = page(me, "arrival", one.pk)
    assert "It names 5 addresses; one order may name 2" in shown
    assert "Split it and take in 3 orders" in shown
    address = reverse("console:arrival_split", args=[one.pk])
    given = {
        "kind": "removal_order",
        "authority": str(office.facts.id),
        "issuing_state": "",
        "order_type": "",
    }
    assert me.post(address, {**given, "kind": "notice"}).status_code == 200
    assert me.post(address, {**given, "authority": "nonsense"}).status_code == 422
    answer = me.post(address, given, follow=True)
    assert "Taken in as 3 orders of the same hour." in answer.content.decode()
    assert RemovalOrder.objects.count() == 3
    assert arrivals.unsettled() == []
    again = me.post(reverse("console:arrival_split", args=[one.pk]), given, follow=True)
    assert "settled this message already" in html.unescape(again.content.decode())


def test_a_refused_order_is_shown_to_who_works_the_inbox_until_somebody_saw_to_it(
    as_role: Roles, office: Office
) -> None:
    form = RemovalOrderForm.from_json(world.order_form(*[f"https://agora.example/{n}" for n in range(1001)]))
    with pytest.raises(TooManyAddresses):
        services.check_size(form, office.facts, office.facts.actor, NOW)
    with pytest.raises(OrderTooLarge):
        services.refuse_too_large(
            size_bytes=3_000_000, authority=office.facts, actor=office.facts.actor, at=NOW
        )
    me = as_role("on_call")
    for name in ("inbox", "arrivals"):
        shown = page(me, name)
        assert "2 orders were too large to be taken in" in shown
        assert "1001 addresses, 1000 allowed" in shown
        assert office.facts.callback_phone in shown
    for row in queries.refused():
        me.post(reverse("console:refused_seen", args=[row.pk]), {"next": "/console/"})
    assert "too large to be taken in" not in page(me, "inbox")
    answer = me.post(reverse("console:refused_seen", args=[uuid4()]), follow=True)
    assert "There is no such order." in answer.content.decode()


def test_the_presumed_hour_counts_down_at_the_desk_and_is_taken_on(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    one = fax()
    arrive()
    for name in ("inbox", "arrivals"):
        shown = page(me, name)
        assert f'data-due="{(NOW + timedelta(hours=1)).isoformat()}"' in shown
    shown = page(me, "arrival", one.pk)
    assert f'data-due="{(NOW + timedelta(hours=1)).isoformat()}"' in shown
    (clock,) = deadlines.of_subject("arrival", one.pk)
    assert reverse("console:deadline_acknowledge", args=[clock.id]) in shown
    me.post(reverse("console:deadline_acknowledge", args=[clock.id]))
    assert "Ada Example has it." in page(me, "arrival", one.pk)


def test_a_page_about_a_message_leads_to_the_message() -> None:
    from entente.apps.deadlines.models import Deadline
    from entente.web.apps import link_to_work

    number = uuid4()
    at_desk = Deadline(subject_kind="arrival", subject_id=number)
    assert link_to_work(at_desk).endswith(f"/console/arrivals/{number}/")
    assert link_to_work(Deadline(subject_kind="x", subject_id=number)).endswith("/console/deadlines/")
    assert link_to_work(Deadline(subject_kind="arrival", case_id=number)).endswith(f"/cases/{number}/")


def test_a_notice_that_may_be_more_says_so(as_role: Roles, office: Office) -> None:
    from tests.web.console.stories import notice

    notice(explanation="They write that an imminent attack is planned on the market.")
    (one,) = arrivals.unsettled()
    shown = page(as_role("on_call"), "arrival", one.pk)
    assert "It came in as a notice" in shown
    assert one.notice_case_id is not None
    assert reverse("console:case", args=[one.notice_case_id]) in shown


def test_the_issuer_is_named_on_the_case_page(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    order = order_of(settled(fax(), issuing_state="DE"))
    shown = page(me, "case", order.case_id)
    identify = reverse("console:identify_issuer", args=[order.case_id])
    assert identify in shown
    assert identify in page(me, "check", order.case_id)
    asked = page(me, "identify_issuer", order.case_id)
    assert "the name of the sender" in asked
    assert selected(asked, "authority") == str(office.facts.id)
    assert me.post(identify, {"authority": ""}).status_code == 422
    me.post(identify, {"authority": str(office.facts.id)})
    assert queries.order(order.id).authority_id == office.facts.id
    assert "Named until now" in page(me, "identify_issuer", order.case_id)


def test_the_boxes_are_completed_on_the_case_page_with_what_is_missing_named(
    as_role: Roles, office: Office
) -> None:
    me = as_role("on_call")
    order = order_of(settled(fax(raw=papers.filled()), authority_id=office.facts.id))
    address = reverse("console:complete_form", args=[order.case_id])
    assert address in page(me, "case", order.case_id)
    assert address in page(me, "check", order.case_id)
    shown = page(me, "complete_form", order.case_id)
    assert "The statement of reasons is empty." in shown
    assert 'data-finding="near"' in shown
    assert "https://agora.example/p/1</textarea>" in shown
    contents = "https://agora.example/p/1 the second picture\n\nhttps://agora.example/p/2"
    answer = me.post(address, {**ANNEX, "section_b__contents": contents})
    assert answer.status_code == 302, answer.content.decode()
    done = queries.order(order.id)
    assert (done.findings, done.reference) == ([], "EX-7")
    assert [item.url for item in cases.items_of(order.case_id)] == [
        "https://agora.example/p/1",
        "https://agora.example/p/2",
    ]
    assert done.form["section_b"]["contents"][0]["additional_information"] == "the second picture"
    assert "Every element of the order is there" in page(me, "complete_form", order.case_id)
    assert "Completed from the paper" in page(me, "case", order.case_id, query="?tab=form")
    empty = me.post(address, {**ANNEX, "section_b__contents": ""})
    assert empty.status_code == 422
    assert "No address was found." in empty.content.decode()


def test_what_does_not_bind_is_examined_again_with_one_button(as_role: Roles) -> None:
    office = world.office()
    order = world.receive(by=office).order
    me = as_role("on_call")
    shown = page(me, "case", order.case_id)
    address = reverse("console:examine_again", args=[order.case_id])
    assert "A fact is missing" in shown
    assert address in shown
    assert "The host's profile does not say" in page(me, "examine_again", order.case_id)
    world.host()
    answer = me.post(address, follow=True)
    assert "Examined again." in answer.content.decode()
    assert queries.order(order.id).execution == "awaiting"
    assert address not in page(me, "case", order.case_id)
    me.post(reverse("console:file_as_information", args=[order.case_id]), {"reason": "pressed wrongly"})
    assert "A person filed it as information" in page(me, "examine_again", order.case_id)
    assert "a person filed it as information" in page(me, "case", order.case_id)


def test_a_missing_state_of_the_issuer_leads_to_naming_it(as_role: Roles, office: Office) -> None:
    order = world.receive(form=world.order_form(section_a={"issuing_state": ""})).order
    shown = page(as_role("on_call"), "case", order.case_id)
    assert "A fact is missing" in shown
    assert (
        f'class="button button--primary" href="{reverse("console:identify_issuer", args=[order.case_id])}"'
        in shown
    )
    assert office.facts.name


def form(given: dict[str, Any] | None, before: RemovalOrderForm | None = None) -> AnnexForm:
    made = AnnexForm(given, form=before)
    assert given is None or made.is_valid(), made.errors
    return made


def test_annex_i_typed_in_is_what_it_says_and_an_empty_one_says_nothing() -> None:
    empty = form({})
    assert not empty.is_filled
    assert empty.written() == RemovalOrderForm().to_json()
    whole = RemovalOrderForm.from_json(
        form({**ANNEX, "section_b__contents": "https://a.example/1"}).written()
    )
    assert whole.unread == ()
    assert (whole.section_d.other_state, whole.section_e.stamp, whole.section_e.date) == (
        True,
        True,
        "2026-11-23",
    )
    assert form({"section_d__other_state": "False"}).written()["section_d"]["other_state"] is False


def test_what_stood_in_the_form_stays_as_it_was_written() -> None:
    """A moment with another offset is the same moment; what nobody could read is kept as text."""
    before = RemovalOrderForm.from_json(
        world.order_form(
            section_a={"issued_at": "2026-11-23T10:00:00+02:00", "issuing_state": "Deutschland"},
            section_e={"date": "23 November"},
        )
    )
    shown = form(None, before)
    given = {name: shown[name].value() for name in shown.fields}
    assert ("Deutschland", "Deutschland") in shown.fields["section_a__issuing_state"].choices  # type: ignore[attr-defined]
    moment = given["section_a__issued_at"]
    given["section_a__issued_at"] = moment.strftime("%Y-%m-%dT%H:%M:%S")
    again = form(
        {name: value for name, value in given.items() if value not in (None, False)}, before
    ).written()
    assert again == before.to_json()
    cleared = form({}, before).written()
    assert (cleared["section_a"]["issued_at"], cleared["section_e"]["date"]) == ("", "23 November")
    unread = RemovalOrderForm.from_json({"section_a": {"issued_at": "about noon"}})
    assert form({}, unread).written()["section_a"]["issued_at"] == "about noon"


def test_a_moment_that_never_was_is_refused() -> None:
    made = AnnexForm(
        {"section_a__issued_at": "2026-03-29T02:30:00", "section_a__issued_zone": "Europe/Berlin"}
    )
    assert not made.is_valid()
    assert "This time did not exist" in str(made.errors)
    wrong = AnnexForm(
        {"section_a__issued_at": "2026-03-29T02:30:00", "section_a__issued_zone": "Nowhere/Land"}
    )
    assert not wrong.is_valid()
