"""What was recognised, on the console: the list, the page that says why, the case, and giving signals to a bank."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import pytest
from django.urls import reverse

from entente.apps.banks import queries as bank_queries
from entente.apps.cases import queries as cases
from entente.apps.matching import queries as matching
from entente.web.templatetags import entente_console
from tests import world
from tests.apps.banks import acts as banks
from tests.apps.cases.filled import assess
from tests.apps.matching.acts import apply_all, check, confirmed, recognition
from tests.apps.matching.test_offering import TEXT, bring_copy
from tests.apps.notices.acts import disabled
from tests.web.console.conftest import Visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _host(at: datetime) -> None:
    world.host()


def text_of(answer: Any) -> str:
    content: str = answer.content.decode()
    return content


def test_the_list_is_empty_then_shows_what_was_recognised_and_by_whom(
    as_role: Callable[..., Visitor],
) -> None:
    me = as_role("reviewer")
    assert "Nothing was recognised yet" in text_of(me.get(reverse("console:matches")))
    bank = banks.bank("Watched", policy="open_case")
    banks.one(bank.id)
    check()
    page = text_of(me.get(reverse("console:matches")))
    assert "Watched" in page
    assert "https://agora.example/p/1" in page
    assert reverse("console:case", args=[recognition().case_id]) in page
    assert "Watched" in text_of(me.get(reverse("console:matches"), {"bank": str(bank.pk)}))
    assert "Nothing was recognised yet" in text_of(me.get(reverse("console:matches"), {"signal": "99"}))
    assert "Watched" in text_of(me.get(reverse("console:matches"), {"bank": "?", "before": "yesterday"}))


def test_a_long_list_goes_on(as_role: Callable[..., Visitor]) -> None:
    banks.one(banks.bank(policy="observe").id)
    for number in range(3):
        check(id=str(number), url="")
    found = matching.recognised(limit=2)
    assert [row.content_ref for row in found.rows] == ["2", "1"]
    rest = matching.recognised(before=found.next_before, limit=2)
    assert rest.next_before is None
    assert as_role("auditor").get(reverse("console:matches")).status_code == HTTPStatus.OK


def test_the_page_of_a_match_says_why_number_by_number(as_role: Callable[..., Visitor]) -> None:
    bank = banks.restricting(name="Copies")
    signal = banks.one(bank.id, labels=("recruitment",))
    check()
    page = text_of(as_role("reviewer").get(reverse("console:match", args=[recognition().pk])))
    assert str(signal.pk) in page
    assert "0 of at most 0" in page
    assert "no person of this service had confirmed the signal" in page
    assert "recruitment" in page
    assert "nothing judged yet" in page


def test_a_match_that_is_not_there_is_not_found(as_role: Callable[..., Visitor]) -> None:
    answer = as_role("reviewer").get(reverse("console:match", args=["01900000-0000-7000-8000-000000000000"]))
    assert answer.status_code == HTTPStatus.NOT_FOUND


def test_from_a_restriction_by_a_machine_to_the_decision_of_a_person(
    as_role: Callable[..., Visitor],
) -> None:
    confirmed(banks.restricting(name="Copies"))
    check()
    case_id = recognition().case_id
    assert case_id is not None
    apply_all(case_id)
    me = as_role("reviewer", name="Rae Example")
    page = text_of(me.get(reverse("console:case", args=[case_id])))
    assert "Why it is here" in page
    assert "Match with a known signal" in page
    (item,) = cases.items_of(case_id)
    assert reverse("console:assess", args=[case_id, item.id]) in page
    assess(case_id, me.person, road="notice", outcome="keep")
    decide = reverse("console:decide", args=[case_id, item.id])
    assert decide in text_of(me.get(reverse("console:case", args=[case_id])))
    form = text_of(me.get(decide))
    assert "supersedes" in form
    answer = me.post(
        decide,
        {
            "basis": "keep",
            "reasons": "A news report that shows the same picture.",
            "facts": "It is a report.",
            "supersedes": str(item.decision.pk) if item.decision else "",
        },
    )
    assert answer.status_code == HTTPStatus.FOUND, text_of(answer)
    (item,) = cases.items_of(case_id)
    assert item.decision is not None
    assert item.decision.outcome == "restore"
    assert item.decision.decided_by_name == "Rae Example"


def test_a_disabled_case_offers_its_signals_and_a_kept_one_does_not(as_role: Callable[..., Visitor]) -> None:
    found, _decision, _person = disabled()
    me = as_role("senior_reviewer")
    url = reverse("console:offer_signals", args=[found.case_id])
    assert url in text_of(me.get(reverse("console:case", args=[found.case_id])))
    assert me.get(url).status_code == HTTPStatus.CONFLICT  # there is no bank yet
    bank = banks.bank("Copies")
    bring_copy(found.case_id, (TEXT, "text/plain"))
    page = text_of(me.get(url))
    assert "Copies" in page
    (item,) = cases.items_of(found.case_id)
    answer = me.post(url, {"item": str(item.id), "bank": str(bank.pk), "entity": "  Movement  of Examples "})
    assert answer.status_code == HTTPStatus.FOUND, text_of(answer)
    held = bank_queries.signals_of_bank(bank.pk, bank_queries.SignalFilter()).signals
    assert {signal.entity for signal in held} == {"Movement of Examples"}
    assert {signal.confirmed_by_name for signal in held} == {me.person.name}


def test_nothing_disabled_is_nothing_to_offer(as_role: Callable[..., Visitor]) -> None:
    banks.one(banks.bank(policy="open_case").id)
    check()
    url = reverse("console:offer_signals", args=[recognition().case_id])
    assert as_role("senior_reviewer").get(url).status_code == HTTPStatus.CONFLICT


def test_what_has_no_words_keeps_its_code() -> None:
    assert entente_console.signal_type("new_type") == "new_type"
    assert entente_console.distance_unit("new_type") == ""
    assert entente_console.bank_policy("new") == "new"
    assert entente_console.why_not_restricted("new") == "new"
    assert entente_console.check_answer("new") == "new"
    assert entente_console.check_answer("match") == "met a known signal"
