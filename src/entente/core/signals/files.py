"""Files: SHA-256 (FIPS 180-4) and MD5 (RFC 1321), over bytes or over a file, read once and in little memory.

Both say only "these are the same bytes". MD5 is broken against somebody who makes two files on purpose; it is here
because lists of known material are exchanged in it, and it never decides whether a copy is authentic.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.core.signals.signal_type import ExactHexSignalType, Examples, Medium

if TYPE_CHECKING:
    from pathlib import Path

CHUNK_BYTES = 1 << 20
"""How much of a file is held at a time."""

_ANY_FILE = frozenset({Medium.AUDIO, Medium.FILE, Medium.IMAGE, Medium.PDF, Medium.VIDEO})


@dataclass(frozen=True, slots=True)
class FileDigests:
    """What one reading of a file tells: both digests, as values of their signal types, and its length."""

    sha256: bytes
    md5: bytes
    size_bytes: int


def digests(content: bytes | bytearray | memoryview) -> FileDigests:
    """Return both digests of bytes that are in memory."""
    size = content.nbytes if isinstance(content, memoryview) else len(content)
    return FileDigests(
        sha256=hashlib.sha256(content).digest(),
        md5=hashlib.md5(content, usedforsecurity=False).digest(),
        size_bytes=size,
    )


def digests_of_path(path: Path) -> FileDigests:
    """Return both digests of a file, reading it once, CHUNK_BYTES at a time. Raises OSError as `open` does."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    chunk = memoryview(bytearray(CHUNK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(chunk):
            sha256.update(chunk[:count])
            md5.update(chunk[:count])
            size += count
    return FileDigests(sha256=sha256.digest(), md5=md5.digest(), size_bytes=size)


class Sha256(ExactHexSignalType):
    """SHA-256 of all bytes of a file."""

    name = "sha256"
    title = "SHA-256"
    media = _ANY_FILE
    size_bytes = 32
    examples = Examples(
        canonical=(
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # of nothing
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",  # of "abc"
        ),
        malformed=("e3b0c442", "zz" * 32, "d41d8cd98f00b204e9800998ecf8427e"),
        near=(("ab" * 32, "AB" * 32),),
        far=(("00" * 32, "00" * 31 + "01"),),
        folded=(("AB" * 32, "ab" * 32),),
    )

    def from_content(self, content: bytes) -> bytes:
        """Return the 32 bytes of the digest."""
        return hashlib.sha256(content).digest()

    def from_path(self, path: Path) -> bytes:
        """Return the 32 bytes of the digest of a file, read in bounded memory. Raises OSError."""
        return digests_of_path(path).sha256


class Md5(ExactHexSignalType):
    """MD5 of all bytes of a file, for lists that are exchanged in it."""

    name = "md5"
    title = "MD5"
    media = _ANY_FILE
    size_bytes = 16
    examples = Examples(
        canonical=(
            "d41d8cd98f00b204e9800998ecf8427e",  # of nothing
            "900150983cd24fb0d6963f7d28e17f72",  # of "abc"
        ),
        malformed=("d41d8cd9", "zz" * 16, "00" * 32),
        near=(("ab" * 16, "AB" * 16),),
        far=(("00" * 16, "00" * 15 + "01"),),
        folded=(("AB" * 16, "ab" * 16),),
    )

    def from_content(self, content: bytes) -> bytes:
        """Return the 16 bytes of the digest."""
        return hashlib.md5(content, usedforsecurity=False).digest()

    def from_path(self, path: Path) -> bytes:
        """Return the 16 bytes of the digest of a file, read in bounded memory. Raises OSError."""
        return digests_of_path(path).md5
