"""Machines with tokens."""

import hashlib
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties import errors, queries, services
from entente.apps.parties.models import ApiClient
from tests.apps.parties.conftest import AT


def test_a_token_is_shown_once_and_kept_as_a_hash(staff: SimpleNamespace) -> None:
    client, token = services.create_api_client(
        name="Agora", scopes=["actions:write", "notices:write"], actor=staff.ada.actor, at=AT
    )
    assert client.token_hash == hashlib.sha256(token.encode()).hexdigest()
    for value in ApiClient.objects.filter(pk=client.pk).values_list()[0]:
        assert token not in str(value)
    assert token.startswith("entente_")
    assert token.endswith(client.token_hint)
    found = queries.api_client_for_token(token)
    assert found is not None
    assert found.may("notices:write")
    assert not found.may("checks:ask")
    assert (found.actor.kind, found.actor.name, found.actor.id) == ("api_client", "Agora", str(client.pk))
    assert str(client) == "Agora"


def test_a_revoked_token_opens_nothing(staff: SimpleNamespace) -> None:
    client, token = services.create_api_client(
        name="Agora", scopes=["checks:ask"], actor=staff.ada.actor, at=AT
    )
    services.revoke_api_client(client_id=client.pk, actor=staff.ada.actor, at=AT)
    assert queries.api_client_for_token(token) is None
    assert queries.api_client_for_token("guess") is None
    assert [row.revoked_by_name for row in queries.api_clients()] == ["Ada Berg"]
    with pytest.raises(ChangedMeanwhile):
        services.revoke_api_client(client_id=client.pk, actor=staff.ada.actor, at=AT)
    with pytest.raises(errors.UnknownClient):
        services.revoke_api_client(client_id=uuid4(), actor=staff.ada.actor, at=AT)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"kind": "spy"}, "kind"),
    ],
)
def test_a_wrong_field_is_named(staff: SimpleNamespace, facts: dict[str, Any], field: str) -> None:
    given: dict[str, Any] = {"name": "Agora", "scopes": ["checks:ask"], **facts}
    with pytest.raises(errors.InvalidEntry) as caught:
        services.create_api_client(**given, actor=staff.ada.actor, at=AT)
    assert caught.value.facts["field"] == field
