"""Bearer tokens of API clients, one scope per endpoint."""

import hashlib
import time
from typing import Any, Final

from django.http import HttpRequest
from ninja.security import HttpBearer
from typing_extensions import override

from entente.apps.kernel.errors import Refused
from entente.apps.parties import queries as parties
from entente.apps.parties.types import ClientFacts


class ScopeMissing(Refused):
    """The token is valid but does not carry this scope."""

    code = "scope_missing"
    title = "This token may not do that"


FRESH_SECONDS: Final = 0.8
"""For how long a token is not looked up again: a revocation counts within a second."""

_MOST_KNOWN: Final = 1000


class KnownTokens:
    """The living tokens that this process saw a moment ago; unknown ones are looked up each time."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[ClientFacts, float]] = {}

    def client(self, token: str) -> ClientFacts | None:
        """Return the client that owns a living token, or None. Safe to call from any thread."""
        name = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        now = time.monotonic()
        found = self._known.get(name)
        if found is not None and found[1] > now:
            return found[0]
        client = parties.api_client_for_token(token)
        if client is None:
            self._known.pop(name, None)
            return None
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[name] = client, now + FRESH_SECONDS
        return client


known_tokens: Final = KnownTokens()


class Bearer(HttpBearer):
    """Accept a living token with `scope`; the client becomes `request.auth`."""

    def __init__(self, scope: str) -> None:
        """Name the scope this endpoint asks for."""
        super().__init__()
        self.scope = scope

    @override
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the client, or None for an unknown token. Raises ScopeMissing."""
        client = known_tokens.client(token)
        if client is None:
            return None
        if not client.may(self.scope):
            raise ScopeMissing(
                f"Give the token the scope {self.scope}, or use another one.", scope=self.scope
            )
        return client
