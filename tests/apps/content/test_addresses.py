"""One item, one address: what is made the same, what is kept apart, what is refused."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from entente.apps.content import addresses
from entente.apps.content.addresses import Address, canonical_url, is_address
from entente.apps.content.errors import AddressError


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("http://Agora.Example", "http://agora.example/"),
        ("HTTPS://AGORA.EXAMPLE:443/Posts", "https://agora.example/Posts"),
        ("http://agora.example:80/", "http://agora.example/"),
        ("http://agora.example:8701/", "http://agora.example:8701/"),
        ("  http://agora.example/a  ", "http://agora.example/a"),
        ("http://agora.example/a/../b/./c", "http://agora.example/b/c"),
        ("http://agora.example/%2e%2e/b", "http://agora.example/b"),
        ("http:\\\\agora.example\\a", "http://agora.example/a"),
        ("http:agora.example/a", "http://agora.example/a"),
        ("http://agora.example./a", "http://agora.example/a"),
        ("http://agora.example/a#part", "http://agora.example/a"),
        ("http://agora.example/a?", "http://agora.example/a"),
        ("http://agora.example/%7euser%2f%c3%a9", "http://agora.example/~user%2F%C3%A9"),
        ("http://agora.example/é?q=ü b", "http://agora.example/%C3%A9?q=%C3%BC%20b"),
        ("http://agora.example/%zz", "http://agora.example/%zz"),
        ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
        ("http://agora。example/", "http://agora.example/"),
        ("http://exa%6dple.example/", "http://example.example/"),
        ("http://@agora.example/", "http://agora.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::FFFF:7f00:1]/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_what_is_the_same_is_written_the_same(written: str, canonical: str) -> None:
    assert canonical_url(written).url == canonical


def test_what_may_differ_is_kept_apart() -> None:
    kept = {
        "http://agora.example/a",
        "https://agora.example/a",
        "http://www.agora.example/a",
        "http://agora.example/A",
        "http://agora.example/a/",
        "http://agora.example/a?x=1&y=2",
        "http://agora.example/a?y=2&x=1",
    }
    assert {canonical_url(url).url for url in kept} == kept


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("http://agora.example/" + "a" * 8192, "too_long"),
        ("http://agora.example/" + "é" * 8000, "too_long"),
        ("http://agora.example/\nhttp://other.example/", "control_characters"),
        ("http://ago\tra.example/", "control_characters"),
        ("http://agora.example/\x00", "control_characters"),
        ("http://agora.example/\x7f", "control_characters"),
        ("agora.example/post", "not_http"),
        ("//agora.example/post", "not_http"),
        ("ftp://agora.example/", "not_http"),
        ("javascript:alert(1)", "not_http"),
        ("data:text/html,hi", "not_http"),
        ("file:///etc/passwd", "not_http"),
        ("http://user@agora.example/", "userinfo"),
        ("http://:secret@agora.example/", "userinfo"),
        ("http://paypal.example:80@agora.example/", "userinfo"),
        ("http://", "unreadable"),
        ("http://agora.example:99999/", "unreadable"),
        ("http://ago ra.example/", "unreadable"),
        ("http://[::1/", "unreadable"),
        ("http://./", "no_host"),
        ("http://a..b.example/", "bad_host"),
        ("http://agora.example../", "bad_host"),
        (f"http://{'a' * 64}.example/", "bad_host"),
        (f"http://{'a.' * 130}example/", "bad_host"),
    ],
)
def test_what_is_refused_says_why(text: str, reason: str) -> None:
    with pytest.raises(AddressError) as raised:
        canonical_url(text)
    assert raised.value.facts["reason"] == reason
    assert not is_address(text)


@pytest.mark.parametrize(
    ("url", "host", "domain", "path"),
    [
        ("https://media.agora.example/v/1", "media.agora.example", "agora.example", "/v/1"),
        ("https://a.b.co.uk/", "a.b.co.uk", "b.co.uk", "/"),
        ("https://co.uk/", "co.uk", "", "/"),
        ("https://93.184.216.34/x", "93.184.216.34", "", "/x"),
        ("https://[2606:2800:220:1::1]/", "[2606:2800:220:1::1]", "", "/"),
    ],
)
def test_the_parts_of_an_address(url: str, host: str, domain: str, path: str) -> None:
    assert canonical_url(url) == Address(url=url, host=host, registrable_domain=domain, path=path)
    assert is_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://db.localhost/",
        "http://printer/",
        "http://printer.local/",
        "http://wiki.internal/",
        "http://router.home.arpa/",
        "http://127.1/",
        "http://2130706433/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
    ],
)
def test_local_hosts_are_known(url: str) -> None:
    assert canonical_url(url).is_local


@pytest.mark.parametrize(
    "url",
    [
        "http://agora.example/",
        "http://93.184.216.34/",
        "http://[2606:2800:220:1::1]/",
        "http://local.example/",
    ],
)
def test_public_hosts_are_not_local(url: str) -> None:
    assert not canonical_url(url).is_local


def test_the_host_can_be_read_by_a_person() -> None:
    assert canonical_url("http://xn--mnchen-3ya.example/").unicode_host == "münchen.example"
    assert canonical_url("http://a_b.example/").unicode_host == "a_b.example"


def test_an_address_that_never_stands_still_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_parse", lambda text: text + "x")
    with pytest.raises(AddressError) as raised:
        canonical_url("http://agora.example/")
    assert raised.value.facts["reason"] == "unreadable"


path_text = st.text(alphabet=st.sampled_from("abZ09-._~!$&'()*+,;=:@/%2eéü世 \\?#[]|^{}<>\""), max_size=40)
hosts = st.sampled_from(
    ["agora.example", "AGORA.example.", "münchen.example", "127.1", "[::1]", "a_b.example:8080"]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scheme=st.sampled_from(["http://", "HTTPS://", "http:", "https:\\\\"]), host=hosts, rest=path_text)
def test_canonical_of_canonical_changes_nothing(scheme: str, host: str, rest: str) -> None:
    address = canonical_url(f"{scheme}{host}/{rest}")
    assert canonical_url(address.url) == address
    assert "#" not in address.url
    assert address.url.isascii()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    for candidate in (text, "http://" + text, "https://agora.example/" + text):
        reason = reason_of(candidate)
        if reason is None:
            address = canonical_url(candidate)
            assert canonical_url(address.url) == address
        else:
            assert reason in REASONS


def reason_of(text: str) -> str | None:
    try:
        canonical_url(text)
    except AddressError as error:
        return str(error.facts["reason"])
    return None


REASONS = {
    "empty",
    "too_long",
    "control_characters",
    "not_http",
    "userinfo",
    "no_host",
    "bad_host",
    "unreadable",
}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="abcdefXYZ0123456789-._~/", max_size=30))
def test_escaping_unreserved_characters_changes_nothing(path: str) -> None:
    assume(".." not in path and "/." not in path and not path.startswith("."))
    escaped = "".join(f"%{ord(c):02x}" if c not in "/." else c for c in path)
    assert canonical_url(f"http://agora.example/{escaped}") == canonical_url(f"http://agora.example/{path}")
