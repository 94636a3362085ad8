"""The file of one job as a worker sees it: an open descriptor of known size, read by position."""

import hashlib
import os
from typing import Final

from entente.apps.content.decoding import sniffing
from entente.apps.content.hashing.results import MD5, SHA256
from entente.core.signals import files


class Incomplete(Exception):
    """The file ended before its size: somebody cut it while it was read."""


_CHUNK_BYTES: Final = files.CHUNK_BYTES


class Source:
    """A file; nothing of it is read before it is asked for, and small ones are read once."""

    def __init__(self, descriptor: int, size_bytes: int, *, held_bytes: int) -> None:
        self.descriptor = descriptor
        self.size_bytes = size_bytes
        self._held: bytes | None = None
        self._is_small = size_bytes <= held_bytes

    def head(self) -> bytes:
        """Return what the type of the file is read from."""
        if self._is_small:
            return self.content()[: sniffing.HEAD_BYTES]
        return self._read(0, sniffing.HEAD_BYTES)

    def content(self) -> bytes:
        """Return the whole file."""
        if self._held is None:
            self._held = self._read(0, self.size_bytes)
        return self._held

    def digests(self) -> dict[str, list[bytes]]:
        """Return SHA-256 and MD5."""
        if self._is_small:
            found = files.digests(self.content())
            return {SHA256: [found.sha256], MD5: [found.md5]}
        sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        for at in range(0, self.size_bytes, _CHUNK_BYTES):
            chunk = self._read(at, min(_CHUNK_BYTES, self.size_bytes - at))
            sha256.update(chunk)
            md5.update(chunk)
        return {SHA256: [sha256.digest()], MD5: [md5.digest()]}

    def _read(self, at: int, count: int) -> bytes:
        pieces: list[bytes] = []
        while count:
            piece = os.pread(self.descriptor, count, at)
            if not piece:
                raise Incomplete
            pieces.append(piece)
            at, count = at + len(piece), count - len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
