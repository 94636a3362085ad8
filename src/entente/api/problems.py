"""The one place where domain errors become HTTP problem documents (RFC 9457)."""

import logging
from typing import Any

from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from entente.apps.kernel import errors

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 60


def problem(status: int, *, code: str, title: str, detail: str = "", **facts: Any) -> HttpResponse:
    """Return a problem document. `code` is stable; `detail` says what to do."""
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, **facts}
    if detail:
        body["detail"] = detail
    response = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/problem+json"
    return response


def of_domain_error(error: errors.DomainError) -> HttpResponse:
    """Return what a rule of the domain that says no becomes."""
    facts = {
        name: value for name, value in error.facts.items() if name not in {"type", "title", "status", "code"}
    }
    return problem(
        error.http_status, code=error.code, title=str(error.title), detail=str(error.message), **facts
    )


def of_storage_error(error: DatabaseError) -> HttpResponse:
    """Return what a full disk or an absent database becomes: nothing was acknowledged, the sender comes again."""
    logger.error("The database refused to work: %s", error)
    response = problem(
        503,
        code="storage_unavailable",
        title="The service cannot store anything at the moment",
        detail="Nothing was accepted. Send the same request again in a minute.",
    )
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def install(api: NinjaAPI) -> None:
    """Answer every error of the API as a problem document."""

    def domain(_request: HttpRequest, error: errors.DomainError) -> HttpResponse:
        return of_domain_error(error)

    def validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        lines = [
            {
                "field": ".".join(str(part) for part in entry.get("loc", ())[1:]),
                "message": str(entry.get("msg", "")),
            }
            for entry in error.errors
        ]
        return problem(
            422, code="malformed", title="The request cannot be read", detail="See errors.", errors=lines
        )

    def unauthenticated(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        return problem(
            401,
            code="token_missing",
            title="Authentication failed",
            detail="Send a valid token as a bearer header.",
        )

    def storage(_request: HttpRequest, error: OperationalError) -> HttpResponse:
        return of_storage_error(error)

    def plain(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, code="http", title=str(error))

    api.exception_handler(errors.DomainError)(domain)
    api.exception_handler(ValidationError)(validation)
    api.exception_handler(AuthenticationError)(unauthenticated)
    api.exception_handler(OperationalError)(storage)
    api.exception_handler(HttpError)(plain)
