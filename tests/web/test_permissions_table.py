"""Every address of the project against the table of permissions, for every role and for a stranger.

A route that is not in the table fails here, and so does a view that lets in more or fewer people than the
table says.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import resolve
from pytest_django import DjangoDbBlocker

from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.config import reset_cache
from entente.apps.parties import services
from entente.apps.parties.permissions import (
    CLOSED,
    DEMO_ONLY,
    PERMISSIONS,
    PUBLIC,
    ROUTES,
    SIGNED_IN,
    SIGNED_ORDER,
    Gate,
    Token,
)
from entente.apps.parties.roles import Role
from entente.web.permissions import all_routes, unlisted_routes

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STRANGER = "stranger"
NOBODY = UUID("01900000-0000-7000-8000-000000000000")
ADDRESSES = dict(all_routes())
MACHINES = {name for name, gate in ROUTES.items() if isinstance(gate, Token) or gate == SIGNED_ORDER}
PEOPLE_ROUTES = sorted(set(ADDRESSES) & set(ROUTES) - MACHINES)
_DUMMIES = {"uuid": str(NOBODY), "int": "1", "slug": "none", "str": str(NOBODY), "path": "none"}


def _address(name: str) -> str:
    """Return an address of the route with dummy values in it."""
    pattern = re.sub(r"\(\?P<\w+>[^)]*\)", "1", ADDRESSES[name])
    pattern = re.sub(r"<(?:(\w+):)?\w+>", lambda found: _DUMMIES[found[1] or "str"], pattern)
    return "/" + pattern.replace("^", "").replace("$", "").replace("\\", "")


def test_every_route_is_in_the_table() -> None:
    assert unlisted_routes() == []


def test_the_table_names_no_route_that_does_not_exist() -> None:
    optional = {name for name in ROUTES if name.startswith(("mfa_", "account_"))}
    assert set(ROUTES) - set(ADDRESSES) - optional == set()


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_views_and_table_say_the_same(name: str) -> None:
    said = getattr(resolve(_address(name)).func, "entente_permission", None)
    assert said in {None, ROUTES[name]}


@pytest.fixture(scope="module")
def browsers(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """Return the session of one signed-in person per role; made once, because there are many routes."""
    sessions = {}
    with django_db_blocker.unblock(), transaction.atomic():
        for role in Role.values:
            person = services.create_person(
                email=f"{role}@host.example",
                name=role,
                actor=SYSTEM,
                at=AT,
                roles=[role],
                password="a long pass phrase",
            )
            browser = Client()
            browser.force_login(person)
            sessions[role] = browser.cookies[settings.SESSION_COOKIE_NAME].value
        yield sessions
        transaction.set_rollback(True)


def _leads_to_sign_in(answer: HttpResponseBase) -> bool:
    return answer.status_code == HTTPStatus.FOUND and answer.headers["Location"].startswith(
        "/account/login/?next="
    )


def _refused(answer: HttpResponseBase) -> bool:
    """Say whether the table refused; a service may refuse too, for reasons of its own."""
    return answer.status_code == HTTPStatus.FORBIDDEN and getattr(answer, "refused_by_table", False)


def _is_right(answer: HttpResponseBase, gate: Gate, role: str) -> bool:
    """Say whether the answer is what the table says for somebody of the role."""
    if gate in {CLOSED, DEMO_ONLY}:
        return answer.status_code == HTTPStatus.NOT_FOUND
    if gate == PUBLIC:
        return not _refused(answer)
    if role == STRANGER:
        return _leads_to_sign_in(answer)
    if gate == SIGNED_IN or role in PERMISSIONS[str(gate)]:
        return not _refused(answer) and not _leads_to_sign_in(answer)
    return _refused(answer)


@pytest.mark.parametrize("name", PEOPLE_ROUTES)
def test_a_route_lets_in_whom_the_table_says(
    browsers: dict[str, str], db: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Every role in turn, and a stranger, reads the address and writes to it."""
    monkeypatch.setattr(settings, "SECOND_FACTOR_REQUIRED", False)
    wrong = []
    for role in (STRANGER, *Role.values):
        for method in ("get", "post"):
            browser = Client()
            browser.cookies[settings.SESSION_COOKIE_NAME] = browsers.get(role, "")
            answer = getattr(browser, method)(_address(name))
            if not _is_right(answer, ROUTES[name], role):
                wrong.append((role, method, answer.status_code))
    assert wrong == []


@pytest.fixture
def every_door_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Turn on what is off until an administrator turns it on."""
    monkeypatch.setenv("ENTENTE_MATCHING__HMA", "true")
    reset_cache()
    yield
    monkeypatch.undo()
    reset_cache()


@pytest.mark.parametrize("name", sorted(MACHINES))
@pytest.mark.django_db
def test_a_machine_without_a_token_is_turned_away(client: Client, every_door_open: None, name: str) -> None:
    answers = [client.get(_address(name)), client.post(_address(name), content_type="application/json")]
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {401, 405}
    assert 401 in statuses
