"""The sealed-file format: a stream of chunks, each verified before one byte of it is released.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance", 2015) over AES-256-GCM (NIST SP 800-38D): the nonce of a chunk is a random
prefix, the chunk's number and a flag on the last one, so that a cut, a swap, a repetition or a changed bit
is found. Every item has its own key, wrapped by the vault key, so that destroying 69 bytes destroys the
item everywhere its ciphertext may have been copied. `docs/formats/sealed-file.md` is the full description.

Pure: bytes in, bytes out; no database, no file system.
"""

import hashlib
import secrets
import struct
from collections.abc import Iterable, Iterator
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext as _

from entente.apps.evidence.errors import SealBroken

MAGIC: Final = b"ENTSEAL\x00"
VERSION: Final = 1
ALGORITHM_AES_256_GCM: Final = 1

CHUNK_BYTES: Final = 1 << 20
"""Plaintext per chunk: large enough that the tag costs nothing, small enough to verify in one buffer."""

TAG_BYTES: Final = 16
KEY_BYTES: Final = 32
PREFIX_BYTES: Final = 7
_WRAP_NONCE_BYTES: Final = 12
_KEY_NAME_BYTES: Final = 8
_WRAP_VERSION: Final = 1

_HEADER: Final = struct.Struct(">8sBBBB16s7s")
HEADER_BYTES: Final = _HEADER.size
WRAPPED_KEY_BYTES: Final = 1 + _KEY_NAME_BYTES + _WRAP_NONCE_BYTES + KEY_BYTES + TAG_BYTES
_CHUNK_BITS: Final = CHUNK_BYTES.bit_length() - 1
_SEALED_CHUNK_BYTES: Final = CHUNK_BYTES + TAG_BYTES


class Readable(Protocol):
    """Anything that returns at most `size` bytes at a time, and none at its end."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; an empty result is the end."""
        ...


def new_item_key() -> bytes:
    """Return 32 random bytes: the key of one evidence item, used for nothing else."""
    return secrets.token_bytes(KEY_BYTES)


def wrap_key(*, vault_key: bytes, item_key: bytes, item_id: UUID) -> bytes:
    """Return the item's key under the vault's, bound to the item: version, key name, nonce, ciphertext."""
    nonce = secrets.token_bytes(_WRAP_NONCE_BYTES)
    head = bytes([_WRAP_VERSION]) + vault_key_name(vault_key)
    sealed = AESGCM(vault_key).encrypt(nonce, item_key, _wrap_context(head, item_id))
    return head + nonce + sealed


def unwrap_key(*, vault_key: bytes, wrapped: bytes, item_id: UUID) -> bytes:
    """Return the item's key. Raises SealBroken for another item, another vault key or a changed bit."""
    if len(wrapped) != WRAPPED_KEY_BYTES or wrapped[0] != _WRAP_VERSION:
        raise SealBroken(_("The wrapped key of this item is not in a known form."), item_id=str(item_id))
    head, rest = wrapped[: 1 + _KEY_NAME_BYTES], wrapped[1 + _KEY_NAME_BYTES :]
    if head[1:] != vault_key_name(vault_key):
        raise SealBroken(
            _("This item was sealed under another vault key. Restore that key from the backup."),
            item_id=str(item_id),
        )
    nonce, sealed = rest[:_WRAP_NONCE_BYTES], rest[_WRAP_NONCE_BYTES:]
    try:
        return AESGCM(vault_key).decrypt(nonce, sealed, _wrap_context(head, item_id))
    except InvalidTag:
        raise SealBroken(_("The wrapped key of this item was changed."), item_id=str(item_id)) from None


def vault_key_name(vault_key: bytes) -> bytes:
    """Return eight bytes that tell vault keys apart without telling anything of the key."""
    return hashlib.sha256(b"entente vault key name v1\x00" + vault_key).digest()[:_KEY_NAME_BYTES]


def sealed_size(plain_size: int) -> int:
    """Return how many bytes `plain_size` bytes take when sealed."""
    chunks = max(1, -(-plain_size // CHUNK_BYTES))
    return HEADER_BYTES + plain_size + chunks * TAG_BYTES


def seal(chunks: Iterable[bytes], *, item_key: bytes, item_id: UUID) -> Iterator[bytes]:
    """Yield the sealed form of a stream: the header, then one sealed chunk after the other.

    `chunks` may have any sizes; at most two chunks of plaintext are held at a time. Nothing at all seals
    to one empty final chunk, so that an empty item and a cut one are different things.
    """
    cipher = AESGCM(item_key)
    prefix = secrets.token_bytes(PREFIX_BYTES)
    header = _HEADER.pack(MAGIC, VERSION, ALGORITHM_AES_256_GCM, _CHUNK_BITS, 0, item_id.bytes, prefix)
    yield header
    number = 0
    waiting = bytearray()
    for piece in chunks:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:
            yield cipher.encrypt(_nonce(prefix, number, last=False), bytes(waiting[:CHUNK_BYTES]), header)
            del waiting[:CHUNK_BYTES]
            number += 1
    yield cipher.encrypt(_nonce(prefix, number, last=True), bytes(waiting), header)


def unseal(source: Readable, *, item_key: bytes, item_id: UUID) -> Iterator[bytes]:
    """Yield the plaintext of a sealed stream, each chunk only after it was verified.

    Raises SealBroken at the first thing that is not as it was sealed. Whoever consumes the iterator must
    see its end before calling the whole genuine: a cut is known only there.
    """
    header = _read_exactly(source, HEADER_BYTES)
    prefix = _check_header(header, item_id)
    cipher = AESGCM(item_key)
    number = 0
    current = _read_exactly(source, _SEALED_CHUNK_BYTES)
    while True:
        following = _read_exactly(source, _SEALED_CHUNK_BYTES) if len(current) == _SEALED_CHUNK_BYTES else b""
        last = not following
        try:
            plain = cipher.decrypt(_nonce(prefix, number, last=last), current, header)
        except (InvalidTag, ValueError):
            raise SealBroken(
                _("Part %(number)s of the sealed copy is missing, moved or changed.")
                % {"number": number + 1},
                item_id=str(item_id),
                chunk=number,
            ) from None
        yield plain
        if last:
            return
        current, number = following, number + 1


def _check_header(header: bytes, item_id: UUID) -> bytes:
    if len(header) < HEADER_BYTES:
        raise SealBroken(_("The sealed copy is cut inside its header."), item_id=str(item_id))
    magic, version, algorithm, chunk_bits, reserved, owner, prefix = _HEADER.unpack(header)
    if magic != MAGIC:
        raise SealBroken(_("This file is not a sealed copy."), item_id=str(item_id))
    if (version, algorithm, chunk_bits, reserved) != (VERSION, ALGORITHM_AES_256_GCM, _CHUNK_BITS, 0):
        raise SealBroken(_("The sealed copy is of a version this program does not know."), version=version)
    if owner != item_id.bytes:
        raise SealBroken(_("The sealed copy belongs to another item."), item_id=str(item_id))
    return bytes(prefix)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">IB", number, int(last))


def _wrap_context(head: bytes, item_id: UUID) -> bytes:
    return b"entente item key v1\x00" + head + item_id.bytes


def _read_exactly(source: Readable, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end; a pipe or socket may answer in small pieces."""
    pieces = bytearray()
    while len(pieces) < size:
        piece = source.read(size - len(pieces))
        if not piece:
            break
        pieces += piece
    return bytes(pieces)
