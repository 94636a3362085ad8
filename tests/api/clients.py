"""API clients with tokens, for the doors of platforms."""

from datetime import UTC, datetime

from entente.apps.kernel.actors import SYSTEM
from entente.apps.parties import services as parties


def token(*scopes: str, name: str = "agora") -> str:
    """Register a client with these scopes and return its token."""
    _client, secret = parties.create_api_client(
        name=name, scopes=list(scopes), actor=SYSTEM, at=datetime.now(UTC)
    )
    return secret


def bearer(secret: str, **more: str) -> dict[str, str]:
    """Return the headers of a request with this token."""
    return {"Authorization": f"Bearer {secret}", **more}
