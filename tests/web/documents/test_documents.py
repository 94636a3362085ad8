"""What we send to authorities and to people affected, on the screen, for machines and on paper."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from entente.apps.kernel.actors import SYSTEM
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.parties import services as parties
from entente.web.documents import pdf
from tests import world
from tests.web import stories
from tests.web.documents.paper import metadata_of, words_of
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client, settings: Any) -> Client:
    """Return a browser in which a legal person is signed in."""
    settings.SECOND_FACTOR_REQUIRED = False
    person = parties.create_person(
        email="lea@agora.example", name="Lea Example", actor=SYSTEM, at=NOW, roles=["legal"]
    )
    client.force_login(person)
    return client


def impossible(office: Office) -> Any:
    received = world.receive(by=office, at=NOW)
    order_services.declare_impossible(
        order_id=received.order.id,
        ground="insufficient_information",
        explanation="Which of the two posts at this address is meant?",
        actor=world.actor("on_call"),
        at=NOW + timedelta(minutes=9),
    )
    return orders.answers_of(received.order.id)[-1]


def feedback(office: Office) -> Any:
    order = stories.executed_order(office, at=NOW)
    return orders.answers_of(order.id)[-1]


def test_annex_ii_shows_both_boxes_and_ticks_one(staff: Client, office: Office) -> None:
    page = staff.get(f"/console/answers/{feedback(office).pk}.html").content.decode()
    assert page.count("☒") == 1
    assert page.count("☐") == 1
    for words in (
        "ANNEX II",
        "Office for Exercises",
        "EX-2026-1",
        "Agora Hosting",
        "https://agora.example/p/1",
    ):
        assert words in page


def test_annex_iii_shows_all_three_reasons_and_the_question(staff: Client, office: Office) -> None:
    page = staff.get(f"/console/answers/{impossible(office).pk}.html").content.decode()
    assert (page.count("☒"), page.count("☐")) == (1, 2)
    assert "ANNEX III" in page
    assert "Which of the two posts" in page


def test_an_answer_is_handed_out_as_json(staff: Client, office: Office) -> None:
    answer = feedback(office)
    response = staff.get(f"/console/answers/{answer.pk}.json")
    assert response.json() == answer.document
    assert response["Content-Disposition"].endswith('.json"')


def test_requests_are_written_as_letters(staff: Client, office: Office) -> None:
    order = stories.executed_order(office, at=NOW)
    stories.assess(
        order.case_id,
        world.person("Lea Other", "legal"),
        road="order",
        outcome="ask_for_scrutiny",
        at=NOW,
        true_purpose="artistic",
    )
    order_services.choose_course(
        order_id=order.id,
        course="ask_for_scrutiny",
        reasons="It is a parody of a call.",
        actor=world.actor("legal", name="Lou Example"),
        at=NOW + timedelta(hours=2),
    )
    answer = orders.answers_of(order.id)[-1]
    page = staff.get(f"/console/answers/{answer.pk}.html").content.decode()
    assert "It is a parody of a call." in page
    assert "Council of Examples" in page


def test_a_courteous_answer_says_why_nothing_binds(staff: Client, office: Office) -> None:
    stranger = world.office("Bureau of Elsewhere", "US", mail_domains=["bureau.example"])
    received = world.receive(
        by=stranger, at=NOW, form=world.order_form(reference="EX-US", section_a={"issuing_state": "US"})
    )
    assert not received.order.is_binding
    answer = order_services.answer_not_binding(
        order_id=received.order.id,
        text="We have read it.",
        actor=world.actor("legal", name="Lou Example"),
        at=NOW,
    )
    page = staff.get(f"/console/answers/{answer.pk}.html").content.decode()
    assert "does not bind us here" in page
    assert "We have read it." in page
    assert "%(" not in page
    assert "<li>" in page


def test_an_unknown_answer_is_nothing(staff: Client) -> None:
    assert staff.get("/console/answers/01900000-0000-7000-8000-000000000000.html").status_code == 404


def test_without_pango_the_button_says_so_and_the_page_stands(
    client: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf.pdf_available.cache_clear()
    monkeypatch.setattr(pdf, "_LIBRARIES", ("libno-such-library.so.0",))
    order = stories.executed_order(office, at=NOW)
    address = f"/letters/{stories.letter_of(order.case_id).token}"
    try:
        page = client.get(address).content.decode()
        assert pdf.APT_LINE in page
        assert ".pdf" not in page
        answer = client.get(f"{address}.pdf")
        assert answer.status_code == 503
        assert pdf.APT_LINE in answer.content.decode()
        assert client.get("/authorities").status_code == 200
    finally:
        pdf.pdf_available.cache_clear()


@pytest.mark.usefixtures("pango")
class TestPaper:
    """What needs Pango."""

    def test_annexes_are_made_with_title_author_and_keywords(self, staff: Client, office: Office) -> None:
        data = staff.get(f"/console/answers/{feedback(office).pk}.pdf").content
        assert "ANNEX II" in words_of(data)
        facts = metadata_of(data)
        assert "EX-2026-1" in facts["/Title"]
        assert facts["/Author"] == "Agora Hosting"
        assert "2021/784" in facts["/Keywords"]
        assert "EXERCISE" not in words_of(data)

    def test_an_exercise_says_so_in_text_title_and_keywords(
        self, staff: Client, office: Office, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        answer = impossible(office)
        monkeypatch.setattr(pdf, "config", lambda: pdf_config(demo=True))
        data = staff.get(f"/console/answers/{answer.pk}.pdf").content
        assert words_of(data).count("EXERCISE") >= 3
        facts = metadata_of(data)
        assert facts["/Title"].startswith("EXERCISE")
        assert "EXERCISE" in facts["/Keywords"]

    def test_the_letter_the_order_and_the_request_are_made(self, client: Client, office: Office) -> None:
        order = stories.executed_order(office, at=NOW)
        address = f"/letters/{stories.letter_of(order.case_id).token}"
        assert "may not restore" in words_of(client.get(f"{address}.pdf").content)
        assert "Court of Examples" in words_of(client.get(f"{address}/order.pdf").content)
        assert "Council of Examples" in words_of(client.get(f"{address}/scrutiny.pdf").content)
        own_words = client.post(f"{address}/scrutiny.pdf", {"text": "My own words.", "name": "P. Example"})
        assert "My own words." in words_of(own_words.content)

    def test_the_letter_is_made_in_arabic(self, client: Client, office: Office) -> None:
        order = stories.executed_order(office, at=NOW)
        answer = client.get(f"/letters/{stories.letter_of(order.case_id).token}.pdf?lang=ar")
        assert answer.content.startswith(b"%PDF-")

    @pytest.mark.usefixtures("office")
    def test_an_own_decision_has_no_request_for_scrutiny(self, client: Client) -> None:
        notice = stories.given_notice(at=NOW)
        stories.decided_notice(notice, at=NOW)
        address = f"/letters/{stories.letter_of(notice.case_id).token}"
        assert client.get(f"{address}/scrutiny.pdf").status_code == 404
        assert client.get(f"{address}/order.pdf").status_code == 404
        assert stories.REASONS in words_of(client.get(f"{address}.pdf").content)

    @pytest.mark.usefixtures("office")
    def test_the_receipt_is_made(self, client: Client) -> None:
        notice = stories.given_notice(at=NOW)
        words = words_of(client.get(f"/notices/{notice.token}/receipt.pdf").content)
        assert notice.case.reference in words
        assert notice.receipt["digest"] in words.replace(" ", "")

    def test_words_from_outside_fetch_nothing(self, client: Client, office: Office) -> None:
        form = world.order_form(section_b={"reasons": '<img src="http://127.0.0.1:9/x"><script>1</script>'})
        order = stories.executed_order(office, at=NOW, form=form)
        answer = client.get(f"/letters/{stories.letter_of(order.case_id).token}.pdf")
        assert answer.status_code == 200
        assert "<img src" in words_of(answer.content)


def pdf_config(**changes: Any) -> Any:
    """Return this process's configuration with changes."""
    from entente.apps.kernel.config import config

    return config().model_copy(update=changes)
