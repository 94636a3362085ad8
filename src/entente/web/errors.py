"""Domain errors as pages: what happened, and what to do now. Their HTTP twin is `entente.api.problems`."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from entente.apps.kernel import errors


def error_page(request: HttpRequest, error: errors.DomainError) -> HttpResponse:
    """Return the page that says what a service refused."""
    context = {
        "error_title": _(error.title),
        "error_text": _(error.message),
        "error_code": error.code,
        "back_url": _way_back(request),
        "back_label": _("Go back"),
    }
    return render(request, "entente/error.html", context, status=error.http_status)


class DomainErrorMiddleware:
    """Catch what a view let through, so that no refused act ever looks like a broken program."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; errors arrive in `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer domain errors; anything else is a defect and stays one."""
        if not isinstance(error, errors.DomainError):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"code": error.code, "title": error.title}, status=error.http_status)
        return error_page(request, error)


def _way_back(request: HttpRequest) -> str:
    """Return where the person came from, when that is here."""
    from urllib.parse import urlsplit

    came_from = urlsplit(request.headers.get("Referer", ""))
    same_host = came_from.netloc == request.get_host() and came_from.path != request.path
    return came_from.path if same_host else "/"
