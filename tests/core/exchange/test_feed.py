"""What all feeds share: settings, requests that show no secret, refusals, pages that are bounded."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from entente.core.exchange.errors import (
    CheckpointUnreadable,
    FeedMisconfigured,
    FeedRefused,
    FeedUnreadable,
    MalformedEntry,
    UnknownFeed,
)
from entente.core.exchange.feeds import KINDS, by_name, feed
from entente.core.exchange.feeds.answers import Found, Gathered, json_page, of_page
from entente.core.exchange.feeds.feed import (
    Feed,
    Request,
    Response,
    base_url,
    body_of,
    check_status,
    checked_url,
)
from entente.core.exchange.feeds.windows import Cursors, Window
from tests.core.exchange.examples import AT, SECRET, answer, entry

CONFIGS: Mapping[str, Mapping[str, str]] = {
    "tech_against_terrorism": {"username": "user", "password": SECRET, "base_url": "https://feed.example"},
    "threatexchange": {
        "privacy_group": "42",
        "access_token": f"7|{SECRET}",
        "base_url": "https://feed.example/v1",
    },
    "ncmec": {"username": "user", "password": SECRET, "base_url": "https://feed.example/sharing/"},
    "stopncii": {"function_key": SECRET, "subscription_key": SECRET, "base_url": "https://feed.example/v1"},
    "http_file": {"url": f"https://feed.example/list.csv?key={SECRET}", "format": "csv", "token": SECRET},
}
EVERY = pytest.mark.parametrize("kind", KINDS)


def made(kind: str, **changes: str) -> Feed:
    return by_name(kind)({**CONFIGS[kind], **changes})


def test_kinds_are_asked_for_by_name() -> None:
    assert {by_name(kind).kind for kind in KINDS} == set(CONFIGS)
    with pytest.raises(UnknownFeed, match="tech_against_terrorism, threatexchange"):
        by_name("taxii")


@EVERY
def test_a_feed_says_which_settings_it_has(kind: str) -> None:
    settings = by_name(kind).settings
    assert by_name(kind).title
    assert {one.name for one in settings if one.is_secret} == {
        name for name, value in CONFIGS[kind].items() if SECRET in value and name != "url"
    } | ({"password"} if kind == "http_file" else set())
    for one in settings:
        assert one.title
        if one.default is None:
            with pytest.raises(FeedMisconfigured, match=f"the setting {one.name} is missing"):
                made(kind, **{one.name: ""})
        for wrong in ("a\nb", "x" * 2001, " a"):
            with pytest.raises(FeedMisconfigured):
                made(kind, **{one.name: wrong})
    with pytest.raises(FeedMisconfigured, match="settings that this feed does not have: other, pasword"):
        made(kind, pasword="x", other="y")


@EVERY
def test_nothing_shows_a_secret(kind: str) -> None:
    one = made(kind)
    request = one.start("")
    assert SECRET not in repr(one) + repr(request) + str(request) + f"{one!s}"
    assert repr(request).startswith(f"<Request {request.method} https://feed.example/")
    page = Response(200, {}, SECRET.encode())
    assert SECRET not in repr(page)


@EVERY
@pytest.mark.parametrize("checkpoint", ["\n", "a b", "\u0661", "x" * 5000])
def test_a_checkpoint_of_something_else_is_refused(kind: str, checkpoint: str) -> None:
    with pytest.raises(CheckpointUnreadable):
        made(kind).start(checkpoint)


@EVERY
@pytest.mark.parametrize(
    ("status", "is_temporary"),
    [
        (401, False),
        (403, False),
        (404, False),
        (302, False),
        (204, False),
        (100, False),
        (429, True),
        (500, True),
        (599, True),
    ],
)
def test_a_refusal_says_whether_to_try_again(kind: str, status: int, is_temporary: bool) -> None:  # noqa: FBT001
    one = made(kind)
    one.start("")
    with pytest.raises(FeedRefused) as refusal:
        one.read(answer(b"<script>", status, {"retry-after": "17"}))
    assert (refusal.value.status, refusal.value.is_temporary) == (status, is_temporary)
    assert refusal.value.retry_after_seconds == (17 if is_temporary else None)
    assert "script" not in str(refusal.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0", 0),
        (" 60 ", 60),
        ("99999", 86_400),
        ("999999", None),
        ("-1", None),
        ("\u0661", None),
        ("soon", None),
        ("", None),
    ],
)
def test_how_long_to_wait_is_read_in_seconds_and_bounded(written: str, expected: int | None) -> None:
    with pytest.raises(FeedRefused) as refusal:
        check_status(Response(503, {"Retry-After": written}, b""))
    assert refusal.value.retry_after_seconds == expected


HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "http_file"])
@pytest.mark.parametrize(
    "body", [HTML, b"", b"[]", b"7", b"null", b'{"data": ', b"\xff\xfe", b"[" * 100_000, b"<a>" * 100]
)
def test_nonsense_is_named_and_nothing_of_it_repeated(kind: str, body: bytes) -> None:
    one = made(kind)
    one.start("")
    with pytest.raises(FeedUnreadable) as refusal:
        one.read(answer(body))
    assert "alert" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "http_file"])
def test_a_page_is_bounded_in_bytes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_PAGE_BYTES", 100)
    one = made(kind)
    one.start("")
    with pytest.raises(FeedUnreadable, match="larger than 100 bytes"):
        one.read(answer(b" " * 101))
    assert body_of(answer(b" " * 100)) == b" " * 100
    assert body_of(Response(200, {}, memoryview(b"abc"))) == b"abc"


@EVERY
def test_a_run_is_bounded_in_pages(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MAX_PAGES", 2)
    one = made(kind)
    for _ in range(2):
        one.start("")
        for _ in range(2):
            with pytest.raises(FeedRefused):
                one.read(answer(status=404))
        with pytest.raises(FeedUnreadable, match="more than 2 pages"):
            one.read(answer(status=404))


def test_the_records_of_a_page_are_gathered_one_by_one() -> None:
    def read(record: int) -> Found:
        if record == 2:
            raise MalformedEntry("it is two")
        return Found((entry(record),), ref=f"r{record}" if record < 4 else "", skipped=record)

    page = Gathered.of([1, 2, 3, 4], read).page("c", None)
    assert [getattr(one, "reason", "") for one in page.entries] == ["", "it is two", "", ""]
    assert page.whole_refs == {"r1", "r3"}
    assert (page.checkpoint, page.next, page.skipped, page.opinions, page.is_whole) == (
        "c",
        None,
        8,
        (),
        False,
    )


def test_a_page_is_bounded_in_entries() -> None:
    with pytest.raises(FeedUnreadable, match="more than 10,000 entries"):
        Gathered.of(range(10_001), lambda _: Found())
    assert Gathered.of(range(10_000), lambda _: Found(skipped=1)).skipped == 10_000


def test_json_pages() -> None:
    assert json_page('\ufeff{"a": "b"}'.encode()).text("a") == "b"
    with pytest.raises(FeedUnreadable, match="a page of HTML, not JSON"):
        json_page(b" \n" + HTML)
    with pytest.raises(FeedUnreadable, match="broken or cut short, not JSON"):
        json_page(b'{"a": 1')
    with pytest.raises(FeedUnreadable, match="the answer is not an object"):
        json_page(b"[]")
    with pytest.raises(FeedUnreadable, match="not a page of this feed: a is not a text"):
        of_page(lambda: json_page(b"{}").text("a"))


@pytest.mark.parametrize(
    "url",
    [
        "https://feed.example",
        "https://feed.example:8443/a?b=c",
        "http://127.0.0.1:1",
        "http://[::1]/",
        "http://localhost/",
    ],
)
def test_addresses_that_may_be_asked(url: str) -> None:
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://feed.example",
        "ftp://feed.example",
        "feed.example",
        "https://",
        "https://user@feed.example",
        "https://:pass@feed.example",
        "https://feed.example/#a",
        "https://feed.example:99999",
        "https://[::1",
        "https://feed.example/a b",
        "https://f\u0435ed.example/",
    ],
)
def test_credentials_are_sent_nowhere_else(url: str) -> None:
    with pytest.raises(FeedMisconfigured):
        checked_url(url)


def test_the_address_of_an_interface_has_no_parameters() -> None:
    assert base_url({"base_url": "https://feed.example/v1/"}) == "https://feed.example/v1"
    with pytest.raises(FeedMisconfigured, match="no parameters"):
        base_url({"base_url": "https://feed.example/?a=b"})


def test_headers_are_found_whatever_their_case() -> None:
    response = Response(200, {"eTaG": "a"}, b"")
    assert (response.header("ETag"), response.header("Other")) == ("a", "")
    assert Request("GET", "https://feed.example/a?b").body == b""


@pytest.mark.parametrize("kind", ["threatexchange", "stopncii"])
def test_what_goes_into_a_header_is_visible_ascii(kind: str) -> None:
    secret = next(one.name for one in by_name(kind).settings if one.is_secret)
    for wrong in ("caf\u00e9", "a b"):
        with pytest.raises(FeedMisconfigured, match=f"the setting {secret} may only hold visible ASCII"):
            made(kind, **{secret: wrong})


def test_a_window_is_written_and_read_back() -> None:
    window = Window(5, "next", 9, 7)
    assert Window.read(window.write()) == window
    assert Window.read("") == Window()
    assert window.afresh() == Window(5)
    assert window.on("more", reached=6) == Window(5, "more", 9, 7)
    assert window.on("more", reached=8).reached == 8


@pytest.mark.parametrize(
    "checkpoint",
    [
        "[]",
        "7",
        "{}",
        '{"since": 1, "cursor": "", "until": 0}',
        '{"since": 1, "cursor": "", "until": 0, "reached": 0, "other": 1}',
        '{"since": -1, "cursor": "", "until": 0, "reached": 0}',
        '{"since": true, "cursor": "", "until": 0, "reached": 0}',
        '{"since": "1", "cursor": "", "until": 0, "reached": 0}',
        '{"since": 1e3, "cursor": "", "until": 0, "reached": 0}',
        '{"since": 1, "cursor": 7, "until": 0, "reached": 0}',
        '{"since": 1, "cursor": "a b", "until": 0, "reached": 0}',
        '{"since": 1, "cursor": "", "until": 999999999999, "reached": 0}',
    ],
)
def test_a_window_that_is_none_is_refused(checkpoint: str) -> None:
    with pytest.raises(CheckpointUnreadable):
        Window.read(checkpoint)


def test_a_page_is_handed_out_once() -> None:
    cursors = Cursors("first")
    assert cursors.follow("second") == "second"
    for again in ("first", "second"):
        with pytest.raises(FeedUnreadable, match="the same page again"):
            cursors.follow(again)


def test_only_the_first_answer_of_a_resumed_run_may_say_that_its_page_is_gone() -> None:
    gone = answer(status=410)
    assert not Cursors("").is_forgotten(gone)
    cursors = Cursors("page")
    assert cursors.is_forgotten(gone)
    assert not cursors.is_forgotten(gone)
    served = Cursors("page")
    assert not served.is_forgotten(answer(status=200))
    assert not served.is_forgotten(gone)


def test_a_partner_may_be_a_day_ahead() -> None:
    one = made("http_file")
    one._believe(datetime.max.replace(tzinfo=UTC))
    one.start("", now=AT)
    one._believe(None)
    one._believe(AT + timedelta(days=1))
    with pytest.raises(FeedUnreadable, match="in the future"):
        one._believe(AT + timedelta(days=1, seconds=1))
