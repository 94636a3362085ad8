"""The Tech Against Terrorism hash list: signing in, pages by checkpoint, deletions, and what a liar gets."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FeedMisconfigured, FeedRefused, FeedUnreadable
from entente.core.exchange.feeds.feed import Page
from entente.core.exchange.feeds.tech_against_terrorism import Feed
from tests.core.exchange.examples import AT, MD5, SECRET, SHA256, answer, run

TOKEN = answer({"token": "abc.def", "user": {}})
VALUE = bytes.fromhex(SHA256)


def feed(**settings: str) -> Feed:
    return Feed({"username": "user", "password": SECRET, "base_url": "https://feed.example", **settings})


def record(**changes: object) -> dict[str, object]:
    return {
        "hash_digest": SHA256,
        "algorithm": "SHA256",
        "ideology": "islamist",
        "file_type": "mp4",
        "deleted": False,
        "updated_on": AT.timestamp(),
        "created_on": "2026-03-03 23:05:22,587",
        "id": 17,
        **changes,
    }


def page(
    *records: object, checkpoint: object = "1700000000.5,17", following: object = None
) -> dict[str, Any]:
    return {"count": 1, "next": following, "previous": None, "checkpoint": checkpoint, "results": records}


MORE = "http://feed.example/api/hash-list/v2/all?limit=1000&offset=1000"


def read(answered: object, checkpoint: str = "") -> Page:
    return run(feed(), [TOKEN, answer(answered)], checkpoint, AT)[-1]


def test_it_signs_in_and_asks_for_what_comes_after_the_checkpoint() -> None:
    one = feed()
    first = one.start("1699999999.0,5")
    assert (first.method, first.url) == ("POST", "https://feed.example/token-auth/tcap/")
    assert parse_qs(first.body.decode()) == {"username": ["user"], "password": [SECRET]}
    signed_in = one.read(TOKEN)
    assert (signed_in.entries, signed_in.checkpoint) == ((), "1699999999.0,5")
    asked = signed_in.next
    assert asked
    assert asked.headers["Authorization"] == "Bearer abc.def"
    parts = urlsplit(asked.url)
    assert (parts.hostname, parts.path) == ("feed.example", "/api/hash-list/v2/all")
    assert parse_qs(parts.query) == {"order": ["asc"], "limit": ["1000"], "after": ["1699999999.0,5"]}
    following = one.read(answer(page(record(), following=MORE)))
    assert following.next
    assert parse_qs(urlsplit(following.next.url).query)["after"] == ["1700000000.5,17"]
    last = one.read(answer(page(checkpoint=None)))
    assert (last.checkpoint, last.next, last.entries) == ("1700000000.5,17", None, ())


def test_entries_are_read_with_their_labels_and_reference() -> None:
    found = read(
        page(
            record(),
            record(algorithm="md5", hash_digest=MD5, id="18", file_type=None, deleted=True, updated_on=None),
            record(algorithm="SHA512", id=19),
            record(deleted=True, hash_digest=None, id=20),
            record(deleted=True, algorithm="SHA512", id=21),
        )
    )
    assert found.entries == (
        Entry("sha256", VALUE, ("ideology:islamist", "file_type:mp4"), partner_ref="17", changed_at=AT),
        Entry(
            "md5",
            bytes.fromhex(MD5),
            ("ideology:islamist",),
            partner_ref="18",
            is_retracted=True,
            changed_at=AT.replace(month=3, day=3, hour=23, minute=5, second=22, microsecond=587_000),
        ),
        Entry("", b"", partner_ref="20", is_retracted=True),
        Entry("", b"", partner_ref="21", is_retracted=True),
    )
    assert found.skipped == 1
    assert found.whole_refs == {"17", "18", "19", "20", "21"}


def test_a_bad_entry_is_named_and_the_rest_is_read() -> None:
    found = read(
        page(
            7,
            record(hash_digest=f"{SHA256}\n"),
            record(hash_digest=None),
            record(deleted="no"),
            record(id=True),
            record(updated_on={}),
            record(algorithm=7),
            record(),
        )
    )
    *bad, good = found.entries
    assert bad == [
        Bad(1, "it is not an object"),
        Bad(2, "SHA-256 is 64 hexadecimal digits, not 65 characters"),
        Bad(3, "SHA-256 is 64 hexadecimal digits, not 0 characters"),
        Bad(4, "deleted is neither true nor false"),
        Bad(5, "id is not a text"),
        Bad(6, "updated_on is not a text"),
        Bad(7, "algorithm is not a text"),
    ]
    assert isinstance(good, Entry)
    assert found.whole_refs == {"17"}


def test_one_ideology_may_be_asked_for() -> None:
    one = feed(ideology="far-right")
    found = run(one, [TOKEN, answer(page(record(), record(ideology="far-right", id=18)))])[-1]
    assert [one.partner_ref for one in found.entries if isinstance(one, Entry)] == ["18"]
    assert (found.skipped, set(found.whole_refs)) == (1, {"17", "18"})
    with pytest.raises(FeedMisconfigured, match="all, far-right, islamist"):
        feed(ideology="other")


def test_a_token_that_ends_is_asked_for_again_once() -> None:
    one = feed()
    run_so_far = run(one, [TOKEN, answer(page(record(), following=MORE)), answer(status=401)])
    again = run_so_far[-1]
    assert again.next
    assert (again.next.method, again.checkpoint) == ("POST", "1700000000.5,17")
    one.read(TOKEN)
    with pytest.raises(FeedRefused, match="refuses the credentials"):
        one.read(answer(status=401))


@pytest.mark.parametrize(
    "token", [{}, {"token": None}, {"token": 7}, {"token": ""}, {"token": "a\r\nX: y"}, {"token": "x" * 8193}]
)
def test_a_token_that_is_none_is_refused(token: object) -> None:
    with pytest.raises(FeedUnreadable):
        run(feed(), [answer(token)])


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({"next": None, "checkpoint": "a"}, "results is not a list"),
        (page(record()) | {"results": {}}, "results is not a list"),
        (page(following=7), "next is not a text"),
        (page(checkpoint=7), "checkpoint is not a text"),
        (page(checkpoint="a\nb"), "checkpoint is not one"),
        (page(checkpoint="x" * 201), "checkpoint is not one"),
        (page(following="https://elsewhere.example/all"), "next page lies on another host"),
        (page(following="https://[::1"), "next page lies on another host"),
        (page(checkpoint="1699999998.0,9"), "checkpoint goes back"),
        (page(checkpoint="1699999999.0,4"), "checkpoint goes back"),
        (page(checkpoint="1699999999.0,5", following=MORE), "the same page again"),
        (page(checkpoint=None, following=MORE), "the same page again"),
        (page(checkpoint="1900000000,1"), "dates what it lists in the future"),
        (page(checkpoint="999999999999,1"), "not a number of seconds since 1970"),
    ],
)
def test_a_partner_that_lies_is_told_apart(answered: object, reason: str) -> None:
    with pytest.raises(FeedUnreadable, match=reason):
        read(answered, "1699999999.0,5")


def test_pages_in_a_circle_end_and_leave_the_last_checkpoint() -> None:
    one = feed()
    pages = run(
        one, [TOKEN, *(answer(page(record(), checkpoint=name, following=MORE)) for name in ("a", "b"))]
    )
    assert pages[-1].checkpoint == "b"
    with pytest.raises(FeedUnreadable, match="the same page again"):
        one.read(answer(page(record(), checkpoint="a", following=MORE)))
    assert one.start("b").method == "POST"
