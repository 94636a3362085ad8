"""Bearer tokens of API clients, one scope per endpoint."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from typing_extensions import override

from entente.apps.kernel.errors import Refused
from entente.apps.parties import queries as parties


class ScopeMissing(Refused):
    """The token is valid but does not carry this scope."""

    code = "scope_missing"
    title = "This token may not do that"


class Bearer(HttpBearer):
    """Accept a living token with `scope`; the client becomes `request.auth`."""

    def __init__(self, scope: str) -> None:
        """Name the scope this endpoint asks for."""
        super().__init__()
        self.scope = scope

    @override
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the client, or None for an unknown token. Raises ScopeMissing."""
        client = parties.api_client_for_token(token)
        if client is None:
            return None
        if not client.may(self.scope):
            raise ScopeMissing(
                f"Give the token the scope {self.scope}, or use another one.", scope=self.scope
            )
        return client
