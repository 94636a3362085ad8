"""The doors: what this is, for whom, and where to go."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.web.documents.pdf import pdf_available
from entente.web.public import places
from entente.web.public.pages import page, public

_KINDS = ("notices", "letters", "complaints")
_SHORTEST_TOKEN = 20


@require_safe
@public
def landing(request: HttpRequest) -> HttpResponse:
    """Say in one glance what this is and for whom, with a door for each."""
    return page(request, "public/landing.html", {"host": parties.host_facts()})


@require_safe
@public
def authorities(request: HttpRequest) -> HttpResponse:
    """Tell an authority how to send an order: contact point, languages, signed API, the form."""
    host = parties.host_facts()
    context = {
        "host": host,
        "languages_spoken": ", ".join(places.language_name(code) for code in host.languages),
        "established_in": places.country_name(host.established_in),
        "represented_in": places.country_name(host.represented_in),
        "base_url": config().base_url.rstrip("/"),
        "limits": config().limits,
        "pdf_available": pdf_available(),
    }
    return page(request, "public/authorities.html", context)


@require_safe
@public
def find(request: HttpRequest) -> HttpResponse:
    """Lead from an address pasted out of a mail to its page, for whoever cannot click it."""
    pasted = request.GET.get("address", "").strip()
    problem = ""
    if pasted:
        parts = urlsplit(pasted).path.strip("/").split("/")
        if len(parts) > 1 and parts[0] in _KINDS and len(parts[1]) >= _SHORTEST_TOKEN:
            return redirect(f"/{parts[0]}/{parts[1]}")
        problem = _(
            "This is not an address of a notice, a letter or a complaint. Copy it whole from our message."
        )
    return page(request, "public/find.html", {"pasted": pasted, "problem": problem})
