"""Who acts at the machine: on record by the name of the account there, or as a person of this service who says so."""

import os
import pwd

from entente.apps.kernel.actors import Actor

_LONGEST_NAME = 200


class NotThisPerson(Exception):
    """Nobody of this service has this address, or not the right to do this; the message says which."""


def operator() -> Actor:
    """Return the operator, by the account that runs this process."""
    login = _login()
    return Actor(kind="system", id=f"operator:{login}"[:80], name=f"{login}, operator at the machine")


def person_at_the_machine(email: str, permission: str) -> Actor:
    """Return a person of this service as who acts; the record also names the account at the machine.

    Whoever can read the data directory is trusted to say who they are. Raises NotThisPerson.
    """
    from entente.apps.parties import queries
    from entente.apps.parties.permissions import is_allowed

    wanted = email.strip().lower()
    found = next((one for one in queries.people() if one.email == wanted and not one.from_outside), None)
    if found is None:
        raise NotThisPerson(f"Nobody of this service has the address {email!r}.")
    if not is_allowed(found.actor, permission):
        raise NotThisPerson(f"{found.name} may not do this: it takes {permission!r}.")
    name = f"{found.name} (at the machine as {_login()})"[:_LONGEST_NAME]
    return Actor(kind="person", id=str(found.id), name=name, roles=found.roles)


def _login() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"
