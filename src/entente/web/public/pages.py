"""What every public page shares: its frame, the reader's language, the host's time zone, one page for "not there".

Somebody without an account reads in the language they chose (`?lang=`, then a cookie), then the letter's own, then
the browser's. Times are the host's, with the zone's name beside them.
"""

import zoneinfo
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from entente.apps.kernel import clock
from entente.apps.kernel.config import config

View = Callable[..., HttpResponse]

COOKIE_AGE_SECONDS: Final = 365 * 24 * 3600
_NOTHING_ELSE: Final[dict[str, Any]] = {
    "server_now": None,
    "languages": (),
    "set_language_url": "",
    "footer_links": (),
}
"""What the frame must not say on the page that is not there: a time, a token, a path."""
_KNOWN: Final = frozenset(code for code, _name in settings.LANGUAGES)


def public(view: View) -> View:
    """Wrap a view in the reader's language and the host's zone; remember a language chosen in the address."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        zone = zoneinfo.ZoneInfo(config().zone)
        asked = request.GET.get("lang", "")
        before = translation.get_language()
        try:
            translation.activate(chosen_language(request) or before or "en")
            with timezone.override(zone):
                response = view(request, *args, **kwargs)
            response.headers["Content-Language"] = translation.get_language() or "en"
        finally:
            translation.activate(before or "en")
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        if asked in _KNOWN:
            remember_language(response, asked)
        return response

    return wrapped


def private(view: View) -> View:
    """Wrap a view behind a secret address: nothing between the reader and us keeps a copy."""
    spoken = public(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = spoken(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        return response

    return wrapped


def chosen_language(request: HttpRequest) -> str:
    """Return the language the reader chose here, or an empty text."""
    asked = request.GET.get("lang", "")
    if asked in _KNOWN:
        return asked
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return kept if kept in _KNOWN else ""


def speak(request: HttpRequest, language: str) -> None:
    """Go on in a letter's own language, unless the reader chose another; call it inside a `public` view."""
    if not chosen_language(request) and language in _KNOWN:
        translation.activate(language)


def remember_language(response: HttpResponse, language: str) -> None:
    """Keep the chosen language in a cookie that says nothing else."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=COOKIE_AGE_SECONDS,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a public page in its frame; a form with errors answers 422."""
    full = {
        "server_now": clock.now(),
        "languages": settings.LANGUAGES,
        "set_language_url": reverse("public:set_language"),
        "public_nav": _ways(request),
        "footer_links": _foot(),
        "home_url": "/",
        **(context or {}),
    }
    wrong = any(isinstance(value, forms.BaseForm) and value.errors for value in full.values())
    return render(request, template, full, status=422 if wrong and status == 200 else status)  # noqa: PLR2004


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Say that nothing is there: the same bytes for a wrong address and for what may not be shown yet (rule 14).

    So there is no time, no token and no path on this page.
    """
    language = chosen_language(request)
    with translation.override(language or translation.get_language()):
        response = render(request, "public/not_found.html", _NOTHING_ELSE, status=404)
    response.headers["Cache-Control"] = "no-store"
    return response


def nothing_here() -> Http404:
    """Return the one answer to "this is not there (yet)"; raise it."""
    return Http404()


def _ways(request: HttpRequest) -> list[dict[str, object]]:
    ways = [
        ("public:new_notice", _("Report content")),
        ("public:find", _("Follow a notice or a letter")),
        ("public:authorities", _("For authorities")),
    ]
    return [
        {"url": reverse(route), "label": label, "current": request.path == reverse(route)}
        for route, label in ways
    ]


def _foot() -> list[dict[str, str]]:
    links = [{"url": reverse("account_login"), "label": _("For staff: sign in")}]
    if config().demo:
        links.append({"url": reverse("demo:start"), "label": _("Start page of the exercise")})
    return links
