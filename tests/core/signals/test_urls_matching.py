"""Entries of banks, the keys they are found under, and digests as exchanged."""

import hashlib
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from entente.core.signals.errors import MalformedSignal
from entente.core.signals.urls.canonical import as_browsers_read, canonical
from entente.core.signals.urls.exchanged import MOST_SPELLINGS, exchanged_lookup_keys, exchanged_md5
from entente.core.signals.urls.matching import (
    DEEPEST_HOST,
    DEEPEST_PATH,
    MOST_LOOKUP_KEYS,
    entry_key,
    exact_key,
    lookup_keys,
)
from entente.core.signals.urls.signal_types import Url, UrlMd5
from entente.core.signals.urls.tracking import without_tracking
from tests.core.signals.contract import SignalTypeContract


class TestUrl(SignalTypeContract):
    kind = Url()

    @classmethod
    @override
    def values(cls) -> st.SearchStrategy[bytes]:
        """Draw entries of all kinds."""
        host = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=5).map(
            lambda s: f"a{s}.example"
        )
        path = st.lists(st.text("ab1-._~%/ é", min_size=1, max_size=6), max_size=4).map("/".join)
        exact = st.builds(
            "https://{}/{}?{}".format, host, path, st.sampled_from(["", "utm_id=1", "v=1&gclid=2"])
        )
        hosts = st.builds("host:{}{}".format, st.sampled_from(["", "*."]), host)
        paths = st.builds("path:{}/x{}/y".format, host, path)
        return st.one_of(exact, hosts, paths).map(cls.kind.parse)


class TestUrlMd5(SignalTypeContract):
    kind = UrlMd5()


def meets(entry: str, posted: str) -> bool:
    return entry_key(entry) in lookup_keys(as_browsers_read(posted))


@pytest.mark.parametrize(
    ("entry", "posted", "expected"),
    [
        ("https://videos.example/watch?v=1", "http://videos.example/watch?v=1", True),
        ("https://videos.example/watch?v=1", "videos.example/a/%2e%2e/watch?v=1#t=9", True),
        (
            "https://videos.example/watch?v=1",
            "https://x@videos.example/watch?utm_source=a&v=1&fbclid=b",
            True,
        ),
        ("https://videos.example/watch?utm_source=a&v=1", "https://videos.example/watch?v=1", True),
        ("https://videos.example/watch?v=1", "https://videos.example/watch?v=12", False),
        ("https://videos.example/watch?v=1", "https://videos.example:8443/watch?v=1", False),
        ("http://videos.example:8080/a", "https://videos.example:8080/a", True),
        ("host:videos.example", "https://videos.example:8443/a/b?c", True),
        ("host:videos.example", "https://m.videos.example/a", False),
        ("host:*.videos.example", "https://m.videos.example/a", True),
        ("host:*.videos.example", "https://videos.example/a", True),
        ("host:*.videos.example", "https://notvideos.example/a", False),
        ("host:*.videos.example", "https://videos.example.other.example/a", False),
        ("host:127.0.0.1", "http://0x7f.1/a", True),
        ("host:[::1]", "http://[0:0::1]/a", True),
        ("host:münchen.example", "https://xn--mnchen-3ya.example/", True),
        ("path:videos.example/channel/42", "https://videos.example/channel/42", True),
        ("path:videos.example/channel/42", "https://videos.example/channel/42/", True),
        ("path:videos.example/channel/42", "http://videos.example//channel//42/video?x=1", True),
        ("path:videos.example/channel/42", "https://videos.example/channel/421", False),
        ("path:videos.example/channel/42", "https://videos.example/channel/", False),
        ("path:videos.example/channel/42", "https://videos.example/Channel/42", False),
        ("path:videos.example/channel/42", "https://m.videos.example/channel/42", False),
        ("path:videos.example:8443/channel", "https://videos.example:8443/channel/1", True),
        ("path:videos.example:8443/channel", "https://videos.example/channel/1", False),
        ("path:videos.example/c%2Fd", "https://videos.example/c/d", False),
    ],
)
def test_an_entry_meets_what_it_names(entry: str, posted: str, expected: bool) -> None:  # noqa: FBT001
    assert meets(entry, posted) is expected


@pytest.mark.parametrize(
    "entry",
    [
        "host:*.com",
        "host:*.co.uk",
        "host:*.example",
        "host:*.127.0.0.1",
        "host:*.[::1]",
        "host:*",
        "host:*.*.videos.example",
        "host:videos.example:8443",
        "host:videos.example?x",
        "host:a b.example",
        "host:*." + "a." * DEEPEST_HOST + "example",
        "path:videos.example/",
        "path:videos.example//",
        "path:videos.example/a?b=1",
        "path:videos.example/a#b",
        "path:videos.example/*",
        "path:/videos.example/a",
        "path:videos.example" + "/a" * (DEEPEST_PATH + 1),
        "path:somebody@videos.example/a",
        "other:videos.example",
    ],
)
def test_entries_that_are_too_wide_too_deep_or_unclear_are_refused(entry: str) -> None:
    with pytest.raises(MalformedSignal):
        entry_key(entry)


def test_the_deepest_entries_are_found_and_the_keys_are_bounded() -> None:
    host = "a." * (DEEPEST_HOST - 1) + "example"
    path = "/a" * DEEPEST_PATH
    posted = as_browsers_read(f"https://{'b.' * 50}{host}{path}{'/c' * 100}?d")
    keys = lookup_keys(posted)
    assert entry_key(f"host:*.{host}") in keys
    assert len(keys) == len(set(keys)) <= MOST_LOOKUP_KEYS
    assert entry_key(f"path:{host}{path}") in lookup_keys(as_browsers_read(f"https://{host}{path}/c"))


def test_the_keys_of_one_address_are_these() -> None:
    assert lookup_keys(canonical("https://m.videos.example/a/b?v=1&utm_id=2")) == [
        "https://m.videos.example/a/b?v=1",
        "http://m.videos.example/a/b?v=1",
        "path:m.videos.example/a/b",
        "path:m.videos.example/a",
        "host:m.videos.example",
        "host:*.m.videos.example",
        "host:*.videos.example",
    ]
    assert lookup_keys(canonical("http://10.0.0.1/")) == [
        "http://10.0.0.1/",
        "https://10.0.0.1/",
        "host:10.0.0.1",
    ]


_SEGMENTS = st.lists(st.sampled_from(["a", "b", "ab", "", "c.d", "%2F"]), max_size=5)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4), _SEGMENTS, _SEGMENTS)
def test_lookup_is_exactly_what_comparing_part_by_part_finds(
    labels: list[str], entry: list[str], posted: list[str]
) -> None:
    host = ".".join([*labels, "example"])
    wanted = [segment for segment in entry if segment]
    had = [segment for segment in posted if segment]
    if wanted:
        under = had[: len(wanted)] == wanted
        assert meets(f"path:{host}/{'/'.join(entry)}", f"https://{host}/{'/'.join(posted)}") is under
    for other in (["a"], ["b", "a"], ["ab"], labels[1:]):
        if other:
            below = [*labels][-len(other) :] == other
            assert meets(f"host:*.{'.'.join(other)}.example", f"https://{host}/") is below


@given(st.text("abv=&_utmid12", max_size=30))
def test_dropping_tracking_parameters_keeps_the_rest_and_is_done_once(query: str) -> None:
    rest = without_tracking(query)
    assert without_tracking(rest) == rest
    assert [pair for pair in query.split("&") if pair in rest.split("&") and pair] == [
        p for p in rest.split("&") if p
    ]


@pytest.mark.parametrize("query", ["ref=1", "si=1", "id=1", "t=1", "utm=1", "source=a", "v=utm_source"])
def test_what_may_choose_the_item_is_no_tracking_parameter(query: str) -> None:
    assert without_tracking(query) == query


def test_a_stored_address_keeps_its_tracking_parameters() -> None:
    address = canonical("https://videos.example/watch?v=1&utm_source=mail")
    assert address.url == "https://videos.example/watch?v=1&utm_source=mail"
    assert exact_key(address) == "https://videos.example/watch?v=1"


def test_the_digest_that_is_exchanged_is_of_the_lower_case_text_without_its_scheme() -> None:
    def md5(text: str) -> bytes:
        return hashlib.md5(text.encode()).digest()  # noqa: S324

    assert exchanged_md5("https://Agora.Example/Posts?b=1&a=2#x") == md5("agora.example/posts?b=1&a=2#x")
    assert exchanged_md5("HTTPS://AGORA.EXAMPLE") == md5("agora.example")
    assert exchanged_md5(" agora.example/ ") == md5("agora.example/")
    keys = exchanged_lookup_keys("HTTPS://Agora.Example/A/../Posts/")
    assert keys[0] == md5("agora.example/a/../posts/")
    for spelling in (
        "HTTPS://Agora.Example/A/../Posts/",
        "https://agora.example/Posts/",
        "https://agora.example/Posts",
        "http://agora.example/Posts",
        "agora.example/posts/",
        "agora.example/posts",
        "agora.example/Posts",
    ):
        assert md5(spelling) in keys
    assert len(keys) == len(set(keys)) <= MOST_SPELLINGS


@pytest.mark.parametrize("text", ["", " ", "a" * 8193, "\ud800"])
def test_what_has_no_digest_is_refused(text: str) -> None:
    with pytest.raises(MalformedSignal):
        exchanged_md5(text)
    with pytest.raises(MalformedSignal):
        exchanged_lookup_keys(text)


def test_content_that_is_not_utf8() -> None:
    with pytest.raises(MalformedSignal, match="UTF-8"):
        UrlMd5().from_content(b"\xff")
    with pytest.raises(MalformedSignal):
        Url().from_content(b"https://\xff\xfe /")
    with pytest.raises(MalformedSignal, match="UTF-8"):
        Url().write(b"\xff")


def test_a_value_that_is_not_canonical_is_refused() -> None:
    with pytest.raises(MalformedSignal, match="canonical"):
        Url().write(b"https://videos.example")
