"""The arrival desk: when and how it arrived, what it is, and taking that back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from entente.apps.arrivals import queries
from entente.apps.arrivals.models import Arrival
from entente.apps.cases import queries as cases
from entente.apps.kernel import config
from entente.apps.orders import queries as orders
from tests import world
from tests.apps.arrivals.acts import warn
from tests.web.console.conftest import Visitor
from tests.world import Office

Roles = Callable[..., Visitor]
NEW = "/console/arrivals/new/"


def message(**changes: Any) -> dict[str, Any]:
    values = {
        "door": "mail",
        "received_at": "2026-11-23T10:02:03",
        "zone": "Europe/Berlin",
        "receipt_proof": "Received: by mx.agora.example",
        "sender": "Office for Exercises",
        "sender_mail": "desk@office.example",
        "subject": "Please remove",
        "text": "We order you to remove this within one hour. Regulation (EU) 2021/784.",
        "urls": "https://agora.example/p/1\nhttps://agora.example/p/1\n",
        "language": "en",
    }
    return {**values, **changes}


def recorded(visitor: Visitor, **changes: Any) -> Arrival:
    answer = visitor.post(NEW, message(**changes))
    assert answer.status_code == 302, answer.content.decode()
    return queries.arrival(UUID(answer["Location"].strip("/").rpartition("/")[2]))


def case_of(one: Arrival) -> UUID:
    """Return the case a settled message opened."""
    case_id = queries.arrival(one.pk).case_id
    assert case_id is not None
    return case_id


def settle(visitor: Visitor, one: Arrival, kind: str) -> Any:
    return visitor.post(reverse("console:arrival_settle", args=[one.pk]), {"kind": kind})


def test_a_message_keeps_when_and_how_it_arrived(as_role: Roles, office: Office) -> None:
    one = recorded(as_role("reviewer"))
    assert one.received_at == datetime(2026, 11, 23, 9, 2, 3, tzinfo=UTC)
    assert one.receipt_proof == "Received: by mx.agora.example"
    assert one.urls == ["https://agora.example/p/1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"receipt_proof": ""}, "This field is required."),
        ({"received_at": "2026-11-23T10:30:00"}, "cannot have arrived in the future"),
        ({"text": "", "urls": ""}, "Give the text, an address, or the file."),
        ({"received_at": "2026-03-29T02:30:00"}, "This time did not exist in that zone"),
        ({"sender_mail": "nonsense"}, "Enter a valid email address."),
        ({"zone": "Nowhere/Land"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    as_role: Roles, office: Office, changes: dict[str, str], said: str
) -> None:
    answer = as_role("reviewer").post(NEW, message(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert queries.unsettled() == []


def test_an_uploaded_form_is_read(as_role: Roles, office: Office) -> None:
    form = SimpleUploadedFile("order.json", json.dumps(world.order_form()).encode())
    one = recorded(as_role("on_call"), text="", urls="", upload=form)
    assert one.form is not None
    assert one.urls == ["https://agora.example/p/1"]
    assert one.proposed_kind == "removal_order"
    shown = as_role("reviewer", name="Rui Example").get(reverse("console:arrival", args=[one.pk]))
    assert "Head of desk" in shown.content.decode()


def test_a_file_that_is_no_form_is_kept_and_recorded_with_its_message(as_role: Roles, office: Office) -> None:
    """The clock runs whatever the file is; it is sealed, and somebody types in what it says."""
    me = as_role("on_call")
    one = recorded(me, text="", urls="", upload=SimpleUploadedFile("order.doc", b"\x00\x01"))
    assert "Type the order in instead" in one.problems[0]
    shown = me.get(reverse("console:arrival", args=[one.pk])).content.decode()
    assert "Not everything of its file could be read" in shown
    assert reverse("console:arrival_original", args=[one.pk]) in shown
    edit = reverse("console:arrival_edit", args=[one.pk])
    assert edit in shown
    assert reverse("console:arrival_original", args=[one.pk]) in me.get(edit).content.decode()
    typed = {
        "text": "Removal order under Regulation (EU) 2021/784.",
        "urls": "https://agora.example/p/1",
        "section_g__body": "Court of Examples",
    }
    answer = me.post(edit, {**typed, "language": "xx"})
    assert answer.status_code == 422
    answer = me.post(edit, typed)
    assert answer["Location"] == reverse("console:arrival", args=[one.pk])
    one.refresh_from_db()
    assert one.form is not None
    assert (one.proposed_kind, one.urls, one.form["section_g"]["body"]) == (
        "removal_order",
        ["https://agora.example/p/1"],
        "Court of Examples",
    )
    me.post(edit, {"text": "Nothing of it.", "urls": ""})
    one.refresh_from_db()
    assert (one.form, one.urls) == (None, [])


def test_a_file_that_is_too_large_is_refused(
    as_role: Roles, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTENTE_LIMITS__UPLOAD_BYTES", "100000")
    config.reset_cache()
    try:
        big = SimpleUploadedFile("order.json", b" " * 100_001)
        answer = as_role("on_call").post(NEW, message(upload=big))
    finally:
        monkeypatch.undo()
        config.reset_cache()
    assert answer.status_code == 422
    assert "MB at most" in answer.content.decode()


def test_the_proposal_has_reasons_and_each_kind_a_key(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    one = recorded(me)
    shown = me.get(reverse("console:arrival", args=[one.pk])).content.decode()
    assert "It looks like: Removal order" in shown
    assert "It names Regulation (EU) 2021/784." in shown
    for key in "1234567":
        assert f'data-key="{key}"' in shown
    assert "Somebody on call" not in shown


def test_settled_as_an_order_its_hour_runs_from_the_messages_arrival(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    one = recorded(me)
    answer = settle(me, one, "removal_order")
    case = cases.case_by_id(case_of(one))
    assert answer["Location"] == reverse("console:case", args=[case.pk])
    order = orders.of_case(case.pk)
    assert order is not None
    assert order.received_at == one.received_at
    assert "Settled: Removal order." in me.get(answer["Location"]).content.decode()
    again = settle(me, one, "notice")
    assert again["Location"] == reverse("console:arrival", args=[one.pk])
    assert "settled this" in me.get(again["Location"]).content.decode()


@pytest.mark.parametrize(
    ("kind", "opened"),
    [
        ("notice", "notice"),
        ("referral", "referral"),
        ("data_request", "data_request"),
        ("threat_to_life", "threat"),
        ("unclear", "unclear"),
    ],
)
def test_every_other_kind_opens_its_case_and_can_be_taken_back(
    as_role: Roles, office: Office, kind: str, opened: str
) -> None:
    me = as_role("senior_reviewer")
    one = recorded(me)
    shown = me.get(settle(me, one, kind)["Location"]).content.decode()
    case_id = case_of(one)
    assert cases.case_by_id(case_id).kind == opened
    assert reverse("console:arrival_unsettle", args=[one.pk]) in shown
    answer = me.post(reverse("console:arrival_unsettle", args=[one.pk]))
    assert answer["Location"] == reverse("console:arrival", args=[one.pk])
    assert [row.pk for row in queries.unsettled()] == [one.pk]
    assert cases.case_by_id(case_id).state == "closed"
    settle(me, one, "unclear")
    assert cases.case_by_id(case_of(one)).kind == "unclear"


def test_an_order_is_not_taken_back(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    one = recorded(me)
    settle(me, one, "removal_order")
    me.post(reverse("console:arrival_unsettle", args=[one.pk]))
    assert queries.unsettled() == []


def test_settling_without_a_kind_says_so(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    one = recorded(me)
    answer = me.get(settle(me, one, "")["Location"])
    assert "Choose one of the kinds." in answer.content.decode()


def test_a_threat_shows_whom_to_tell_and_is_concluded_with_a_note(as_role: Roles, office: Office) -> None:
    me = as_role("legal")
    one = recorded(me)
    shown = me.get(settle(me, one, "threat_to_life")["Location"]).content.decode()
    assert "Say which states are concerned" in shown
    case_id = case_of(one)
    address = reverse("console:case_conclude", args=[case_id])
    assert me.post(address, {"note": "done"}).status_code == 422
    warn(case_id)
    assert address in me.get(reverse("console:case", args=[case_id])).content.decode()
    assert me.post(address, {"note": ""}).status_code == 422
    me.post(address, {"note": "Told the police by telephone at 10:10."})
    assert cases.case_by_id(case_id).state == "closed"


def test_an_unclear_case_goes_back_to_the_desk(as_role: Roles, office: Office) -> None:
    me = as_role("reviewer")
    one = recorded(me)
    settle(me, one, "unclear")
    case_id = case_of(one)
    me.post(reverse("console:settle_again", args=[case_id]))
    assert [row.pk for row in queries.unsettled()] == [one.pk]
    assert "Messages that wait to be settled" in me.get("/console/arrivals/").content.decode()


def test_a_desk_without_messages_says_so(as_role: Roles) -> None:
    assert "No message waits" in as_role("reviewer").get("/console/arrivals/").content.decode()


def test_only_the_desks_own_cases_are_concluded_or_settled_again(as_role: Roles, office: Office) -> None:
    me = as_role("on_call")
    order = world.receive(by=office).order
    assert me.post(reverse("console:settle_again", args=[order.case_id])).status_code == 404
    answer = me.post(reverse("console:case_conclude", args=[order.case_id]), {"note": "done"})
    assert answer.status_code == 422
