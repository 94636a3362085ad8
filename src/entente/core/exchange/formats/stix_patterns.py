"""STIX 2.1 patterns that name signals: comparisons by `=`, joined by OR. Anything narrower is refused, never widened.

[file:hashes.'SHA-256' = '...']      sha256
[file:hashes.MD5 = '...']            md5
[file:hashes.PDQ = '...']            pdq; a name of our own, as the open vocabulary of hash names allows
[file:hashes.VPDQ = '...']           vpdq, the written video
[url:value = '...']                  url, one address
[domain-name:value = '...']          url, everything on this host (`host:`)
[x-entente-signal:NAME = '...']      every other signal type, and what `url` says of hosts and paths
[x-entente-reference:value = '...']  nothing but the reference under which something was taken back
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from entente.core.exchange.errors import MalformedEntry

MAX_COMPARISONS = 100
"""In one pattern."""

_HASH_NAMES: Mapping[str, str] = {"sha256": "'SHA-256'", "md5": "MD5", "pdq": "PDQ", "vpdq": "VPDQ"}
_HASH_TYPES: Mapping[str, str] = {
    "SHA-256": "sha256",
    "SHA256": "sha256",
    "MD5": "md5",
    "PDQ": "pdq",
    "VPDQ": "vpdq",
}
_HOST = "host:"
_ANY_HOST = "host:*."
_URL, _DOMAIN = "url:value", "domain-name:value"
_REFERENCE = "x-entente-reference:value"
_OTHER = "x-entente-signal:"
_HASH = re.compile(r"file:hashes\.('?)([A-Za-z0-9_-]++)\1")
_COMPARISON = re.compile(
    r"""([a-z0-9-]++:[A-Za-z0-9_-]++(?:\.(?:[A-Za-z0-9_-]++|'[^'\\]*+'))*+)  # the path of an object's property
        \s*+=\s*+
        '([^'\\]*+(?:\\.[^'\\]*+)*+)'""",
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING, _OR, _END = (re.compile(mark) for mark in (r"\[", r"\]", r"OR\b", r"\Z"))
_BLANKS = re.compile(r"\s*+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def write_pattern(signal_type: str, written: str) -> str:
    """Return the pattern of one written signal; without a type, of a reference."""
    path, value = _written(signal_type, written)
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"[{path} = '{escaped}']"


def read_pattern(pattern: str) -> list[tuple[str, str]]:
    """Return the signal type and the written signal of every comparison; no type for a reference.

    Raises MalformedEntry for every pattern that says more, or less, than that any of these was seen.
    """
    scanner = _Scanner(pattern)
    found: list[tuple[str, str]] = []
    while not found or scanner.take(_OR):
        scanner.need(_OPENING)
        found.append(_read(scanner.need(_COMPARISON)))
        while scanner.take(_OR):
            found.append(_read(scanner.need(_COMPARISON)))
        scanner.need(_CLOSING)
    scanner.need(_END)
    if len(found) > MAX_COMPARISONS:
        raise MalformedEntry(f"the pattern has more than {MAX_COMPARISONS} comparisons")
    return found


class _Scanner:
    """A pattern, read from its beginning; blanks are passed over."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def take(self, what: re.Pattern[str]) -> re.Match[str] | None:
        """Pass over what stands here, if it stands here."""
        blanks = _BLANKS.match(self._pattern, self._at)
        found = what.match(self._pattern, blanks.end() if blanks else self._at)
        if found:
            self._at = found.end()
        return found

    def need(self, what: re.Pattern[str]) -> re.Match[str]:
        """Pass over what must stand here. Raises MalformedEntry."""
        found = self.take(what)
        if not found:
            raise MalformedEntry("the pattern is more than comparisons by =, joined by OR")
        return found


def _written(signal_type: str, written: str) -> tuple[str, str]:
    if not signal_type:
        return _REFERENCE, written
    if signal_type in _HASH_NAMES:
        return f"file:hashes.{_HASH_NAMES[signal_type]}", written
    if signal_type == "url" and written.startswith(_HOST) and not written.startswith(_ANY_HOST):
        return _DOMAIN, written.removeprefix(_HOST)
    if signal_type == "url" and written.startswith(("http://", "https://")):
        return _URL, written
    return f"{_OTHER}{signal_type}", written


def _read(comparison: re.Match[str]) -> tuple[str, str]:
    """Return the signal type and the written signal that one comparison names. Raises MalformedEntry."""
    path, value = comparison[1], _ESCAPE.sub(r"\1", comparison[2])
    if path == _REFERENCE:
        return "", value
    if path == _URL:
        return "url", value
    if path == _DOMAIN and not value.startswith("*"):
        return "url", f"{_HOST}{value}"
    if path.startswith(_OTHER):
        return path.removeprefix(_OTHER), value
    hashed = _HASH.fullmatch(path)
    if hashed and hashed[2].upper() in _HASH_TYPES:
        return _HASH_TYPES[hashed[2].upper()], value
    raise MalformedEntry("the pattern is about a property that no signal type here reads")
