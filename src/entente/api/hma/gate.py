"""The gate of /hma: off until an administrator turns it on, a token before anything is read, errors as one message."""

import base64
import binascii
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from entente.api.texts import refuse_unstorable
from entente.api.tokens import ScopeMissing, known_tokens
from entente.apps.kernel import clock, errors
from entente.apps.kernel.config import config
from entente.apps.kernel.http_errors import FetchError
from entente.apps.parties.permissions import ROUTES, Token
from entente.apps.parties.types import ClientFacts

logger = logging.getLogger(__name__)

_BAD_REQUEST, _FORBIDDEN = 400, 403
_AS_THE_PEER: Final = {422: _BAD_REQUEST, 409: _FORBIDDEN}
"""Our statuses that the peer does not use -> the one its clients know."""
_READING: Final = frozenset({"GET", "HEAD"})


class RequestUnreadable(errors.Invalid):
    """Something is missing from the request, or cannot be read."""

    code = "request_unreadable"
    title = "The request cannot be read"


class NothingThere(errors.Missing):
    """There is no such address, bank, content or exchange."""

    code = "nothing_there"
    title = "There is nothing here"


class NotThroughHere(errors.Refused):
    """A person does this, in the console."""

    code = "not_through_here"
    title = "A person does this in the console"


class NobodyKnows(errors.Unavailable):
    """The index cannot say at the moment, or a file could not be looked at."""

    code = "nobody_knows"
    title = "Nobody can tell at the moment"


class NameTaken(errors.Conflict):
    """Another bank has this name."""

    code = "name_taken"
    title = "Another bank has this name"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose token may ask it."""

    request: HttpRequest
    client: ClientFacts
    at: datetime

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter of the address."""
        return self.request.GET.get(name, default)

    def switch(self, name: str) -> bool:
        """Return a parameter that is on or off. Raises RequestUnreadable."""
        written = self.text(name, "false").lower()
        if written not in _SWITCH:
            raise RequestUnreadable(f"`{name}` is true or false.")
        return _SWITCH[written]

    def listed(self, name: str) -> list[str] | None:
        """Return a parameter that is a list with commas; None where it was not given."""
        parts = [part.strip() for part in self.text(name).split(",")]
        return [part for part in parts if part] or None

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object of text that can be kept. Raises RequestUnreadable."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise RequestUnreadable("Send a JSON object.") from None
        if not isinstance(body, dict):
            raise RequestUnreadable("Send a JSON object.")
        refuse_unstorable(body)
        return body


_SWITCH: Final = {"true": True, "1": True, "false": False, "0": False}

Handler = Callable[..., HttpResponse]


def door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """Return the view of one address: a handler per method, each called as `handler(asked, **named)`.

    The scope that a token needs stands in the table of permissions. Nothing of a body is read before the token.
    """

    @csrf_exempt
    def view(request: HttpRequest, **named: Any) -> HttpResponse:
        if not config().matching.hma:
            raise Http404
        with translation.override(settings.LANGUAGE_CODE):
            response = _answered(request, handlers, named)
        response.headers["Cache-Control"] = "no-store"
        return response

    return view


def said(status: int, message: str) -> HttpResponse:
    """Return an error as the peer words it."""
    return answer({"message": message}, status)


def answer(body: Any, status: int = 200) -> HttpResponse:
    """Return JSON, lists included."""
    return JsonResponse(body, status=status, safe=False, json_dumps_params={"ensure_ascii": False})


def _answered(request: HttpRequest, handlers: dict[str, Handler], named: dict[str, Any]) -> HttpResponse:
    try:
        return _handled(request, handlers, named)
    except errors.DomainError as error:
        return said(_status_of(error), str(error.message))
    except RequestDataTooBig:
        return said(413, "The body is too large.")
    except UnreadablePostError:
        return said(_BAD_REQUEST, "The body did not arrive.")
    except DatabaseError as error:
        logger.error("The database refused to work: %s", error)  # noqa: TRY400 - what it said is enough
        return said(503, "The service cannot store or read anything at the moment. Try again in a minute.")


def _handled(request: HttpRequest, handlers: dict[str, Handler], named: dict[str, Any]) -> HttpResponse:
    client = _client(request)
    if client is None:
        return _who_are_you()
    handler = handlers.get("GET" if request.method == "HEAD" else str(request.method))
    if handler is None:
        return _other_methods(handlers)
    _check_scope(request, client)
    return handler(Asked(request, client, clock.now()), **named)


def _client(request: HttpRequest) -> ClientFacts | None:
    """Return who owns the token: a bearer header, or what a client makes of `https://name:TOKEN@host` (RFC 7617)."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    token = credentials.strip()
    if scheme.lower() == "basic":
        token = _token_of_basic(token)
    elif scheme.lower() != "bearer":
        return None
    return known_tokens.client(token) if token else None


def _token_of_basic(credentials: str) -> str:
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ""
    return password or name


def _check_scope(request: HttpRequest, client: ClientFacts) -> None:
    """Raise ScopeMissing unless the token may do this; the table says which scope that takes."""
    gate = ROUTES[request.resolver_match.view_name] if request.resolver_match else None
    if not isinstance(gate, Token):
        raise TypeError("an address of /hma asks for a token")
    scope = gate.scope if request.method in _READING else gate.to_write or gate.scope
    if not client.may(scope):
        raise ScopeMissing(f"Give the token the scope {scope}, or use another one.", scope=scope)


def _who_are_you() -> HttpResponse:
    response = said(401, "Send a living token: as a bearer header, or as the password in the address.")
    response.headers["WWW-Authenticate"] = 'Basic realm="Entente", Bearer realm="Entente"'
    return response


def _other_methods(handlers: dict[str, Handler]) -> HttpResponse:
    response = said(405, "This address is not asked like that.")
    response.headers["Allow"] = ", ".join(sorted(handlers))
    return response


def _status_of(error: errors.DomainError) -> int:
    if isinstance(error, FetchError) and not isinstance(error, errors.TooLarge):
        return _BAD_REQUEST  # the address was the asker's: nothing here will be better in a minute
    return _AS_THE_PEER.get(error.http_status, error.http_status)
