"""One address, one canonical form; what is refused; what a browser would open."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.core.signals.urls import canonical as canonical_module
from entente.core.signals.urls.canonical import MAX_URL_CHARACTERS, CanonicalUrl, as_browsers_read, canonical
from entente.core.signals.urls.errors import MalformedUrl


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://Agora.Example", "http://agora.example/"),
        ("HTTPS://AGORA.EXAMPLE:443/Posts", "https://agora.example/Posts"),
        ("http://agora.example:8701/", "http://agora.example:8701/"),
        ("  http://agora.example/a  ", "http://agora.example/a"),
        ("http://agora.example/a/../b/./c", "http://agora.example/b/c"),
        ("http://agora.example/a/%2E%2e/.%2E/b", "http://agora.example/b"),
        ("http:\\\\agora.example\\a", "http://agora.example/a"),
        ("http://agora.example./a#part", "http://agora.example/a"),
        ("http://agora.example/a?", "http://agora.example/a"),
        ("http://agora.example/%7euser%2f%c3%a9?%41=%zz", "http://agora.example/~user%2F%C3%A9?A=%zz"),
        ("http://agora.example/%2541", "http://agora.example/%2541"),
        ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
        ("http://MÜNCHEN。example/", "http://xn--mnchen-3ya.example/"),
        ("http://ａｇｏｒａ.example/", "http://agora.example/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://0177.0.0.01/", "http://127.0.0.1/"),
        ("http://2130706433/", "http://127.0.0.1/"),
        ("http://127。0。0。1/", "http://127.0.0.1/"),
        ("http://[::FFFF:7f00:1]:80/", "http://[::ffff:7f00:1]/"),
    ],
)
def test_what_is_the_same_is_written_the_same(written: str, expected: str) -> None:
    assert canonical(written).url == expected
    assert canonical(expected).url == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n ", "empty"),
        ("http://agora.example/" + "a" * MAX_URL_CHARACTERS, "too_long"),
        ("http://agora.example/" + "é" * 8000, "too_long"),
        ("http://ago\tra.example/", "control_characters"),
        ("http://agora.example/\x7f", "control_characters"),
        ("agora.example/post", "not_http"),
        ("ftp://agora.example/", "not_http"),
        ("http://user:secret@agora.example/", "userinfo"),
        ("http://ago ra.example/", "unreadable"),
        ("http://agora.example/\ud800", "unreadable"),
        ("http://256.256.256.256/", "unreadable"),
        ("http://./", "no_host"),
        ("http://a..b.example/", "bad_host"),
        (f"http://{'a' * 64}.example/", "bad_host"),
        (f"http://{'a.' * 130}example/", "bad_host"),
    ],
)
def test_what_is_refused_says_why(text: str, reason: str) -> None:
    with pytest.raises(MalformedUrl) as raised:
        canonical(text)
    assert raised.value.reason == reason
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("url", "host", "domain", "local"),
    [
        ("https://media.agora.example/v", "media.agora.example", "agora.example", False),
        ("https://a.b.co.uk/", "a.b.co.uk", "b.co.uk", False),
        ("https://co.uk/", "co.uk", "", False),
        ("https://93.184.216.34/x", "93.184.216.34", "", False),
        ("https://[2606:2800:220:1::1]/", "[2606:2800:220:1::1]", "", False),
        ("https://[::ffff:10.0.0.1]/", "[::ffff:a00:1]", "", True),
        ("https://224.0.0.1/", "224.0.0.1", "", True),
        ("https://printer/", "printer", "", True),
        ("https://wiki.internal/", "wiki.internal", "wiki.internal", True),
    ],
)
def test_hosts_and_the_domains_that_somebody_registered(
    url: str,
    host: str,
    domain: str,
    local: bool,  # noqa: FBT001
) -> None:
    address = canonical(url)
    assert (address.host, address.registrable_domain, address.is_local) == (host, domain, local)


def test_the_parts_of_an_address() -> None:
    expected = CanonicalUrl("http://a.example:81/b?c=d", "http", "a.example", 81, "/b", "c=d")
    assert canonical("http://a.example:81/b?c=d#e") == expected
    assert expected.host_and_port == "a.example:81"
    assert canonical("http://a.example").host_and_port == "a.example"
    assert canonical("http://xn--mnchen-3ya.example/").unicode_host == "münchen.example"
    assert canonical("http://a_b.example/").unicode_host == "a_b.example"


@pytest.mark.parametrize(
    ("posted", "opened"),
    [
        ("https://ago\nra.exam\tple/a", "https://agora.example/a"),
        ("https://somebody:else@agora.example/a", "https://agora.example/a"),
        ("https://bank.example@agora.example/a", "https://agora.example/a"),
        ("agora.example/a", "https://agora.example/a"),
        ("agora.example:8080/a", "https://agora.example:8080/a"),
        ("//agora.example/a", "https://agora.example/a"),
        ("HTTP:agora.example", "http://agora.example/"),
        ("\x01 http://agora.example/ \x01", "http://agora.example/"),
    ],
)
def test_what_leads_there_in_a_browser_is_read_for_matching(posted: str, opened: str) -> None:
    assert as_browsers_read(posted).url == opened


@pytest.mark.parametrize(
    "text",
    ["", "///", "mailto:a@b.example", "a@b.example", "javascript:1", "tel:12", "a:b", "ftp://a.example/"],
)
def test_what_no_browser_opens_as_a_page_stays_refused(text: str) -> None:
    with pytest.raises(MalformedUrl):
        as_browsers_read(text)


def test_an_address_that_never_stands_still_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def restless(text: str, *, keeps_userinfo_out: bool) -> CanonicalUrl:
        return CanonicalUrl(text + "x", "http", "agora.example", None, "/", "")

    monkeypatch.setattr(canonical_module, "_one_pass", restless)
    with pytest.raises(MalformedUrl) as raised:
        canonical("http://agora.example/")
    assert raised.value.reason == "unreadable"


_PATHS = st.text(alphabet=st.sampled_from("abZ09-._~!$&'()*+,;=:@/%2eéü世 \\?#[]|^{}<>\""), max_size=40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["http://", "HTTPS://", "http:", "https:\\\\", "http://u@"]),
    st.sampled_from(
        ["agora.example", "AGORA.example.", "münchen.example", "127.1", "[::1]", "a_b.example:8080"]
    ),
    _PATHS,
)
def test_the_canonical_form_of_a_canonical_form_is_itself(scheme: str, host: str, rest: str) -> None:
    address = as_browsers_read(f"{scheme}{host}/{rest}")
    assert canonical(address.url) == as_browsers_read(address.url) == address
    assert address.url.isascii()
    assert "#" not in address.url


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://agora.example/", "//"]))
def test_any_text_is_an_address_or_a_clear_refusal(text: str, before: str) -> None:
    for read in (canonical, as_browsers_read):
        try:
            address = read(before + text)
        except MalformedUrl:
            continue
        assert canonical(address.url) == address
