"""Choosing a language without an account."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from entente.web.public.pages import remember_language


@require_http_methods(["GET", "POST"])
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the chosen language and go back to the page the reader came from."""
    wanted = request.POST.get("language", "")
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        target = "/"
    response = HttpResponseRedirect(_without_language(target))
    if request.method == "POST" and wanted in dict(settings.LANGUAGES):
        remember_language(response, wanted)
    return response


def _without_language(target: str) -> str:
    """Drop an older choice from the address, or it would win over the new one."""
    parts = urlsplit(target)
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "lang"])
    return urlunsplit(("", "", parts.path, query, ""))
