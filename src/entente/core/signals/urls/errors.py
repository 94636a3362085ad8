"""What can be wrong with a written address."""

from __future__ import annotations

from typing import Literal, TypeAlias

from entente.core.signals.errors import MalformedSignal

Reason: TypeAlias = Literal[
    "empty",
    "too_long",
    "control_characters",
    "not_http",
    "userinfo",
    "no_host",
    "bad_host",
    "unreadable",
]
"""Which rule an address breaks; stable, so that a caller can say it in the reader's language."""


class MalformedUrl(MalformedSignal):
    """The text is not one http(s) address; `reason` says which rule it breaks."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason
