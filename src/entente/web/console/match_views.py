"""What was recognised: the list, and the page that says why, number by number."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from entente.apps.kernel import clock
from entente.apps.matching import queries as matching
from entente.web.console.pages import show
from entente.web.permissions import requires

_DAYS: Final = 7


@requires("matches.view")
@require_GET
def matches(request: HttpRequest) -> HttpResponse:
    """Show what was recognised, newest first, of everything, one bank or one signal."""
    asked = request.GET
    found = matching.recognised(
        bank_id=_uuid(asked.get("bank", "")),
        signal_id=_number(asked.get("signal", "")),
        before=_moment(asked.get("before", "")),
    )
    counts = matching.checks_answered(since=clock.now() - timedelta(days=_DAYS))
    context = {
        "rows": found.rows,
        "before": found.next_before,
        "counts": counts,
        "days": _DAYS,
        "kept": {name: asked[name] for name in ("bank", "signal") if asked.get(name)},
    }
    return show(request, "console/matches.html", context)


@requires("matches.view")
@require_GET
def match(request: HttpRequest, recognition_id: UUID) -> HttpResponse:
    """Show one thing that was recognised: every signal it met, how near, and what that may lead to."""
    return show(request, "console/match.html", {"row": matching.recognition(recognition_id)})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004 - 64 bits


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
