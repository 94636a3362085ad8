"""The published table of leaf kinds holds what the program says, and no way to say more."""

import json
import tomllib
from datetime import UTC, datetime
from importlib import resources

import pytest

from entente.core.tlog import kinds
from entente.core.tlog.errors import LeafRefused
from entente.core.tlog.leaf import build_leaf
from entente.core.tlog.schema import LEAF_KINDS, leaf_kind, published_schema

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_an_unpublished_kind_is_refused() -> None:
    with pytest.raises(LeafRefused, match="not a published kind"):
        leaf_kind("anything_else")


def test_the_published_schema_is_plain_json_sorted_by_kind() -> None:
    published = json.loads(json.dumps(published_schema()))
    names = [entry["kind"] for entry in published["kinds"]]
    assert names == sorted(LEAF_KINDS)


def test_no_kind_can_state_free_text_about_a_person() -> None:
    for kind in LEAF_KINDS.values():
        if kind.personal:
            assert not [name for name, fact in kind.facts.items() if fact.shape in {"text", "digest", "time"}]


def test_every_identifier_of_the_law_data_can_be_stated() -> None:
    # A leaf refused at intake would refuse the order with it: whatever the data names must fit.
    data = resources.files("entente.core.law") / "data"
    ids = []
    for file, tables in {"order_types.toml": ["order_type"], "bases.toml": ["basis", "ground"]}.items():
        read = tomllib.loads((data / file).read_text(encoding="utf-8"))
        ids += [row["id"] for table in tables for row in read.get(table, [])]
    assert ids
    for identifier in ids:
        facts = {"order_type": identifier, "day": kinds.day(AT)}
        assert build_leaf(kind=leaf_kind("order_executed"), facts=facts, commitments={}, at=AT).data
