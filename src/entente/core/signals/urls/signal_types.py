"""The signal types of addresses."""

from __future__ import annotations

from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.signal_type import ExactHexSignalType, Examples, Medium, SignalType, is_bare
from entente.core.signals.urls.canonical import as_browsers_read
from entente.core.signals.urls.exchanged import exchanged_md5
from entente.core.signals.urls.matching import entry_key, exact_key


class Url(SignalType):
    """An address, a host or the start of a path, as `entente.core.signals.urls.matching` describes them.

    The value is the UTF-8 of the entry's canonical text: the very key that `lookup_keys` asks for.
    """

    name = "url"
    title = "URL"
    media = frozenset({Medium.TEXT, Medium.URL})
    distance_unit = "0 when equal, 1 when not"
    default_radius = 0
    widest_radius = 0
    examples = Examples(
        canonical=(
            "https://videos.example/watch?v=1",
            "host:videos.example",
            "host:*.videos.example",
            "path:videos.example/channel/42",
        ),
        malformed=(
            "videos.example",
            "ftp://videos.example/",
            "https://somebody@videos.example/",
            "https://videos.example/\nhttps://other.example/",
            "host:",
            "host:videos.example/watch",
            "host:*.example",
            "host:*.co.uk",
            "path:videos.example",
            "path:videos.example/watch?v=1",
        ),
        near=(
            (
                "https://videos.example/watch?v=1",
                "HTTPS://Videos.Example:443/a/../watch?utm_source=mail&v=1#t=3",
            ),
            ("host:münchen.example", "host:xn--mnchen-3ya.example"),
        ),
        far=(
            ("https://videos.example/watch?v=1", "https://videos.example/watch?v=2"),
            ("host:videos.example", "host:*.videos.example"),
        ),
        folded=(
            ("https://videos.example?fbclid=abc", "https://videos.example/"),
            ("path:Videos.Example//channel/42/", "path:videos.example/channel/42"),
        ),
    )

    @override
    def parse(self, written: str) -> bytes:
        """Return the canonical entry; raises MalformedSignal."""
        if not is_bare(written):
            raise MalformedSignal(
                "an address has nothing invisible at its ends and no control character in it"
            )
        return entry_key(written).encode()

    @override
    def write(self, value: bytes) -> str:
        """Return the entry as text; raises MalformedSignal if it is not canonical."""
        return self._checked(value).decode()

    @override
    def distance(self, one: bytes, other: bytes) -> int:
        """Return 0 for equal entries and 1 for all others; raises MalformedSignal."""
        return int(self._checked(one) != self._checked(other))

    def from_content(self, content: bytes) -> bytes:
        """Return the exact entry of an address that somebody posted, given as UTF-8; raises MalformedUrl."""
        return exact_key(as_browsers_read(content.decode(errors="replace"))).encode()

    def _checked(self, value: bytes) -> bytes:
        try:
            written = value.decode()
        except UnicodeDecodeError:
            raise MalformedSignal("the value of a URL signal is UTF-8") from None
        if self.parse(written) != value:
            raise MalformedSignal("the value of a URL signal is canonical")
        return value


class UrlMd5(ExactHexSignalType):
    """The MD5 of an address as services exchange it; `entente.core.signals.urls.exchanged` says of which spelling."""

    name = "url_md5"
    title = "URL-MD5"
    media = frozenset({Medium.URL})
    size_bytes = 16
    examples = Examples(
        canonical=("3fdbc16805a59ae8d31ae1ed84f5593f",),  # of "agora.example"
        malformed=("3fdbc168", "zz" * 16, "https://agora.example", "00" * 32),
        near=(("ab" * 16, "AB" * 16),),
        far=(("00" * 16, "00" * 15 + "01"),),
        folded=(("AB" * 16, "ab" * 16),),
    )

    def from_content(self, content: bytes) -> bytes:
        """Return the digest of an address given as UTF-8; raises MalformedSignal."""
        try:
            return exchanged_md5(content.decode())
        except UnicodeDecodeError:
            raise MalformedSignal("the address is not UTF-8") from None
