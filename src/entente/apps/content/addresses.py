"""One way of writing an address, so that the same item is recognised whoever reports it.

Read by the WHATWG URL rules (as browsers do), host names by UTS 46 / IDNA 2008 (RFC 5891), the registrable
domain by the Public Suffix List. What is made the same: case of scheme and host, default ports, dot
segments, backslashes, a final dot of the host, the fragment, an empty query, percent-escapes of unreserved
characters (RFC 3986, 6.2.2.2: decoded) and the case of the hex digits of all others (upper). What is kept
apart, because a service may serve different things there: the path's case, its final slash, the order of
the query, http and https, `www.`.
"""

import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import Any, Final

import can_ada
import idna
from django.utils.translation import gettext as _
from publicsuffixlist import PublicSuffixList

from entente.apps.content.errors import AddressError

__all__ = [
    "MAX_ADDRESS_CHARACTERS",
    "Address",
    "AddressError",
    "canonical_url",
    "is_address",
    "is_local_host",
    "registrable_domain",
]

MAX_ADDRESS_CHARACTERS: Final = 8192
"""Longer than what servers accept in a request line; a longer address cannot be the exact one."""

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LAST_CONTROL: Final = 0x20
_DELETE: Final = 0x7F
_MOST_PASSES: Final = 8
_LOCAL_SUFFIXES: Final = (
    "localhost",
    "local",
    "localdomain",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
)


@dataclass(frozen=True, slots=True)
class Address:
    """A canonical address. `registrable_domain` is empty for an IP address or a bare public suffix."""

    url: str
    host: str
    registrable_domain: str
    path: str

    @property
    def is_local(self) -> bool:
        """Whether the host can only mean this machine or a private network."""
        return is_local_host(self.host)

    @property
    def unicode_host(self) -> str:
        """The host as a person reads it; the ASCII form where the name is not valid IDNA 2008."""
        try:
            return idna.decode(self.host)
        except (idna.IDNAError, UnicodeError):
            return self.host


def canonical_url(text: str) -> Address:
    """Return the canonical form of one http(s) address.

    Applying it to its own result changes nothing. Raises AddressError with the reason `empty`,
    `too_long`, `control_characters`, `not_http`, `userinfo`, `no_host`, `bad_host` or `unreadable`.
    A local or private host is readable; ask `Address.is_local` where it must be refused.
    """
    cleaned = _checked_text(text)
    url = _parse(cleaned)
    for _pass in range(_MOST_PASSES):
        again = _parse(url)
        if again == url:
            return _address(url)
        url = again
    raise AddressError(_("The address cannot be read in one way only."), reason="unreadable")


def is_address(text: str) -> bool:
    """Say whether `text` can be read as an address."""
    try:
        canonical_url(text)
    except AddressError:
        return False
    return True


def is_local_host(host: str) -> bool:
    """Say whether a canonical host is this machine, a private network, or a name without a public domain."""
    bare = host.strip("[]")
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        return "." not in bare or any(
            bare == suffix or bare.endswith("." + suffix) for suffix in _LOCAL_SUFFIXES
        )
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return not (mapped or ip).is_global or ip.is_multicast


def _checked_text(text: str) -> str:
    cleaned = text.strip()
    if not cleaned:
        raise AddressError(_("The address is empty."), reason="empty")
    if len(cleaned) > MAX_ADDRESS_CHARACTERS:
        raise AddressError(
            _("The address is longer than %(limit)s characters.") % {"limit": MAX_ADDRESS_CHARACTERS},
            reason="too_long",
        )
    if any(ord(character) < _LAST_CONTROL or ord(character) == _DELETE for character in cleaned):
        raise AddressError(
            _("The address holds line breaks or other control characters."), reason="control_characters"
        )
    return cleaned


def _parse(text: str) -> str:
    """Return the serialised form of one pass; callers repeat until it stands still."""
    if not _SCHEME.match(text):
        raise AddressError(_("The address must begin with http:// or https://."), reason="not_http")
    try:
        parsed = can_ada.parse(text)
    except (ValueError, UnicodeError):
        raise AddressError(_("The address cannot be read."), reason="unreadable") from None
    if parsed.protocol not in {"http:", "https:"}:
        raise AddressError(_("Only http and https addresses name content here."), reason="not_http")
    if parsed.username or parsed.password:
        raise AddressError(
            _("The address holds a user name or password. Send it without them."), reason="userinfo"
        )
    host = _checked_host(parsed.hostname)
    port = f":{parsed.port}" if parsed.port else ""
    query = f"?{_escapes(parsed.search[1:])}" if len(parsed.search) > 1 else ""
    url = f"{parsed.protocol}//{host}{port}{_escapes(parsed.pathname)}{query}"
    if len(url) > 3 * MAX_ADDRESS_CHARACTERS:
        raise AddressError(_("The address is too long once written out."), reason="too_long")
    return url


def _checked_host(hostname: str) -> str:
    host = hostname.removesuffix(".")
    if not host:
        raise AddressError(_("The address names no host."), reason="no_host")
    if host.startswith("["):
        return host
    labels = host.split(".")
    if len(host) > 253 or any(not 0 < len(label) <= 63 for label in labels):  # noqa: PLR2004 - RFC 1035, 2.3.4
        raise AddressError(_("The host name of the address is not possible."), reason="bad_host")
    return host


def _escapes(text: str) -> str:
    """Decode escapes of unreserved characters, write all others with upper-case digits."""

    def one(match: re.Match[str]) -> str:
        byte = int(match[1], 16)
        return chr(byte) if byte in _UNRESERVED else f"%{match[1].upper()}"

    return _ESCAPE.sub(one, text)


def _address(url: str) -> Address:
    parsed = can_ada.parse(url)
    host = str(parsed.hostname)
    return Address(url=url, host=host, registrable_domain=registrable_domain(host), path=str(parsed.pathname))


def registrable_domain(host: str) -> str:
    """Return the domain somebody registered, as in `agora.example` for `media.agora.example`."""
    if host.startswith("[") or _is_ipv4(host):
        return ""
    return str(_suffixes().privatesuffix(host) or "")


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


@functools.cache
def _suffixes() -> Any:
    """Load the list once and on first use: it costs 30 ms and is not needed to start."""
    return PublicSuffixList()
