"""The tables of the parties, by subject."""

from entente.apps.parties.models.clients import ApiClient
from entente.apps.parties.models.host import HostProfile
from entente.apps.parties.models.people import AccessRecovery, Invitation, Person, RoleGrant
from entente.apps.parties.models.register import (
    Authority,
    AuthorityCertificate,
    AuthorityKey,
    AuthorityMailDomain,
)
from entente.apps.parties.models.shared_values import SharedValue

__all__ = [
    "AccessRecovery",
    "ApiClient",
    "Authority",
    "AuthorityCertificate",
    "AuthorityKey",
    "AuthorityMailDomain",
    "HostProfile",
    "Invitation",
    "Person",
    "RoleGrant",
    "SharedValue",
]
