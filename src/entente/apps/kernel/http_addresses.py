"""Which IP addresses this service may connect to: public ones, and no other, however they are written.

A reported address is chosen by a stranger. Without this check a snapshot could be made of the database's
port, of the cloud's metadata service or of the neighbour's printer (server-side request forgery). The
registries behind it: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 6052 (NAT64),
RFC 3056 (6to4), RFC 4380 (Teredo).
"""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Final

from entente.apps.kernel.http_errors import AddressRefused, FetchFailed, FetchTimeout

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int, float], Sequence[str]]
"""(host, port, seconds left) -> addresses in text form."""

_METADATA: Final = {
    ipaddress.ip_address("169.254.169.254"): "metadata",
    ipaddress.ip_address("168.63.129.16"): "metadata",  # public by number, a cloud's own service by use
    ipaddress.ip_address("100.100.100.200"): "metadata",
    ipaddress.ip_address("192.0.0.192"): "metadata",
    ipaddress.ip_address("fd00:ec2::254"): "metadata",
}
_NAT64: Final = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
# Special ranges that older Python releases, or `is_global` by design, count as reachable.
_ALSO_SPECIAL: Final = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "100.64.0.0/10",
        "::/96",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


def refusal_of(address: IPAddress) -> str | None:
    """Return why an address is not connected to, as a short stable word, or None when it is public."""
    if address in _METADATA:
        return "metadata"
    inner = _embedded(address)
    if inner is not None:
        return refusal_of(inner)
    for name in ("unspecified", "loopback", "link_local", "multicast", "reserved"):
        if getattr(address, f"is_{name}"):
            return name
    if any(address.version == net.version and address in net for net in _ALSO_SPECIAL):
        return "special"
    return None if address.is_global else "private"


def _embedded(address: IPAddress) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address an IPv6 one stands for: a gateway on the way would reach that one."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in net for net in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def public_addresses(host: str, texts: Sequence[str]) -> list[IPAddress]:
    """Return the parsed answer of a resolver when every address in it is public.

    One private address among public ones refuses them all: such an answer is how rebinding looks.
    Raises AddressRefused, and FetchFailed for an empty answer.
    """
    found: list[IPAddress] = []
    for text in texts:
        address = ipaddress.ip_address(text.split("%", 1)[0])
        reason = refusal_of(address)
        if reason is not None:
            raise AddressRefused(
                f"{host} leads to an address that is not public ({reason}).", reason=reason, host=host
            )
        found.append(address)
    if not found:
        raise FetchFailed(f"{host} has no address.", reason="no_address", host=host)
    return found


def system_resolver(host: str, port: int, seconds: float) -> list[str]:
    """Ask the system's resolver, for at most `seconds`. Raises FetchFailed, FetchTimeout.

    The C library offers no time limit, so the question is asked in a thread that may be left behind.
    """
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        except (OSError, UnicodeError) as error:
            answers.put(error)
        else:
            answers.put(list(dict.fromkeys(str(row[4][0]) for row in rows)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise FetchTimeout(f"The name {host} could not be resolved in time.", host=host) from None
    if isinstance(answer, list):
        return answer
    raise FetchFailed(f"The name {host} could not be resolved.", reason="no_address", host=host) from answer
