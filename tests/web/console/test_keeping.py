"""Keeping a copy longer: seen on the case, asked for by who may, recorded by who may, for one address or all of them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.evidence import queries as evidence
from entente.apps.evidence import services as evidence_services
from entente.apps.evidence.models import Preservation, PreservationExtension
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from tests import world
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed
from tests.web.console.test_case_page import page
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
URLS = ("https://agora.example/p/1", "https://agora.example/p/2")
UNTIL = {"until": "2027-12-24T12:00:00", "basis": "Court of Examples, 12 C 34."}


@pytest.fixture
def case_id(office: Office) -> UUID:
    """Return the case of an order about two addresses that were disabled, and are kept for it."""
    found: UUID = executed(office, form=world.order_form(*URLS)).case_id
    return found


def kept(case_id: UUID) -> list[evidence.PreservationLine]:
    ids = cases.contents_of(case_id)
    return [line for lines in evidence.preservations_of_case(case_id, ids).values() for line in lines]


def longer(case_id: UUID, preservation_id: UUID) -> str:
    return reverse("console:keep_longer", args=[case_id, preservation_id])


def test_the_content_tab_says_what_is_kept_until_when_and_on_which_law(as_role: Roles, case_id: UUID) -> None:
    shown = page(as_role("legal"), case_id, "content")
    assert "Preservation of removed terrorist content and related data" in shown
    assert "Regulation (EU) 2021/784, Art. 6" in shown
    assert shown.count("Keep it longer") == 2
    assert "Keep it longer" not in page(as_role("reviewer"), case_id, "content")


def test_one_address_is_kept_longer_on_the_request_of_a_court(as_role: Roles, case_id: UUID) -> None:
    me, (first, second) = as_role("legal"), kept(case_id)
    asked = me.get(longer(case_id, first.id)).content.decode()
    assert "A court" in asked
    assert "A competent authority" in asked
    assert "This service, because" not in asked
    done = me.post(longer(case_id, first.id), {**UNTIL, "requested_by": "court"}, follow=True)
    assert "It is kept longer; the request is on record." in done.content.decode()
    assert Preservation.objects.get(pk=first.id).until.year == 2027
    assert Preservation.objects.get(pk=second.id).until == second.until
    row = PreservationExtension.objects.get()
    assert (row.basis, row.recorded_by_name) == ("Court of Examples, 12 C 34.", "Ada Example")
    assert "Preservation extended" in page(me, case_id, "history")


def test_one_request_is_recorded_for_every_address_of_the_case(as_role: Roles, case_id: UUID) -> None:
    me, (first, _second) = as_role("legal"), kept(case_id)
    given = {**UNTIL, "requested_by": "competent_authority", "same_for_all": "on"}
    me.post(longer(case_id, first.id), given)
    assert {line.until.isoformat()[:10] for line in kept(case_id)} == {"2027-12-24"}


@pytest.mark.parametrize(
    "given",
    [
        {"requested_by": "host"},
        {"requested_by": "court", "until": "2026-11-24T12:00:00"},
        {"requested_by": "court", "basis": " "},
    ],
    ids=["who may not ask", "no later date", "no request"],
)
def test_what_the_law_does_not_allow_is_said_and_changes_nothing(
    as_role: Roles, case_id: UUID, given: dict[str, str]
) -> None:
    first = kept(case_id)[0]
    answer = as_role("legal").post(longer(case_id, first.id), {**UNTIL, **given})
    assert answer.status_code == 422
    assert Preservation.objects.get(pk=first.id).until == first.until


def test_what_nobody_may_extend_or_another_case_keeps_has_no_page(as_role: Roles, case_id: UUID) -> None:
    me, content_id = as_role("legal"), cases.contents_of(case_id)[0]
    assert me.get(longer(case_id, new_id())).status_code == 404
    for ground, case in (("house.open_case", case_id), ("tco.art6", new_id())):
        made = evidence_services.preserve(
            subject_kind="content_item",
            subject_id=content_id,
            case_id=case,
            ground_id=ground,
            starts_at=NOW,
            actor=SYSTEM,
            at=NOW + timedelta(minutes=1),
        )
        assert me.get(longer(case_id, made.pk)).status_code == 404
