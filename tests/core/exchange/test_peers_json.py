"""The peers' JSON: their three shapes, as a list and line by line."""

import json
from typing import Any

import pytest

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable
from entente.core.exchange.formats import peers_json
from entente.core.exchange.formats.lines import MAX_LINE_BYTES
from tests.core.exchange.examples import AT, MD5, SHA256, good

VALUE = bytes.fromhex(SHA256)
SHA = {"sha256": SHA256}


def read(*objects: object) -> list[Entry | Bad]:
    return list(peers_json.read("\n".join(json.dumps(one) for one in objects).encode()))


def test_the_content_of_a_bank_is_read_with_all_its_signals() -> None:
    content = {
        "id": 1234,
        "signals": {"sha256": SHA256, "video_md5": MD5},
        "disable_until_ts": 1,
        "original_media_uri": None,
        "bank": {"name": "BANK_A"},
        "note": "seen twice",
        "metadata": {"content_id": "post-17", "content_uri": "x", "json": {"anything": [1]}},
    }
    shared: dict[str, Any] = {"note": "seen twice", "partner_ref": "post-17"}
    assert read(content) == [Entry("sha256", VALUE, **shared), Entry("md5", bytes.fromhex(MD5), **shared)]


def test_what_is_off_is_retracted_and_a_disabling_for_a_time_is_reported() -> None:
    def content(state: int) -> dict[str, object]:
        return {"id": 1, "signals": SHA, "disable_until_ts": state}

    assert [one.is_retracted for one in good(read(content(1), content(0)))] == [False, True]
    assert read(content(1_800_000_000)) == [
        Bad(1, "it is off until an hour that may have passed: say 0 for off or 1 for on")
    ]


def test_a_posted_signal_is_read() -> None:
    assert read({**SHA, "note": "n"}, SHA) == [Entry("sha256", VALUE, note="n"), Entry("sha256", VALUE)]


def test_a_threat_update_is_read() -> None:
    update = {
        "id": "77",
        "type": "HASH_SHA256",
        "indicator": SHA256,
        "tags": ["video", "graphic"],
        "last_updated": int(AT.timestamp()),
    }
    expected = Entry("sha256", VALUE, ("video", "graphic"), partner_ref="77", changed_at=AT)
    deleted = Entry("", b"", partner_ref="9", is_retracted=True)
    assert read(update, {"id": "9", "should_delete": True}) == [expected, deleted]
    assert read({**update, "type": "FILE_NAME"}) == [
        Bad(1, "no signal type here reads indicators of this type")
    ]


def test_a_list_is_read_like_lines() -> None:
    content = json.dumps([SHA, 7, {"signals": {"pdq_unheard_of": "x"}}, {}, SHA], indent=1)
    assert list(peers_json.read(f"\ufeff \n{content}".encode())) == [
        Entry("sha256", VALUE),
        Bad(2, "it is not an object"),
        Bad(3, "no signal type of this name is known here"),
        Bad(4, "it holds no signal"),
        Entry("sha256", VALUE),
    ]


def test_a_line_that_is_not_json_is_named() -> None:
    line = json.dumps(SHA).encode()
    content = b"\n".join(
        (line, b"{", b"  ", line, b"x" * (MAX_LINE_BYTES + 1), b'{"sha256": "\xff"}', b"[" * 100_000, line)
    )
    found = list(peers_json.read(content))
    assert len(good(found)) == 3
    assert [(one.line, one.reason) for one in found if isinstance(one, Bad)] == [
        (2, "it is not JSON"),
        (5, "the line is longer than 4,194,304 bytes"),
        (6, "SHA-256 is 64 hexadecimal digits, not 1 characters"),
        (7, "it is not JSON"),
    ]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        ({"sha256": 7}, "an item of it is not a text"),
        ({"signals": SHA, "note": 7}, "note is not a text"),
        ({"signals": [SHA256]}, "signals is not an object"),
        ({"signals": SHA, "metadata": 7}, "metadata is not an object"),
        ({"signals": SHA, "disable_until_ts": "0"}, "disable_until_ts is not a whole number"),
        ({"signals": {}, "disable_until_ts": 1, "id": 1}, "only the retraction of a reference"),
        ({"signals": {}, "disable_until_ts": 0}, "only the retraction of a reference"),
        ({"signals": SHA, "metadata": {"json": {"entente": {"labels": "a"}}}}, "labels is not a list"),
    ],
)
def test_wrong_types_are_named(one: object, reason: str) -> None:
    ((number, said),) = [(bad.line, bad.reason) for bad in read(one) if isinstance(bad, Bad)]
    assert number == 1
    assert reason in said


@pytest.mark.parametrize("others", [7, "text", [1], {"entente": 7}])
def test_what_others_keep_in_the_metadata_is_theirs(others: object) -> None:
    assert read({"signals": SHA, "metadata": {"json": others}}) == [Entry("sha256", VALUE)]


def test_it_is_neither_list_nor_lines() -> None:
    for content in (b"<html></html>", b"sha256,abc", b"  7"):
        with pytest.raises(FormatUnreadable, match="neither a JSON list nor JSON objects"):
            list(peers_json.read(content))
    assert list(peers_json.read(b" \n")) == []


def test_a_peer_finds_its_own_fields() -> None:
    listed = Entry("md5", bytes.fromhex(MD5), ("a",), note="y" * 300, partner_ref="17", is_retracted=True)
    (line,) = peers_json.write([listed])
    assert json.loads(line) == {
        "signals": {"video_md5": MD5},
        "disable_until_ts": 0,
        "note": "y" * 255,
        "metadata": {"content_id": "17", "json": {"entente": {"labels": ["a"], "note": "y" * 300}}},
    }
