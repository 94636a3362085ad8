"""Does a text give away an address, a mailbox or a fine time? The last guard before the public log.

The published schema of each leaf kind is the first guard; this one reads free text. It errs on the side of refusing:
defanged spellings (`hxxp`, `[.]`, `(dot)`), full-width dots and internationalised names count as what they stand for.
A dotted word counts as a host only under a real or reserved top-level domain, so that "St.Gallen" can be named.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

SPECIAL_USE_DOMAINS = frozenset(
    {
        "example",
        "test",
        "invalid",
        "localhost",
        "local",
        "onion",
        "internal",
        "alt",
        "arpa",
        "lan",
        "home",
        "corp",
    },
)
"""Top-level names that no public register lists but that point somewhere (RFC 2606, 6761, 7686, 8375, 9476)."""

_DEFANGED_DOT = re.compile(r"\s*[\[({<]\s*(?:\.|dot|point|punkt|punto)\s*[\])}>]\s*", re.IGNORECASE)
_DEFANGED_AT = re.compile(r"\s*[\[({<]\s*(?:@|at)\s*[\])}>]\s*", re.IGNORECASE)
_OTHER_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": ".", "\u2024": "."})
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u2060\u2066-\u2069\ufeff]")
_SCHEME = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}\s*:\s*//|\bhxxps?\b|\bwww\d{0,2}\.|\bmagnet:\?|\bdata:\w+/", re.IGNORECASE
)
_MAILBOX = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]|\bmailto:", re.IGNORECASE)
_HANDLE = re.compile(r"(?:^|[\s(\"'])@\w{2,}")
_DOTTED = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+([^\W_](?:[\w-]{0,61}[^\W_])?)")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_COLONED = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d{1,2}\s?[:h]\s?[0-5]\d\b|\d{4}-?\d{2}-?\d{2}[T ]\d{2}|\b1[5-9]\d{8}(?:\d{3})?\b")


def address_in(text: str) -> str | None:
    """Name the first kind of address a text holds: "url", "mailbox", "handle", "ip" or "host"; None when it holds none."""
    plain = _refanged(text)
    if _SCHEME.search(plain):
        return "url"
    if _MAILBOX.search(plain):
        return "mailbox"
    if _HANDLE.search(plain):
        return "handle"
    if _IPV4.search(plain) or any(_is_ipv6(found.group()) for found in _COLONED.finditer(plain)):
        return "ip"
    if any(_is_top_level(found.group(1)) for found in _DOTTED.finditer(plain)):
        return "host"
    return None


def fine_time_in(text: str) -> bool:
    """Tell whether a text names a time finer than a day (clock time, ISO 8601 with time, Unix time)."""
    return _CLOCK.search(_refanged(text)) is not None


def _refanged(text: str) -> str:
    """Undo what people do to an address so that software does not see it."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_OTHER_DOTS)
    return _DEFANGED_AT.sub("@", _DEFANGED_DOT.sub(".", plain))


def _is_ipv6(word: str) -> bool:
    """Tell whether a word with colons is an IPv6 address (with or without an IPv4 tail)."""
    try:
        ipaddress.IPv6Address(word.strip("."))
    except ValueError:
        return False
    return True


def _is_top_level(label: str) -> bool:
    """Tell whether the last label of a dotted word is a top-level domain, real or reserved."""
    lowered = label.lower()
    return lowered in SPECIAL_USE_DOMAINS or _suffix_list().publicsuffix(f"x.{lowered}") is not None


@cache
def _suffix_list() -> PublicSuffixList:
    """Load the packaged public suffix list, once and only when a dotted word has to be judged."""
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
