"""The guarded HTTP client: the only way to fetch an address that was handed to us.

Public addresses only, the connection pinned to the address that was checked, every redirect checked anew;
no credentials, no cookies, no proxy of the environment; a limit on the whole time, on the bytes as sent and
as decompressed, on the headers. In an exercise, and only there, chosen hosts are led to a local server.
"""

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import httpcore
import httpx

from entente.apps.kernel.http_addresses import Resolver, system_resolver
from entente.apps.kernel.http_errors import (
    AddressRefused,
    FetchError,
    FetchFailed,
    FetchTimeout,
    FetchTooLarge,
)
from entente.apps.kernel.http_transport import PinnedBackend, TimeLeft

if TYPE_CHECKING:
    import ssl

__all__ = [
    "AddressRefused",
    "Answer",
    "FetchError",
    "FetchFailed",
    "FetchTimeout",
    "FetchTooLarge",
    "Fetched",
    "GuardedClient",
    "client",
]

MAX_REDIRECTS: Final = 5
"""Enough for http -> https -> www -> language; more is a loop or a trap."""

MAX_HEADER_BYTES: Final = 64 * 1024
"""No honest server sends more; httpcore itself stops at 100 kB while reading."""

DEFAULT_BYTES: Final = 16 * 1024 * 1024
DEFAULT_SECONDS: Final = 30.0

_PORTS: Final = {80, 443}
_REDIRECTS: Final = {301, 302, 303, 307, 308}
_NO_HEAD: Final = {405, 501}
_FOLLOWING: Final = {"GET", "HEAD"}
_METHODS: Final = {"GET", "HEAD", "POST"}
_NEVER_SENT: Final = {"authorization", "cookie", "host", "proxy-authorization"}
_PIECE_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class Answer:
    """The head of an answer; `chunks` brings the body, once."""

    url: str
    status_code: int
    headers: httpx.Headers
    redirects: tuple[str, ...]
    peer: str
    _chunks: Iterator[bytes] = field(repr=False)

    def chunks(self) -> Iterator[bytes]:
        """Yield the decoded body within the limits. Raises FetchTooLarge, FetchTimeout, FetchFailed."""
        return self._chunks

    @property
    def media_type(self) -> str:
        """The declared media type in lower case, without parameters; empty when there is none."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer read whole."""

    url: str
    status_code: int
    headers: httpx.Headers
    redirects: tuple[str, ...]
    peer: str
    body: bytes


class GuardedClient:
    """Fetches what strangers point at. Holds no state between two fetches."""

    def __init__(
        self,
        *,
        overrides: Mapping[str, str] | None = None,
        resolver: Resolver = system_resolver,
        total_seconds: float = DEFAULT_SECONDS,
        max_bytes: int = DEFAULT_BYTES,
        tls: "ssl.SSLContext | None" = None,
    ) -> None:
        """Take the exercise's `overrides` ("agora.example" -> "127.0.0.1:8701", spoken to in plain HTTP)."""
        self._overrides = {host.lower(): _host_and_port(target) for host, target in (overrides or {}).items()}
        self._resolver = resolver
        self._total_seconds = total_seconds
        self._max_bytes = max_bytes
        self._tls = tls

    @classmethod
    def from_config(cls, *, total_seconds: float = DEFAULT_SECONDS) -> "GuardedClient":
        """Return a client with this instance's exercise overrides (none outside an exercise)."""
        from entente.apps.kernel.config import config

        return cls(overrides=config().resolve, total_seconds=total_seconds)

    def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int | None = None,
    ) -> Fetched:
        """Return the whole answer, whatever its status; see `stream` for limits and errors."""
        with self.stream(url, method=method, headers=headers, content=content, max_bytes=max_bytes) as answer:
            body = b"".join(answer.chunks())
            return Fetched(
                answer.url, answer.status_code, answer.headers, answer.redirects, answer.peer, body
            )

    def head_or_get(self, url: str) -> Answer:
        """Return the head of the answer only; asks with GET where a server does not know HEAD."""
        for method in ("HEAD", "GET"):
            with self.stream(url, method=method, max_bytes=None) as answer:
                if answer.status_code not in _NO_HEAD:
                    break
        return answer

    @contextlib.contextmanager
    def stream(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        max_bytes: int | None = None,
    ) -> Iterator[Answer]:
        """Open `url` and yield its `Answer`; GET and HEAD follow up to five redirects, POST none.

        Raises AddressRefused (also for a redirect), FetchTimeout for the whole of it, FetchFailed,
        FetchTooLarge.
        """
        if method not in _METHODS:
            raise AddressRefused(f"{method} is not used here.", reason="method")
        limit = self._max_bytes if max_bytes is None else max_bytes
        left = TimeLeft(self._total_seconds)
        sent = _headers_to_send(headers, content)
        passed: list[str] = []
        current = self._checked_url(url)
        while True:
            with self._one(method, current, sent, content, left) as (response, peer):
                following = _redirect_of(method, current, response)
                if following is None:
                    received = httpx.Headers(response.headers)
                    body = _body(response, received, limit if method != "HEAD" else 0)
                    yield Answer(
                        str(current), response.status, received, tuple(passed), peer, _typed_errors(body)
                    )
                    return
            passed.append(str(current))
            if len(passed) > MAX_REDIRECTS:
                raise FetchFailed(f"More than {MAX_REDIRECTS} redirects.", reason="redirects")
            current = self._checked_url(following)

    def _checked_url(self, text: str) -> httpx.URL:
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise AddressRefused("The address cannot be read.", reason="unreadable") from None
        if url.scheme not in {"http", "https"}:
            raise AddressRefused("Only http and https addresses are fetched.", reason="scheme")
        if url.userinfo:
            raise AddressRefused(
                "An address with a name or password in it is not fetched.", reason="userinfo"
            )
        if not url.host.strip(".") or url.host.startswith("."):
            raise AddressRefused("The address names no host.", reason="no_host")
        overridden = url.raw_host.decode("ascii") in self._overrides
        if not overridden and url.port is not None and url.port not in _PORTS:
            raise AddressRefused(f"Port {url.port} is not fetched.", reason="port")
        return url.copy_with(fragment=None)

    @contextlib.contextmanager
    def _one(
        self, method: str, url: httpx.URL, headers: Mapping[str, str], content: bytes, left: TimeLeft
    ) -> Iterator[tuple[httpcore.Response, str]]:
        """Send one request on a connection of its own and close it afterwards."""
        host = url.raw_host.decode("ascii")
        plain = url.scheme == "http" or host in self._overrides
        backend = PinnedBackend(resolver=self._resolver, overrides=self._overrides, left=left)
        request = httpcore.Request(
            method,
            httpcore.URL(
                scheme=b"http" if plain else b"https",
                host=url.raw_host,
                port=url.port or (443 if url.scheme == "https" else 80),
                target=url.raw_path,
            ),
            headers=[
                (b"Host", url.netloc),
                *((k.encode("ascii"), v.encode("latin-1")) for k, v in headers.items()),
            ],
            content=content,
        )
        with contextlib.ExitStack() as stack:
            pool = stack.enter_context(
                httpcore.ConnectionPool(
                    ssl_context=self._tls or _default_tls(), max_connections=1, network_backend=backend
                )
            )
            with _network_errors():
                response = pool.handle_request(request)
            stack.callback(response.close)
            _check_head(response)
            yield response, backend.peer


def client(*, total_seconds: float = DEFAULT_SECONDS) -> GuardedClient:
    """Return this instance's guarded client."""
    return GuardedClient.from_config(total_seconds=total_seconds)


def _headers_to_send(extra: Mapping[str, str] | None, content: bytes) -> dict[str, str]:
    headers = {"User-Agent": "Entente", "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    for name, value in (extra or {}).items():
        if name.lower() in _NEVER_SENT:
            raise AddressRefused(f"{name} is never sent to an address handed to us.", reason="credentials")
        headers[name] = value
    if content:
        headers["Content-Length"] = str(len(content))
    return headers


def _redirect_of(method: str, current: httpx.URL, response: httpcore.Response) -> str | None:
    if method not in _FOLLOWING or response.status not in _REDIRECTS:
        return None
    location = httpx.Headers(response.headers).get("location")
    if not location:
        return None
    try:
        return str(current.join(location))
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise AddressRefused("The redirect cannot be read.", reason="unreadable") from None


def _check_head(response: httpcore.Response) -> None:
    size = sum(len(name) + len(value) for name, value in response.headers)
    if size > MAX_HEADER_BYTES:
        raise FetchFailed("The headers of the answer are too large.", reason="headers")


def _body(response: httpcore.Response, headers: httpx.Headers, limit: int) -> Iterator[bytes]:
    """Yield the decoded body; both what was sent and what it decodes to stay within `limit` bytes."""
    declared = headers.get("content-length", "")
    if limit and declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    raw = _bounded(response.iter_stream(), limit)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return raw
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise FetchFailed(
            f"The answer is encoded as {encoding!r}, which was not asked for.", reason="encoding"
        )
    return _bounded(_inflated(raw), limit)


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            raise _too_large(limit)
        yield chunk


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress in small pieces, so that a bomb is met by the limit and not by the memory."""
    inflater = zlib.decompressobj(wbits=47)  # gzip or zlib, whichever the first bytes say
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting and not inflater.eof:
                yield inflater.decompress(waiting, _PIECE_BYTES)
                waiting = inflater.unconsumed_tail
    except zlib.error:
        raise FetchFailed("The compressed answer is damaged.", reason="encoding") from None
    if not inflater.eof:
        raise FetchFailed("The compressed answer is cut.", reason="cut")


def _too_large(limit: int) -> FetchTooLarge:
    return FetchTooLarge(f"The answer is larger than {limit:,} bytes.", limit_bytes=limit)


def _typed_errors(chunks: Iterator[bytes]) -> Iterator[bytes]:
    with _network_errors():
        yield from chunks


@contextlib.contextmanager
def _network_errors() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchTimeout("The other side did not answer within the time allowed.") from error
    except (httpcore.ConnectError, httpcore.UnsupportedProtocol) as error:
        raise FetchFailed("No connection could be made.", reason="connect") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchFailed("The connection broke or did not speak HTTP.", reason="protocol") from error


def _host_and_port(target: str) -> tuple[str, int]:
    host, _, port = target.rpartition(":")
    return host, int(port)


@lru_cache(maxsize=1)
def _default_tls() -> "ssl.SSLContext":
    return httpx.create_ssl_context(verify=True, trust_env=False)
