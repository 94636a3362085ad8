"""The request for scrutiny a person writes with our help: prepared, sent once, and never said to be sent when it is not."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries.models import Delivery
from entente.apps.deliveries.services import sending
from tests import world
from tests.web import stories
from tests.web.public.conftest import Watch
from tests.web.public.test_letters import text_of
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db
WORDS = {
    "text": "I ask you to examine it: it is a parody.",
    "name": "P. Example",
    "contact_mail": "p@mail.example",
}


@pytest.fixture
def ordered(office: Office) -> str:
    """Return the address of a letter about an order."""
    order = stories.executed_order(office, at=NOW)
    return f"/letters/{stories.letter_of(order.case_id).token}"


def test_the_request_for_scrutiny_is_prepared_and_sent_once(
    client: Client, ordered: str, watch: Watch
) -> None:
    page = text_of(client, f"{ordered}/scrutiny")
    assert "To Council of Examples," in page
    assert "removal order EX-2026-1 of Office for Exercises" in page
    answer = client.post(f"{ordered}/scrutiny", WORDS)
    assert answer.status_code == 302
    page = text_of(client, f"{ordered}/scrutiny")
    assert "Your request is on its way" in page
    assert "Your request was sent" not in page
    client.post(f"{ordered}/scrutiny", WORDS)
    statement_id = _statement(ordered)
    sent = [
        line
        for line in deliveries.for_subject("statement", statement_id)
        if line.purpose == "scrutiny.person"
    ]
    assert [line.destination for line in sent] == ["scrutiny@council.example"]
    assert "Done on" in text_of(client, ordered)


def _request(address: str) -> Delivery:
    return Delivery.objects.get(purpose="scrutiny.person", subject_id=_statement(address))


def test_the_request_counts_as_sent_when_it_has_left(client: Client, ordered: str) -> None:
    client.post(f"{ordered}/scrutiny", WORDS)
    sending._mark_delivered(_request(ordered), NOW)
    page = text_of(client, f"{ordered}/scrutiny")
    assert "Your request was sent" in page
    assert "The authority answers to p@mail.example." in page


def test_a_request_that_was_refused_on_its_way_says_so_and_what_to_do(client: Client, ordered: str) -> None:
    client.post(f"{ordered}/scrutiny", WORDS)
    Delivery.objects.filter(pk=_request(ordered).pk).update(state="failed", next_attempt_at=None)
    page = text_of(client, f"{ordered}/scrutiny")
    assert "Your request did not reach the authority" in page
    assert "Your request was sent" not in page
    assert "send it to the authority for removal orders of the state where Agora Hosting" in page


def test_where_nobody_is_there_to_send_it_to_nothing_counts_as_sent(client: Client, db: None) -> None:
    world.host()
    order = stories.executed_order(world.office(), at=NOW)
    address = f"/letters/{stories.letter_of(order.case_id).token}"
    assert client.post(f"{address}/scrutiny", WORDS).status_code == 302
    page = text_of(client, f"{address}/scrutiny")
    assert "Nothing was sent yet: send it yourself" in page
    assert "Your request was sent" not in page
    assert "contact@agora.example" in page
    assert "data-due" in page
    letter = text_of(client, address)
    assert "Done on" not in letter
    assert "See your request" in letter


def _statement(address: str) -> UUID:
    found = cases.statement_by_token(address.rsplit("/", 1)[-1])
    assert found is not None
    return found.pk


def test_after_48_hours_the_request_says_that_it_is_late(client: Client, ordered: str, watch: Watch) -> None:
    watch.at = NOW + timedelta(hours=49)
    assert "The 48 hours are over" in text_of(client, f"{ordered}/scrutiny")
    assert "Time over" in text_of(client, ordered)
