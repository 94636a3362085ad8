"""The hash sharing of NCMEC, and feeds that answer in the same way.

Certain (public documentation of version 2 and its examples): `/v2/entries` with `from` and `to` answers XML; user name
and password go as basic authentication; below `queryResult` stand `images` and `videos` with their `maxTimestamp`, and
in them `image`, `video`, `deletedImage`, `deletedVideo` with `member`, `id`, `timestamp`, `classification`,
`fingerprints` and `feedback`; `paging/next` is the path of the next page, relative to the address of the interface; an
entry is always handed out as it stands now; entries come in no order of time, so a window of time counts only when it
was read to its end. A deleted entry has no fingerprints: it retracts its reference.

Assumed: everything in the block below that says so.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlencode

from typing_extensions import override

from entente.core.exchange.errors import CheckpointUnreadable, FeedUnreadable, MalformedEntry
from entente.core.exchange.feeds.answers import Found, Gathered, of_page
from entente.core.exchange.feeds.feed import Feed as AnyFeed
from entente.core.exchange.feeds.feed import Page, Request, Response, Setting, base_url, body_of
from entente.core.exchange.feeds.markup import Element, parse
from entente.core.exchange.feeds.windows import Cursors, Window, is_cursor
from entente.core.exchange.opinions import Opinion, View
from entente.core.exchange.reading import make_entry, read_time

# What is known of this partner's interface, in one place. ---------------------------------------------------------
BASE_URL = "https://report.cybertip.org/hashsharing"
PATH = "/v2/entries"
TIME = "%Y-%m-%dT%H:%M:%SZ"
OVERLAP_SECONDS = 300  # assumed: what is entered while a window is read may get a time that lies in it
FINGERPRINTS: Mapping[str, str] = {
    "md5": "md5",
    "pdq": "pdq",
    "sha256": "sha256",
}  # assumed: the last two names
KINDS: Mapping[str, str] = {"images": "image", "videos": "video"}
VIEWS: Mapping[str, View] = {"affirmativeFeedback": View.CONFIRMS, "negativeFeedback": View.CONTESTS}
# ------------------------------------------------------------------------------------------------------------------

_DELETED = "deleted"


class Feed(AnyFeed):
    """Entries that changed in a window of time; a reference is the member's number, a hyphen, and the entry's id."""

    kind: ClassVar[str] = "ncmec"
    title: ClassVar[str] = "NCMEC hash sharing"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("username", "User name"),
        Setting("password", "Password", is_secret=True),
        Setting("members", "Only entries of these members (numbers, divided by commas)", default=""),
        Setting("base_url", "Address", default=BASE_URL),
    )

    @override
    def __init__(self, config: Mapping[str, str]) -> None:
        super().__init__(config)
        self._base = base_url(self._config)
        self._members = frozenset(filter(None, map(str.strip, self._config["members"].split(","))))
        pair = f"{self._config['username']}:{self._config['password']}"
        self._headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Accept": "application/xml",
        }
        self._window = Window()
        self._cursors = Cursors("")

    @override
    def _begin(self, checkpoint: str) -> Request:
        self._window = Window.read(checkpoint)
        if self._window.cursor and not _is_page(self._window.cursor):
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        self._cursors = Cursors(self._window.cursor)
        return self._ask()

    def _ask(self) -> Request:
        """Ask for the page to go on with, or for the first one of a window that ends now."""
        if self._window.cursor:
            return Request("GET", f"{self._base}{self._window.cursor}", self._headers)
        until = int(self._now.timestamp()) if self._now else 0
        self._window = Window(self._window.since, until=until)
        query = {"from": _written_time(self._from())}
        if until:
            query["to"] = _written_time(until)
        return Request("GET", f"{self._base}{PATH}?{urlencode(query)}", self._headers)

    def _from(self) -> int:
        return max(self._window.since - OVERLAP_SECONDS, 0)

    @override
    def _read(self, response: Response) -> Page:
        if self._cursors.is_forgotten(response):
            self._window = self._window.afresh()
            following = self._ask()
            return Page((), self._window.write(), following)
        root = parse(body_of(response))
        if root.tag != "queryResult":
            raise FeedUnreadable("the answer is XML of another kind")
        gathered = Gathered.of(_records(root), lambda record: self._record(*record))
        reached = of_page(lambda: self._latest(root))
        cursor = of_page(lambda: _next_of(root)).removeprefix(self._base)
        if cursor:
            if not _is_page(cursor):
                raise FeedUnreadable("the next page lies on another host, or in another place of this one")
            self._window = self._window.on(self._cursors.follow(cursor), reached=reached)
            return gathered.page(self._window.write(), self._ask())
        end = self._window.until or max(self._window.reached, reached)
        self._window = Window(max(self._window.since, end))
        return gathered.page(self._window.write(), None)

    def _latest(self, root: Element) -> int:
        """Return the time of the latest entry of a page, 0 if it has none. Raises MalformedEntry, FeedUnreadable."""
        latest = 0
        for group in _groups(root):
            if group.children:
                at = read_time(group.attributes.get("maxTimestamp", ""))
                self._believe(at)
                latest = max(latest, int(at.timestamp()))
        if 0 < latest < self._from():
            raise FeedUnreadable(
                "the partner's entries go back behind the time from which they were asked for"
            )
        return latest

    def _record(self, kind: str, entry: Element) -> Found:
        """Return what one entry says. Raises MalformedEntry."""
        if entry.tag.lower() not in {kind, _DELETED + kind}:
            raise MalformedEntry("the element is neither an entry nor a deleted one")
        members = entry.named("member")
        member = members[0].attributes.get("id", "").strip() if members else ""
        number = entry.child_text("id").strip()
        if not member or not number:
            raise MalformedEntry("the entry has no member or no id")
        ref = f"{member}-{number}"
        if self._members and member not in self._members:
            return Found(ref=ref, skipped=1)
        at = _time_of(entry)
        if entry.tag.lower() == _DELETED + kind:
            retraction = make_entry(
                signal_type="", written="", partner_ref=ref, is_retracted=True, changed_at=at
            )
            return Found((retraction,), ref)
        classification = entry.child_text("classification", "").strip()
        labels = [f"media:{kind}", f"classification:{classification}" if classification else ""]
        prints = [one for group in entry.named("fingerprints") for one in group.children]
        made = {
            one.tag: make_entry(
                signal_type=FINGERPRINTS[one.tag],
                written=one.text,
                labels=labels,
                partner_ref=ref,
                changed_at=at,
            )
            for one in prints
            if one.tag in FINGERPRINTS
        }
        opinions = tuple(
            Opinion(made[tag].signal_type, made[tag].value, author, view)
            for tag, author, view in _feedback(entry)
            if tag in made
        )
        return Found(tuple(made.values()), ref, opinions, skipped=len(prints) - len(made))


def _groups(root: Element) -> list[Element]:
    return [group for group in root.children if group.tag in KINDS]


def _records(root: Element) -> Iterator[tuple[str, Element]]:
    for group in _groups(root):
        for entry in group.children:
            yield KINDS[group.tag], entry


def _next_of(root: Element) -> str:
    """Return the path of the next page, empty at the end. Raises MalformedEntry."""
    paging = root.named("paging")
    return paging[0].child_text("next", "").strip() if paging else ""


def _is_page(cursor: str) -> bool:
    """Say whether this is the path of a page of the entries we ask for, and nothing else."""
    return cursor.startswith(f"{PATH}?") and is_cursor(cursor) and "#" not in cursor


def _feedback(entry: Element) -> Iterator[tuple[str, str, View]]:
    """Yield which kind of fingerprint a member confirms or contests, and the member's number."""
    for feedback in (one for group in entry.named("feedback") for one in group.children):
        view = VIEWS.get(feedback.tag)
        if view:
            authors = {one.attributes.get("id", "") for one in _below(feedback) if one.tag == "member"}
            for author in sorted(authors - {""}):
                yield feedback.attributes.get("type", "").lower(), author, view


def _below(element: Element) -> Iterator[Element]:
    for child in element.children:
        yield child
        yield from _below(child)


def _time_of(entry: Element) -> datetime | None:
    written = entry.child_text("timestamp", "").strip()
    return read_time(written) if written else None


def _written_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(TIME)
