"""Showing a page of the console, and the way back to a case after an act."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

from entente.apps.kernel.paging import Mark
from entente.web.accounts.answering import page
from entente.web.console import undo

PAGE: Final = 100
"""Lines on one page of a long list."""

_MOST_PAGES: Final = 1_000_000


def show(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page of the console, with the offer to undo the last act where there is one."""
    offered = None if getattr(request, "htmx", False) else undo.take(request)
    return page(request, template, {"undo": offered, **(context or {})}, status=status)


def case_url(case_id: UUID, tab: str = "") -> str:
    """Return the address of a case, or of one of its tabs."""
    url = reverse("console:case", args=[case_id])
    return f"{url}?tab={tab}" if tab else url


def to_case(case_id: UUID, tab: str = "") -> HttpResponseRedirect:
    """Go to a case after an act (POST, redirect, GET)."""
    return redirect(case_url(case_id, tab))


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form sent, or None when the page is only opened; an empty form was sent too."""
    return request.POST if request.method == "POST" else None


def page_number(request: HttpRequest) -> int:
    """Return which page of a list the address asks for; anything unreadable is the first."""
    text = request.GET.get("page", "1")
    return int(text) if text.isdigit() and 0 < int(text) < _MOST_PAGES else 1


def mark(request: HttpRequest) -> Mark | None:
    """Read where the last page of a list ended; anything unreadable is the first page."""
    moment = _moment(request.GET.get("at", ""))
    try:
        return (moment, UUID(request.GET.get("id", ""))) if moment is not None else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:  # it looks like a time and is none
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def older(at: datetime, last_id: UUID) -> str:
    """Return what the link to the next page of a list carries."""
    return urlencode({"at": at.isoformat(), "id": last_id})


def back_to(request: HttpRequest, otherwise: str) -> HttpResponseRedirect:
    """Go back to where a form says it stood, when that is here."""
    wanted = request.POST.get("next", "")
    is_here = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return redirect(wanted if is_here else otherwise)
