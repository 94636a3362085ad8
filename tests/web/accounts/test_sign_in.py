"""Signing in without scripts, being led to a second step, links that work once, limits on guessing."""

import re
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client
from django.urls import reverse

from entente.apps.deliveries.models import Delivery
from entente.apps.kernel import clock
from entente.apps.parties import queries, services
from entente.apps.parties.models import Person
from entente.web.accounts.adapters import SecondFactorAdapter
from tests.web.accounts.conftest import PASSWORD, SignIn

LOGIN = reverse("account_login")
ENROL = reverse("accounts:enrol")


def _code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def _sign_in(browser: Client, person: Person, password: str = PASSWORD) -> int:
    return browser.post(LOGIN, {"login": person.email, "password": password}).status_code


def test_a_password_alone_leads_to_a_second_step(client: Client, staff: SimpleNamespace) -> None:
    answer = client.post(LOGIN, {"login": "ADA@host.example", "password": PASSWORD})
    assert answer.status_code == 302
    for address in (reverse("people:list"), reverse("accounts:profile")):
        assert client.get(address)["Location"] == ENROL
    page = client.get(ENROL)
    assert "First, a safe way in" in page.content.decode()


def test_an_authenticator_app_opens_the_door_and_a_code_works_once(
    client: Client, staff: SimpleNamespace
) -> None:
    _sign_in(client, staff.ada)
    activate = reverse("mfa_activate_totp")
    assert client.get(activate)["Location"].startswith(reverse("account_reauthenticate"))
    client.post(reverse("account_reauthenticate") + f"?next={activate}", {"password": PASSWORD})
    secret = re.search(r"<code dir=\"ltr\">([A-Z2-7]+)</code>", client.get(activate).content.decode())
    assert secret is not None
    code = _code(secret[1])
    assert client.post(activate, {"code": code})["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(reverse("people:list")).status_code == 200
    kept = Authenticator.objects.get(user=staff.ada, type="totp").data["secret"]
    assert kept != secret[1], "the secret is sealed at rest"
    assert SecondFactorAdapter().decrypt(kept) == secret[1]
    assert SecondFactorAdapter().encrypt(secret[1]) != kept, "each sealing has its own nonce"

    first, second = Client(), Client()
    for browser in (first, second):
        assert browser.post(LOGIN, {"login": staff.ada.email, "password": PASSWORD})["Location"] == reverse(
            "mfa_authenticate"
        )
        assert browser.get(reverse("people:list"))["Location"].startswith(LOGIN)
    assert "app" in first.get(reverse("mfa_authenticate")).content.decode()
    fresh = _code(secret[1])
    assert first.post(reverse("mfa_authenticate"), {"code": fresh}).status_code == 302
    assert first.get(reverse("people:list")).status_code == 200
    assert second.post(reverse("mfa_authenticate"), {"code": fresh}).status_code == 200
    assert second.get(reverse("people:list")).status_code == 302


def test_the_last_second_factor_cannot_be_removed(client: Client, staff: SimpleNamespace) -> None:
    adapter = SecondFactorAdapter()
    app = Authenticator.objects.create(user=staff.ada, type="totp", data={})
    codes = Authenticator.objects.create(user=staff.ada, type="recovery_codes", data={})
    assert not adapter.can_delete_authenticator(app)
    assert adapter.can_delete_authenticator(codes)
    Authenticator.objects.create(user=staff.ada, type="webauthn", data={})
    assert adapter.can_delete_authenticator(app)


def test_guessing_is_slowed_down_for_all_workers_together(staff: SimpleNamespace) -> None:
    answers = [
        Client().post(LOGIN, {"login": staff.ada.email, "password": "wrong"}).content.decode()
        for _ in range(6)
    ]
    assert "Too many" not in answers[0]
    assert "Too many" in answers[-1]
    right = Client().post(LOGIN, {"login": staff.ada.email, "password": PASSWORD})
    assert right.status_code == 200, "even the right password waits"


def test_a_wrong_password_says_nothing_about_who_exists(staff: SimpleNamespace) -> None:
    known = Client().post(LOGIN, {"login": staff.ada.email, "password": "wrong"}).content.decode()
    unknown = Client().post(LOGIN, {"login": "ghost@host.example", "password": "wrong"}).content.decode()
    clean = [
        re.sub(r"value=\"[^\"]*\"|server-now=\"[^\"]*\"|ada@host|ghost@host", "", text)
        for text in (known, unknown)
    ]
    assert clean[0] == clean[1]


def test_nobody_signs_up(client: Client, db: None) -> None:
    assert client.get(reverse("account_signup")).status_code == 404
    assert client.post(reverse("account_signup"), {"email": "a@b.example"}).status_code == 404
    assert not Person.objects.exists()


def test_who_left_cannot_sign_in(client: Client, staff: SimpleNamespace) -> None:
    services.deactivate_person(person_id=staff.rui.pk, actor=staff.ada.actor, at=clock.now())
    assert _sign_in(client, staff.rui) == 200
    assert "_auth_user_id" not in client.session


def test_closing_an_account_ends_its_sessions(staff: SimpleNamespace, sign_in: SignIn) -> None:
    browser = sign_in(staff.rui)
    assert browser.get(reverse("accounts:profile")).status_code == 200
    services.deactivate_person(person_id=staff.rui.pk, actor=staff.ada.actor, at=clock.now())
    assert browser.get(reverse("accounts:profile"))["Location"].startswith(LOGIN)


def test_an_invitation_is_accepted_without_scripts(client: Client, staff: SimpleNamespace) -> None:
    _invitation, token = services.invite_person(
        email="nora@else.example", roles=["legal"], actor=staff.ada.actor, at=clock.now()
    )
    letter = Delivery.objects.get(destination="nora@else.example")
    assert token in letter.payload["text"]
    answer = client.get(reverse("accounts:invitation_link", args=[token]))
    assert answer["Location"] == reverse("accounts:invitation")
    assert token not in client.get(answer["Location"]).content.decode()
    facts = {"name": "Nora", "language": "fr", "timezone": "Europe/Paris", "password": "short"}
    page = client.post(reverse("accounts:invitation"), facts)
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"confidentiality_agreed"}
    facts |= {"confidentiality_agreed": "on"}
    page = client.post(reverse("accounts:invitation"), facts)
    assert set(page.context["form"].errors) == {"password"}, "too short"
    facts |= {"password": "a handful of words"}
    assert client.post(reverse("accounts:invitation"), facts)["Location"] == ENROL
    nora = Person.objects.get(email="nora@else.example")
    assert (nora.language, nora.role_names) == ("fr", frozenset({"legal"}))
    assert client.get(ENROL)["Content-Language"] == "fr"
    again = Client()
    again.get(reverse("accounts:invitation_link", args=[token]))
    assert again.get(reverse("accounts:invitation")).status_code == 410


def test_the_first_administrator_says_who_they_are(client: Client, db: None) -> None:
    token = services.create_first_administrator_link(clock.now())
    client.get(reverse("accounts:invitation_link", args=[token]))
    page = client.get(reverse("accounts:invitation"))
    assert "The first administrator" in page.content.decode()
    facts = {"name": "Ada", "language": "en", "timezone": "UTC", "confidentiality_agreed": "on"}
    assert "email" in client.post(reverse("accounts:invitation"), facts).context["form"].errors
    answer = client.post(reverse("accounts:invitation"), {**facts, "email": "ada@host.example"})
    assert answer["Location"] == ENROL
    assert queries.has_administrator()
    page = client.get(reverse("mfa_add_webauthn"))
    assert page.context["form"]["passwordless"].initial, (
        "a passkey signs in alone unless somebody says otherwise"
    )


def test_a_link_is_for_somebody_who_is_not_signed_in(staff: SimpleNamespace, sign_in: SignIn) -> None:
    _invitation, token = services.invite_person(
        email="nora@else.example", roles=["legal"], actor=staff.ada.actor, at=clock.now()
    )
    browser = sign_in(staff.rui)
    browser.get(reverse("accounts:invitation_link", args=[token]))
    assert "Sign out first" in browser.get(reverse("accounts:invitation")).content.decode()
    assert queries.invitation_for_token(token, at=clock.now()) is not None


def test_an_address_taken_meanwhile_is_said(client: Client, staff: SimpleNamespace) -> None:
    _invitation, token = services.invite_person(
        email="nora@else.example", roles=["legal"], actor=staff.ada.actor, at=clock.now()
    )
    services.create_person(
        email="nora@else.example", name="Other", actor=staff.ada.actor, at=datetime.now(UTC)
    )
    client.get(reverse("accounts:invitation_link", args=[token]))
    facts = {"name": "Nora", "language": "fr", "timezone": "UTC", "confidentiality_agreed": "on"}
    page = client.post(reverse("accounts:invitation"), facts)
    assert page.status_code == 422
    assert "already signs in" in page.content.decode()


def test_a_recovery_link_is_used_by_its_button_only(client: Client, staff: SimpleNamespace) -> None:
    recovery = services.request_recovery(
        person_id=staff.rui.pk, reason="met him", actor=staff.ada.actor, at=clock.now()
    )
    _recovery, token = services.confirm_recovery(
        recovery_id=recovery.pk, actor=staff.lea.actor, at=clock.now()
    )
    purposes = Delivery.objects.filter(destination=staff.rui.email).order_by("created_at", "id")
    assert [row.payload["subject"] for row in purposes] == [
        "Somebody asked for your access to be recovered",
        "Your access to Entente is back",
    ]
    assert token in purposes[1].payload["text"]
    for _ in range(2):
        client.get(reverse("accounts:recovery_link", args=[token]))
        assert client.get(reverse("accounts:recovery")).status_code == 200
    assert client.post(reverse("accounts:recovery"))["Location"] == ENROL
    assert client.get(ENROL).status_code == 200
    other = Client()
    other.get(reverse("accounts:recovery_link", args=[token]))
    assert other.get(reverse("accounts:recovery")).status_code == 410


def test_a_recovery_stopped_under_ones_hands(
    client: Client, staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery = services.request_recovery(
        person_id=staff.rui.pk, reason="met him", actor=staff.ada.actor, at=clock.now()
    )
    found, token = services.confirm_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=clock.now())
    client.get(reverse("accounts:recovery_link", args=[token]))
    services.cancel_recovery(recovery_id=recovery.pk, actor=staff.lea.actor, at=clock.now())
    monkeypatch.setattr(queries, "recovery_for_token", lambda *_a, **_k: found)
    assert client.post(reverse("accounts:recovery")).status_code == 410


def test_a_forgotten_password_leaves_the_second_step(client: Client, staff: SimpleNamespace) -> None:
    client.post(reverse("account_reset_password"), {"email": staff.ada.email})
    letter = Delivery.objects.get(destination=staff.ada.email)
    link = re.search(r"https?://[^/]+(/account/password/reset/key/\S+)", str(letter.payload["text"]))
    assert link is not None
    Authenticator.objects.create(user=staff.ada, type="totp", data={})
    page = client.get(link[1], follow=True)
    new = {"password1": "other words to say", "password2": "other words to say"}
    client.post(page.redirect_chain[-1][0], new)
    assert "_auth_user_id" not in client.session
    answer = client.post(LOGIN, {"login": staff.ada.email, "password": "other words to say"})
    assert answer["Location"] == reverse("mfa_authenticate")


def test_who_came_through_the_directory_was_asked_there(client: Client, staff: SimpleNamespace) -> None:
    client.force_login(staff.ada)
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": 0.0}]
    session["account_authentication_methods_user"] = str(staff.ada.pk)
    session.save()
    assert client.get(reverse("people:list")).status_code == 200
