"""Which addresses are public, in every way of writing them."""

import ipaddress
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.apps.kernel.http_addresses import public_addresses, refusal_of, system_resolver
from entente.apps.kernel.http_errors import AddressRefused, FetchFailed, FetchTimeout

PUBLIC_V4, PUBLIC_V6 = "93.184.216.34", "2606:2800:220:1::25"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("0.0.0.0", "unspecified"),  # noqa: S104 - refused, not bound
        ("10.0.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "special"),
        ("169.254.1.1", "link_local"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("100.100.100.200", "metadata"),
        ("192.0.0.192", "metadata"),
        ("192.0.0.1", "special"),
        ("192.0.2.1", "private"),
        ("198.18.0.1", "private"),
        ("203.0.113.9", "private"),
        ("192.88.99.1", "special"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("fe80::1", "link_local"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "metadata"),
        ("ff02::1", "multicast"),
        ("fec0::1", "special"),
        ("2001:db8::1", "special"),
        ("3fff::1", "special"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "metadata"),
        ("::127.0.0.1", "reserved"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b:1::a00:1", "private"),
        ("2002:7f00:1::", "loopback"),
        ("2002:c0a8:101::1", "private"),
        ("2001:0:53aa:64c::f5ff:fffe", "private"),
    ],
)
def test_what_is_not_public_is_named(text: str, reason: str) -> None:
    assert refusal_of(ipaddress.ip_address(text)) == reason


@pytest.mark.parametrize(
    "text", [PUBLIC_V4, PUBLIC_V6, "::ffff:93.184.216.34", "64:ff9b::5db8:d822", "1.1.1.1"]
)
def test_what_is_public_passes(text: str) -> None:
    assert refusal_of(ipaddress.ip_address(text)) is None


@given(st.ip_addresses(v=4))
def test_whatever_python_calls_unreachable_is_refused(address: ipaddress.IPv4Address) -> None:
    if not address.is_global:
        assert refusal_of(address) is not None
        assert refusal_of(ipaddress.IPv6Address(f"::ffff:{address}")) is not None


def test_one_private_address_refuses_the_whole_answer() -> None:
    with pytest.raises(AddressRefused) as raised:
        public_addresses("mixed.example", [PUBLIC_V4, "10.1.2.3"])
    assert raised.value.facts == {"reason": "private", "host": "mixed.example"}


def test_a_zone_does_not_hide_a_link_local_address() -> None:
    with pytest.raises(AddressRefused):
        public_addresses("zone.example", ["fe80::1%eth0"])


def test_no_address_is_an_error() -> None:
    with pytest.raises(FetchFailed) as raised:
        public_addresses("empty.example", [])
    assert raised.value.facts["reason"] == "no_address"


def test_the_system_resolver_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    row = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC_V4, 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [row, row])
    assert system_resolver("site.example", 80, 1.0) == [PUBLIC_V4]


@pytest.mark.parametrize("error", [socket.gaierror("unknown"), UnicodeError("label too long")])
def test_the_system_resolver_fails_clearly(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(FetchFailed, match=r"site\.example"):
        system_resolver("site.example", 80, 1.0)


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def hang(*_args: object, **_kwargs: object) -> list[object]:
        let_go.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(FetchTimeout):
        system_resolver("slow.example", 80, 0.05)
    assert not let_go.is_set()
    let_go.set()
