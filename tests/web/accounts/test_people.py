"""The people pages."""

from types import SimpleNamespace
from uuid import uuid4

from django.urls import reverse

from entente.apps.kernel import clock
from entente.apps.parties import queries, services
from entente.apps.parties.models import AccessRecovery, Invitation, Person
from tests.web.accounts.conftest import SignIn


def test_the_list_shows_everybody_once(staff: SimpleNamespace, sign_in: SignIn) -> None:
    services.deactivate_person(person_id=staff.rui.pk, actor=staff.ada.actor, at=clock.now())
    page = sign_in(staff.ada).get(reverse("people:list")).content.decode()
    assert page.count("ada@host.example") == 1
    assert "1 person who left" in page
    assert "Invite somebody" in page
    assert "Invite somebody" not in sign_in(staff.lea).get(reverse("people:list")).content.decode()


def test_somebody_is_invited_and_the_invitation_withdrawn(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(staff.ada)
    facts = {"email": "Nora@else.example", "name": "Nora", "language": "de", "roles": ["reviewer", "on_call"]}
    answer = browser.post(reverse("people:invite"), facts)
    assert answer["Location"] == reverse("people:list")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.language) == ("nora@else.example", "de")
    page = browser.post(reverse("people:invite"), facts)
    assert page.status_code == 422
    assert "Withdraw the open invitation first" in page.content.decode()
    page = browser.post(reverse("people:invite"), {**facts, "roles": ["auditor", "legal"]})
    assert "who watches does not act" in page.content.decode()
    withdraw = reverse("people:withdraw_invitation", args=[invitation.pk])
    assert "nora@else.example" in browser.get(reverse("people:list")).content.decode()
    browser.post(withdraw)
    assert Invitation.objects.get().state == "withdrawn"
    page = browser.post(withdraw, follow=True)
    assert "changed by somebody else" in page.content.decode()


def test_roles_are_changed_on_the_page_of_the_person(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser, rui = sign_in(staff.ada), staff.rui.pk
    browser.post(reverse("people:roles", args=[rui]), {"roles": ["senior_reviewer"]})
    assert queries.person(rui).roles == {"senior_reviewer"}
    assert "Roles through time" in browser.get(reverse("people:detail", args=[rui])).content.decode()
    page = browser.post(reverse("people:roles", args=[staff.ada.pk]), {"roles": []})
    assert page.status_code == 422
    assert "Make somebody else an administrator first" in page.content.decode()
    page = browser.post(reverse("people:roles", args=[rui]), {"roles": ["king"]})
    assert page.status_code == 422


def test_an_account_is_closed(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(staff.ada)
    page = browser.post(reverse("people:deactivate", args=[staff.rui.pk]), {"hand_over_to": str(uuid4())})
    assert page.status_code == 422
    answer = browser.post(
        reverse("people:deactivate", args=[staff.rui.pk]),
        {"hand_over_to": str(staff.lea.pk), "reason": "moved on"},
    )
    assert answer["Location"] == reverse("people:list")
    assert not Person.objects.get(pk=staff.rui.pk).is_active
    page = browser.post(reverse("people:deactivate", args=[staff.ada.pk]), {})
    assert "Make somebody else an administrator first" in page.content.decode()


def test_a_recovery_on_screen_needs_two_people(staff: SimpleNamespace, sign_in: SignIn) -> None:
    ada, lea = sign_in(staff.ada), sign_in(staff.lea)
    ask = reverse("people:request_recovery", args=[staff.rui.pk])
    assert ada.post(ask, {"reason": ""}).status_code == 422
    assert lea.post(ask, {"reason": "met him"}).status_code == 422, (
        "legal asks for the only administrator only"
    )
    assert ada.post(ask, {"reason": "met him"}).status_code == 302
    assert (
        "Waiting for the second person"
        in ada.get(reverse("people:detail", args=[staff.rui.pk])).content.decode()
    )
    recovery = AccessRecovery.objects.get()
    confirm = reverse("people:confirm_recovery", args=[recovery.pk])
    assert confirm not in ada.get(reverse("people:recoveries")).content.decode()
    ada.post(confirm)
    assert AccessRecovery.objects.get().state == "requested"
    assert confirm in lea.get(reverse("people:recoveries")).content.decode()
    lea.post(confirm)
    assert AccessRecovery.objects.get().state == "confirmed"
    lea.post(reverse("people:cancel_recovery", args=[recovery.pk]))
    assert AccessRecovery.objects.get().state == "cancelled"
    assert "No recovery under way" in lea.get(reverse("people:recoveries")).content.decode()


def test_nobody_is_offered_to_recover_themselves(staff: SimpleNamespace, sign_in: SignIn) -> None:
    page = sign_in(staff.ada).get(reverse("people:detail", args=[staff.ada.pk])).content.decode()
    assert "Lost access" not in page


def test_an_unknown_person_is_a_page_that_says_so(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(staff.ada)
    here = reverse("people:list")
    page = browser.get(
        reverse("people:detail", args=[uuid4()]), headers={"referer": f"http://testserver{here}"}
    )
    assert page.status_code == 404
    assert "There is no such person" in page.content.decode()
    assert f'href="{here}"' in page.content.decode()
    machine = browser.get(reverse("people:detail", args=[uuid4()]), headers={"accept": "application/json"})
    assert machine.json()["code"] == "unknown_person"


def test_the_profile_is_ones_own(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(staff.rui)
    facts = {"name": "Rui E.", "language": "fr", "timezone": "Europe/Lisbon", "theme": "dark"}
    assert browser.post(reverse("accounts:profile"), facts).status_code == 302
    rui = Person.objects.get(pk=staff.rui.pk)
    assert (rui.name, rui.language, rui.theme, rui.shortcuts_on) == ("Rui E.", "fr", "dark", False)
    assert browser.get(reverse("accounts:profile"))["Content-Language"] == "fr"
    page = browser.post(reverse("accounts:profile"), {**facts, "name": "   "})
    assert page.status_code == 422
