"""One way of writing an address, so that the same item is recognised whoever reports it.

Read by the WHATWG URL rules (as browsers do), host names by UTS 46. What is made the same: case of scheme and host,
default ports, dot segments (percent-encoded ones too), backslashes, a final dot of the host, IPv4 addresses in octal,
hexadecimal or with parts left out, punycode and its Unicode form, the fragment, an empty query, percent-escapes of
unreserved characters (RFC 3986, 6.2.2.2: decoded) and the case of the hex digits of all others (upper). What is kept
apart, because a service may serve different things there: the path's case, its final slash, the order of the query,
http and https, `www.`. What the matching leaves out beyond this is in `matching`; it never touches a stored address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import can_ada

from entente.core.signals.urls.errors import MalformedUrl
from entente.core.signals.urls.hosts import is_local_host, registrable_domain, unicode_host

if TYPE_CHECKING:
    from can_ada import URL

MAX_URL_CHARACTERS = 8192
"""Longer than what servers accept in a request line; a longer address cannot be the exact one."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_HTTP = re.compile(r"https?:", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_STRIPPED_BY_BROWSERS = str.maketrans("", "", "\t\n\r")
_BLANKS_OF_BROWSERS = "".join(map(chr, range(0x21)))
_LAST_CONTROL = 0x20
_DELETE = 0x7F
_MOST_PASSES = 8
_LONGEST_HOST = 253
_LONGEST_LABEL = 63


@dataclass(frozen=True, slots=True)
class CanonicalUrl:
    """An address in its canonical form, and its parts as they stand in it."""

    url: str
    """The whole address, ASCII."""

    scheme: str
    """`http` or `https`."""

    host: str
    """Lower case, punycode, without a final dot; IPv6 in brackets."""

    port: int | None
    """None where it is the default port of the scheme."""

    path: str
    """Begins with a slash."""

    query: str
    """Without its question mark; empty where there is none."""

    @property
    def registrable_domain(self) -> str:
        """The domain somebody registered; empty for an IP address or a bare public suffix."""
        return registrable_domain(self.host)

    @property
    def is_local(self) -> bool:
        """Whether the host can only mean this machine or a private network."""
        return is_local_host(self.host)

    @property
    def unicode_host(self) -> str:
        """The host as a person reads it."""
        return unicode_host(self.host)

    @property
    def host_and_port(self) -> str:
        """The host, with the port where that is not the default."""
        return self.host if self.port is None else f"{self.host}:{self.port}"


def canonical(text: str) -> CanonicalUrl:
    """Return the canonical form of one http(s) address, to be stored, shown and compared.

    Blanks around it are left out; applying it to its own result changes nothing. Raises MalformedUrl. A user name or
    password is refused, because an address that is kept must not carry one. A local or private host is readable; ask
    `CanonicalUrl.is_local` where it must be refused.
    """
    return _canonical(_checked_text(text), keeps_userinfo_out=False)


def as_browsers_read(text: str) -> CanonicalUrl:
    """Return the address that a browser would open for a text somebody posted, for matching only.

    More is forgiven than in `canonical`, since whatever still leads to the item must not hide it: line breaks and
    tabs inside, a user name before the host, a missing scheme (`agora.example/a`, `//agora.example/a`). Raises
    MalformedUrl.
    """
    joined = text.translate(_STRIPPED_BY_BROWSERS).strip(_BLANKS_OF_BROWSERS)
    if not _HTTP.match(joined):
        rest = joined.lstrip("/\\")
        joined = f"https://{rest}" if rest and _may_lack_scheme(rest) else joined
    return _canonical(_checked_text(joined), keeps_userinfo_out=True)


def _may_lack_scheme(text: str) -> bool:
    """Say whether a text begins with a host: `agora.example:8080/a`, not with another scheme, nor a mail address."""
    start = re.split(r"[/?#\\]", text, maxsplit=1)[0]
    before, colon, after = start.partition(":")
    return "@" not in start and (not colon or ("." in before and after.isdigit()))


def _checked_text(text: str) -> str:
    cleaned = text.strip()
    if not cleaned:
        raise MalformedUrl("the address is empty", reason="empty")
    if len(cleaned) > MAX_URL_CHARACTERS:
        raise MalformedUrl(f"the address is longer than {MAX_URL_CHARACTERS} characters", reason="too_long")
    if any(ord(character) < _LAST_CONTROL or ord(character) == _DELETE for character in cleaned):
        raise MalformedUrl(
            "the address holds line breaks or other control characters", reason="control_characters"
        )
    return cleaned


def _canonical(cleaned: str, *, keeps_userinfo_out: bool) -> CanonicalUrl:
    """Repeat the pass until it stands still: decoding an escape may uncover the next thing to make the same."""
    one = _one_pass(cleaned, keeps_userinfo_out=keeps_userinfo_out)
    for _pass in range(_MOST_PASSES):
        again = _one_pass(one.url, keeps_userinfo_out=False)
        if again == one:
            return one
        one = again
    raise MalformedUrl("the address cannot be read in one way only", reason="unreadable")


def _one_pass(text: str, *, keeps_userinfo_out: bool) -> CanonicalUrl:
    parsed = _parsed(text)
    if (parsed.username or parsed.password) and not keeps_userinfo_out:
        raise MalformedUrl("the address holds a user name or password", reason="userinfo")
    scheme = parsed.protocol.removesuffix(":")
    host = _checked_host(parsed.hostname)
    port = f":{parsed.port}" if parsed.port else ""
    path = _with_equal_escapes(parsed.pathname)
    query = _with_equal_escapes(parsed.search[1:])
    url = f"{scheme}://{host}{port}{path}{'?' if query else ''}{query}"
    if len(url) > 3 * MAX_URL_CHARACTERS:
        raise MalformedUrl("the address is too long once written out", reason="too_long")
    return CanonicalUrl(
        url=url,
        scheme=scheme,
        host=host,
        port=int(parsed.port) if parsed.port else None,
        path=path,
        query=query,
    )


def _parsed(text: str) -> URL:
    """Return what the WHATWG parser reads; without a base, so that only a whole address is one."""
    if not _SCHEME.match(text):
        raise MalformedUrl("the address must begin with http:// or https://", reason="not_http")
    try:
        parsed = can_ada.parse(text)
    except (ValueError, TypeError):  # a TypeError for a lone surrogate, which has no UTF-8
        raise MalformedUrl("the address cannot be read", reason="unreadable") from None
    if parsed.protocol not in {"http:", "https:"}:
        raise MalformedUrl("only http and https addresses name content here", reason="not_http")
    return parsed


def _checked_host(hostname: str) -> str:
    host = hostname.removesuffix(".")
    if not host:
        raise MalformedUrl("the address names no host", reason="no_host")
    if host.startswith("["):
        return host
    # RFC 1035, 2.3.4: the parser does not look at lengths.
    if len(host) > _LONGEST_HOST or any(not 0 < len(label) <= _LONGEST_LABEL for label in host.split(".")):
        raise MalformedUrl("the host name of the address is not possible", reason="bad_host")
    return host


def _with_equal_escapes(text: str) -> str:
    """Decode escapes of unreserved characters, write all others with upper-case digits."""

    def one(match: re.Match[str]) -> str:
        byte = int(match[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{match[1].upper()}"

    return _ESCAPE.sub(one, text)
