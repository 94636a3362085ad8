"""Pages of partners with anything in them: every feed reads them or says in words that it cannot."""

import copy
import random
from collections.abc import Mapping
from typing import Any

import pytest

from entente.core.exchange.entries import Bad
from entente.core.exchange.errors import ExchangeError
from entente.core.exchange.feeds import by_name
from entente.core.exchange.feeds.feed import Response
from entente.core.exchange.formats import by_name as format_by_name
from tests.core.exchange.examples import AT, MD5, SHA256, answer
from tests.core.exchange.test_feed import CONFIGS

ANYTHING: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, float("nan"), "", "x", "\ud800", "a\x00b", "9" * 400, [], [1], {}, {"a": 1},
    [[[[]]]], {"data": []}, "https://elsewhere.example/", "\u202e", SHA256, f"{MD5}\n",
)  # fmt: skip

PAGES: Mapping[str, Any] = {
    "tech_against_terrorism": {
        "next": "https://feed.example/all?offset=1",
        "checkpoint": "1700000000.5,17",
        "results": [
            {
                "hash_digest": SHA256,
                "algorithm": "SHA256",
                "ideology": "islamist",
                "file_type": "mp4",
                "deleted": False,
                "updated_on": 1.5,
                "id": 1,
            }
        ]
        * 2,
    },
    "threatexchange": {
        "data": [
            {
                "id": "5",
                "type": "HASH_SHA256",
                "indicator": SHA256,
                "last_updated": 1_700_000_000,
                "should_delete": False,
                "descriptors": {
                    "data": [
                        {
                            "owner": {"id": "2"},
                            "status": "MALICIOUS",
                            "tags": {"data": [{"text": "a"}]},
                            "reactions": [{"key": "HELPFUL", "value": "3,4"}],
                        }
                    ]
                },
            }
        ]
        * 2,
        "paging": {"next": "https://feed.example/v1/42/threat_updates?after=a"},
    },
    "stopncii": {
        "nextPageToken": "a",
        "nextSetTimestamp": 1_700_000_000,
        "hasMoreRecords": True,
        "hashRecords": [
            {
                "lastModtimestamp": 1_700_000_000,
                "signalType": "VideoMD5",
                "hashValue": MD5,
                "hashStatus": "Active",
                "hashRegions": ["UK"],
                "CSPFeedbacks": [{"source": "a", "feedbackValue": "Blocked", "tags": ["b"]}],
            }
        ]
        * 2,
    },
}

XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<queryResult xmlns="urn:x"><images count="1" maxTimestamp="2026-11-03T09:30:00Z"><image><member id="42">a</member>
<timestamp>2026-11-03T09:30:00Z</timestamp><id>b</id><fingerprints><md5>{MD5}</md5></fingerprints>
<feedback><affirmativeFeedback type="Md5"><members><member id="1"/></members></affirmativeFeedback></feedback></image>
<deletedImage><member id="42"/><id>c</id></deletedImage></images><paging><next>/v2/entries?a</next></paging>
</queryResult>""".encode()


def spoilt(chance: random.Random, value: Any) -> Any:
    """Return a document in which one or more places hold something else, or nothing."""
    if chance.random() < 0.08:
        return copy.deepcopy(chance.choice(ANYTHING))
    if isinstance(value, dict):
        return {key: spoilt(chance, inner) for key, inner in value.items() if chance.random() > 0.03}
    if isinstance(value, list):
        return [spoilt(chance, inner) for inner in value]
    return value


def read_or_refused(kind: str, response: Response) -> None:
    one = by_name(kind)(CONFIGS[kind])
    one.start("", now=AT)
    if kind == "tech_against_terrorism":
        one.read(answer({"token": "abc"}))
    try:
        page = one.read(response)
    except ExchangeError as refusal:
        shown = str(refusal)
    else:
        entries = list(page.entries)
        csv = format_by_name("csv")
        good = [entry for entry in entries if not isinstance(entry, Bad)]
        assert list(csv.read(b"".join(csv.write(good)))) == good
        assert one.start(page.checkpoint, now=AT).url.startswith("https://feed.example/")
        shown = " ".join(entry.reason for entry in entries if isinstance(entry, Bad))
    assert shown.isprintable()
    assert "elsewhere" not in shown
    assert SHA256 not in shown


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_with_anything_in_it_is_read_or_refused(kind: str) -> None:
    chance = random.Random(kind)  # noqa: S311 - seeded: the same pages in every run
    for _ in range(500):
        read_or_refused(kind, answer(spoilt(chance, PAGES[kind])))


def test_markup_with_anything_in_it_is_read_or_refused() -> None:
    chance = random.Random(7)  # noqa: S311 - seeded: the same pages in every run
    marks = [
        b"",
        b"<",
        b">",
        b"</image>",
        b"<image>",
        b"&",
        b"&amp;",
        b'"',
        b"\x00",
        b"\xff",
        b" ",
        b"]]>",
        b"<!--",
        b"<?x",
    ]
    for _ in range(1500):
        body = bytearray(XML)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(body))
            body[place : place + chance.randint(0, 12)] = chance.choice(marks)
        read_or_refused("ncmec", answer(bytes(body)))
