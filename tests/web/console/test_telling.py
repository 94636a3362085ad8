"""The letter nobody could pass on, and the page on which somebody says that they told the person by hand."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases.models import StatementOfReasons
from entente.apps.cases.services import telling
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed
from tests.web.console.test_case_page import page
from tests.world import NOW, Office

Roles = Callable[..., Visitor]


@pytest.fixture
def letter(office: Office) -> StatementOfReasons:
    """Return a letter that the platform refused."""
    order = executed(office)
    (found,) = cases.statements_of(order.case_id)
    telling._note_not_told(found.pk, "not_found", NOW)
    return found


def told(letter: StatementOfReasons) -> str:
    return reverse("console:letter_told", args=[letter.case_id, letter.pk])


def test_who_told_the_person_says_how_and_when(as_role: Roles, letter: StatementOfReasons) -> None:
    me = as_role("legal")
    assert told(letter) in page(me, letter.case_id, "people")
    asked = me.get(told(letter)).content.decode()
    assert letter.decision.item.url in asked
    assert "Their time to contest begins with the moment you name" in asked
    given = {"how": "telephone", "told_at": "2026-11-23T09:04:30", "note": "Spoke with the account's owner."}
    done = me.post(told(letter), given, follow=True).content.decode()
    assert "It is on record that they were told." in done
    shown = page(me, letter.case_id, "people")
    assert "By telephone" in shown
    assert "Spoke with the account" in shown
    assert "by Ada Example" in shown
    assert told(letter) not in shown
    assert me.get(told(letter)).status_code == 404
    assert "The person affected was told by hand" in page(me, letter.case_id, "history")


@pytest.mark.parametrize(
    "given",
    [
        {"how": "telephone", "told_at": "2030-01-01T09:00:00"},
        {"how": "by dove", "told_at": "2026-11-23T09:04:30"},
        {"how": "telephone", "told_at": ""},
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    as_role: Roles, letter: StatementOfReasons, given: dict[str, str]
) -> None:
    assert as_role("legal").post(told(letter), given).status_code == 422
    letter.refresh_from_db()
    assert letter.informed_at is None


def test_a_letter_of_another_case_or_one_that_arrived_is_not_there(
    as_role: Roles, letter: StatementOfReasons
) -> None:
    me = as_role("legal")
    elsewhere = reverse("console:letter_told", args=[letter.case_id, UUID(int=7)])
    assert me.get(elsewhere).status_code == 404
    telling._note_told(letter.pk, NOW)
    assert me.get(told(letter)).status_code == 404


def test_who_only_reads_sees_the_trouble_and_no_button(as_role: Roles, letter: StatementOfReasons) -> None:
    shown = page(as_role("auditor"), letter.case_id, "people")
    assert "Nobody has told the person affected" in shown
    assert told(letter) not in shown
