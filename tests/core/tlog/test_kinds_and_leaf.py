"""A leaf says what its published kind allows, and nothing more."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.tlog import kinds
from entente.core.tlog.commitment import opens
from entente.core.tlog.errors import LeafRefused
from entente.core.tlog.leaf import LARGEST_LEAF_BYTES, build_leaf, leaf_hash, read_leaf

AT = datetime(2026, 3, 1, 23, 30, 15, tzinfo=timezone(timedelta(hours=-3)))
DIGEST = hashlib.sha256(b"public").hexdigest()
KIND = kinds.LeafKind(
    "order_received",
    facts={
        "law": kinds.code("tco", "dsa"),
        "measure": kinds.choice("disable", "label"),
        "issuer": kinds.text(required=False),
        "state": kinds.country(required=False),
        "scope": kinds.countries(required=False),
        "addresses": kinds.count(required=False),
        "silent": kinds.flag(required=False),
        "received_on": kinds.on_day(required=False),
        "form": kinds.digest(required=False),
    },
    commitments=frozenset({"order", "content"}),
)
OPEN_KIND = kinds.LeafKind("log_opened", facts={"opened_at": kinds.at_time()}, personal=False)
LEAST: dict[str, Any] = {"law": "tco.execute", "measure": "disable"}


def test_a_leaf_is_the_canonical_json_of_its_facts_and_commitments() -> None:
    leaf = build_leaf(kind=KIND, facts=LEAST, commitments={"order": "ref 1"}, at=AT, nonce=bytes(16))
    body = json.loads(leaf.data)
    assert body["kind"] == "order_received"
    assert body["on"] == "2026-03-02"
    assert body["nonce"] == "00" * 16
    assert "ref 1" not in leaf.data.decode()
    assert leaf.leaf_hash == hashlib.sha256(b"\x00" + leaf.data).hexdigest() == leaf_hash(leaf.data).hex()
    assert opens(
        commitment=body["commitments"]["order"],
        salt=leaf.salts["order"],
        kind=KIND.name,
        field="order",
        value="ref 1",
    )


def test_a_known_leaf_keeps_its_bytes_and_hash() -> None:
    leaf = build_leaf(
        kind=KIND, facts=LEAST, commitments={"order": 1}, at=AT, nonce=bytes(16), salts={"order": bytes(32)}
    )
    assert leaf.data == (
        b'{"commitments":{"order":"a663395b23fbd6bcec7c58a02094e9d589e287d95139a685550f01b0c99ca33e"},'
        b'"facts":{"law":"tco.execute","measure":"disable"},"kind":"order_received",'
        b'"nonce":"00000000000000000000000000000000","on":"2026-03-02","v":1}'
    )


def test_equal_statements_are_different_leaves() -> None:
    first = build_leaf(kind=KIND, facts=LEAST, commitments={}, at=AT)
    second = build_leaf(kind=KIND, facts=LEAST, commitments={}, at=AT)
    assert first.leaf_hash != second.leaf_hash


def test_a_kind_that_concerns_nobody_in_particular_may_say_the_second() -> None:
    facts = {"opened_at": kinds.second(AT)}
    leaf = build_leaf(kind=OPEN_KIND, facts=facts, commitments={}, at=AT)
    assert json.loads(leaf.data)["at"] == "2026-03-02T02:30:15Z"
    assert read_leaf(leaf.data).moment == "2026-03-02T02:30:15Z"


def test_every_shape_takes_what_it_is_for() -> None:
    facts = LEAST | {
        "issuer": "Referral Unit of Arcadia",
        "state": "AR",
        "scope": ["EU", "FR"],
        "addresses": 3,
        "silent": False,
        "received_on": kinds.day(AT),
        "form": DIGEST,
    }
    leaf = build_leaf(kind=KIND, facts=facts, commitments={}, at=AT)
    assert read_leaf(leaf.data).facts == facts


@pytest.mark.parametrize("law", ["execute", "tco.execute", "fr.lcen.withdrawal_request", "a:b"])
def test_identifiers_of_ours_pass(law: str) -> None:
    assert build_leaf(kind=KIND, facts=LEAST | {"law": law}, commitments={}, at=AT).data


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"law": "tco.execute"}, "'measure' is missing"),
        (LEAST | {"address": "x"}, "no public field"),
        (LEAST | {"law": "posts.com"}, "outside its namespaces"),
        (LEAST | {"law": "fr.com"}, "outside its namespaces"),
        (LEAST | {"law": "Not A Code"}, "not a code"),
        (LEAST | {"law": 3}, "not text"),
        (LEAST | {"measure": "destroy"}, "published values"),
        (LEAST | {"issuer": "unit@police.example"}, "mailbox"),
        (LEAST | {"issuer": "posts.example"}, "host"),
        (LEAST | {"issuer": "Unit, at 14:05"}, "finer than a day"),
        (LEAST | {"issuer": "  "}, "one line"),
        (LEAST | {"issuer": "a\nb"}, "one line"),
        (LEAST | {"issuer": "a" * 201}, "one line"),
        (LEAST | {"state": "fr"}, "not a country"),
        (LEAST | {"scope": "FR"}, "list of countries"),
        (LEAST | {"scope": ["FR", 3]}, "list of countries"),
        (LEAST | {"scope": ["FR"] * 251}, "list of countries"),
        (LEAST | {"addresses": -1}, "not a count"),
        (LEAST | {"addresses": True}, "not a count"),
        (LEAST | {"addresses": 2**53}, "not a count"),
        (LEAST | {"silent": 1}, "yes or no"),
        (LEAST | {"received_on": "2026-02-30"}, "not a day"),
        (LEAST | {"received_on": "20260301"}, "not a day"),
        (LEAST | {"received_on": "2026-03-01T10:00:00Z"}, "not a day"),
        (LEAST | {"form": "abc"}, "not a digest"),
    ],
)
def test_what_a_kind_does_not_allow_is_refused_without_repeating_it(
    facts: dict[str, Any], reason: str
) -> None:
    with pytest.raises(LeafRefused, match=reason) as refusal:
        build_leaf(kind=KIND, facts=facts, commitments={}, at=AT)
    assert "police" not in str(refusal.value)


def test_an_unknown_commitment_is_refused() -> None:
    with pytest.raises(LeafRefused, match="no commitment 'name'"):
        build_leaf(kind=KIND, facts=LEAST, commitments={"name": "x"}, at=AT)


def test_a_time_must_be_real() -> None:
    with pytest.raises(LeafRefused, match="not a time"):
        build_leaf(kind=OPEN_KIND, facts={"opened_at": "2026-03-02T25:00:00Z"}, commitments={}, at=AT)


def test_a_fine_time_in_text_is_fine_where_nobody_is_concerned() -> None:
    kind = kinds.LeafKind("log_noted", facts={"note": kinds.text()}, personal=False)
    assert build_leaf(kind=kind, facts={"note": "rotated at 14:05"}, commitments={}, at=AT).data


def test_a_leaf_that_no_tile_should_hold_is_refused() -> None:
    facts = {f"note_{number}": "word " * 39 for number in range(100)}
    kind = kinds.LeafKind("log_noted", facts={name: kinds.text() for name in facts}, personal=False)
    with pytest.raises(LeafRefused, match=str(LARGEST_LEAF_BYTES)):
        build_leaf(kind=kind, facts=facts, commitments={}, at=AT)


@pytest.mark.parametrize(
    ("name", "facts", "commitments", "reason"),
    [
        ("Order received", {}, set(), "what_happened"),
        ("order_received", {"Bad Field": kinds.count()}, set(), "no plain word"),
        ("order_received", {}, {"a\0"}, "no plain word"),
        ("order_received", {"at": kinds.at_time()}, set(), "holds days"),
    ],
)
def test_a_kind_that_could_not_be_kept_cannot_be_declared(
    name: str, facts: dict[str, kinds.PublicField], commitments: set[str], reason: str
) -> None:
    with pytest.raises(LeafRefused, match=reason):
        kinds.LeafKind(name, facts=facts, commitments=frozenset(commitments))


def test_the_published_schema_names_every_field() -> None:
    published = KIND.published()
    assert published["commitments"] == ["content", "order"]
    assert published["facts"]["law"] == {"shape": "code", "allowed": ["dsa", "tco"], "required": True}  # type: ignore[call-overload,index]


def test_day_is_the_utc_day_whatever_the_offset() -> None:
    assert kinds.day(AT) == "2026-03-02"
    assert kinds.day(AT.astimezone(UTC)) == "2026-03-02"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 10_000,
        b'{"v":NaN}',
        b'{"v": 1}',
        b'{"v":2}',
        b'{"v":1}',
        b'{"commitments":{"a":1},"facts":{},"kind":"a.b","on":"2026-01-01","v":1}',
        b'{"commitments":{},"facts":[],"kind":"a.b","on":"2026-01-01","v":1}',
        b'{"commitments":[],"facts":{},"kind":"a.b","on":"2026-01-01","v":1}',
        b'{"commitments":{},"facts":{},"kind":1,"on":"2026-01-01","v":1}',
        b'{"commitments":{},"facts":{},"kind":"a.b","v":1}',
    ],
)
def test_bytes_that_are_no_leaf_are_refused(data: bytes) -> None:
    with pytest.raises(LeafRefused):
        read_leaf(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with pytest.raises(LeafRefused):
        read_leaf(data)
