"""The middleware, the directory, errors as pages, landing pages."""

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from entente.apps.kernel import errors, keys
from entente.apps.parties import permissions as table
from entente.web import permissions
from entente.web.accounts import adapters, letters
from entente.web.errors import DomainErrorMiddleware


class Odd(errors.DomainError):
    """A domain error of no family."""


@pytest.fixture
def asked() -> HttpRequest:
    request = RequestFactory().get("/somewhere/?q=1")
    request.user = AnonymousUser()
    request.session = {}  # type: ignore[assignment]
    return request


def test_a_route_that_is_not_in_the_table_is_refused(asked: HttpRequest) -> None:
    answer = permissions.answer_for_route(asked, "nowhere:listed", {})
    assert answer is not None
    assert answer.status_code == 403


def test_a_misspelt_permission_fails_when_the_view_is_written() -> None:
    with pytest.raises(KeyError):
        permissions.requires("people.mangae")
    with pytest.raises(table.UnknownPermission):
        permissions.May(None)["people_mangae"]


def test_what_belongs_to_an_exercise_does_not_exist_elsewhere(
    asked: HttpRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(table.ROUTES, "demo:be", table.DEMO_ONLY)
    with pytest.raises(Http404):
        permissions.answer_for_route(asked, "demo:be", {})
    monkeypatch.setattr(keys, "is_exercise", lambda: True)
    assert permissions.answer_for_route(asked, "demo:be", {}) is None


def test_machines_are_asked_at_their_own_door(asked: HttpRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(table.ROUTES, "api:x", table.TOKEN("checks:ask"))
    assert permissions.answer_for_route(asked, "api:x", {}) is None


def test_a_view_asks_by_itself_too(asked: HttpRequest) -> None:
    @permissions.requires("people.view")
    def view(_request: HttpRequest) -> Any:
        raise AssertionError("nobody is let in")

    answer = view(asked)
    assert answer.status_code == 302
    assert "next=/somewhere/%3Fq%3D1" in answer["Location"]


def test_a_refusal_says_what_to_do(asked: HttpRequest) -> None:
    assert "Ask Ada" in permissions.refuse(asked, "Ask Ada.").content.decode()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Invalid(), 422),
        (errors.Refused(), 403),
        (errors.Missing(), 404),
        (errors.ChangedMeanwhile(), 409),
        (errors.TooLarge(), 413),
        (errors.Unavailable(), 503),
        (errors.Unauthenticated(), 401),
        (Odd(), 400),
    ],
)
def test_each_family_has_its_status(error: errors.DomainError, status: int) -> None:
    assert error.http_status == status


def test_a_defect_stays_a_defect(asked: HttpRequest) -> None:
    middleware = DomainErrorMiddleware(lambda _request: None)  # type: ignore[arg-type, return-value]
    assert middleware.process_exception(asked, ValueError("a defect")) is None


def test_the_directory_recognises_and_makes_nobody(asked: HttpRequest) -> None:
    directory = adapters.DirectoryAdapter(asked)
    asked._messages = SimpleNamespace(add=lambda *_a: None)  # type: ignore[attr-defined]
    known, unknown = SimpleNamespace(is_existing=True), SimpleNamespace(is_existing=False)
    assert not directory.is_open_for_signup(asked, unknown)
    directory.pre_social_login(asked, known)
    with pytest.raises(ImmediateHttpResponse) as caught:
        directory.pre_social_login(asked, unknown)
    assert caught.value.response["Location"] == reverse("account_login")


def test_everybody_lands_where_they_may_be(staff: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters, "LANDING_ROUTES", ("nowhere", "people:list", "accounts:profile"))
    assert adapters.landing_url(staff.ada) == reverse("people:list")
    assert adapters.landing_url(staff.rui) == reverse("accounts:profile")
    monkeypatch.setattr(adapters, "LANDING_ROUTES", ("nowhere",))
    assert adapters.landing_url(staff.ada) == "/"


def test_the_first_link_is_a_whole_address() -> None:
    assert letters.first_administrator_url("abc").endswith("/account/invitation/abc/")


def test_passkeys_are_named_and_the_instance_too(staff: SimpleNamespace) -> None:
    from allauth.mfa.models import Authenticator

    adapter = adapters.SecondFactorAdapter()
    assert adapter.generate_authenticator_name(staff.ada, Authenticator.Type.WEBAUTHN) == "Passkey"
    Authenticator.objects.create(user=staff.ada, type="webauthn", data={})
    assert adapter.generate_authenticator_name(staff.ada, Authenticator.Type.WEBAUTHN) == "Passkey 2"


def test_a_changed_password_leads_back_to_the_ways_in(asked: HttpRequest) -> None:
    assert adapters.AccountAdapter(asked).get_password_change_redirect_url(asked) == reverse("mfa_index")
    assert not adapters.AccountAdapter(asked).is_open_for_signup(asked)


@pytest.mark.parametrize(
    "route",
    ["mfa_index", "mfa_list_webauthn", "usersessions_list", "account_logout", "account_set_password"],
)
def test_the_pages_of_ones_own_account_are_ours(staff: SimpleNamespace, sign_in: Any, route: str) -> None:
    page = sign_in(staff.rui).get(reverse(route), follow=True)
    assert page.status_code == 200
    assert "entente/base.css" in page.content.decode()


def test_a_stranger_without_a_language_reads_the_browser_s(client: Client, db: None) -> None:
    page = client.get(reverse("account_login"), headers={"accept-language": "fr"})
    assert page["Content-Language"] == "fr"
