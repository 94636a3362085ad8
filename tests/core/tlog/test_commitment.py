"""Salted commitments hide until opened, and open in one place only."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entente.core.tlog.commitment import SALT_BYTES, commit, new_salt, opens
from entente.core.tlog.errors import LeafRefused

SALT = bytes(range(32))


def test_the_construction_is_the_published_one() -> None:
    message = b'entente/commitment/v1\x00orders.received\x00order\x00{"a":[1,2]}'
    expected = hmac.new(SALT, message, hashlib.sha256).hexdigest()
    assert commit(salt=SALT, kind="orders.received", field="order", value={"a": [1, 2]}) == expected


def test_a_commitment_opens_only_with_its_own_salt_kind_field_and_value() -> None:
    made = commit(salt=SALT, kind="a.b", field="f", value="secret")
    assert opens(commitment=made, salt=SALT, kind="a.b", field="f", value="secret")
    assert not opens(commitment=made, salt=bytes(32), kind="a.b", field="f", value="secret")
    assert not opens(commitment=made, salt=SALT, kind="a.c", field="f", value="secret")
    assert not opens(commitment=made, salt=SALT, kind="a.b", field="g", value="secret")
    assert not opens(commitment=made, salt=SALT, kind="a.b", field="f", value="Secret")
    assert not opens(commitment="ü", salt=SALT, kind="a.b", field="f", value="secret")


def test_salts_are_random_and_of_full_length() -> None:
    assert len(new_salt()) == SALT_BYTES
    assert new_salt() != new_salt()


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(LeafRefused, match="32 bytes"):
        commit(salt=b"short", kind="a.b", field="f", value=1)


@pytest.mark.parametrize(("kind", "field"), [("a\0b", "f"), ("a.b", "f\0")])
def test_a_zero_byte_cannot_move_the_boundary(kind: str, field: str) -> None:
    with pytest.raises(LeafRefused, match="zero byte"):
        commit(salt=SALT, kind=kind, field=field, value=1)


@given(st.text(max_size=20), st.text(max_size=20))
def test_different_values_commit_differently(one: str, other: str) -> None:
    first = commit(salt=SALT, kind="a.b", field="f", value=one)
    assert (first == commit(salt=SALT, kind="a.b", field="f", value=other)) == (one == other)
