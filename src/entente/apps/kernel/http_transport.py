"""Connections that go to the address that was checked, and end when their time is over.

The name is resolved once, in the same breath as the connection is made, so that a second, different answer
(DNS rebinding) is never asked for. TLS still proves the name: it stays in SNI and in the certificate check.
"""

import ipaddress
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import httpcore
from typing_extensions import override

from entente.apps.kernel.http_addresses import Resolver, public_addresses
from entente.apps.kernel.http_errors import AddressRefused, FetchTimeout

CONNECT_SECONDS: Final = 5.0
"""Longest wait for one connection; a host that answers at all answers within it."""

IDLE_SECONDS: Final = 10.0
"""Longest silence between two bytes."""

_MOST_ADDRESSES_TRIED: Final = 3

SocketOption = Any  # httpcore's own union of tuples, which it does not export


class TimeLeft:
    """One moment in which everything must have ended."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start counting now."""
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def seconds(self, at_most: float | None = None) -> float:
        """Return the seconds left, at most `at_most`. Raises FetchTimeout when there are none."""
        left = self._end - self._monotonic()
        if left <= 0:
            raise FetchTimeout("The other side did not answer within the time allowed.")
        return left if at_most is None else min(left, at_most)


class PinnedBackend(httpcore.NetworkBackend):
    """Resolve, check every address, connect to one that was checked."""

    def __init__(
        self, *, resolver: Resolver, overrides: Mapping[str, tuple[str, int]], left: TimeLeft
    ) -> None:
        """Use `resolver`, except for the hosts of an exercise in `overrides`."""
        self._resolver = resolver
        self._overrides = overrides
        self._left = left
        self._plain = httpcore.SyncBackend()
        self.peer: str = ""

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a stream to a checked address of `host`. Raises AddressRefused, FetchFailed, FetchTimeout."""
        targets = [self._overrides[host]] if host in self._overrides else self._checked(host, port)
        problem: Exception = httpcore.ConnectError("no address tried")
        for ip, actual_port in targets:
            try:
                stream = self._plain.connect_tcp(
                    ip,
                    actual_port,
                    timeout=self._left.seconds(CONNECT_SECONDS),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
                continue
            self.peer = ip
            return _TimedStream(stream, self._left)
        raise problem

    def _checked(self, host: str, port: int) -> list[tuple[str, int]]:
        bare = host.strip("[]")
        texts = (
            [bare] if _is_literal(bare) else self._resolver(bare, port, self._left.seconds(CONNECT_SECONDS))
        )
        return [(str(ip), port) for ip in public_addresses(host, texts)[:_MOST_ADDRESSES_TRIED]]

    @override
    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SocketOption] | None = None
    ) -> httpcore.NetworkStream:
        """Refuse: no address handed to us is a local socket."""
        raise AddressRefused("Local sockets are not fetched.", reason="local_socket")


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every step ends at the common end, so that dripping bytes win nothing."""

    def __init__(self, stream: httpcore.NetworkStream, left: TimeLeft) -> None:
        self._stream = stream
        self._left = left

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._left.seconds(IDLE_SECONDS))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._left.seconds(IDLE_SECONDS))

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(
            ssl_context, server_hostname=server_hostname, timeout=self._left.seconds(CONNECT_SECONDS)
        )
        return _TimedStream(secured, self._left)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    return True
