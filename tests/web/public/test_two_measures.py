"""What the public pages say where one measure on an address has ended and another stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.complaints import queries as complaints
from entente.apps.complaints import services as complaint_services
from entente.apps.notices.models import Notice
from tests import world
from tests.apps.orders.acts import end
from tests.web import stories
from tests.web.public.conftest import Watch
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=5)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return " ".join(answer.content.decode().split())


def order(office: Office, reference: str, *, silent: bool = False) -> Any:
    form = world.order_form(reference=reference, section_c={"non_disclosure": silent})
    return stories.executed_order(office, at=NOW, form=form)


def action_of(case_id: Any) -> Action:
    return Action.objects.get(decision__case_id=case_id)


def both_letters(case_id: Any) -> list[str]:
    """Return the addresses of the letter about the measure and of the one about its end."""
    return [f"/letters/{letter.token}" for letter in cases.statements_of(case_id)]


@pytest.fixture
def first(office: Office) -> Any:
    return order(office, "EX-1")


def test_both_letters_and_the_page_of_the_measure_name_the_one_that_stands(
    client: Client, office: Office, first: Any, watch: Watch
) -> None:
    second = order(office, "EX-2")
    end(first)
    watch.at = LATER
    why_second = f"/why/{action_of(second.case_id).id}"
    for address in (*both_letters(first.case_id), f"/why/{action_of(first.case_id).id}"):
        page = text_of(client, address)
        assert "It stays unavailable in all Member States of the European Union because of another" in page
        assert why_second in page
        assert "available again" not in page
    told, about_end = both_letters(first.case_id)
    assert "The measure has ended" in text_of(client, told)
    assert "A measure on your content has ended" in text_of(client, about_end)
    assert "That measure held in all Member States" in text_of(client, about_end)
    assert "Why you cannot see this content" in text_of(client, why_second)
    end(second, at=LATER)
    stories.apply_all(second.case_id, LATER)
    assert "It is available again" in text_of(client, told)
    assert "Your content is available again" in text_of(client, about_end)


def test_of_a_silent_one_they_say_that_the_content_is_not_available_and_no_more(
    client: Client, office: Office, first: Any, watch: Watch
) -> None:
    second = order(office, "EX-2", silent=True)
    end(first)
    watch.at = LATER
    why_second = f"/why/{action_of(second.case_id).id}"
    for address in (*both_letters(first.case_id), f"/why/{action_of(first.case_id).id}"):
        page = text_of(client, address)
        assert "It is not available in all Member States of the European Union." in page
        assert "another measure" not in page
        assert why_second not in page
        assert "available again" not in page
    assert client.get(why_second).status_code == 404
    case_services.end_due_silences(at=NOW + timedelta(weeks=6))
    assert why_second in text_of(client, both_letters(first.case_id)[1])


@pytest.fixture
def own(office: Office) -> Notice:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW)
    found: Notice = notice
    return found


def uphold(client: Client, notice: Notice, watch: Watch) -> str:
    """Lodge a complaint of the person affected and uphold it; return its page's address."""
    letter = both_letters(notice.case_id)[0]
    address: str = client.post(f"{letter}/complaint", {"text": "It is a news report."})["Location"]
    found = complaints.by_token(address.rsplit("/", 1)[-1])
    assert found is not None
    complaint_services.uphold_complaint(
        complaint_id=found.id,
        reasons="A report of the press.",
        actor=world.actor("legal", name="Lea Example"),
        at=watch.at,
    )
    return address


def test_an_upheld_complaint_promises_nothing_that_an_order_holds(
    client: Client, office: Office, own: Notice, watch: Watch
) -> None:
    order(office, "EX-1")
    page = text_of(client, uphold(client, own, watch))
    assert "The measure is taken back." in page
    assert "It stays unavailable in these countries: France, Germany" in page
    assert "Your content is restored" not in page
    notice_page = text_of(client, f"/notices/{own.token}")
    assert "that measure was taken back" in notice_page
    assert "available again" not in notice_page


def test_an_upheld_complaint_with_nothing_else_in_force_restores(
    client: Client, own: Notice, watch: Watch
) -> None:
    assert "Your content is restored" in text_of(client, uphold(client, own, watch))
    assert "is available again" in text_of(client, f"/notices/{own.token}")


def test_a_warning_that_was_taken_away_had_hidden_nothing(
    client: Client, office: Office, watch: Watch
) -> None:
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW, outcome="warning_label", label="Contains violence.")
    assert "The warning is taken away." in text_of(client, uphold(client, notice, watch))
    told, about_end = both_letters(notice.case_id)
    assert "The warning is being taken away" in text_of(client, told)
    assert "A warning on your content was taken away" in text_of(client, about_end)
    assert "The warning is gone, or will be" in text_of(client, f"/why/{action_of(notice.case_id).id}")
    stories.apply_all(notice.case_id, LATER)
    assert "The warning is gone" in text_of(client, told)


def confirm_page(client: Client, case_id: Any) -> str:
    return text_of(client, f"/confirm/{action_of(case_id).confirm_token}")


def test_the_hand_is_asked_to_restore_only_where_nothing_else_holds(
    client: Client, office: Office, own: Notice, watch: Watch
) -> None:
    """First the two countries come back; then an order holds them too before the hand has acted."""
    uphold(client, own, watch)
    assert "Please make this available again, now" in confirm_page(client, own.case_id)
    found = order(office, "EX-1")
    page = confirm_page(client, own.case_id)
    assert "Please leave this as it is" in page
    assert "I have left it as it is" in page
    client.post(f"/confirm/{action_of(own.case_id).confirm_token}", {"asked": "undo"})
    page = confirm_page(client, own.case_id)
    assert "The measure has ended" in page
    assert "Ended on" in page
    assert "available again" not in page
    assert action_of(found.case_id).state == "applied"


def test_the_hand_is_asked_to_restore_the_part_that_is_free(
    client: Client, office: Office, first: Any, own: Notice
) -> None:
    end(first)
    page = confirm_page(client, first.case_id)
    assert "Please make this available again in part, now" in page
    assert "Elsewhere leave it as it is" in page
    assert "I have made it available there" in page
