"""Whole lists as files: asked for only when they have changed, read in bounded memory, compared with what was known."""

import base64
import os
import tracemalloc
from pathlib import Path

import pytest

from entente.core.exchange.deltas import Known, WholeList
from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import (
    CheckpointUnreadable,
    FeedMisconfigured,
    FeedRefused,
    FeedUnreadable,
    FormatUnreadable,
)
from entente.core.exchange.feeds import http_file
from entente.core.exchange.feeds.feed import Response
from entente.core.exchange.feeds.http_file import Feed
from entente.core.exchange.feeds.local_file import read_file
from entente.core.exchange.formats import by_name
from tests.core.exchange.examples import SECRET, answer, bad, entry, good, run

CSV = by_name("csv")
URL = "https://feed.example/list.csv"


def feed(**settings: str) -> Feed:
    return Feed({"url": URL, "format": "csv", **settings})


def listing(*numbers: int) -> bytes:
    return b"".join(CSV.write(entry(number) for number in numbers))


def test_a_file_is_asked_for_again_only_if_it_has_changed() -> None:
    one = feed()
    first = one.start("")
    assert (first.method, first.url, dict(first.headers)) == ("GET", URL, {})
    validators = {"ETag": '"a1"', "Last-Modified": "Tue, 03 Nov 2026 09:30:00 GMT"}
    page = one.read(answer(listing(1, 2), headers=validators))
    assert (page.is_whole, page.next) == (True, None)
    assert list(page.entries) == list(page.entries) == [entry(1), entry(2)]
    again = one.start(page.checkpoint)
    assert dict(again.headers) == {"If-None-Match": '"a1"', "If-Modified-Since": validators["Last-Modified"]}
    unchanged = one.read(answer(status=304))
    assert (unchanged.entries, unchanged.is_whole, unchanged.checkpoint) == ((), False, page.checkpoint)


def test_the_same_bytes_change_nothing_whatever_the_server_says() -> None:
    first = run(feed(), [answer(listing(1))])[-1]
    again = run(feed(), [answer(listing(1), headers={"ETag": '"new"'})], first.checkpoint)[-1]
    assert (again.entries, again.is_whole) == ((), False)
    assert '\\"new\\"' in again.checkpoint
    other = run(feed(), [answer(listing(2))], first.checkpoint)[-1]
    assert other.is_whole


def test_what_a_file_no_longer_lists_is_retracted() -> None:
    page = run(feed(), [answer(listing(1, 3) + b"spoilt\r\n")])[-1]
    whole = WholeList()
    found = list(whole.watch(page.entries))
    whole.end()
    assert good(found) == [entry(1), entry(3)]
    assert bad(found) == {4: "the line has 1 cells instead of 8"}
    known = [Known("sha256", entry(number).value, "ref") for number in (1, 2, 3)]
    assert list(whole.retractions(lambda: known)) == [
        Entry("sha256", entry(2).value, partner_ref="ref", is_retracted=True)
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"token": SECRET}, f"Bearer {SECRET}"),
        (
            {"username": "user", "password": SECRET},
            f"Basic {base64.b64encode(f'user:{SECRET}'.encode()).decode()}",
        ),
    ],
)
def test_credentials_go_into_a_header(settings: dict[str, str], expected: str) -> None:
    assert feed(**settings).start("").headers["Authorization"] == expected


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"format": "pickle"}, "the formats are csv"),
        ({"token": "a", "username": "b"}, "either a token, or a user name"),
        ({"token": "caf\u00e9"}, "visible ASCII"),
        ({"url": "http://feed.example/"}, "begins with https"),
    ],
)
def test_settings_that_cannot_be_used_are_named(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(FeedMisconfigured, match=reason):
        feed(**settings)


@pytest.mark.parametrize(
    "checkpoint",
    [
        "{}",
        "7",
        '{"etag": "", "modified": ""}',
        '{"etag": 7, "modified": "", "digest": ""}',
        '{"etag": "a\\r\\nX: y", "modified": "", "digest": ""}',
        '{"etag": "\u0661", "modified": "", "digest": ""}',
    ],
)
def test_a_checkpoint_of_something_else_is_refused(checkpoint: str) -> None:
    with pytest.raises(CheckpointUnreadable):
        feed().start(checkpoint)


def test_validators_that_cannot_be_sent_back_are_left() -> None:
    headers = {"ETag": '"a b"', "Last-Modified": "x" * 501}
    page = run(feed(), [answer(listing(1), headers=headers)])[-1]
    assert dict(feed().start(page.checkpoint).headers) == {}


def test_a_file_is_bounded_and_may_be_a_view(monkeypatch: pytest.MonkeyPatch) -> None:
    content = listing(1)
    monkeypatch.setattr(http_file, "MAX_FILE_BYTES", len(content))
    page = run(feed(), [Response(200, {}, memoryview(content))])[-1]
    assert list(page.entries) == [entry(1)]
    with pytest.raises(FeedUnreadable, match="the file is larger than"):
        run(feed(), [answer(content + b"\n")])


def test_nonsense_is_told_when_it_is_read_and_an_unasked_304_is_refused() -> None:
    page = run(feed(), [answer(b"<html></html>")])[-1]
    with pytest.raises(FormatUnreadable):
        list(page.entries)
    with pytest.raises(FeedRefused):
        run(feed(), [answer(status=304)])


def test_a_local_file_is_read_only_if_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(listing(1, 2))
    page = read_file(path, CSV, "")
    assert list(page.entries) == list(page.entries) == [entry(1), entry(2)]
    assert (page.is_whole, page.next) == (True, None)
    again = read_file(path, CSV, page.checkpoint)
    assert (again.entries, again.is_whole, again.checkpoint) == ((), False, page.checkpoint)
    path.write_bytes(listing(1, 2, 3))
    assert len(list(read_file(path, CSV, page.checkpoint).entries)) == 3


def test_a_local_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(listing(1, 2))
    page = read_file(path, CSV, "")
    reading = iter(page.entries)
    assert next(reading) == entry(1)
    with path.open("ab") as file:
        file.write(b"\n")
    with pytest.raises(FeedUnreadable, match="changed while it was read"):
        list(reading)
    with pytest.raises(FeedUnreadable, match="changed while it was read"):
        list(page.entries)


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="not a regular file"):
        read_file(tmp_path, CSV, "")
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "other", CSV, "")
    with pytest.raises(CheckpointUnreadable):
        read_file(tmp_path, CSV, "yesterday")
    path = tmp_path / "list.csv"
    path.write_bytes(listing(1))
    page = read_file(path, CSV, "")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FeedUnreadable, match="not a regular file"):
        list(page.entries)


def test_a_local_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(listing(*range(10_000)))
    size = path.stat().st_size
    assert size > 750_000
    tracemalloc.start()
    try:
        assert sum(not isinstance(one, Bad) for one in read_file(path, CSV, "").entries) == 10_000
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()
