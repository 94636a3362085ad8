"""A receipt verifies with the instance's public key alone, and any change to it shows."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from entente.core.tlog import kinds
from entente.core.tlog.errors import ReceiptInvalid
from entente.core.tlog.leaf import build_leaf
from entente.core.tlog.receipts import RECEIPT_TYPE, bytes_to_sign, text_of, verify_receipt

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
KIND = kinds.LeafKind("order_received", facts={"law": kinds.code("tco")}, commitments=frozenset({"order"}))
LEAF = build_leaf(kind=KIND, facts={"law": "tco.execute"}, commitments={"order": "ref 1"}, at=AT)


def signed(**changes: Any) -> dict[str, Any]:
    receipt: dict[str, Any] = {
        "type": RECEIPT_TYPE,
        "kind": LEAF.kind,
        "received_at": AT.isoformat(),
        "issued_at": AT.isoformat(),
        "in_log_by": (AT + timedelta(days=1)).isoformat(),
        "digest": "sha-256=:abc=:",
        "leaf_hash": LEAF.leaf_hash,
        "instance": "https://entente.host.example",
        "key_id": "k1",
        "exercise": False,
        "verification": {
            "leaf": text_of(LEAF.data),
            "salts": {name: text_of(salt) for name, salt in LEAF.salts.items()},
        },
    } | changes
    receipt["signature"] = text_of(KEY.sign(bytes_to_sign(receipt)))
    return receipt


def test_a_receipt_says_what_when_and_by_whom() -> None:
    verified = verify_receipt(signed(), PUBLIC)
    assert verified.kind == "order_received"
    assert verified.received_at == AT
    assert verified.in_log_by == AT + timedelta(days=1)
    assert verified.leaf_hash == LEAF.leaf_hash
    assert verified.leaf.facts == {"law": "tco.execute"}
    assert not verified.exercise


def test_its_holder_can_show_what_the_leaf_is_about() -> None:
    verified = verify_receipt(signed(), PUBLIC)
    assert verified.shows("order", "ref 1")
    assert not verified.shows("order", "ref 2")
    assert not verified.shows("content", "ref 1")


def test_a_salt_for_a_field_the_leaf_does_not_have_shows_nothing() -> None:
    proof = {"leaf": text_of(LEAF.data), "salts": {"other": text_of(bytes(32))}}
    assert not verify_receipt(signed(verification=proof), PUBLIC).shows("other", 1)


def test_another_key_did_not_sign_it() -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    with pytest.raises(ReceiptInvalid, match="not of this key"):
        verify_receipt(signed(), other)


def test_a_key_of_the_wrong_length_verifies_nothing() -> None:
    with pytest.raises(ReceiptInvalid):
        verify_receipt(signed(), b"short")


_FIELDS = sorted(set(signed()) - {"signature", "verification"})


@given(st.sampled_from(_FIELDS), st.text(max_size=5) | st.booleans() | st.none())
def test_any_change_to_any_field_shows(name: str, value: object) -> None:
    receipt = signed()
    if receipt[name] == value:
        return
    receipt[name] = value
    with pytest.raises(ReceiptInvalid):
        verify_receipt(receipt, PUBLIC)


@pytest.mark.parametrize("name", sorted(signed()))
def test_a_missing_field_is_named_not_stumbled_over(name: str) -> None:
    receipt = signed()
    del receipt[name]
    with pytest.raises(ReceiptInvalid):
        verify_receipt(receipt, PUBLIC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"leaf_hash": "00" * 32}, "stated hash"),
        ({"kind": "order_other"}, "another kind"),
        ({"type": "entente/other/v1"}, "not an entente/receipt/v1"),
        ({"received_at": "yesterday"}, "cannot be read"),
        ({"received_at": "2026-03-01T12:00:00"}, "no offset"),
        ({"verification": {"leaf": "%%%", "salts": {}}}, "base64"),
        ({"verification": {"leaf": "é", "salts": {}}}, "base64"),
        ({"verification": {"leaf": 1, "salts": {}}}, "verification is missing"),
        ({"verification": []}, "verification is missing"),
        ({"verification": {"leaf": text_of(LEAF.data), "salts": {"order": "%"}}}, "base64"),
    ],
)
def test_even_a_signed_receipt_must_agree_with_itself(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ReceiptInvalid, match=reason):
        verify_receipt(signed(**changes), PUBLIC)


def test_a_signed_leaf_that_is_no_leaf_is_refused() -> None:
    from entente.core.tlog.leaf import leaf_hash

    junk = b"{}"
    proof = {"leaf": text_of(junk), "salts": {}}
    with pytest.raises(ReceiptInvalid, match="cannot be read"):
        verify_receipt(signed(leaf_hash=leaf_hash(junk).hex(), verification=proof), PUBLIC)


def test_a_value_without_canonical_form_is_refused() -> None:
    receipt = copy.deepcopy(signed())
    receipt["digest"] = "\ud800"
    with pytest.raises(ReceiptInvalid):
        verify_receipt(receipt, PUBLIC)
