"""STIX 2.1: bundles of indicators, their patterns, their ids."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.exchange.entries import Bad, Entry
from entente.core.exchange.errors import FormatUnreadable, MalformedEntry
from entente.core.exchange.formats import stix
from entente.core.exchange.formats.stix_patterns import read_pattern, write_pattern
from tests.core.exchange.examples import AT, MD5, SHA256, entry

VALUE = bytes.fromhex(SHA256)
ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"


def indicator(**changes: object) -> dict[str, object]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": ID,
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-03T09:30:00.000Z",
        "pattern": f"[file:hashes.'SHA-256' = '{SHA256}']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T00:00:00Z",
        **changes,
    }


def read(*objects: object) -> list[Entry | Bad]:
    return list(stix.read(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()))


def test_somebody_elses_indicator_is_read() -> None:
    found = indicator(labels=["graphic"], description="seen twice", revoked=True, confidence=85)
    expected = Entry(
        "sha256", VALUE, ("graphic",), note="seen twice", partner_ref=ID, is_retracted=True, changed_at=AT
    )
    assert read(found) == [expected]


def test_context_is_passed_over_and_what_is_broken_is_named_by_its_place() -> None:
    assert read(
        {"type": "identity", "name": "somebody"},
        indicator(),
        7,
        {},
        indicator(pattern_type="sigma"),
        indicator(pattern="[file:name = 'a']"),
        indicator(labels="graphic"),
        indicator(pattern=f"[file:hashes.MD5 = '{MD5}' OR file:hashes.MD5 = 'short']"),
        indicator(extensions={stix._EXTENSION_ID: {"changed_at": "soon"}}),
    ) == [
        Entry("sha256", VALUE, partner_ref=ID, changed_at=AT),
        Bad(3, "it is not an object"),
        Bad(4, "type is not a text"),
        Bad(5, "the pattern is not written in the STIX pattern language"),
        Bad(6, "the pattern is about a property that no signal type here reads"),
        Bad(7, "labels is not a list"),
        Bad(8, "MD5 is 32 hexadecimal digits, not 5 characters"),
        Bad(9, "the time is not ISO 8601 with seconds and an offset"),
    ]


def test_an_object_that_is_not_json_costs_itself() -> None:
    one = json.dumps(indicator())
    content = f'{{"objects": [{one}, {{"type": indicator}}, {one}]}}'.encode()
    plain = Entry("sha256", VALUE, partner_ref=ID, changed_at=AT)
    assert list(stix.read(content)) == [plain, Bad(2, "it is not JSON"), plain]
    assert list(stix.read(f"[{one}]".encode())) == [plain]


@pytest.mark.parametrize("content", [b"{}", b'{"type": "bundle"}', b"<html>", b'{"objects": 7}', b""])
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(FormatUnreadable):
        list(stix.read(content))


def written(*entries: Entry) -> dict[str, Any]:
    bundle: dict[str, Any] = json.loads(b"".join(stix.write(entries)))
    return bundle


def test_a_bundle_keeps_the_specification() -> None:
    bundle = written(
        Entry("sha256", VALUE, ("a",), "Ember Circle", "n", "17", is_retracted=True, changed_at=AT),
        Entry("sha256", VALUE),
    )
    identifier = re.compile(r"[a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    instant = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
    assert bundle["type"] == "bundle"
    assert identifier.fullmatch(bundle["id"])
    identity, extension, first, second = bundle["objects"]
    assert extension["created_by_ref"] == first["created_by_ref"] == identity["id"]
    assert {"name", "schema", "version", "extension_types"} <= set(extension)
    for one in bundle["objects"]:
        assert one["spec_version"] == "2.1"
        assert identifier.fullmatch(one["id"])
        assert one["id"].startswith(f"{one['type']}--")
        assert instant.fullmatch(one["created"])
        assert instant.fullmatch(one["modified"])
    assert first["pattern"] == f"[file:hashes.'SHA-256' = '{SHA256}']"
    assert first["modified"] == first["valid_from"] == "2026-11-03T09:30:00.000Z"
    assert first["revoked"] is True
    assert first["labels"] == ["a"]
    assert first["description"] == "n"
    assert first["extensions"][extension["id"]]["extension_type"] == "property-extension"
    assert {"revoked", "labels", "description"} & set(second) == set()
    assert second["created"] == "1970-01-01T00:00:00.000Z"


def test_a_retraction_is_a_later_version_of_the_same_indicator() -> None:
    standing = Entry("sha256", VALUE, partner_ref="17", changed_at=AT)
    retracted = Entry("sha256", VALUE, ("other",), partner_ref="17", is_retracted=True, changed_at=AT)
    first, second = (written(one)["objects"][2] for one in (standing, retracted))
    assert first["id"] == second["id"]
    assert written(Entry("sha256", VALUE, partner_ref="18"))["objects"][2]["id"] != first["id"]
    assert written(standing)["id"] == written(standing)["id"] != written(retracted)["id"]
    assert first["id"] == stix.indicator_id("sha256", SHA256, "17")


def test_a_reference_alone_keeps_its_reference_without_our_extension() -> None:
    bundle = written(Entry("", b"", partner_ref="it's 17", is_retracted=True))
    assert bundle["objects"][2]["pattern"] == "[x-entente-reference:value = 'it\\'s 17']"
    del bundle["objects"][2]["extensions"]
    (found,) = stix.read(json.dumps(bundle).encode())
    assert isinstance(found, Entry)
    assert (found.signal_type, found.partner_ref, found.is_retracted) == ("", "it's 17", True)


@pytest.mark.parametrize(
    ("signal_type", "written", "pattern"),
    [
        ("sha256", "ab", "[file:hashes.'SHA-256' = 'ab']"),
        ("md5", "ab", "[file:hashes.MD5 = 'ab']"),
        ("pdq", "ab", "[file:hashes.PDQ = 'ab']"),
        ("vpdq", '["a,1,0.0"]', "[file:hashes.VPDQ = '[\"a,1,0.0\"]']"),
        ("url", "https://a.example/'\\x", "[url:value = 'https://a.example/\\'\\\\x']"),
        ("url", "http://a.example/", "[url:value = 'http://a.example/']"),
        ("url", "host:a.example", "[domain-name:value = 'a.example']"),
        ("url", "host:*.a.example", "[x-entente-signal:url = 'host:*.a.example']"),
        ("url", "path:a.example/b", "[x-entente-signal:url = 'path:a.example/b']"),
        ("text_exact", "ab", "[x-entente-signal:text_exact = 'ab']"),
        ("", "17", "[x-entente-reference:value = '17']"),
    ],
)
def test_each_signal_has_its_pattern(signal_type: str, written: str, pattern: str) -> None:
    assert write_pattern(signal_type, written) == pattern
    assert read_pattern(pattern) == [(signal_type, written)]


@given(st.sampled_from(["sha256", "url", "keyword", ""]), st.text(max_size=30))
def test_whatever_a_pattern_quotes_comes_back(signal_type: str, value: str) -> None:
    assert read_pattern(write_pattern(signal_type, value)) == [(signal_type, value)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[ file:hashes.'MD5'='a' ]", [("md5", "a")]),
        (
            "[file:hashes.md5 = 'a' OR file:hashes.SHA256 = 'b'] OR\n[url:value = 'c']",
            [("md5", "a"), ("sha256", "b"), ("url", "c")],
        ),
        ("[file:hashes.'sha-256' = 'a']", [("sha256", "a")]),
    ],
)
def test_alternatives_are_signals_of_their_own(pattern: str, expected: list[tuple[str, str]]) -> None:
    assert read_pattern(pattern) == expected


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        "file:hashes.MD5 = 'a'",
        "[file:hashes.MD5 = 'a' AND file:size = 7]",
        "[file:hashes.MD5 = 'a'] AND [file:hashes.MD5 = 'b']",
        "[file:hashes.MD5 = 'a'] FOLLOWEDBY [file:hashes.MD5 = 'b']",
        "[file:hashes.MD5 = 'a'] REPEATS 5 TIMES",
        "[file:hashes.MD5 != 'a']",
        "[NOT file:hashes.MD5 = 'a']",
        "[file:hashes.MD5 LIKE '%']",
        "[file:hashes.MD5 IN ('a', 'b')]",
        "[file:hashes.MD5 = 'a' OR]",
        "[file:hashes.MD5 = 'a' ORfile:hashes.MD5 = 'b']",
        "[file:hashes.MD5 = 'a'",
        "[file:hashes.MD5 = 'a\\'",
        "[file:hashes.MD5 = a]",
        "[file:hashes.'SHA-1' = 'a']",
        "[file:hashes = 'a']",
        "[domain-name:value = '*.a.example']",
        "[ipv4-addr:value = '192.0.2.1']",
        "[" + " OR ".join(["file:hashes.MD5 = 'a'"] * 101) + "]",
        "[" * 100_000,
        "[file:hashes.MD5 = '" + "\\" * 100_000,
    ],
)
def test_what_says_more_than_alternatives_is_refused_and_never_widened(pattern: str) -> None:
    with pytest.raises(MalformedEntry) as refusal:
        read_pattern(pattern)
    assert len(str(refusal.value)) < 100


def test_entries_of_one_number_keep_their_order() -> None:
    listed = [entry(number) for number in (3, 1, 2)]
    assert [one["pattern"][-3:-2] for one in written(*listed)["objects"][2:]] == ["3", "1", "2"]
