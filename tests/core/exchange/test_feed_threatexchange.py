"""ThreatExchange: updates in the order of their time, opinions, deletions, and what a liar gets."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FeedMisconfigured, FeedRefused, FeedUnreadable, MalformedEntry
from entente.core.exchange.feeds.feed import Page
from entente.core.exchange.feeds.threatexchange import Feed
from entente.core.exchange.opinions import Opinion, View
from entente.core.exchange.tables import Table
from entente.core.exchange.threat_updates import read_update
from tests.core.exchange.examples import AT, MD5, SECRET, SHA256, answer, run

VALUE = bytes.fromhex(SHA256)
SECONDS = int(AT.timestamp())
URL = "https://feed.example/v1/42/threat_updates"


def feed(**settings: str) -> Feed:
    return Feed(
        {
            "privacy_group": "42",
            "access_token": f"7|{SECRET}",
            "base_url": "https://feed.example/v1",
            **settings,
        }
    )


def descriptor(owner: object, status: str = "MALICIOUS", **others: object) -> dict[str, object]:
    return {"id": "1", "owner": {"id": owner}, "status": status, **others}


def update(*descriptors: object, **changes: object) -> dict[str, object]:
    return {
        "id": "5",
        "type": "HASH_SHA256",
        "indicator": SHA256,
        "last_updated": SECONDS,
        "should_delete": False,
        "descriptors": {"data": descriptors or [descriptor("2")]},
        **changes,
    }


def page(*updates: object, following: object = None) -> dict[str, Any]:
    return {"data": updates, "paging": {"next": following} if following else {}}


def read(answered: object, checkpoint: str = "") -> Page:
    return run(feed(), [answer(answered)], checkpoint, AT)[-1]


def test_it_asks_from_the_checkpoint_on_and_follows_pages_without_the_token_in_their_address() -> None:
    one = feed()
    first = one.start("1700000000")
    assert first.headers["Authorization"] == f"Bearer 7|{SECRET}"
    assert urlsplit(first.url)._replace(query="").geturl() == f"{URL}/"
    asked = parse_qs(urlsplit(first.url).query)
    assert (asked["start_time"], asked["limit"]) == (["1700000000"], ["500"])
    assert "descriptors" in asked["fields"][0]
    following = f"{URL}?access_token=7|{SECRET}&after=QVFIU%3D&limit=500&pretty="
    found = one.read(answer(page(update(), following=following)))
    assert found.checkpoint == str(SECONDS)
    assert found.next
    assert found.next.url == f"{URL}/?after=QVFIU%3D&limit=500&pretty="
    assert SECRET not in found.next.url
    last = one.read(answer(page()))
    assert (last.next, last.checkpoint, last.entries) == (None, str(SECONDS), ())


def test_the_first_run_asks_from_the_beginning() -> None:
    one = feed()
    assert "start_time" not in one.start("").url
    assert one.read(answer(page())).checkpoint == ""
    assert one.forgets_after_days == 90


def test_an_update_is_an_entry_with_the_opinions_of_its_owners() -> None:
    found = read(
        page(
            update(
                descriptor(
                    2,
                    tags={"data": [{"id": "1", "text": "video"}, {"text": "graphic"}]},
                    reactions=[
                        {"key": "HELPFUL", "value": "8, 2"},
                        {"key": "DISAGREE_WITH_TAGS", "value": "8,9,"},
                        {"key": "SEEN", "value": "10"},
                    ],
                ),
                descriptor("3", "NON_MALICIOUS", tags=["music"]),
                descriptor("4", "SUSPICIOUS"),
            )
        )
    )
    assert found.entries == (
        Entry("sha256", VALUE, ("graphic", "music", "video"), partner_ref="5", changed_at=AT),
    )
    assert found.opinions == (
        Opinion("sha256", VALUE, "2", View.CONFIRMS, ("video", "graphic")),
        Opinion("sha256", VALUE, "3", View.CONTESTS, ("music",)),
        Opinion("sha256", VALUE, "8", View.CONFIRMS),
        Opinion("sha256", VALUE, "9", View.CONTESTS),
    )
    assert found.whole_refs == {"5"}


@pytest.mark.parametrize(
    "changes",
    [
        {"should_delete": True},
        {"descriptors": None},
        {"descriptors": {"data": []}},
        {"descriptors": {"data": [descriptor("2", "NON_MALICIOUS")]}},
        {"should_delete": True, "descriptors": None},
    ],
)
def test_what_was_deleted_or_nobody_stands_behind_is_retracted(changes: dict[str, object]) -> None:
    (found,) = read(page(update(**changes))).entries
    assert isinstance(found, Entry)
    assert (found.value, found.partner_ref, found.is_retracted) == (VALUE, "5", True)


@pytest.mark.parametrize("status", ["SUSPICIOUS", "UNKNOWN", "", "NEW_STATUS"])
def test_what_only_asks_for_a_look_stands(status: str) -> None:
    found = read(page(update(descriptor("2", status), descriptor("3", "NON_MALICIOUS"))))
    (one,) = found.entries
    assert isinstance(one, Entry)
    assert not one.is_retracted


def test_other_kinds_are_passed_over_and_their_deletions_retract_their_reference() -> None:
    found = read(
        page(
            update(type="FILE_NAME"), update(type=None, id="6", should_delete=True), update(type="X", id=None)
        )
    )
    assert found.entries == (Entry("", b"", partner_ref="6", is_retracted=True),)
    assert (found.skipped, set(found.whole_refs)) == (2, {"5", "6"})


@pytest.mark.parametrize(
    ("kind", "written", "expected"),
    [("HASH_MD5", MD5, "md5"), ("HASH_VIDEO_MD5", MD5, "md5"), ("URI", "https://a.example/b", "url")],
)
def test_kinds_of_indicators(kind: str, written: str, expected: str) -> None:
    (found,) = read(page(update(type=kind, indicator=written))).entries
    assert isinstance(found, Entry)
    assert found.signal_type == expected


def test_a_bad_update_is_named_and_the_rest_is_read() -> None:
    found = read(
        page(
            7,
            update(indicator=f"{SHA256}\n"),
            update(indicator=None),
            update(should_delete="no"),
            update(descriptors=[]),
            update(descriptor("2", tags=7)),
            update(descriptor("2", reactions=[7])),
            update(*([descriptor("2")] * 1001)),
            update(last_updated=True),
            update(),
        )
    )
    *bad, good = found.entries
    assert [one.reason for one in bad if isinstance(one, Bad)] == [
        "it is not an object",
        "SHA-256 is 64 hexadecimal digits, not 65 characters",
        "indicator is not a text",
        "should_delete is neither true nor false",
        "descriptors is not an object",
        "tags is not an object",
        "an item of reactions is not an object",
        "it has more than 1000 descriptors",
        "last_updated is not a text",
    ]
    assert isinstance(good, Entry)


def test_an_update_in_a_file_stands_although_nobody_is_named() -> None:
    found = read_update(Table(update(descriptors=None)), with_descriptors=False)
    assert found.entry
    assert not found.entry.is_retracted
    with pytest.raises(MalformedEntry, match="indicator is not a text"):
        read_update(Table({"type": "URI", "should_delete": True}), with_descriptors=False)


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({}, "data is not a list"),
        ({"data": {}}, "data is not a list"),
        ({"data": [], "paging": 7}, "paging is not an object"),
        (page(following=7), "next is not a text"),
        (page(following="https://elsewhere.example/v1/42/threat_updates?a=b"), "on another host"),
        (page(following="https://feed.example/v1/43/threat_updates?a=b"), "another place of this one"),
        (page(following="https://[::1"), "no readable address"),
        (page(following=f"{URL}?{'&'.join(['a=b'] * 31)}"), "no readable address"),
        (page(update(last_updated=5)), "go back behind the time"),
        (page(update(last_updated=SECONDS + 90_000)), "in the future"),
    ],
)
def test_a_partner_that_lies_is_told_apart(answered: object, reason: str) -> None:
    with pytest.raises(FeedUnreadable, match=reason):
        read(answered, "1700000000")


def test_pages_in_a_circle_end() -> None:
    one = feed()
    one.start("")
    assert one.read(answer(page(update(), following=f"{URL}?after=a"))).next
    with pytest.raises(FeedUnreadable, match="the same page again"):
        one.read(answer(page(update(), following=f"{URL}?after=a")))


@pytest.mark.parametrize(
    ("body", "is_temporary", "reason"),
    [
        ({"error": {"message": "<script>", "code": 190}}, False, "credentials"),
        ({"error": {"code": 4}}, True, "cannot answer now"),
        ({"error": {"code": 100}}, False, "refuses the request"),
        ({"error": {"code": True}}, False, "refuses the request"),
        ({"error": {"code": [190]}}, False, "refuses the request"),
        ({"error": 7}, False, "refuses the request"),
        ([], False, "refuses the request"),
        (b"<html>", False, "refuses the request"),
    ],
)
def test_a_refusal_is_read_by_its_number(body: object, is_temporary: bool, reason: str) -> None:  # noqa: FBT001
    one = feed()
    one.start("")
    with pytest.raises(FeedRefused, match=reason) as refusal:
        one.read(answer(body, 400))
    assert refusal.value.is_temporary == is_temporary
    assert "script" not in str(refusal.value)


@pytest.mark.parametrize("group", ["abc", "4/2", "\u0664", "../1"])
def test_a_privacy_group_is_a_number(group: str) -> None:
    with pytest.raises(FeedMisconfigured, match="privacy group is a number"):
        feed(privacy_group=group)
