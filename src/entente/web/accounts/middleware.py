"""What every request passes on its way to a view: the person's language, then the table of permissions."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from entente.web import permissions

Handler = Callable[[HttpRequest], HttpResponse]


class PersonLanguageMiddleware:
    """Speak the signed-in person's language; visitors get the one their browser asks for."""

    def __init__(self, get_response: Handler) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language around the rest; Django's own LocaleMiddleware has set a first one."""
        language = getattr(request.user, "language", "")
        if not language:
            return self.get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        response.headers["Content-Language"] = language
        return response


class TableOfPermissionsMiddleware:
    """Ask the table before any view runs, libraries' views included: what is not in the table is refused.

    Views say what they need with `permissions.requires` as well, so that reading a view is enough to know.
    """

    def __init__(self, get_response: Handler) -> None:
        """Keep the next handler."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Go on; the question is asked in `process_view`, when the route is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Return a refusal, or nothing to let the view run."""
        match = request.resolver_match
        return permissions.answer_for_route(request, match.view_name if match else "", kwargs)
