"""Where webhooks go and how they are signed.

A delivery names a destination ("platform", "authority:<id>"), never a URL: addresses and secrets are looked up just
before sending, so an endpoint can move and a secret can be changed while deliveries wait, and neither ever lies in
the outbox.
"""

from dataclasses import dataclass, field
from uuid import UUID

from entente.apps.deliveries.registries import Unreachable
from entente.apps.deliveries.standard_webhooks import BadSecret, Signer, ed25519_signer, hmac_signer
from entente.apps.kernel import keys
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Missing

_AUTHORITY_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook's address, its signer and how long one attempt may take as a whole."""

    url: str = field(repr=False)
    signer: Signer = field(repr=False)
    timeout_seconds: float


def known_destination(destination: str) -> str:
    """Return the name under which a destination is kept: itself, or the name of an address that is known here.

    Returns "" for an address that neither the configuration nor the register holds: the outbox posts to nobody else.
    """
    if "://" not in destination:
        return destination
    if config().platform.kind == "webhook" and destination == config().platform.webhook_url:
        return "platform"
    from entente.apps.parties import queries as parties

    return next(
        (f"authority:{entry.id}" for entry in parties.authorities() if entry.callback_url == destination), ""
    )


def platform_endpoint(_rest: str) -> Endpoint:
    """Return the platform's webhook as the administrator configured it. Raises Unreachable without one."""
    adapter = config().platform
    if adapter.kind != "webhook":
        raise Unreachable("no webhook is configured for the platform")
    try:
        signer = hmac_signer(adapter.webhook_secret.get_secret_value())
    except BadSecret as error:
        raise Unreachable(str(error)) from None
    return Endpoint(url=adapter.webhook_url, signer=signer, timeout_seconds=adapter.timeout_seconds)


def authority_endpoint(rest: str) -> Endpoint:
    """Return the callback of a registered authority, signed with this instance's own key. Raises Unreachable."""
    from entente.apps.parties import queries as parties

    try:
        authority = parties.authority(UUID(rest))
    except (ValueError, Missing):
        raise Unreachable("this names no authority of the register") from None
    if authority.status != "registered" or not authority.callback_url:
        raise Unreachable("the authority has no callback address in force")
    return Endpoint(
        url=authority.callback_url,
        signer=ed25519_signer(keys.sign),
        timeout_seconds=_AUTHORITY_TIMEOUT_SECONDS,
    )
