"""Reporting content without an account: the form, the receipt, the status page."""

from datetime import timedelta

import pytest
from django.test import Client

from entente.apps.complaints import queries as complaints
from entente.apps.complaints import services as complaint_services
from entente.apps.notices import queries as notices
from tests import world
from tests.web import stories
from tests.web.public.conftest import Watch
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db

GOOD = {
    "urls": "https://agora.example/p/1\nhttps://agora.example/p/2",
    "explanation": "The last lines call on readers to attack a bridge.",
    "good_faith": "on",
}


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_anybody_may_report_several_addresses_without_a_name(client: Client, office: Office) -> None:
    answer = client.post("/notices/new", GOOD)
    assert answer.status_code == 302
    token = answer["Location"].split("/")[2]
    found = notices.by_token(token)
    assert found is not None
    assert (found.notifier_name, found.notifier_mail, found.case.item_count) == ("", "", 2)
    page = text_of(client, answer["Location"])
    assert f"/notices/{token}" in page
    receipt = client.get(f"/notices/{token}/receipt.json")
    assert receipt.json() == found.receipt
    assert "attachment" in receipt["Content-Disposition"]
    assert "We are assessing your notice" in text_of(client, f"/notices/{token}")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"urls": ""}, "This field is required"),
        ({"urls": "ftp://agora.example/1"}, "ftp://agora.example/1"),
        ({"urls": "https://elsewhere.example/p/1"}, "is not on this service"),
        ({"explanation": "bad"}, "Explain in a few words"),
        ({"good_faith": ""}, "The law asks for this statement"),
        ({"website": "https://spam.example"}, "Please empty this box"),
    ],
)
def test_each_missing_element_is_named(
    client: Client, office: Office, changes: dict[str, str], words: str
) -> None:
    answer = client.post("/notices/new", {**GOOD, **changes})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_the_form_is_prefilled_from_the_address(client: Client, office: Office) -> None:
    assert "https://agora.example/p/9" in text_of(client, "/notices/new?url=https://agora.example/p/9")


def test_a_flood_is_slowed_down_without_writing_down_who(client: Client, office: Office) -> None:
    for _number in range(20):
        client.post("/notices/new", {})
    answer = client.post("/notices/new", GOOD)
    assert answer.status_code == 429
    assert "Nothing was sent" in answer.content.decode()
    assert client.post("/notices/new", GOOD, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_a_kept_notice_gives_reasons_and_a_road(client: Client, office: Office, watch: Watch) -> None:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW, outcome="keep", reasons="A report of the press; it stays.")
    page = text_of(client, f"/notices/{notice.token}")
    assert "The content stays." in page
    assert "A report of the press; it stays." in page
    assert "Rae Example" not in page
    (address,) = {part for part in page.split('"') if part.startswith(f"/notices/{notice.token}/complaint/")}
    assert "somebody else decides" in text_of(client, address)
    assert client.post(address, {"text": "no"}).status_code == 422
    answer = client.post(address, {"text": "It is no report, it is the call itself."})
    assert "Your complaint is being examined" in text_of(client, answer["Location"])
    assert client.get(address)["Location"] == answer["Location"]
    found = complaints.by_token(answer["Location"].rsplit("/", 1)[-1])
    assert found is not None
    assert (found.complainant, found.contact_mail) == ("notifier", "reader@mail.example")
    complaint_services.uphold_complaint(
        complaint_id=found.id, reasons="It has to be read again.", actor=world.actor("legal"), at=watch.at
    )
    assert "The content is assessed anew" in text_of(client, answer["Location"])


def test_after_six_months_the_road_of_complaint_is_closed(
    client: Client, office: Office, watch: Watch
) -> None:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW, outcome="keep")
    watch.at = NOW + timedelta(days=190)
    assert "Complain about this decision" not in text_of(client, f"/notices/{notice.token}")


def test_a_restricted_notice_says_where_and_why_and_has_no_complaint(client: Client, office: Office) -> None:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW)
    page = text_of(client, f"/notices/{notice.token}")
    assert "The content is no longer available in these countries: France, Germany." in page
    assert "Complain about this decision" not in page
    item = page.split('"')
    assert not [part for part in item if "/complaint/" in part]


def test_what_the_person_affected_wrote_is_not_shown_to_the_notifier(
    client: Client, office: Office, watch: Watch
) -> None:
    notice = stories.given_notice(at=NOW)
    decision = stories.decided_notice(notice, at=NOW)
    lodged = complaint_services.lodge_complaint(
        decision=decision,
        complainant="affected",
        informed_at=NOW,
        text="I am the author and it is a poem.",
        contact_mail="",
        language="en",
        actor=world.actor("legal"),
        at=watch.at,
    )
    complaint_services.uphold_complaint(
        complaint_id=lodged.id,
        reasons="The author says rightly that it is a poem.",
        actor=world.actor("legal", name="Lea Example"),
        at=watch.at,
    )
    page = text_of(client, f"/notices/{notice.token}")
    assert "is available again" in page
    assert "poem" not in page


def test_wrong_addresses_are_nothing(client: Client, office: Office) -> None:
    unknown = "B" * 43
    notice = stories.given_notice(at=NOW)
    for address in (
        f"/notices/{unknown}",
        f"/notices/{unknown}/receipt",
        f"/notices/{unknown}/receipt.json",
        f"/notices/{unknown}/receipt.pdf",
        f"/notices/{notice.token}/complaint/{notice.id}",
    ):
        assert client.get(address).status_code == 404
