"""Landing, finding, languages, why an address is closed, and the page that is not there."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.orders import services as order_services
from tests import world
from tests.web import stories
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_landing_page_has_a_door_for_everybody(client: Client, office: Office) -> None:
    page = text_of(client, "/")
    for address in ("/notices/new", "/find", "/authorities", "/account/login/"):
        assert f'href="{address}' in page
    assert "demo" not in page


def test_the_landing_page_stands_before_there_is_a_profile(client: Client) -> None:
    assert "This service answers here" in text_of(client, "/")


def test_authorities_read_how_to_send_an_order(client: Client, office: Office) -> None:
    page = text_of(client, "/authorities")
    assert "contact@agora.example" in page
    assert "/api/v1/orders" in page


def test_a_pasted_address_leads_to_its_page(client: Client) -> None:
    token = "c" * 43
    answer = client.get("/find", {"address": f" https://host.example/letters/{token} "})
    assert answer["Location"] == f"/letters/{token}"
    wrong = client.get("/find", {"address": "https://host.example/elsewhere"})
    assert "is not an address of a notice" in wrong.content.decode()


@pytest.mark.parametrize("language", ["en", "fr", "es", "de", "ar"])
def test_the_reader_chooses_a_language_and_stays_where_they_are(client: Client, language: str) -> None:
    answer = client.post("/language", {"language": language, "next": "/authorities?lang=en&x=1"})
    assert answer["Location"] == "/authorities?x=1"
    assert f'<html lang="{language}"' in client.get("/authorities").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_the_way_back_never_leaves_this_service(client: Client, target: str) -> None:
    assert client.post("/language", {"language": "fr", "next": target})["Location"] == "/"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    answer = client.post("/language", {"language": "tlh", "next": "/"})
    assert "django_language" not in answer.cookies


def test_why_names_the_law_and_who_demanded_but_nobody_else(client: Client, office: Office) -> None:
    order = stories.executed_order(office, at=NOW)
    (item,) = cases.items_of(order.case_id)
    assert item.action is not None
    page = text_of(client, f"/why/{item.action.pk}")
    for words in ("Office for Exercises", "Germany", "Regulation (EU) 2021/784, Art. 3", "Agora Hosting"):
        assert words in page
    for words in (
        "https://agora.example/p/1",
        "Ada Example",
        "invented movement",
        stories.letter_of(order.case_id).token,
    ):
        assert words not in page
    order_services.end_order(
        order_id=order.id,
        fate="annulled",
        by_whom="Court",
        document="",
        happened_at=NOW + timedelta(hours=1),
        actor=world.actor("legal"),
        at=NOW + timedelta(hours=1),
    )
    assert "The measure has ended" in text_of(client, f"/why/{item.action.pk}")


def test_why_says_when_no_state_was_involved(client: Client, office: Office) -> None:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW)
    (item,) = cases.items_of(notice.case_id)
    assert item.action is not None
    assert "No state ordered it." in text_of(client, f"/why/{item.action.pk}")


def test_why_discloses_a_referral_and_does_not_call_it_an_order(client: Client, office: Office) -> None:
    unit = world.office("Referral Unit", kind="referral_unit", competences=["refer"])
    notice = stories.given_notice(at=NOW, kind="referral", authority_id=unit.facts.id)
    stories.decided_notice(notice, at=NOW, state_involved="Referral Unit")
    (item,) = cases.items_of(notice.case_id)
    assert item.action is not None
    page = text_of(client, f"/why/{item.action.pk}")
    assert "nobody: the service's own decision" in page.replace("&#x27;", "'")
    assert "Referral Unit, a public authority. That was a referral, not an order: it binds nobody." in page


def test_under_silence_there_is_no_why(client: Client, office: Office) -> None:
    form = world.order_form(section_c={"non_disclosure": True})
    order = stories.executed_order(office, at=NOW, form=form)
    (item,) = cases.items_of(order.case_id)
    assert item.action is not None
    silent, unknown = client.get(f"/why/{item.action.pk}"), client.get(f"/why/{uuid4()}")
    assert silent.status_code == unknown.status_code == 404
    assert silent.content == unknown.content


def test_no_page_asks_the_outside_or_carries_inline_code(client: Client, office: Office) -> None:
    order = stories.executed_order(office, at=NOW)
    for address in (
        "/",
        "/authorities",
        "/notices/new",
        f"/letters/{stories.letter_of(order.case_id).token}",
    ):
        page = client.get(address).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert 'src="http' not in page
        assert 'rel="stylesheet" href="http' not in page
