"""Leaves are appended in the act's transaction, stay what they are, and are proved by receipts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from entente.apps.audit import queries as audit
from entente.apps.kernel import keys
from entente.apps.kernel.actors import SYSTEM
from entente.apps.kernel.ids import new_id
from entente.apps.parties.registries import RegisterChange, RegisterChangeKind, register_changed
from entente.apps.tlog import queries, services
from entente.apps.tlog.errors import LeafNotAllowed, NoSuchLeaf, SaltDestroyed
from entente.apps.tlog.models import Leaf, LeafSalt
from entente.apps.tlog.register import state_change
from entente.core.tlog.leaf import leaf_hash, read_leaf
from entente.core.tlog.receipts import verify_receipt

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "order_type": "eu.tco.removal_order",
    "issuing_state": "XA",
    "binding": True,
    "addresses": 2,
    "day": "2026-03-02",
}
COMMITTED: dict[str, Any] = {
    "order": "018f",
    "issuer": "Unit of Arcadia",
    "reference": "",
    "received_at": AT.isoformat(),
    "digest": "d" * 64,
    "addresses": ["https://posts.example/1"],
}


def append(**changes: Any) -> Leaf:
    values: dict[str, Any] = {
        "kind": "order_received",
        "public_facts": FACTS,
        "commitments": COMMITTED,
        "at": AT,
    }
    return services.append_leaf(**(values | changes))


def public_key() -> bytes:
    return keys.instance_public_key().public_bytes_raw()


def test_a_leaf_waits_with_its_bytes_hash_and_salts() -> None:
    leaf = append()
    row = Leaf.objects.get(pk=leaf.pk)
    assert row.state == "pending"
    assert row.leaf_hash == leaf_hash(bytes(row.data)).hex()
    assert read_leaf(bytes(row.data)).facts == FACTS
    assert {salt.field for salt in LeafSalt.objects.filter(leaf=row)} == set(COMMITTED)


def test_nothing_committed_to_is_readable_in_the_leaf() -> None:
    text = bytes(append().data).decode()
    for value in ("posts.example", "Arcadia", "09:30"):
        assert value not in text


def test_appending_costs_two_inserts_and_no_read() -> None:
    with CaptureQueriesContext(connection) as captured:
        append()
    # A statement run for several rows is told as "3 times: INSERT".
    statements = [
        query["sql"].rpartition("times: ")[2] for query in captured if "SAVEPOINT" not in query["sql"]
    ]
    assert [statement.split()[0] for statement in statements] == ["INSERT", "INSERT"]


def test_a_leaf_without_commitments_is_one_insert() -> None:
    leaf = append(kind="order_executed", public_facts={"day": "2026-03-02"}, commitments={})
    assert leaf.fresh_salts == {}


def test_what_is_empty_counts_as_not_stated() -> None:
    leaf = append(public_facts=FACTS | {"issuing_state": "", "addresses": None})
    stated = read_leaf(bytes(leaf.data)).facts
    assert "issuing_state" not in stated
    assert "addresses" not in stated
    assert stated["binding"] is True


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "anything"}, "not a published kind"),
        ({"public_facts": FACTS | {"address": "https://posts.example"}}, "no public field"),
        ({"public_facts": FACTS | {"day": AT.isoformat()}}, "not a day"),
        ({"public_facts": FACTS | {"order_type": "posts.example"}}, "namespaces"),
        ({"commitments": {"name": "x"}}, "no commitment"),
        ({"commitments": {"order": object()}}, "not a JSON value"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LeafNotAllowed, match=reason):
        append(**changes)
    assert not Leaf.objects.exists()


def test_a_leaf_disappears_with_the_act_it_belongs_to() -> None:
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert not Leaf.objects.exists()
    assert not LeafSalt.objects.exists()


@pytest.mark.parametrize(
    "change", [{"kind": "x"}, {"leaf_hash": "0" * 64}, {"data": b"{}"}, {"created_at": AT - timedelta(1)}]
)
def test_the_database_refuses_to_change_what_a_leaf_says(change: dict[str, Any]) -> None:
    leaf = append()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Leaf.objects.filter(pk=leaf.pk).update(**change)


def test_the_database_refuses_to_delete_a_leaf_or_a_salt() -> None:
    append()
    for statement in ("DELETE FROM tlog_leaf", "DELETE FROM tlog_leafsalt"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_a_leaf_moves_into_the_log_and_never_back() -> None:
    leaf = append()
    Leaf.objects.filter(pk=leaf.pk).update(state="integrated")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Leaf.objects.filter(pk=leaf.pk).update(state="pending")


def test_a_salt_cannot_be_replaced_or_brought_back() -> None:
    leaf = append()
    salts = LeafSalt.objects.filter(leaf=leaf)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        salts.update(salt=b"other")
    services.destroy_salts(leaf_id=leaf.id, actor=SYSTEM, at=AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        salts.update(salt=b"again", destroyed_at=None)


def test_the_receipt_verifies_with_the_public_key_alone() -> None:
    leaf = append()
    receipt = services.accepted_receipt(leaf=leaf, request_digest="sha-256=:x:", received_at=AT, at=AT)
    verified = verify_receipt(receipt, public_key())
    assert verified.kind == "order_received"
    assert verified.received_at == AT
    assert verified.in_log_by == AT + services.MAXIMUM_MERGE_DELAY
    assert verified.digest == "sha-256=:x:"
    assert verified.key_id == keys.instance_key_id()
    assert not verified.exercise
    for field, value in COMMITTED.items():
        assert verified.shows(field, value)


def test_a_receipt_may_open_less_than_everything() -> None:
    receipt = services.accepted_receipt(
        leaf=append(), request_digest="d", received_at=AT, at=AT, opened=["digest"]
    )
    verified = verify_receipt(receipt, public_key())
    assert set(verified.salts) == {"digest"}


def test_a_receipt_can_be_made_later_from_what_is_kept() -> None:
    leaf = Leaf.objects.get(pk=append().pk)
    receipt = services.accepted_receipt(leaf=leaf, request_digest="d", received_at=AT, at=AT)
    assert verify_receipt(receipt, public_key()).shows("order", "018f")


def test_a_receipt_needs_no_query_in_the_same_request() -> None:
    leaf = append()
    with CaptureQueriesContext(connection) as captured:
        services.accepted_receipt(leaf=leaf, request_digest="d", received_at=AT, at=AT)
    assert not captured.captured_queries


def test_destroyed_salts_end_the_link_for_us_and_not_for_the_holder_of_a_receipt() -> None:
    leaf = append()
    receipt = services.accepted_receipt(leaf=leaf, request_digest="d", received_at=AT, at=AT)
    assert services.destroy_salts(leaf_id=leaf.id, actor=SYSTEM, at=AT, fields=["order"]) == 1
    assert queries.leaf_by_hash(leaf.leaf_hash).openable == len(COMMITTED) - 1
    assert services.destroy_salts(leaf_id=leaf.id, actor=SYSTEM, at=AT) == len(COMMITTED) - 1
    assert services.destroy_salts(leaf_id=leaf.id, actor=SYSTEM, at=AT) == 0
    assert verify_receipt(receipt, public_key()).shows("order", "018f")
    with pytest.raises(SaltDestroyed):
        services.accepted_receipt(
            leaf=Leaf.objects.get(pk=leaf.pk), request_digest="d", received_at=AT, at=AT
        )
    assert [event.facts["count"] for event in audit.trail_of("leaf", leaf.id)] == [1, len(COMMITTED) - 1]
    with pytest.raises(NoSuchLeaf):
        services.destroy_salts(leaf_id=new_id(), actor=SYSTEM, at=AT)


def test_leaves_are_found_by_hash_and_kind_and_waited_for() -> None:
    assert queries.waiting(at=AT) == queries.Waiting(count=0, oldest=None)
    first = append()
    second = append(
        kind="order_executed",
        public_facts={"day": "2026-03-02"},
        commitments={},
        at=AT + timedelta(minutes=1),
    )
    assert [line.leaf_hash for line in queries.newest()] == [second.leaf_hash, first.leaf_hash]
    assert [line.kind for line in queries.newest(kind="order_received")] == ["order_received"]
    assert queries.waiting(at=AT + timedelta(hours=1)) == queries.Waiting(count=2, oldest=timedelta(hours=1))
    with pytest.raises(NoSuchLeaf):
        queries.leaf_by_hash("0" * 64)


def change(kind: RegisterChangeKind, **facts: Any) -> RegisterChange:
    public: dict[str, Any] = {"authority": "Unit of Arcadia", "country": "XA", "exercise": False} | facts
    return RegisterChange(
        kind=kind, authority_id=new_id(), subject_id=new_id(), public_facts=public, actor=SYSTEM, at=AT
    )


def test_every_change_of_the_register_is_stated() -> None:
    assert register_changed.get("tlog") is state_change
    fingerprint = "ab" * 32
    state_change(change("authority_registered"))
    state_change(change("authority_changed"))
    state_change(change("authority_status_set", status="suspended"))
    state_change(change("key_registered", key_id="unit-1", fingerprint=fingerprint, replaces=""))
    state_change(change("key_rotated", key_id="unit-2", fingerprint=fingerprint, replaces="unit-1"))
    state_change(change("key_revoked", key_id="unit-2", fingerprint=fingerprint))
    state_change(change("certificate_registered", fingerprint=fingerprint))
    state_change(change("certificate_removed", fingerprint=fingerprint))
    leaves = queries.newest()
    assert len(leaves) == 8
    assert all(line.statement.facts["authority"] == "Unit of Arcadia" for line in leaves)
    assert all("key_id" not in line.statement.facts for line in leaves)


def test_an_institution_named_after_its_address_is_committed_to_not_refused() -> None:
    state_change(change("authority_registered", authority="protection.example"))
    (leaf,) = queries.newest()
    assert "authority" not in leaf.statement.facts
    assert set(leaf.statement.commitments) == {"authority"}
