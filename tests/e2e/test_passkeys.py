"""Coming in for the first time, and every day after, with a passkey: real Chromium, virtual authenticator.

The authenticator is the one browsers offer to tests (WebAuthn Level 3, section 11, "User Agent Automation").
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from entente.apps.kernel import clock
from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import services
from entente.apps.parties.models import Person
from entente.apps.parties.roles import Role

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def device(chromium: "Browser") -> "Iterator[BrowserContext]":
    """Return a fresh device: its own profile, no passkeys yet."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(20_000)
    yield context
    context.close()


def _tab(device: "BrowserContext") -> "Page":
    """Open a tab whose device has a built-in authenticator."""
    tab = device.new_page()
    session = device.new_cdp_session(tab)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return tab


def _path(tab: "Page") -> str:
    return "/" + tab.url.split("/", 3)[3].partition("?")[0]


def _make_passkey(tab: "Page") -> None:
    """Go from the page that leads to a passkey, through making it, past the recovery codes."""
    assert _path(tab) == reverse("accounts:enrol")
    tab.get_by_role("link", name="Set up a passkey").click()
    tab.get_by_role("button", name="Make the passkey").click()
    tab.wait_for_url("**" + reverse("mfa_view_recovery_codes"))
    tab.get_by_role("link", name="I have kept them safe").click()
    tab.wait_for_url("**" + reverse("accounts:enrol"))


def test_from_the_first_link_to_a_sign_in_with_a_passkey(
    live_server: "LiveServer", device: "BrowserContext"
) -> None:
    token = services.create_first_administrator_link(clock.now())
    tab = _tab(device)
    tab.goto(live_server.url + reverse("accounts:invitation_link", args=[token]))
    assert token not in tab.url, "the secret leaves the address at once"
    tab.get_by_label("Your e-mail address").fill("ada@host.example")
    tab.get_by_label("Your name").fill("Ada Berg")
    tab.get_by_label("I will keep what I see here").check()
    tab.get_by_role("button", name="Open my account").click()
    tab.wait_for_url("**" + reverse("accounts:enrol"))

    tab.goto(live_server.url + reverse("people:list"))
    assert _path(tab) == reverse("accounts:enrol"), "nobody works here with a password alone"
    _make_passkey(tab)
    ada = Person.objects.get(email="ada@host.example")
    kinds = Authenticator.objects.filter(user=ada).values_list("type", flat=True)
    assert set(kinds) == {"webauthn", "recovery_codes"}
    seed = Authenticator.objects.get(user=ada, type="recovery_codes").data["seed"]
    assert len(seed) > 80, "recovery seeds are sealed at rest"

    tab.goto(live_server.url + reverse("people:list"))
    assert _path(tab) == reverse("people:list")
    device.clear_cookies()
    tab.goto(live_server.url + reverse("people:list"))
    assert _path(tab) == reverse("account_login")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    tab.wait_for_url("**" + reverse("people:list"))
    tab.get_by_role("heading", name="People", level=1).wait_for()


def test_access_lost_and_given_back_by_two_people(
    live_server: "LiveServer", device: "BrowserContext"
) -> None:
    at = clock.now()
    people = {
        role: services.create_person(
            email=f"{role}@host.example", name=role, actor=SYSTEM, at=at, roles=[role]
        )
        for role in (Role.ADMINISTRATOR, Role.LEGAL, Role.REVIEWER)
    }
    lost = people[Role.REVIEWER]
    Authenticator.objects.create(user=lost, type="totp", data={"secret": "sealed"})
    recovery = services.request_recovery(
        person_id=lost.pk, reason="met her", actor=people[Role.ADMINISTRATOR].actor, at=at
    )
    _recovery, token = services.confirm_recovery(
        recovery_id=recovery.pk, actor=people[Role.LEGAL].actor, at=at + timedelta(seconds=1)
    )
    tab = _tab(device)
    tab.goto(live_server.url + reverse("accounts:recovery_link", args=[token]))
    tab.reload()
    tab.get_by_role("button", name="This is me").click()
    tab.wait_for_url("**" + reverse("accounts:enrol"))
    _make_passkey(tab)
    assert set(Authenticator.objects.filter(user=lost).values_list("type", flat=True)) == {
        "webauthn",
        "recovery_codes",
    }
    device.clear_cookies()
    tab.goto(live_server.url + reverse("accounts:recovery_link", args=[token]))
    tab.get_by_role("heading", name="This link does not work any more").wait_for()
