"""A whole list as one file at an address, in one of our formats, asked for again only if it has changed.

The address is asked with the validators of the last answer (RFC 9110: `ETag`, `Last-Modified`), and an answer of 304,
or one with the same bytes, changes nothing. Otherwise the page holds the whole list: what was known before and no
longer stands there is retracted, which `entente.core.exchange.deltas.WholeList` works out.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from entente.core.exchange.errors import (
    CheckpointUnreadable,
    FeedMisconfigured,
    FeedUnreadable,
    UnknownFormat,
)
from entente.core.exchange.feeds.feed import Feed as AnyFeed
from entente.core.exchange.feeds.feed import (
    Page,
    Request,
    Response,
    Setting,
    check_status,
    checked_url,
    header_value,
    is_visible,
)
from entente.core.exchange.formats import by_name
from entente.core.exchange.formats.json_stream import loads

if TYPE_CHECKING:
    from entente.core.exchange.entries import Bad, Entry
    from entente.core.exchange.formats import Format

MAX_FILE_BYTES = 2 << 30

_NOT_MODIFIED = 304
_MOST_VALIDATOR_CHARACTERS = 500


class Feed(AnyFeed):
    """One file at one address."""

    kind: ClassVar[str] = "http_file"
    title: ClassVar[str] = "File at an address"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "Address"),
        Setting("format", "Format"),
        Setting("username", "User name", default=""),
        Setting("password", "Password", default="", is_secret=True),
        Setting("token", "Bearer token, instead of a user name", default="", is_secret=True),
    )

    @override
    def __init__(self, config: Mapping[str, str]) -> None:
        super().__init__(config)
        self._url = checked_url(self._config["url"])
        try:
            self._format = by_name(self._config["format"])
        except UnknownFormat as error:
            raise FeedMisconfigured(str(error)) from None
        self._headers = _authorization(self._config)
        self._known = _Known()

    @override
    def _begin(self, checkpoint: str) -> Request:
        self._known = _Known.read(checkpoint)
        headers = dict(self._headers)
        if self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known.modified:
            headers["If-Modified-Since"] = self._known.modified
        return Request("GET", self._url, headers)

    @override
    def _read(self, response: Response) -> Page:
        if response.status == _NOT_MODIFIED and (self._known.etag or self._known.modified):
            return Page((), self._known.write(), None)
        check_status(response)
        if len(response.body) > MAX_FILE_BYTES:
            raise FeedUnreadable(f"the file is larger than {MAX_FILE_BYTES:,} bytes")
        known, self._known = self._known, _Known.of(response)
        if known.digest == self._known.digest:
            return Page((), self._known.write(), None)
        return Page(Listed(self._format, response.body), self._known.write(), None, is_whole=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a file lists, read anew each time it is asked. Raises FormatUnreadable where it cannot be read further."""

    format: Format
    content: bytes | memoryview

    def __iter__(self) -> Iterator[Entry | Bad]:
        return self.format.read(self.content)


@dataclass(frozen=True, slots=True)
class _Known:
    """What we know of the file as it was last."""

    etag: str = ""
    modified: str = ""
    digest: str = ""

    @classmethod
    def of(cls, response: Response) -> _Known:
        """Return what an answer says of its file."""
        etag, modified = response.header("ETag"), response.header("Last-Modified")
        return cls(
            etag=etag if _is_validator(etag) and is_visible(etag) else "",
            modified=modified if _is_validator(modified) else "",
            digest=hashlib.sha256(response.body).hexdigest(),
        )

    @classmethod
    def read(cls, checkpoint: str) -> _Known:
        """Return what a checkpoint holds. Raises CheckpointUnreadable."""
        if not checkpoint:
            return cls()
        found = loads(checkpoint)
        if (
            not isinstance(found, dict)
            or set(found) != {"etag", "modified", "digest"}
            or not all(isinstance(value, str) and _is_validator(value) for value in found.values())
        ):
            raise CheckpointUnreadable("the checkpoint is not one of this feed")
        return cls(**found)

    def write(self) -> str:
        """Return the checkpoint."""
        return json.dumps(asdict(self), separators=(",", ":"))


def _authorization(config: Mapping[str, str]) -> dict[str, str]:
    if config["token"] and config["username"]:
        raise FeedMisconfigured("there is either a token, or a user name and a password")
    if config["token"]:
        return {"Authorization": f"Bearer {header_value(config, 'token')}"}
    if config["username"]:
        pair = f"{config['username']}:{config['password']}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    return {}


def _is_validator(written: str) -> bool:
    return len(written) <= _MOST_VALIDATOR_CHARACTERS and written.isascii() and written.isprintable()
