"""Everything that changes the parties, by workflow."""

from entente.apps.parties.services.accounts import (
    create_person,
    deactivate_person,
    grant_role,
    revoke_role,
    set_preferences,
    set_roles,
)
from entente.apps.parties.services.clients import create_api_client, revoke_api_client
from entente.apps.parties.services.host import set_host_profile
from entente.apps.parties.services.invitations import (
    accept_invitation,
    create_first_administrator_link,
    invite_person,
    withdraw_invitation,
)
from entente.apps.parties.services.keys import add_authority_key, key_usable, revoke_authority_key
from entente.apps.parties.services.recoveries import (
    cancel_recovery,
    confirm_recovery,
    request_recovery,
    use_recovery,
)
from entente.apps.parties.services.register import (
    add_authority_certificate,
    register_authority,
    remove_authority_certificate,
    set_authority_status,
    update_authority,
)

__all__ = [
    "accept_invitation",
    "add_authority_certificate",
    "add_authority_key",
    "cancel_recovery",
    "confirm_recovery",
    "create_api_client",
    "create_first_administrator_link",
    "create_person",
    "deactivate_person",
    "grant_role",
    "invite_person",
    "key_usable",
    "register_authority",
    "remove_authority_certificate",
    "request_recovery",
    "revoke_api_client",
    "revoke_authority_key",
    "revoke_role",
    "set_authority_status",
    "set_host_profile",
    "set_preferences",
    "set_roles",
    "update_authority",
    "use_recovery",
    "withdraw_invitation",
]
