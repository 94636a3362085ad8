"""The letter to the person affected: one shape, the state's part, and the road that is open."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import StatementOfReasons
from entente.apps.complaints import queries as complaints
from entente.apps.complaints import services as complaint_services
from entente.apps.evidence import queries as evidence
from entente.apps.orders import services as order_services
from tests import world
from tests.apps.arrivals.acts import warn
from tests.web import stories
from tests.web.public.conftest import Watch
from tests.world import NOW, Office

pytestmark = pytest.mark.django_db

UNKNOWN = "A" * 43


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return " ".join(answer.content.decode().split())


@pytest.fixture
def ordered(office: Office) -> str:
    """Return the address of a letter about an order."""
    order = stories.executed_order(office, at=NOW)
    return f"/letters/{stories.letter_of(order.case_id).token}"


@pytest.fixture
def own(office: Office) -> str:
    """Return the address of a letter about the host's own decision."""
    notice = stories.given_notice(at=NOW)
    stories.decided_notice(notice, at=NOW)
    return f"/letters/{stories.letter_of(notice.case_id).token}"


def test_a_letter_about_an_order_discloses_the_states_part(client: Client, ordered: str) -> None:
    page = text_of(client, ordered)
    for words in (
        "Office for Exercises",
        "EX-2026-1",
        "Regulation (EU) 2021/784, Art. 3",
        "The text calls for attacks in the name of an invented movement.",
        "Court of Examples",
        "one month",
        "https://law.example/1",
        "in all Member States of the European Union",
        "No automated means",
    ):
        assert words in page
    assert "Ada Example" not in page


def test_a_letter_about_an_order_says_plainly_that_the_host_may_not_restore(
    client: Client, ordered: str
) -> None:
    page = text_of(client, ordered)
    assert "We may not restore your content while the order stands" in page
    roads = [
        road for road in ("scrutiny", "court_of_issuer", "withdrawal", "challenge") if f"road-{road}" in page
    ]
    assert roads == ["scrutiny", "court_of_issuer", "withdrawal", "challenge"]
    assert "road-complaint" not in page
    due = NOW + timedelta(hours=48, minutes=4)
    assert f'data-due="{due.astimezone().isoformat()[:10]}' in page


def test_an_order_of_the_hosts_own_state_is_not_scrutinised(client: Client, office: Office) -> None:
    home = world.office("Home Office of Examples", "FR", mail_domains=["home.example"])
    form = world.order_form(reference="EX-HOME", section_a={"issuing_state": "FR"})
    order = stories.executed_order(home, at=NOW, form=form)
    address = f"/letters/{stories.letter_of(order.case_id).token}"
    assert "road-scrutiny" not in text_of(client, address)
    assert client.get(f"{address}/scrutiny").status_code == 404


def test_a_letter_about_an_own_decision_opens_complaint_settlement_and_court(
    client: Client, own: str
) -> None:
    page = text_of(client, own)
    assert stories.REASONS in page
    assert "Regulation (EU) 2021/784, Art. 2(7)(a)" in page
    assert "because somebody sent us a notice" in page
    assert "Germany" in page
    assert "France" in page
    for road in ("complaint", "out_of_court", "court"):
        assert f"road-{road}" in page
    assert "road-scrutiny" not in page
    assert "A copy is kept until" in page
    assert "Rae Example" not in page
    assert "reader@mail.example" not in page
    assert "until May 23, 2027" in page.replace("23 May 2027", "May 23, 2027")


def test_a_letter_speaks_the_persons_language_and_the_reader_may_choose(client: Client, ordered: str) -> None:
    assert '<html lang="en"' in text_of(client, ordered)
    answer = client.get(f"{ordered}?lang=ar")
    assert 'lang="ar" dir="rtl"' in answer.content.decode()
    assert answer.headers["Content-Language"] == "ar"
    assert 'lang="ar"' in text_of(client, ordered)
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_withheld_letter_is_the_same_nothing_as_an_unknown_one(client: Client, office: Office) -> None:
    form = world.order_form(section_c={"non_disclosure": True})
    order = stories.executed_order(office, at=NOW, form=form)
    token = stories.letter_of(order.case_id).token
    for ending in ("", "/order", "/complaint", "/scrutiny", ".pdf", "/order.pdf", "/scrutiny.pdf"):
        silent, unknown = client.get(f"/letters/{token}{ending}"), client.get(f"/letters/{UNKNOWN}{ending}")
        assert silent.status_code == unknown.status_code == 404
        assert silent.content == unknown.content
        assert dict(silent.headers) == dict(unknown.headers)
    case_services.end_due_silences(at=NOW + timedelta(weeks=6))
    assert "Office for Exercises" in text_of(client, f"/letters/{token}")


def test_when_the_order_is_withdrawn_the_letter_says_that_the_content_is_back(
    client: Client, office: Office, watch: Watch
) -> None:
    order = stories.executed_order(office, at=NOW)
    token = stories.letter_of(order.case_id).token
    later = NOW + timedelta(hours=20)
    order_services.end_order(
        order_id=order.id,
        fate="withdrawn",
        by_whom="Office for Exercises",
        document="",
        happened_at=later,
        actor=world.actor("legal", name="Lea Example"),
        at=later,
    )
    watch.at = later
    assert "It is being restored" in text_of(client, f"/letters/{token}")
    stories.apply_all(order.case_id, later + timedelta(minutes=1))
    page = text_of(client, f"/letters/{token}")
    assert "It is available again" in page
    assert "The authority withdrew its order." in page
    assert "What you can do" not in page
    new = stories.letter_of(order.case_id).token
    assert new != token
    assert "Your content is available again" in text_of(client, f"/letters/{new}")


def test_the_copy_of_the_order_holds_no_address_of_others(client: Client, office: Office) -> None:
    order = stories.executed_order(office, "https://agora.example/p/1", "https://agora.example/p/2", at=NOW)
    first = next(letter for letter in _letters(order.case_id) if letter.decision.item.url.endswith("/p/1"))
    page = text_of(client, f"/letters/{first.token}/order")
    assert "https://agora.example/p/1" in page
    assert "https://agora.example/p/2" not in page
    assert "1 further address, of somebody else, is left out." in page
    assert "R. Example" not in page


def _letters(case_id: UUID) -> list[Any]:
    return list(cases.statements_of(case_id))


def test_an_own_decision_has_no_order_to_copy(client: Client, own: str) -> None:
    assert client.get(f"{own}/order").status_code == 404


def test_a_complaint_is_lodged_followed_and_answered(client: Client, own: str, watch: Watch) -> None:
    answer = client.post(f"{own}/complaint", {"text": "It is a news report and nothing else."})
    assert answer.status_code == 302
    address = answer["Location"]
    page = text_of(client, address)
    assert "Your complaint is being examined" in page
    assert client.get(f"{own}/complaint")["Location"] == address
    assert "Follow your complaint" in text_of(client, own)
    found = complaints.by_token(address.rsplit("/", 1)[-1])
    assert found is not None
    senior = world.actor("senior_reviewer", name="Sam Example")
    complaint_services.propose_rejection(
        complaint_id=found.id, reasons="Only a thought so far.", actor=senior, at=watch.at
    )
    assert "Only a thought so far." not in text_of(client, address)
    legal = world.actor("legal", name="Lea Example")
    complaint_services.confirm_rejection(complaint_id=found.id, actor=legal, at=watch.at)
    page = text_of(client, address)
    assert "The decision stands" in page
    assert "Only a thought so far." in page
    assert "Sam Example" not in page
    assert "Lea Example" not in page


def test_an_upheld_complaint_says_that_the_content_is_back(client: Client, own: str, watch: Watch) -> None:
    address = client.post(f"{own}/complaint", {"text": "It is a news report and nothing else."})["Location"]
    found = complaints.by_token(address.rsplit("/", 1)[-1])
    assert found is not None
    complaint_services.uphold_complaint(
        complaint_id=found.id,
        reasons="A report of the press.",
        actor=world.actor("legal", name="Lea Example"),
        at=watch.at,
    )
    assert "You were right" in text_of(client, address)
    assert "being restored" in text_of(client, own)


def test_an_empty_complaint_and_a_late_one_are_told_so(client: Client, own: str, watch: Watch) -> None:
    assert client.post(f"{own}/complaint", {"text": "no"}).status_code == 422
    watch.at = NOW + timedelta(days=190)
    assert "The time for a complaint has passed" in text_of(client, f"{own}/complaint")
    assert "Time over" in text_of(client, own)


def test_a_complaint_about_an_order_goes_to_the_legal_desk(
    client: Client, ordered: str, watch: Watch
) -> None:
    assert "while the order stands" in text_of(client, f"{ordered}/complaint")
    answer = client.post(
        f"{ordered}/complaint", {"text": "It is a parody.", "contact_mail": "a@mail.example"}
    )
    page = text_of(client, answer["Location"])
    assert "What you wrote is being read" in page
    found = complaints.by_token(answer["Location"].rsplit("/", 1)[-1])
    assert found is not None
    assert found.road == "challenge"
    complaint_services.answer_challenge(
        complaint_id=found.id,
        is_used=True,
        reasons="We asked for scrutiny.",
        actor=world.actor("legal"),
        at=watch.at,
    )
    assert "We go against the order" in text_of(client, answer["Location"])


def _kept_until(page: str) -> str:
    (said,) = re.findall(r"A copy is kept until</dt><dd>(.*?)<br>", page)
    return str(said)


def test_the_date_of_the_copy_is_that_of_the_letters_own_case_whatever_else_keeps_it(
    client: Client, office: Office, own: str
) -> None:
    """A silent order about the same address keeps the copy longer; the letter must not give it away (rule 14)."""
    before = _kept_until(text_of(client, own))
    form = world.order_form(section_c={"non_disclosure": True})
    stories.executed_order(office, at=NOW + timedelta(days=30), form=form)
    found = cases.statement_by_token(own.rsplit("/", 1)[-1])
    assert found is not None
    lines = evidence.preservations_of("content_item", found.decision.item.content_item_id)
    own_until = {line.until for line in lines if line.case_id == found.case_id}
    assert max(line.until for line in lines) > max(own_until)
    assert _kept_until(text_of(client, own)) == before


def test_a_threat_to_life_that_was_told_of_moves_no_date_and_tips_nobody_off(
    client: Client, office: Office, own: str
) -> None:
    before = text_of(client, own)
    found = cases.statement_by_token(own.rsplit("/", 1)[-1])
    assert found is not None
    warn(found.case_id, at=NOW + timedelta(days=30))
    after = text_of(client, own)
    assert _kept_until(after) == _kept_until(before)
    assert "threat" not in after.lower()


def test_a_letter_whose_arrival_nobody_told_us_of_has_its_roads_open(
    client: Client, own: str, watch: Watch
) -> None:
    StatementOfReasons.objects.update(state="without_address", informed_at=None)
    watch.at = NOW + timedelta(days=400)
    page = text_of(client, own)
    assert "road-complaint" in page
    assert "Time over" not in page
    assert "November 23, 2026" in page.replace("23 November 2026", "November 23, 2026")
    assert client.post(f"{own}/complaint", {"text": "It is a news report."}).status_code == 302


def test_a_letter_about_an_order_that_is_on_its_way_starts_no_clock(client: Client, ordered: str) -> None:
    StatementOfReasons.objects.update(informed_at=None)
    page = text_of(client, ordered)
    assert "road-challenge" in page
    assert "road-scrutiny" in page


def test_a_wrong_complaint_address_is_nothing(client: Client) -> None:
    assert client.get(f"/complaints/{UNKNOWN}").status_code == 404
