"""An invented feed for the tests: pages are given to it, and what it was asked is kept."""

from collections.abc import Sequence
from typing import Any, ClassVar

from typing_extensions import override

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import CheckpointUnreadable
from entente.core.exchange.feeds.feed import Feed, Page, Request, Response, Setting
from tests.apps.banks.acts import value


class InventedFeed(Feed):
    """Answers with the pages of `plan`, in their order; a plan may hold errors, which are raised."""

    kind: ClassVar[str] = "invented"
    title: ClassVar[str] = "Invented feed"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("place", "Place"),
        Setting("token", "Token", default="", is_secret=True),
    )
    plan: ClassVar[list[Page | Exception]] = []
    begun: ClassVar[list[tuple[str, dict[str, str]]]] = []

    @override
    def _begin(self, checkpoint: str) -> Request:
        if checkpoint == "of another feed":
            raise CheckpointUnreadable("not one of this feed")
        self.begun.append((checkpoint, dict(self._config)))
        return REQUEST

    @override
    def _read(self, response: Response) -> Page:
        following = self.plan.pop(0)
        if isinstance(following, Exception):
            raise following
        return following


class ForgettingFeed(InventedFeed):
    """A feed that tells retractions of the last thirty days only."""

    kind: ClassVar[str] = "forgetting"
    forgets_after_days: ClassVar[int | None] = 30


REQUEST = Request("GET", "https://lists.example/all")


def entry(word: str, **changes: Any) -> Entry:
    """Return the entry of an invented word."""
    return Entry(**{"signal_type": "sha256", "value": value(word), **changes})


def gone(word: str) -> Entry:
    """Return the retraction of an invented word."""
    return entry(word, is_retracted=True)


def gone_ref(ref: str) -> Entry:
    """Return the retraction of everything under a reference."""
    return Entry("", b"", partner_ref=ref, is_retracted=True)


def page(
    entries: Sequence[Entry | Bad] = (), checkpoint: str = "1", *, more: bool = False, **rest: Any
) -> Page:
    """Return a page; `more`: another one follows."""
    return Page(tuple(entries), checkpoint, REQUEST if more else None, **rest)
