"""Machines: making a client with its token, revoking it."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from entente.apps.audit.services import record
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import ChangedMeanwhile
from entente.apps.parties.choices import Scope
from entente.apps.parties.errors import InvalidEntry, UnknownClient
from entente.apps.parties.models import ApiClient
from entente.apps.parties.models.clients import NAME_LENGTH
from entente.apps.parties.tokens import hash_token, hint, new_client_token


@transaction.atomic
def create_api_client(
    *, name: str, scopes: Iterable[str], actor: Actor, at: datetime, kind: str = ApiClient.Kind.PLATFORM
) -> tuple[ApiClient, str]:
    """Make a client and return it with its token, which is shown once and kept nowhere in clear.

    Raises InvalidEntry for an empty name, no scope, or an unknown scope or kind.
    """
    wanted = {str(scope) for scope in scopes}
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH:
        raise InvalidEntry(_("A name of at most 120 characters is needed."), field="name")
    if not wanted or wanted - set(Scope.values):
        raise InvalidEntry(_("Choose at least one of the scopes offered."), field="scopes")
    if kind not in ApiClient.Kind.values:
        raise InvalidEntry(_("Choose one of the kinds offered."), field="kind")
    token = new_client_token()
    client = ApiClient.objects.create(
        name=name,
        kind=kind,
        scopes=sorted(wanted),
        token_hash=hash_token(token),
        token_hint=hint(token),
        created_by_name=actor.name,
        created_at=at,
    )
    _record(client, "created", actor, at)
    return client, token


@transaction.atomic
def revoke_api_client(*, client_id: UUID, actor: Actor, at: datetime) -> None:
    """Make a client's token useless at once. Raises UnknownClient, ChangedMeanwhile (already revoked)."""
    client = ApiClient.objects.filter(pk=client_id).first()
    if client is None:
        raise UnknownClient(_("There is no such API client."))
    running = ApiClient.objects.filter(pk=client_id, revoked_at__isnull=True)
    if not running.update(revoked_at=at, revoked_by_name=actor.name):
        raise ChangedMeanwhile(_("This client has already been revoked."))
    _record(client, "revoked", actor, at)


def _record(client: ApiClient, what: str, actor: Actor, at: datetime) -> None:
    record(
        kind=f"parties:api_client:{what}",
        subject_kind="api_client",
        subject_id=client.id,
        actor=actor,
        at=at,
        facts={"name": client.name, "scopes": list(client.scopes)},
    )
