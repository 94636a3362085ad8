"""StopNCII-style feeds: records that replace what was said before, withdrawn cases, and what a liar gets."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FeedRefused, FeedUnreadable
from entente.core.exchange.feeds.feed import Page
from entente.core.exchange.feeds.stopncii import Feed
from entente.core.exchange.feeds.windows import Window
from entente.core.exchange.opinions import Opinion, View
from tests.core.exchange.examples import AT, MD5, SECRET, answer, run

SECONDS = int(AT.timestamp())
VALUE = bytes.fromhex(MD5)


def feed() -> Feed:
    return Feed({"function_key": SECRET, "subscription_key": "other", "base_url": "https://feed.example/v1"})


def record(**changes: object) -> dict[str, object]:
    return {
        "lastModtimestamp": SECONDS,
        "signalType": "VideoMD5",
        "hashValue": MD5,
        "hashStatus": "Active",
        "caseNumbers": {"27664732-76e1-4a17-8099-455798e67022": "Active"},
        **changes,
    }


def page(
    *records: object, token: object = None, more: object = False, following: object = SECONDS
) -> dict[str, Any]:
    return {
        "count": len(records),
        "nextPageToken": token,
        "nextSetTimestamp": following,
        "hasMoreRecords": more,
        "hashRecords": records,
    }


def read(answered: object, since: int = 0) -> Page:
    return run(feed(), [answer(answered)], Window(since).write(), AT)[-1]


def test_it_asks_page_by_page_and_the_last_says_where_the_next_window_begins() -> None:
    one = feed()
    first = one.start("")
    assert first.headers["x-functions-key"] == SECRET
    assert first.headers["Ocp-Apim-Subscription-Key"] == "other"
    assert urlsplit(first.url)._replace(query="").geturl() == "https://feed.example/v1/FetchHashes"
    assert parse_qs(urlsplit(first.url).query) == {"startTimestamp": ["10"], "pageSize": ["800"]}
    found = one.read(answer(page(record(), token="W3=", more=True)))
    assert found.next
    assert parse_qs(urlsplit(found.next.url).query)["nextPageToken"] == ["W3="]
    assert Window.read(found.checkpoint) == Window(0, "W3=")
    last = one.read(answer(page(record(), following=SECONDS - 5)))
    assert (Window.read(last.checkpoint), last.next) == (Window(SECONDS - 5), None)
    assert parse_qs(urlsplit(one.start(last.checkpoint).url).query)["startTimestamp"] == [str(SECONDS - 5)]
    assert one.forgets_after_days == 30


def test_a_run_goes_on_with_its_page_and_begins_anew_if_that_is_gone() -> None:
    held = Window(SECONDS - 60, "W3=").write()
    one = feed()
    assert "nextPageToken=W3%3D" in one.start(held).url
    anew = one.read(answer(b"", 400))
    assert anew.next
    assert "nextPageToken" not in anew.next.url
    assert Window.read(anew.checkpoint) == Window(SECONDS - 60)
    with pytest.raises(FeedRefused):
        one.read(answer(b"", 400))


def test_records_are_entries_known_by_their_hash() -> None:
    found = read(
        page(
            record(hashRegions=["UK"], caseNumbers=[]),
            record(hashStatus="Withdrawn"),
            record(hashStatus="Deleted", signalType="URL", hashValue="https://a.example/b"),
            record(signalType="VideoTMK"),
        )
    )
    assert found.entries == (
        Entry("md5", VALUE, ("region:UK",), changed_at=AT),
        Entry("md5", VALUE, is_retracted=True, changed_at=AT),
        Entry("url", b"https://a.example/b", is_retracted=True, changed_at=AT),
    )
    assert (found.skipped, found.whole_refs) == (1, frozenset())


def test_feedback_is_an_opinion() -> None:
    feedback = [
        {"source": "somebody", "feedbackValue": "Blocked", "tags": ["a"]},
        {"source": "another", "feedbackValue": "NotBlocked"},
        {"source": "third", "feedbackValue": "PendingReview"},
    ]
    assert read(page(record(CSPFeedbacks=feedback))).opinions == (
        Opinion("md5", VALUE, "somebody", View.CONFIRMS, ("a",)),
        Opinion("md5", VALUE, "another", View.CONTESTS),
    )


def test_a_bad_record_is_named_and_the_rest_is_read() -> None:
    found = read(
        page(
            7,
            record(hashValue=f"{MD5}\n"),
            record(hashStatus="Paused"),
            record(hashStatus=None),
            record(signalType=None),
            record(hashRegions="UK"),
            record(CSPFeedbacks=[{}]),
            record(),
        )
    )
    *bad, good = found.entries
    assert [one.reason for one in bad if isinstance(one, Bad)] == [
        "it is not an object",
        "MD5 is 32 hexadecimal digits, not 33 characters",
        "its status is none that is known here",
        "hashStatus is not a text",
        "signalType is not a text",
        "hashRegions is not a list",
        "feedbackValue is not a text",
    ]
    assert isinstance(good, Entry)


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({"hasMoreRecords": False, "nextSetTimestamp": SECONDS}, "hashRecords is not a list"),
        (page(more="yes"), "hasMoreRecords is neither"),
        (page(more=True), "nextPageToken is not a text"),
        (page(more=True, token=""), "there is no token"),
        (page(more=True, token="a b"), "there is no token"),
        (page(following=None), "nextSetTimestamp is not a whole number"),
        (page(following="soon"), "nextSetTimestamp is not a whole number"),
        (page(following=10**20), "not a number of seconds"),
        (page(following=SECONDS - 61), "checkpoint goes back"),
        (page(following=SECONDS + 90_000), "in the future"),
    ],
)
def test_a_partner_that_lies_is_told_apart(answered: object, reason: str) -> None:
    with pytest.raises(FeedUnreadable, match=reason):
        read(answered, SECONDS - 60)


def test_pages_in_a_circle_end() -> None:
    one = feed()
    one.start("")
    one.read(answer(page(record(), token="a", more=True)))
    with pytest.raises(FeedUnreadable, match="the same page again"):
        one.read(answer(page(record(), token="a", more=True)))
