"""Hosts: which domain somebody registered (Public Suffix List), and which hosts nobody outside can reach.

The list is the one of the installed package, and is read on first use (30 ms). Two versions of it may disagree about
a young suffix, so nothing that is stored or looked up depends on it: it only refuses entries that are far too wide.
"""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING

import idna

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_LOCAL_SUFFIXES = (
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
"""Names that no public server answers for (RFC 6761, 6762, 8375, and names that ICANN will not delegate)."""


def registrable_domain(host: str) -> str:
    """Return the domain somebody registered, as in `agora.example` for `media.agora.example`.

    The host is a canonical one. Empty for an IP address and for a bare public suffix.
    """
    if is_ip_address(host):
        return ""
    return str(_suffixes().privatesuffix(host) or "")


def is_ip_address(host: str) -> bool:
    """Say whether a canonical host is an address of IPv4, or of IPv6 in its brackets."""
    if host.startswith("["):
        return True
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
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


def unicode_host(host: str) -> str:
    """Return a canonical host as a person reads it; unchanged where the name is not valid IDNA 2008 (RFC 5891)."""
    try:
        return idna.decode(host)
    except (idna.IDNAError, UnicodeError):
        return host


@functools.cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()
