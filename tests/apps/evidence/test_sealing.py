"""The sealed-file format: what goes in comes out, and nothing else ever does."""

import io
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entente.apps.evidence import sealing
from entente.apps.evidence.errors import SealBroken
from entente.apps.evidence.sealing import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES

ITEM = UUID("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b")
KEY = bytes(range(32))
VAULT_KEY = bytes(range(32, 64))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def sealed(data: bytes, *, pieces: int = 1 << 16, item_id: UUID = ITEM) -> bytes:
    parts = (data[at : at + pieces] for at in range(0, len(data), pieces))
    return b"".join(sealing.seal(parts, item_key=KEY, item_id=item_id))


def opened(data: bytes, *, item_id: UUID = ITEM, key: bytes = KEY) -> bytes:
    return b"".join(sealing.unseal(io.BytesIO(data), item_key=key, item_id=item_id))


def pattern(size: int) -> bytes:
    return (b"harmless " * (size // 9 + 1))[:size]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_small_streams_come_back(pieces: list[bytes]) -> None:
    whole = b"".join(sealing.seal(pieces, item_key=KEY, item_id=ITEM))
    assert opened(whole) == b"".join(pieces)
    assert len(whole) == sealing.sealed_size(sum(map(len, pieces)))


@settings(max_examples=25, deadline=None)
@given(
    size=st.sampled_from([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2_500_000]),
    pieces=st.integers(min_value=1000, max_value=3 * CHUNK_BYTES),
)
def test_chunk_borders_come_back_whatever_the_pieces(size: int, pieces: int) -> None:
    data = pattern(size)
    whole = sealed(data, pieces=pieces)
    assert opened(whole) == data
    assert len(whole) == sealing.sealed_size(size)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(min_value=0, max_value=HEADER_BYTES + 2 * SEALED_CHUNK + 15), bit=st.integers(0, 7))
def test_every_flipped_bit_is_found(at: int, bit: int) -> None:
    whole = bytearray(_two_and_a_bit())
    whole[at] ^= 1 << bit
    with pytest.raises(SealBroken):
        opened(bytes(whole))


@settings(max_examples=60, deadline=None)
@given(length=st.integers(min_value=0, max_value=HEADER_BYTES + 2 * SEALED_CHUNK + 15))
def test_every_cut_is_found(length: int) -> None:
    with pytest.raises(SealBroken):
        opened(_two_and_a_bit()[:length])


@pytest.mark.parametrize("chunks", [1, 2])
def test_a_cut_on_a_chunk_border_is_found(chunks: int) -> None:
    with pytest.raises(SealBroken):
        opened(_two_and_a_bit()[: HEADER_BYTES + chunks * SEALED_CHUNK])


def test_swapped_repeated_and_appended_chunks_are_found() -> None:
    whole = _two_and_a_bit()
    head, first = whole[:HEADER_BYTES], whole[HEADER_BYTES : HEADER_BYTES + SEALED_CHUNK]
    second, rest = whole[HEADER_BYTES + SEALED_CHUNK : -20], whole[-20:]
    assert head + first + second + rest == whole
    for wrong in (
        head + second + first + rest,
        head + first + first + rest,
        head + first + second + rest + rest,
        head + first + second + rest + b"x",
        head + first + rest,
        head + rest,
    ):
        with pytest.raises(SealBroken):
            opened(wrong)


def test_no_plaintext_leaves_before_its_chunk_was_verified() -> None:
    whole = bytearray(_two_and_a_bit())
    whole[HEADER_BYTES + SEALED_CHUNK + 5] ^= 1
    stream = sealing.unseal(io.BytesIO(bytes(whole)), item_key=KEY, item_id=ITEM)
    assert next(stream) == pattern(CHUNK_BYTES)
    with pytest.raises(SealBroken) as raised:
        next(stream)
    assert raised.value.facts["chunk"] == 1


def test_another_item_key_version_or_file_does_not_open() -> None:
    whole = sealed(b"abc")
    for wrong in (
        b"NOTASEAL" + whole[8:],
        whole[:8] + b"\x02" + whole[9:],
        whole[:10] + b"\x15" + whole[11:],
    ):
        with pytest.raises(SealBroken):
            opened(wrong)
    with pytest.raises(SealBroken, match="another item"):
        opened(whole, item_id=uuid4())
    with pytest.raises(SealBroken):
        opened(whole, key=bytes(32))
    with pytest.raises(SealBroken, match="header"):
        opened(b"")


def test_a_source_that_answers_byte_by_byte_is_read_whole() -> None:
    class Slow:
        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def read(self, size: int, /) -> bytes:
            return self._data.read(min(size, 1))

    whole = sealed(b"slowly")
    assert b"".join(sealing.unseal(Slow(whole), item_key=KEY, item_id=ITEM)) == b"slowly"


def test_two_seals_of_the_same_bytes_share_no_nonce() -> None:
    assert sealed(b"same")[28:] != sealed(b"same")[28:]


def test_the_wrapped_key_opens_for_its_item_and_vault_only() -> None:
    item_key = sealing.new_item_key()
    wrapped = sealing.wrap_key(vault_key=VAULT_KEY, item_key=item_key, item_id=ITEM)
    assert len(wrapped) == sealing.WRAPPED_KEY_BYTES == 69
    assert sealing.unwrap_key(vault_key=VAULT_KEY, wrapped=wrapped, item_id=ITEM) == item_key
    with pytest.raises(SealBroken, match="changed"):
        sealing.unwrap_key(vault_key=VAULT_KEY, wrapped=wrapped, item_id=uuid4())
    with pytest.raises(SealBroken, match="another vault key"):
        sealing.unwrap_key(vault_key=bytes(32), wrapped=wrapped, item_id=ITEM)
    with pytest.raises(SealBroken, match="known form"):
        sealing.unwrap_key(vault_key=VAULT_KEY, wrapped=b"", item_id=ITEM)


@settings(deadline=None)
@given(at=st.integers(min_value=0, max_value=68), bit=st.integers(0, 7))
def test_every_flipped_bit_of_a_wrapped_key_is_found(at: int, bit: int) -> None:
    wrapped = bytearray(sealing.wrap_key(vault_key=VAULT_KEY, item_key=KEY, item_id=ITEM))
    wrapped[at] ^= 1 << bit
    with pytest.raises(SealBroken):
        sealing.unwrap_key(vault_key=VAULT_KEY, wrapped=bytes(wrapped), item_id=ITEM)


_WHOLE: list[bytes] = []


def _two_and_a_bit() -> bytes:
    """Two full chunks and one of four bytes, sealed once for all tests that only damage it."""
    if not _WHOLE:
        _WHOLE.append(sealed(pattern(2 * CHUNK_BYTES) + b"tail", pieces=CHUNK_BYTES))
    return _WHOLE[0]
