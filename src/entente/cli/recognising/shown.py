"""Names, numbers and times as a person reads them. The names of files are hostile: they never reach a terminal as they are."""

from typing import Final

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_LATIN: Final = 0x100
_BASIC: Final = 0x10000
_SURROGATES: Final = range(0xDC80, 0xDD00)


def shown(name: str) -> str:
    r"""Return a name in printable characters alone.

    What does not print (controls, marks that turn the direction, bytes that are no UTF-8) is written `\xNN` or
    `\uNNNN`, and a backslash twice, so that no two names are written alike.
    """
    return "".join(map(_escaped, name))


def _escaped(character: str) -> str:
    code = ord(character)
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    if code in _SURROGATES:  # a byte that is no UTF-8, as Python holds it
        return f"\\x{code - 0xDC00:02x}"
    if code < _LATIN:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _BASIC else f"\\U{code:08x}"


def as_bytes(name: str) -> bytes:
    """Return the bytes of a name as the file system holds it."""
    return name.encode("utf-8", "surrogateescape")


def span(seconds: float) -> str:
    """Return a time in its two largest units."""
    whole = max(round(seconds), 0)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
