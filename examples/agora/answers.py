"""How a webhook is answered: what took effect, or a problem document (RFC 9457)."""

import json
from dataclasses import dataclass
from typing import Any

from flask import Response


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON document of our answer."""

    status: int
    document: dict[str, Any]


def applied(at: str) -> Answer:
    """Say that it is done, and since when."""
    return Answer(200, {"effect": {"applied": True, "at": at}})


def refused(status: int, reason: str, detail: str) -> Answer:
    """Say that nothing was done, in a form Entente can act on."""
    answer = problem(status, "Not done", detail)
    return Answer(status, {**answer.document, "effect": {"applied": False, "reason": reason}})


def problem(status: int, title: str, detail: str) -> Answer:
    """Make a problem document (RFC 9457)."""
    return Answer(status, {"type": "about:blank", "title": title, "status": status, "detail": detail})


def respond(answer: Answer) -> Response:
    """Turn an answer into HTTP."""
    kind = "application/json" if answer.status < 400 else "application/problem+json"  # noqa: PLR2004
    return Response(json.dumps(answer.document) + "\n", answer.status, content_type=kind)
