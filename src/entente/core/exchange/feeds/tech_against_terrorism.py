"""The content hash list of Tech Against Terrorism.

Certain (public documentation and reference client): one signs in with a POST of user name and password and gets a
token, which goes as a bearer token with each request; the list comes in pages that say `count`, `next`, `previous`,
`checkpoint` and `results`; an entry has `hash_digest`, `algorithm` (MD5, SHA256, SHA512, PDQ), `ideology` (islamist,
far-right), `file_type`, `deleted`, `created_on`, `updated_on` and `id`; the client goes on until `next` is null, and
each time asks for what comes after the last checkpoint, oldest first.

Assumed: everything in the block below that says so. The reference client takes MD5 for videos only; here it is the
digest of a file of any kind. SHA-512 is passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from typing_extensions import override

from entente.core.exchange.errors import CheckpointUnreadable, FeedMisconfigured, FeedUnreadable
from entente.core.exchange.feeds.answers import Found, Gathered, json_page, of_page
from entente.core.exchange.feeds.feed import Feed as AnyFeed
from entente.core.exchange.feeds.feed import Page, Request, Response, Setting, base_url, body_of, is_visible
from entente.core.exchange.reading import make_entry, read_unix_time
from entente.core.exchange.tables import Table

# What is known of this partner's interface, in one place. ---------------------------------------------------------
BASE_URL = "https://app.terrorismanalytics.org"
SIGN_IN_PATH = "/token-auth/tcap/"
LIST_PATH = "/api/hash-list/v2/all"
AFTER = "after"  # assumed: the reference client's name for the parameter that takes the checkpoint
ORDER = ("order", "asc")
LIMIT = ("limit", "1000")  # assumed: seen in the partner's own addresses of next pages
ALGORITHMS: Mapping[str, str] = {"PDQ": "pdq", "MD5": "md5", "SHA256": "sha256", "SHA-256": "sha256"}
IDEOLOGIES = frozenset({"all", "islamist", "far-right"})
CHECKPOINT = re.compile(
    r"([0-9]{1,12}(?:\.[0-9]{1,9})?),([0-9]{1,18})"
)  # assumed: time and id of the last entry
# ------------------------------------------------------------------------------------------------------------------

_NOT_AUTHORISED = 401
_MOST_CHECKPOINT_CHARACTERS = 200
_MOST_TOKEN_CHARACTERS = 8192


class Feed(AnyFeed):
    """The hash list, read from the oldest change on."""

    kind: ClassVar[str] = "tech_against_terrorism"
    title: ClassVar[str] = "Tech Against Terrorism hash list"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("username", "User name"),
        Setting("password", "Password", is_secret=True),
        Setting("ideology", "Ideology: all, islamist or far-right", default="all"),
        Setting("base_url", "Address", default=BASE_URL),
    )

    @override
    def __init__(self, config: Mapping[str, str]) -> None:
        super().__init__(config)
        self._base = base_url(self._config)
        if self._config["ideology"] not in IDEOLOGIES:
            raise FeedMisconfigured(f"the ideology is one of {', '.join(sorted(IDEOLOGIES))}")
        self._checkpoint = ""
        self._token = ""
        self._is_fresh = False
        self._seen: set[bytes] = set()

    @override
    def _begin(self, checkpoint: str) -> Request:
        if checkpoint and not _is_checkpoint(checkpoint):
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        self._checkpoint = checkpoint
        self._seen = {_digest(checkpoint)}
        return self._sign_in()

    def _sign_in(self) -> Request:
        self._token = ""
        form = {"username": self._config["username"], "password": self._config["password"]}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return Request("POST", f"{self._base}{SIGN_IN_PATH}", headers, urlencode(form).encode())

    def _list(self) -> Request:
        query = urlencode([ORDER, LIMIT, (AFTER, self._checkpoint)])
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return Request("GET", f"{self._base}{LIST_PATH}?{query}", headers)

    @override
    def _read(self, response: Response) -> Page:
        if not self._token:
            self._token = _token(json_page(body_of(response)))
            self._is_fresh = True
            return Page((), self._checkpoint, self._list())
        if response.status == _NOT_AUTHORISED and not self._is_fresh:
            return Page((), self._checkpoint, self._sign_in())  # the token ended in the middle of the list
        page = json_page(body_of(response))
        self._is_fresh = False
        gathered = Gathered.of(of_page(lambda: page.items("results", is_needed=True)), self._record)
        has_more = self._has_more(page)
        self._advance(of_page(lambda: page.text("checkpoint", "")), has_more=has_more)
        return gathered.page(self._checkpoint, self._list() if has_more else None)

    def _has_more(self, page: Table) -> bool:
        """Say whether another page follows. Raises FeedUnreadable if it lies on another host.

        The address itself is not used: the next page is asked for by its checkpoint, at the address we know.
        """
        address = of_page(lambda: page.text("next", ""))
        try:
            host = urlsplit(address).hostname
        except ValueError:
            host = ""
        if address and host != urlsplit(self._base).hostname:
            raise FeedUnreadable("the next page lies on another host")
        return bool(address)

    def _advance(self, checkpoint: str, *, has_more: bool) -> None:
        """Take the partner's checkpoint. Raises FeedUnreadable if it goes back, or no further although more follows."""
        if checkpoint and not _is_checkpoint(checkpoint):
            raise FeedUnreadable("the partner's checkpoint is not one")
        before, after = _moment(self._checkpoint), _moment(checkpoint)
        if after:
            self._believe(of_page(lambda: read_unix_time(float(after[0]))))
        if before and after and after < before:
            raise FeedUnreadable("the partner's checkpoint goes back")
        if has_more and (not checkpoint or _digest(checkpoint) in self._seen):
            raise FeedUnreadable("the partner hands out the same page again")
        if checkpoint:
            self._checkpoint = checkpoint
            self._seen.add(_digest(checkpoint))

    def _record(self, record: object) -> Found:
        """Return what one entry of the list says. Raises MalformedEntry."""
        entry = Table(record)
        ref, ideology = entry.identifier("id"), entry.text("ideology", "")
        file_type, digest = entry.text("file_type", ""), entry.text("hash_digest", "")
        is_deleted = entry.flag("deleted", default=False)
        signal_type = ALGORITHMS.get(entry.text("algorithm", "").upper(), "")
        wanted = self._config["ideology"] in {"all", ideology}
        if is_deleted and ref and not (signal_type and digest):
            return Found((make_entry(signal_type="", written="", partner_ref=ref, is_retracted=True),), ref)
        if not wanted or not signal_type:
            return Found(ref=ref, skipped=1)
        labels = [
            f"{name}:{value}" for name, value in (("ideology", ideology), ("file_type", file_type)) if value
        ]
        made = make_entry(
            signal_type=signal_type,
            written=digest,
            labels=labels,
            partner_ref=ref,
            is_retracted=is_deleted,
            changed_at=entry.time("updated_on") or entry.time("created_on"),
        )
        return Found((made,), ref)


def _token(page: Table) -> str:
    token = of_page(lambda: page.text("token"))
    if not token or len(token) > _MOST_TOKEN_CHARACTERS or not is_visible(token):
        raise FeedUnreadable("the partner's token is not one")
    return token


def _is_checkpoint(written: str) -> bool:
    return len(written) <= _MOST_CHECKPOINT_CHARACTERS and is_visible(written)


def _moment(checkpoint: str) -> tuple[Decimal, int] | None:
    """Return time and id of a checkpoint, which order it; None for one that is written in another way."""
    found = CHECKPOINT.fullmatch(checkpoint)
    return (Decimal(found[1]), int(found[2])) if found else None


def _digest(checkpoint: str) -> bytes:
    return hashlib.blake2b(checkpoint.encode(), digest_size=16).digest()
