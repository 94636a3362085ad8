"""The hashes of StopNCII.org, which people make of their own pictures, and feeds that answer in the same way.

Certain (the open reference client): a GET with `startTimestamp`, `pageSize` and, behind the first page,
`nextPageToken`; two keys as headers; a page says `count`, `nextPageToken`, `nextSetTimestamp`, `hasMoreRecords` and
`hashRecords`; a record has `lastModtimestamp`, `signalType`, `hashValue`, `hashStatus`, `caseNumbers` and
`CSPFeedbacks`, and replaces what was said of its hash before; a hash that is Withdrawn or Deleted is to be deleted;
page tokens do not live long; who was silent for 30 days should begin anew.

Assumed: everything in the block below that says so. A record has no reference: its hash is what it is known by.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from typing_extensions import override

from entente.core.exchange.errors import FeedUnreadable, MalformedEntry
from entente.core.exchange.feeds.answers import Found, Gathered, json_page, of_page
from entente.core.exchange.feeds.feed import Feed as AnyFeed
from entente.core.exchange.feeds.feed import Page, Request, Response, Setting, base_url, body_of, header_value
from entente.core.exchange.feeds.windows import Cursors, Window, is_cursor
from entente.core.exchange.opinions import Opinion, View
from entente.core.exchange.reading import make_entry, read_unix_time
from entente.core.exchange.tables import Table

# What is known of this partner's interface, in one place. ---------------------------------------------------------
BASE_URL = "https://api.stopncii.org/v1"
PATH = "/FetchHashes"
FUNCTION_KEY, SUBSCRIPTION_KEY = "x-functions-key", "Ocp-Apim-Subscription-Key"
PAGE_SIZE = 800
FIRST_SECOND = 10  # the reference client's; assumed to be a way around a zero
FORGETS_AFTER_DAYS = 30
SIGNAL_TYPES: Mapping[str, str] = {"ImagePDQ": "pdq", "VideoMD5": "md5", "URL": "url"}
STANDING = frozenset({"Unknown", "Received", "Active"})
RETRACTED = frozenset({"Withdrawn", "Deleted"})
VIEWS: Mapping[str, View] = {
    "Blocked": View.CONFIRMS,
    "NotBlocked": View.CONTESTS,
}  # assumed: others are no view
# ------------------------------------------------------------------------------------------------------------------


class Feed(AnyFeed):
    """Hashes that changed in a window of time."""

    kind: ClassVar[str] = "stopncii"
    title: ClassVar[str] = "StopNCII.org"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("function_key", "Function key", is_secret=True),
        Setting("subscription_key", "Subscription key", is_secret=True),
        Setting("base_url", "Address", default=BASE_URL),
    )
    forgets_after_days: ClassVar[int | None] = FORGETS_AFTER_DAYS

    @override
    def __init__(self, config: Mapping[str, str]) -> None:
        super().__init__(config)
        self._url = f"{base_url(self._config)}{PATH}"
        self._headers = {
            FUNCTION_KEY: header_value(self._config, "function_key"),
            SUBSCRIPTION_KEY: header_value(self._config, "subscription_key"),
            "Accept": "application/json",
        }
        self._window = Window()
        self._cursors = Cursors("")

    @override
    def _begin(self, checkpoint: str) -> Request:
        self._window = Window.read(checkpoint)
        self._cursors = Cursors(self._window.cursor)
        return self._ask()

    def _ask(self) -> Request:
        query = {"startTimestamp": max(self._window.since, FIRST_SECOND), "pageSize": PAGE_SIZE}
        token = {"nextPageToken": self._window.cursor} if self._window.cursor else {}
        return Request("GET", f"{self._url}?{urlencode({**query, **token})}", self._headers)

    @override
    def _read(self, response: Response) -> Page:
        if self._cursors.is_forgotten(response):
            self._window = self._window.afresh()
            return Page((), self._window.write(), self._ask())
        page = json_page(body_of(response))
        has_more = of_page(lambda: page.flag("hasMoreRecords", default=False))
        gathered = Gathered.of(of_page(lambda: page.items("hashRecords", is_needed=True)), _record)
        if has_more:
            token = of_page(lambda: page.text("nextPageToken"))
            if not token or not is_cursor(token):
                raise FeedUnreadable("more records follow, and there is no token for them")
            self._window = self._window.on(self._cursors.follow(token), reached=0)
        else:
            self._window = self._next_window(of_page(lambda: page.whole("nextSetTimestamp")))
        return gathered.page(self._window.write(), self._ask() if has_more else None)

    def _next_window(self, since: int) -> Window:
        """Return the window behind this one. Raises FeedUnreadable if it begins before it."""
        self._believe(of_page(lambda: read_unix_time(since)))
        if since < self._window.since:
            raise FeedUnreadable("the partner's checkpoint goes back")
        return Window(since)


def _record(record: object) -> Found:
    """Return what one record says. Raises MalformedEntry."""
    hashed = Table(record)
    signal_type = SIGNAL_TYPES.get(hashed.text("signalType"))
    if signal_type is None:
        return Found(skipped=1)
    status = hashed.text("hashStatus")
    if status not in STANDING | RETRACTED:
        raise MalformedEntry("its status is none that is known here")
    entry = make_entry(
        signal_type=signal_type,
        written=hashed.text("hashValue"),
        labels=[f"region:{region}" for region in hashed.texts("hashRegions")],
        is_retracted=status in RETRACTED,
        changed_at=hashed.time("lastModtimestamp"),
    )
    opinions = tuple(
        Opinion(
            signal_type,
            entry.value,
            feedback.text("source", ""),
            VIEWS[feedback.text("feedbackValue")],
            tuple(feedback.texts("tags")),
        )
        for feedback in hashed.tables("CSPFeedbacks")
        if feedback.text("feedbackValue") in VIEWS
    )
    return Found((entry,), opinions=opinions)
