"""People from elsewhere: they see the cases they are asked about, and nothing else, by whatever road they come."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.models import Action
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deadlines.services import calling
from entente.apps.deliveries.models import Delivery
from entente.apps.evidence import vault
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.kernel.ids import new_id
from entente.apps.orders import queries as orders
from entente.apps.parties import services as parties
from entente.apps.parties.permissions import OPEN_TO_OUTSIDERS, ROUTES, SIGNED_IN
from entente.web import outsiders
from entente.web.permissions import all_routes
from tests import world
from tests.apps.content.media_samples import picture
from tests.web.console.conftest import Visitor
from tests.web.console.stories import executed, notice
from tests.world import NOW, Office

Roles = Callable[..., Visitor]
PLATFORM = Actor("api_client", "c-1", "agora")
ROLES = ("reviewer", "senior_reviewer", "legal", "on_call")

pytestmark = pytest.mark.django_db


@pytest.fixture
def linguist(office: Office, as_role: Roles) -> Visitor:
    """Return the browser of somebody from elsewhere who holds every role of the work."""
    visitor = as_role(*ROLES, name="Lin Example")
    get_user_model().objects.filter(pk=visitor.person.id).update(from_outside=True)
    return visitor


def hand_to(case_id: UUID, visitor: Visitor) -> None:
    person = get_user_model().objects.get(pk=visitor.person.id)
    case_services.assign_case(case_id=case_id, person=person, actor=SYSTEM, at=NOW)


@pytest.fixture
def two(linguist: Visitor) -> SimpleNamespace:
    """Return a case in the linguist's hands and one that is not, about the same address."""
    asked, other = notice("/p/1"), notice("/p/1", explanation="Another reader's words about this text.")
    hand_to(asked.case_id, linguist)
    return SimpleNamespace(
        asked=cases.case_by_id(asked.case_id), other=cases.case_by_id(other.case_id), visitor=linguist
    )


def test_the_inbox_shows_only_what_they_are_asked_about(two: SimpleNamespace, as_role: Roles) -> None:
    deadline_services.sweep(at=NOW)
    for address in ("/console/", "/console/?with=nobody", "/console/?q=p/1", "/console/?state=closed"):
        page = two.visitor.get(address).content.decode()
        assert two.other.reference not in page
    assert two.asked.reference in two.visitor.get("/console/").content.decode()
    insider = as_role("reviewer").get("/console/").content.decode()
    assert two.asked.reference in insider
    assert two.other.reference in insider


def test_the_rail_offers_only_what_they_may_open(two: SimpleNamespace) -> None:
    page = two.visitor.get("/console/").content.decode()
    assert reverse("console:search") in page
    for route in (
        "console:deadlines",
        "console:arrival_new",
        "console:audit",
        "register:list",
        "people:list",
    ):
        assert f'href="{reverse(route)}"' not in page


def test_search_finds_only_what_they_are_asked_about(two: SimpleNamespace) -> None:
    search = reverse("console:search")
    found = two.visitor.get(search, {"q": "p/1"}).content.decode()
    assert two.asked.reference in found
    assert two.other.reference not in found
    exact = two.visitor.get(search, {"q": two.other.reference})
    assert exact.status_code == 200, "no redirect to a case they may not see"
    assert reverse("console:case", args=[two.other.pk]) not in exact.content.decode()
    assert two.visitor.get(search, {"q": two.asked.reference})["Location"].startswith(
        reverse("console:case", args=[two.asked.pk])
    )


@pytest.mark.parametrize("tab", ["now", "content", "form", "people", "history"])
def test_the_case_page_opens_for_the_asked_and_does_not_exist_otherwise(
    two: SimpleNamespace, tab: str
) -> None:
    page = two.visitor.get(reverse("console:case", args=[two.asked.pk]), {"tab": tab})
    assert page.status_code == 200
    assert two.other.reference not in page.content.decode(), "not even as a related case"
    assert two.visitor.get(reverse("console:case", args=[two.other.pk]), {"tab": tab}).status_code == 404


def test_a_case_that_left_their_hands_is_closed_to_them(two: SimpleNamespace) -> None:
    address = reverse("console:case", args=[two.asked.pk])
    two.visitor.post(reverse("console:case_hand_back", args=[two.asked.pk]))
    assert two.visitor.get(address).status_code == 404
    take = reverse("console:case_assign", args=[two.asked.pk])
    assert two.visitor.post(take).status_code == 404
    assert cases.case_by_id(two.asked.pk).assigned_to is None


@pytest.mark.django_db(transaction=True)
def test_previews_and_originals_of_other_cases_do_not_exist(
    linguist: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = vault.LocalVault(tmp_path / "vault", bytes(range(32)), reserve_bytes=0)
    monkeypatch.setattr(vault, "instance", lambda: own)
    asked, other = notice("/p/1"), notice("/p/2")
    hand_to(asked.case_id, linguist)
    stills = {}
    for found in (asked, other):
        (snapshot,) = content.previews_of_case(found.case_id)
        part = content_services.IncomingPart(chunks=[picture("PNG")], declared_type="image/png")
        content_services.receive_snapshot(
            snapshot_id=snapshot.snapshot_id, parts=[part], actor=PLATFORM, at=NOW
        )
        while content_services.decode_due(at=NOW):
            pass
        (copy,) = content.previews_of_case(found.case_id)
        stills[found.case_id] = (copy.originals[0].still_id, copy.originals[0].id)
    for route, which in (("console:preview_part", 0), ("console:original", 1)):
        mine, theirs = stills[asked.case_id][which], stills[other.case_id][which]
        assert linguist.get(reverse(route, args=[asked.case_id, mine])).status_code == 200
        assert linguist.get(reverse(route, args=[other.case_id, theirs])).status_code == 404
    through_mine = reverse("console:preview_part", args=[asked.case_id, stills[other.case_id][0]])
    assert linguist.get(through_mine).status_code == 404


def test_documents_and_clocks_follow_their_case(office: Office, linguist: Visitor) -> None:
    order = executed(office)
    answer = orders.answers_of(order.pk)[0]
    clock = deadlines.running_for_case(order.case_id)[0]
    addresses = [
        reverse("documents:answer_json", args=[answer.pk]),
        reverse("console:deadline", args=[clock.id]),
    ]
    assert [linguist.get(address).status_code for address in addresses] == [404, 404]
    hand_to(order.case_id, linguist)
    assert [linguist.get(address).status_code for address in addresses] == [200, 200]
    unknown = [
        reverse("documents:answer_json", args=[new_id()]),
        reverse("console:deadline", args=[new_id()]),
    ]
    assert [linguist.get(address).status_code for address in unknown] == [404, 404]


def test_a_measure_of_another_case_is_not_sent_again_through_ones_own(
    office: Office, linguist: Visitor
) -> None:
    order, asked = executed(office), notice("/p/9")
    hand_to(asked.case_id, linguist)
    action = Action.objects.get(decision__case_id=order.case_id)
    Action.objects.filter(pk=action.pk).update(state="failed", failure="busy")
    again = reverse("console:action_retry", args=[asked.case_id, action.pk])
    assert linguist.post(again).status_code == 404
    action.refresh_from_db()
    assert action.state == "failed"


def test_every_other_address_of_the_house_is_refused(two: SimpleNamespace) -> None:
    """By table, not by memory: a new route is closed to them until somebody thinks of it."""
    case_less = {
        name: pattern
        for name, pattern in all_routes()
        if name.startswith(("console:", "people:", "clients:", "register:", "host:", "documents:"))
        and ROUTES.get(name) not in {SIGNED_IN, "PUBLIC"}
        and not any(f":{named}>" in pattern for named in ("case_id", "answer_id", "deadline_id"))
    }
    assert len(case_less) > 40
    person = get_user_model().objects.get(pk=two.visitor.person.id)
    closed = {name for name in case_less if not outsiders.may_open(person, name, {})}
    assert closed == set(case_less) - OPEN_TO_OUTSIDERS
    for route in ("console:deadlines", "console:arrivals", "console:deliveries", "console:audit"):
        assert two.visitor.get(reverse(route)).status_code == 403
    for route in ("console:next_case", "console:hand_over"):
        assert two.visitor.post(reverse(route)).status_code == 403
    assert two.visitor.get(reverse("accounts:profile")).status_code == 200
    assert two.visitor.get(reverse("console:me")).status_code == 200


def test_nobody_from_elsewhere_is_woken_by_role(office: Office, linguist: Visitor) -> None:
    order = world.receive(by=office).order
    assert (
        calling.page_people(
            role="legal", subject_kind="removal_order", subject_id=order.id, text="x", at=NOW, key="k"
        )
        == 0
    )
    deadline_services.sweep(at=NOW)
    assert not Delivery.objects.filter(transport="page").exists()
    ada = world.person("Ada Example", "legal")
    calling.page_people(
        role="legal", subject_kind="removal_order", subject_id=order.id, text="x", at=NOW, key="k"
    )
    assert [page.destination for page in Delivery.objects.filter(transport="page")] == [str(ada.id)]


def test_somebody_who_works_here_sees_every_case(two: SimpleNamespace, as_role: Roles) -> None:
    insider = as_role("reviewer")
    for case in (two.asked, two.other):
        assert insider.get(reverse("console:case", args=[case.pk])).status_code == 200


def test_an_invitation_from_elsewhere_makes_a_person_from_elsewhere() -> None:
    made = parties.create_person(
        email="lin@elsewhere.example", name="Lin", actor=SYSTEM, at=NOW, from_outside=True
    )
    person = get_user_model().objects.get(pk=made.id)
    assert not cases.may_see(person, notice().case_id)
