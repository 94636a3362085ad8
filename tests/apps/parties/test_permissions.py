"""The table itself: roles apart, nothing unknown, the documentation as the code."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from entente.apps.kernel.actors import PUBLIC as PUBLIC_ACTOR
from entente.apps.kernel.actors import SYSTEM, Actor
from entente.apps.parties import permissions
from entente.apps.parties.permissions import PERMISSIONS, ROUTES, TOKEN, UnknownPermission, is_allowed
from entente.apps.parties.roles import Role

MARKERS = {"PUBLIC", "SIGNED_IN", "SIGNED_ORDER", "DEMO_ONLY", "CLOSED"}


def _actor(*roles: str) -> Actor:
    return Actor(kind="person", id="x", name="X", roles=frozenset(roles))


def test_the_auditor_sees_everything_and_does_nothing() -> None:
    held = permissions.permissions_of(_actor(Role.AUDITOR))
    assert held == {name for name in PERMISSIONS if name.endswith(".view")}


def test_the_overseer_decides_nothing() -> None:
    held = permissions.permissions_of(_actor(Role.OVERSEER))
    assert {name for name in held if not name.endswith(".view")} == {
        "oversight.check",
        "oversight.open_file",
        "oversight.recommend",
    }


def test_the_administrator_sees_no_case() -> None:
    held = permissions.permissions_of(_actor(Role.ADMINISTRATOR))
    assert not {name for name in held if name.split(".")[0] in {"cases", "content", "evidence", "orders"}}


def test_every_route_asks_for_something_known() -> None:
    for gate in ROUTES.values():
        assert isinstance(gate, permissions.Token) or gate in MARKERS or gate in PERMISSIONS


def test_a_misspelt_permission_is_a_programming_error() -> None:
    with pytest.raises(UnknownPermission):
        is_allowed(_actor(Role.LEGAL), "cases.veiw")


def test_visitors_programs_and_machines_hold_nothing(staff: SimpleNamespace) -> None:
    machine = Actor(kind="api_client", id="x", name="X", roles=frozenset({"legal"}))
    for who in (AnonymousUser(), None, SYSTEM, PUBLIC_ACTOR, machine):
        assert permissions.permissions_of(who) == frozenset()
    assert is_allowed(staff.lea, "orders.challenge")


def test_the_documentation_is_written_from_the_table() -> None:
    text = permissions.docs_table()
    for name in (*PERMISSIONS, *ROUTES):
        assert f"`{name}`" in text
    assert str(TOKEN("notices:write")) == "TOKEN(notices:write)"
