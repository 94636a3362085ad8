"""How a file gets to a worker: in memory that both see and only this side can change, or as it lies on the disk.

A worker cannot be handed a descriptor once it is confined. So each worker shares a piece of memory with us from its
beginning; a file that is too large for that gets a worker which is begun with the file in its hand.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import Final

Source = bytes | bytearray | memoryview | int
"""The bytes of a file, or an open descriptor of a regular one."""

_AT_ONCE_BYTES: Final = 64 * 1024 * 1024


class NotAFile(ValueError):
    """The descriptor is not that of a regular file, so its bytes cannot be read twice."""


def size_of(source: Source) -> int:
    """Return the bytes of a file. Raises NotAFile, OSError for a descriptor that is not open."""
    if not isinstance(source, int):
        return memoryview(source).nbytes
    status = os.fstat(source)
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile("only a regular file can be hashed by its descriptor")
    return status.st_size


class Shared:
    """Memory that holds one file at a time, without a name; `readable` is the descriptor a worker gets."""

    def __init__(self) -> None:
        self._writable = os.memfd_create("entente-hashing", os.MFD_CLOEXEC)
        try:
            self.readable = reopened(self._writable)
        except OSError:
            os.close(self._writable)
            raise

    def fill(self, source: Source) -> int:
        """Copy a file into it and return how many bytes there were. Raises OSError."""
        if isinstance(source, int):
            return self._copy(source)
        left = memoryview(source).cast("B")
        at = 0
        while left:
            written = os.pwrite(self._writable, left[:_AT_ONCE_BYTES], at)
            left, at = left[written:], at + written
        return at

    def _copy(self, descriptor: int) -> int:
        size, at = size_of(descriptor), 0
        os.lseek(self._writable, 0, os.SEEK_SET)
        # A file that somebody cuts meanwhile ends earlier; what is added to it is not read.
        while at < size and (sent := os.sendfile(self._writable, descriptor, at, size - at)):
            at += sent
        return at

    def empty(self) -> None:
        """Give the memory back: the next file finds nothing of this one."""
        os.ftruncate(self._writable, 0)

    def close(self) -> None:
        """Close our end of it."""
        os.close(self._writable)
        os.close(self.readable)


class Lent:
    """One file as it lies on the disk, for a worker that is begun for it alone. Raises OSError."""

    def __init__(self, descriptor: int) -> None:
        self.readable = reopened(descriptor)

    def fill(self, _source: Source) -> int:
        """Return how many bytes there are; the file is there already."""
        return size_of(self.readable)

    def empty(self) -> None:
        """Leave it as it is."""

    def close(self) -> None:
        """Close our end of it."""
        os.close(self.readable)


@contextlib.contextmanager
def held(source: Source) -> Iterator[int]:
    """Give a descriptor of a file: its own, or one of the memory that its bytes are copied into meanwhile."""
    if isinstance(source, int):
        yield source
        return
    shared = Shared()
    try:
        shared.fill(source)
        yield shared.readable
    finally:
        shared.close()


def reopened(descriptor: int) -> int:
    """Return another descriptor of the same file that can only read, with a position of its own. Raises OSError."""
    return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
