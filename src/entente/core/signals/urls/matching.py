"""What a bank may say about addresses, and the keys under which it is found again.

Four kinds of entry, each with one canonical text that is also the key it is stored under:

    https://videos.example/watch?v=1    this address, over http or https, whatever tracking parameters it carries
    host:videos.example                 everything on this host, on any port
    host:*.videos.example               the same, and everything on the hosts below it
    path:videos.example/channel/42      this path on this host, and everything below it; never `/channel/421`

`lookup_keys` lists all keys that can meet one address: each needs one dictionary lookup, and there are at most
MOST_LOOKUP_KEYS of them, however the address is made. So that nothing is missed within that bound, entries deeper
than DEEPEST_HOST labels or DEEPEST_PATH segments are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.urls.canonical import canonical
from entente.core.signals.urls.hosts import is_ip_address, registrable_domain
from entente.core.signals.urls.tracking import without_tracking

if TYPE_CHECKING:
    from entente.core.signals.urls.canonical import CanonicalUrl

DEEPEST_HOST = 10
"""Labels of a host whose subdomains are meant too."""

DEEPEST_PATH = 16
"""Segments of a path prefix."""

MOST_LOOKUP_KEYS = 2 + 1 + (DEEPEST_HOST - 1) + DEEPEST_PATH

_SLASHES = re.compile("/{2,}")
_WILDCARD = "*."


def entry_key(written: str) -> str:
    """Return the canonical text of an entry of one of the four kinds.

    Raises MalformedSignal: for what is not an address, for a whole public suffix (`host:*.co.uk` would take in what
    unrelated people publish), for an entry too deep to be found.
    """
    kind, colon, rest = written.partition(":")
    if colon and kind == "host":
        return _host_key(rest)
    if colon and kind == "path":
        return _path_key(rest)
    return exact_key(canonical(written))


def exact_key(address: CanonicalUrl) -> str:
    """Return the address without its tracking parameters."""
    query = without_tracking(address.query)
    return f"{address.scheme}://{address.host_and_port}{address.path}{'?' if query else ''}{query}"


def lookup_keys(address: CanonicalUrl) -> list[str]:
    """Return every key under which an entry can meet this address, the narrowest kind first.

    The entry of an exact address is found under either scheme, unless a port is named that only one scheme leaves
    out. Nothing here depends on the version of the Public Suffix List.
    """
    exact = exact_key(address)
    other = exact.removeprefix(address.scheme)
    keys = [exact, f"{'http' if address.scheme == 'https' else 'https'}{other}"]
    keys += [f"path:{address.host_and_port}{prefix}" for prefix in reversed(_path_prefixes(address.path))]
    keys.append(f"host:{address.host}")
    keys += [f"host:{_WILDCARD}{host}" for host in _hosts_above(address.host)]
    return keys


def _hosts_above(host: str) -> list[str]:
    """Return the host and those it lies below, down to two labels, as far as entries may name them."""
    if is_ip_address(host):
        return []
    labels = host.split(".")
    first = max(0, len(labels) - DEEPEST_HOST)
    return [".".join(labels[start:]) for start in range(first, len(labels) - 1)]


def _path_prefixes(path: str) -> list[str]:
    """Return the path and what it lies below, on the borders of its segments, the shortest first."""
    segments = _plain_path(path).split("/")[1 : DEEPEST_PATH + 1]
    return ["/" + "/".join(segments[:count]) for count in range(1, len(segments) + 1) if segments[0]]


def _plain_path(path: str) -> str:
    """Return a path as prefixes see it: doubled and final slashes lead most servers to the same place."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"


def _host_key(rest: str) -> str:
    below = rest.startswith(_WILDCARD)
    address = _bare(rest.removeprefix(_WILDCARD))
    if address.path != "/" or address.port is not None:
        raise MalformedSignal("an entry of a host names the host alone: host:videos.example")
    if below:
        _check_wide(address.host)
    return f"host:{_WILDCARD if below else ''}{address.host}"


def _check_wide(host: str) -> None:
    """Refuse what has nothing below it, and what would take in strangers."""
    if is_ip_address(host):
        raise MalformedSignal("an IP address has no hosts below it")
    if not registrable_domain(host):
        raise MalformedSignal("a whole public suffix cannot be an entry")
    if host.count(".") >= DEEPEST_HOST:
        raise MalformedSignal(f"a host with what lies below it has at most {DEEPEST_HOST} labels")


def _path_key(rest: str) -> str:
    address = _bare(rest)
    path = _plain_path(address.path)
    if path == "/":
        raise MalformedSignal("an entry of a path names a path; for a whole host write host:videos.example")
    if path.count("/") > DEEPEST_PATH:
        raise MalformedSignal(f"an entry of a path has at most {DEEPEST_PATH} segments")
    return f"path:{address.host_and_port}{path}"


def _bare(rest: str) -> CanonicalUrl:
    """Read a host with what follows it, as an address without its scheme, query and fragment."""
    if re.search(r"[?#*\\]|^/", rest):
        raise MalformedSignal(
            "write a host, or a host and the start of a path, without `?`, `#`, `*` or backslash"
        )
    return canonical(f"https://{rest}")
