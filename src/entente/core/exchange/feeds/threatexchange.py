"""The changes of a privacy group of ThreatExchange.

Certain (public documentation and reference client): `threat_updates` of a privacy group hands out changes in the order
of their time, and `start_time` says from when; pages say `data` and `paging`, whose `next` is the address of the next
page; what an update says is in `entente.core.exchange.threat_updates`; deletions are told for 90 days, after which a
copy must be made anew. Certain too: the access token may be a parameter of the address; here it goes as a bearer
token, since addresses end up in logs.

Assumed: everything in the block below that says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from typing_extensions import override

from entente.core.exchange.errors import CheckpointUnreadable, FeedMisconfigured, FeedRefused, FeedUnreadable
from entente.core.exchange.feeds.answers import Found, Gathered, json_page, of_page
from entente.core.exchange.feeds.feed import Feed as AnyFeed
from entente.core.exchange.feeds.feed import Page, Request, Response, Setting, base_url, body_of, header_value
from entente.core.exchange.formats.json_stream import loads
from entente.core.exchange.reading import read_unix_time
from entente.core.exchange.tables import Table
from entente.core.exchange.threat_updates import read_update

# What is known of this partner's interface, in one place. ---------------------------------------------------------
BASE_URL = "https://graph.facebook.com/v24.0"
FIELDS = "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,tags,reactions}"
PAGE_SIZE = 500
SCHEME = "Bearer"  # assumed: the Graph API takes its token in this header everywhere, not only where it is documented
FORGETS_AFTER_DAYS = 90
REFUSED = 400
CREDENTIAL_CODES = frozenset(
    {102, 190}
)  # assumed to be all: codes of an error object for a token that is no longer good
PASSING_CODES = frozenset({1, 2, 4, 17, 32, 613})  # assumed to be all: try later, too many requests
# ------------------------------------------------------------------------------------------------------------------

_TOKEN_PARAMETER = "access_token"  # noqa: S105 - a parameter's name
_MOST_PARAMETERS = 30
_MOST_DIGITS = 12


class Feed(AnyFeed):
    """The changes of one privacy group; the checkpoint is the time of the last one, in seconds since 1970."""

    kind: ClassVar[str] = "threatexchange"
    title: ClassVar[str] = "ThreatExchange"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("privacy_group", "Privacy group (its number)"),
        Setting("access_token", "Access token", is_secret=True),
        Setting("base_url", "Address, with the version of the interface", default=BASE_URL),
    )
    forgets_after_days: ClassVar[int | None] = FORGETS_AFTER_DAYS

    @override
    def __init__(self, config: Mapping[str, str]) -> None:
        super().__init__(config)
        group = self._config["privacy_group"]
        if not (group.isascii() and group.isdigit()):
            raise FeedMisconfigured("the privacy group is a number")
        self._url = f"{base_url(self._config)}/{group}/threat_updates/"
        self._headers = {
            "Authorization": f"{SCHEME} {header_value(self._config, 'access_token')}",
            "Accept": "application/json",
        }
        self._reached = 0
        self._seen: set[bytes] = set()

    @override
    def _begin(self, checkpoint: str) -> Request:
        if checkpoint and not (
            checkpoint.isascii() and checkpoint.isdigit() and len(checkpoint) <= _MOST_DIGITS
        ):
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        self._reached = int(checkpoint or 0)
        self._seen.clear()
        query = [("fields", FIELDS), ("limit", str(PAGE_SIZE))]
        return self._ask([*query, ("start_time", str(self._reached))] if self._reached else query)

    def _ask(self, query: list[tuple[str, str]]) -> Request:
        written = urlencode(query)
        digest = hashlib.blake2b(written.encode(), digest_size=16).digest()
        if digest in self._seen:
            raise FeedUnreadable("the partner hands out the same page again")
        self._seen.add(digest)
        return Request("GET", f"{self._url}?{written}", self._headers)

    @override
    def _read(self, response: Response) -> Page:
        if response.status == REFUSED:
            raise _refusal(response)
        page = json_page(body_of(response))
        times: list[int] = []
        gathered = Gathered.of(
            of_page(lambda: page.items("data", is_needed=True)), lambda record: _record(record, times)
        )
        self._advance(times)
        address = of_page(lambda: page.table("paging").text("next", ""))
        following = self._ask(self._query_of(address)) if address else None
        return gathered.page(str(self._reached) if self._reached else "", following)

    def _advance(self, times: list[int]) -> None:
        """Go on to the latest time of a page. Raises FeedUnreadable if all of it is older than what was asked for."""
        latest = max(times, default=self._reached)
        if latest < self._reached:
            raise FeedUnreadable(
                "the partner's changes go back behind the time from which they were asked for"
            )
        self._believe(of_page(lambda: read_unix_time(latest)))
        self._reached = latest

    def _query_of(self, address: str) -> list[tuple[str, str]]:
        """Return the parameters of the next page without a token. Raises FeedUnreadable if it lies elsewhere."""
        try:
            here, there = urlsplit(self._url), urlsplit(address)
            is_here = (here.hostname, here.path.rstrip("/")) == (there.hostname, there.path.rstrip("/"))
            query = parse_qsl(there.query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
        except ValueError:
            raise FeedUnreadable("the next page has no readable address") from None
        if not is_here:
            raise FeedUnreadable("the next page lies on another host, or in another place of this one")
        return [(name, value) for name, value in query if name != _TOKEN_PARAMETER]


def _record(record: object, times: list[int]) -> Found:
    """Return what one update says, and note its time. Raises MalformedEntry."""
    update = Table(record)
    at = update.time("last_updated")
    if at:
        times.append(int(at.timestamp()))
    said = read_update(update, with_descriptors=True)
    if said.entry is None:
        return Found(ref=said.ref, skipped=1)
    return Found((said.entry,), said.ref, said.opinions)


def _refusal(response: Response) -> FeedRefused:
    """Return why a request was refused, as far as the number of the error tells; its text is not repeated."""
    found = loads(bytes(response.body[:65536]).decode(errors="surrogateescape"))
    error = found.get("error") if isinstance(found, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    code = code if type(code) is int else 0
    if code in CREDENTIAL_CODES:
        return FeedRefused("the partner refuses the credentials", status=REFUSED, is_temporary=False)
    if code in PASSING_CODES:
        return FeedRefused("the partner cannot answer now", status=REFUSED, is_temporary=True)
    return FeedRefused("the partner refuses the request", status=REFUSED, is_temporary=False)
