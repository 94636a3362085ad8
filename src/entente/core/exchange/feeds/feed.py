"""What every feed is: a machine that says what to ask a partner next, and reads what the partner answers.

It sends nothing itself. The caller asks `start` for the first request, sends it, hands the answer to `read`, stores
what the page holds together with its checkpoint, and sends the page's next request until there is none. Whatever goes
wrong, every page that was read stands, and its checkpoint is where the next run begins: an error never takes back
more than the answer that caused it.

A partner is not trusted. Answers are bounded in size, entries and number; a next page lies where the pages before it
did; a checkpoint never goes back, and none that is dated in the future is believed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from typing_extensions import override

from entente.core.exchange.errors import FeedMisconfigured, FeedRefused, FeedUnreadable

if TYPE_CHECKING:
    from entente.core.exchange.entries import Bad, Entry
    from entente.core.exchange.opinions import Opinion

MAX_PAGE_BYTES = 32 << 20
MAX_PAGE_ENTRIES = 10_000
MAX_PAGES = 20_000
"""In one run. More than this is no list; and if it is one, the next run goes on where this one ended."""

FUTURE_TOLERATED = timedelta(days=1)
"""By how much a partner's clock may be ahead of ours."""

_MAX_RETRY_SECONDS = 86_400
_MAX_SETTING_CHARACTERS = 2000
_OK, _LEAST_REDIRECT, _LEAST_ERROR = 200, 300, 400
_LEAST_SERVER_ERROR = 500
_NOT_AUTHORISED = frozenset({401, 403})
_PASSING = frozenset({408, 425, 429})
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a kind of feed."""

    name: str
    title: str
    """What people call it, in English."""
    default: str | None = None
    """None: it must be given."""
    is_secret: bool = False
    """To be kept sealed, and never shown."""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What to send to the partner. Its representation shows no credential: neither header, body nor query."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @override
    def __repr__(self) -> str:
        url = urlsplit(self.url)
        return f"<Request {self.method} {url.scheme}://{url.hostname}{url.path}>"


@dataclass(frozen=True, slots=True)
class Response:
    """What the partner answered, whatever its status; redirects not followed, content encodings undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes | memoryview = field(repr=False)
    """In memory, or a view of a mapped file for what is larger than a page."""

    def header(self, name: str) -> str:
        """Return a header's value whatever its case, empty where there is none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer brought."""

    entries: Iterable[Entry | Bad]
    """In the partner's order. Of a whole list they are read while they are asked for, each time anew."""

    checkpoint: str
    """Where to begin the next time, to be stored once these entries are. Holds no credential."""

    next: Request | None
    """What to ask now; None at the end."""

    opinions: tuple[Opinion, ...] = ()
    """What partners say of signals of this page."""

    whole_refs: frozenset[str] = frozenset()
    """References of which this page says everything: what came under one before and is not here now is retracted."""

    skipped: int = 0
    """How many signals were passed over because no signal type here reads their kind."""

    is_whole: bool = False
    """The entries are everything the partner lists; what was known before and is not among them is retracted."""


class Feed(ABC):
    """One feed of one kind with its settings, for one run at a time. Its representation shows no setting."""

    kind: ClassVar[str]
    """The identifier in settings, tables and the API."""

    title: ClassVar[str]
    """What people call it, in English."""

    settings: ClassVar[tuple[Setting, ...]]

    forgets_after_days: ClassVar[int | None] = None
    """How long the partner tells what it took back. After a longer silence begin with an empty checkpoint, and take
    what is then not listed as retracted (`entente.core.exchange.deltas.WholeList`)."""

    def __init__(self, config: Mapping[str, str]) -> None:
        """Take the settings by name, secret ones among them. Raises FeedMisconfigured."""
        known = {setting.name: setting for setting in self.settings}
        if unknown := sorted(set(config) - set(known)):
            raise FeedMisconfigured(f"settings that this feed does not have: {', '.join(unknown)}")
        self._config: dict[str, str] = {}
        for name, setting in known.items():
            value = config.get(name, "") or setting.default
            if value is None:
                raise FeedMisconfigured(f"the setting {name} is missing")
            if len(value) > _MAX_SETTING_CHARACTERS or not (value.isprintable() and value == value.strip()):
                raise FeedMisconfigured(f"the setting {name} is too long, or holds what cannot be printed")
            self._config[name] = value
        self._now: datetime | None = None
        self._pages = 0

    @override
    def __repr__(self) -> str:
        return f"<Feed {self.kind}>"

    def start(self, checkpoint: str, *, now: datetime | None = None) -> Request:
        """Begin a run where a checkpoint says, or at the beginning; return the first request.

        `now` is the time by our clock, which lets the feed doubt what a partner dates in the future. Raises
        CheckpointUnreadable.
        """
        self._now, self._pages = now, 0
        return self._begin(checkpoint)

    def read(self, response: Response) -> Page:
        """Read the answer to the last request. Raises FeedRefused, FeedUnreadable."""
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise FeedUnreadable(f"the partner has more than {MAX_PAGES:,} pages in one run")
        return self._read(response)

    @abstractmethod
    def _begin(self, checkpoint: str) -> Request:
        """Return the first request of a run."""

    @abstractmethod
    def _read(self, response: Response) -> Page:
        """Read one answer."""

    def _believe(self, at: datetime | None) -> None:
        """Raise FeedUnreadable if a time by which the partner wants to be asked next lies in the future."""
        if at and self._now and at > self._now + FUTURE_TOLERATED:
            raise FeedUnreadable("the partner dates what it lists in the future")


def checked_url(url: str) -> str:
    """Return an address that may be asked with credentials. Raises FeedMisconfigured."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise FeedMisconfigured("the address is not one") from None
    if (
        not host
        or not is_visible(url)
        or parts.username is not None
        or parts.password is not None
        or parts.fragment
    ):
        raise FeedMisconfigured("the address has a host, and neither a user nor a fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise FeedMisconfigured("the address begins with https, unless it is this machine's")
    return url


def base_url(config: Mapping[str, str]) -> str:
    """Return the address below which an interface lies, without its final slash. Raises FeedMisconfigured."""
    url = checked_url(config["base_url"]).rstrip("/")
    if "?" in url:
        raise FeedMisconfigured("the address of an interface has no parameters")
    return url


def header_value(config: Mapping[str, str], name: str) -> str:
    """Return a setting that goes into a header. Raises FeedMisconfigured if it cannot stand there."""
    if not is_visible(config[name]):
        raise FeedMisconfigured(f"the setting {name} may only hold visible ASCII characters")
    return config[name]


def body_of(response: Response) -> bytes:
    """Return the body of an answer with which the partner agrees. Raises FeedRefused, FeedUnreadable."""
    check_status(response)
    if len(response.body) > MAX_PAGE_BYTES:
        raise FeedUnreadable(f"the page is larger than {MAX_PAGE_BYTES:,} bytes")
    return bytes(response.body)


def check_status(response: Response) -> None:
    """Raise FeedRefused unless the partner agreed."""
    status = response.status
    if status == _OK:
        return
    if status in _NOT_AUTHORISED:
        raise FeedRefused("the partner refuses the credentials", status=status, is_temporary=False)
    if status in _PASSING or status >= _LEAST_SERVER_ERROR:
        raise FeedRefused(
            f"the partner cannot answer now (status {status})",
            status=status,
            is_temporary=True,
            retry_after_seconds=_retry_after(response),
        )
    if _LEAST_REDIRECT <= status < _LEAST_ERROR:
        raise FeedRefused(
            f"the partner points elsewhere (status {status}); change the address if that is right",
            status=status,
            is_temporary=False,
        )
    raise FeedRefused(f"the partner refuses the request (status {status})", status=status, is_temporary=False)


def _retry_after(response: Response) -> int | None:
    """Return how long to wait where the partner says it in seconds; of a date nothing can be said without a clock."""
    written = response.header("Retry-After").strip()
    if written.isascii() and written.isdigit() and len(written) < len(str(_MAX_RETRY_SECONDS)) + 1:
        return min(int(written), _MAX_RETRY_SECONDS)
    return None


def is_visible(value: str) -> bool:
    """Say whether a text may stand in a header or in an address as it is: visible ASCII, and nothing blank."""
    return value.isascii() and value.isprintable() and " " not in value
