"""The fast door of POST /api/v1/check: the same questions and answers, before the framework is entered.

An upload waits for a check, and nearly every check meets nothing: no session, cookie, form, template or database row
is needed to say so. Whatever is unusual (no living token of this scope, another kind of body, a large one) is left to
the documented door, which answers it as it answers everything.
"""

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import HttpResponse
from django.utils import translation

from entente.api import problems
from entente.api.checking import answering, reading
from entente.api.checking.endpoint import SCOPE
from entente.api.tokens import known_tokens
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError
from entente.apps.matching.errors import CheckUnreadable
from entente.apps.parties.types import ClientFacts

logger = logging.getLogger(__name__)

MOST_BYTES: Final = 4_000_000
"""Larger bodies go through the framework, which reads them piece by piece."""

_REASONS: Final = {200: "OK", 422: "Unprocessable Content", 503: "Service Unavailable"}

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes] | None:
    """Answer a check over WSGI (PEP 3333), or return None: then nothing was read and the framework goes on."""
    length = _length(environ)
    if length is None:
        return None
    try:
        client = _client(environ)
    except DatabaseError:
        return None
    if client is None:
        return None
    try:
        with translation.override(settings.LANGUAGE_CODE):
            response = _answered(environ["wsgi.input"].read(length), client)
    finally:
        close_old_connections()
    body = response if isinstance(response, bytes) else response.content
    status = 200 if isinstance(response, bytes) else response.status_code
    kind = "application/json" if status == 200 else "application/problem+json"  # noqa: PLR2004 - OK
    start_response(
        f"{status} {_REASONS.get(status, 'Error')}",
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
    return [body]


def _length(environ: dict[str, Any]) -> int | None:
    """Return how long a body of JSON is that this door reads; None for any other request."""
    if environ.get("REQUEST_METHOD") != "POST":
        return None
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != "application/json":
        return None
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()) or int(length) > MOST_BYTES:
        return None
    return int(length)


def _client(environ: dict[str, Any]) -> ClientFacts | None:
    scheme, _, token = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    client = known_tokens.client(token.strip())
    return client if client is not None and client.may(SCOPE) else None


def _answered(body: bytes, client: ClientFacts) -> bytes | HttpResponse:
    """Return the JSON of the answer, or a problem document."""
    try:
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            raise CheckUnreadable("The request is not JSON.", field="body") from None
        questions, many = reading.questions_of(given)
        answered = answering.answers(questions, many=many, client=client, at=clock.now())
    except DomainError as error:
        return problems.of_domain_error(error)
    except DatabaseError as error:
        return problems.of_storage_error(error)
    return json.dumps(answered, separators=(",", ":")).encode()
