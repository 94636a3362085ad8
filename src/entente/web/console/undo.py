"""Undo: after an act the law lets one take back, the next page offers to take it back with one key."""

from typing import Any, Final

from django.http import HttpRequest

_KEY: Final = "console_undo"


def offer(request: HttpRequest, text: str, url: str, **fields: str) -> None:
    """Offer on the next page to undo what was just done: `text` says what, `url` takes it back by POST."""
    request.session[_KEY] = {"text": text, "url": url, "fields": fields}


def take(request: HttpRequest) -> dict[str, Any] | None:
    """Return the offer that waits for this person, once."""
    offered: dict[str, Any] | None = request.session.pop(_KEY, None) if _KEY in request.session else None
    return offered
