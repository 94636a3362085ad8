"""An opinion: what one partner says of a signal that is not its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class View(StrEnum):
    """What a partner says of it."""

    CONFIRMS = "confirms"
    CONTESTS = "contests"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One partner's view of one signal."""

    signal_type: str
    value: bytes
    author: str
    """Who holds it, as the exchange names them."""
    view: View
    labels: tuple[str, ...] = ()
