"""Reading a partner's page: what it says of itself whole or not at all, each of its records for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FeedUnreadable, MalformedEntry
from entente.core.exchange.feeds.feed import MAX_PAGE_ENTRIES, Page, Request
from entente.core.exchange.formats.json_stream import BROKEN, loads
from entente.core.exchange.tables import Table

if TYPE_CHECKING:
    from entente.core.exchange.opinions import Opinion

T = TypeVar("T")
Record = TypeVar("Record")

_BLANKS = b"\xef\xbb\xbf \t\r\n"


def json_page(body: bytes) -> Table:
    """Return the object that a page is. Raises FeedUnreadable."""
    found = loads(body.decode("utf-8-sig", errors="surrogateescape"))
    if found is BROKEN:
        is_markup = body.lstrip(_BLANKS).startswith(b"<")
        raise FeedUnreadable(
            f"the answer is {'a page of HTML' if is_markup else 'broken or cut short'}, not JSON"
        )
    return of_page(lambda: Table(found, "the answer"))


def of_page(ask: Callable[[], T]) -> T:
    """Return what a page says of itself. Raises FeedUnreadable where that is missing or of another type."""
    try:
        return ask()
    except MalformedEntry as error:
        raise FeedUnreadable(f"the answer is not a page of this feed: {error}") from None


@dataclass(frozen=True, slots=True)
class Found:
    """What one record says."""

    entries: tuple[Entry, ...] = ()
    ref: str = ""
    """The record's reference, if its entries are everything that stands under it."""
    opinions: tuple[Opinion, ...] = ()
    skipped: int = 0


@dataclass(slots=True)
class Gathered:
    """What the records of one page say, the unreadable ones by their number."""

    entries: list[Entry | Bad] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)
    whole_refs: set[str] = field(default_factory=set)
    skipped: int = 0

    @classmethod
    def of(cls, records: Iterable[Record], read: Callable[[Record], Found]) -> Gathered:
        """Read every record of a page. Raises FeedUnreadable if there are more than a page may have."""
        gathered = cls()
        for number, record in enumerate(records, start=1):
            if number > MAX_PAGE_ENTRIES:
                raise FeedUnreadable(f"the page has more than {MAX_PAGE_ENTRIES:,} entries")
            try:
                found = read(record)
            except MalformedEntry as error:
                gathered.entries.append(Bad(number, str(error)))
                continue
            gathered.entries += found.entries
            gathered.opinions += found.opinions
            gathered.skipped += found.skipped
            if found.ref:
                gathered.whole_refs.add(found.ref)
        return gathered

    def page(self, checkpoint: str, following: Request | None) -> Page:
        """Return the page."""
        return Page(
            entries=tuple(self.entries),
            checkpoint=checkpoint,
            next=following,
            opinions=tuple(self.opinions),
            whole_refs=frozenset(self.whole_refs),
            skipped=self.skipped,
        )
