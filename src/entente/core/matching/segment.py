"""The file of a segment: named arrays, a header that says where they are, checksums. Written once, then only read.

A page of header: magic, format version, kind, the number of the last change it holds, and for each section its name,
element type, shape, place and CRC-32; then the header's own CRC-32. Sections follow, each on a page of its own.

A file gets its name when it is whole: it is written beside it under a passing name, synced, read back and compared
with its checksums, renamed, and the folder synced. So opening checks the header and that every section lies inside
the file, and reads no section; `verify` reads all of them. Readers still treat every number in a section as foreign.
A mapped file must be replaced, never written into or cut.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from entente.core.matching.errors import BadSegment

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

MAGIC = b"EntSegm\n"
FORMAT_VERSION = 1
PAGE_BYTES = 4096
PARTIAL_SUFFIX = ".partial"

_HEAD = struct.Struct("<8sI16sQI")
_SECTION = struct.Struct("<16s4sQQQI")
_CHECKSUM = struct.Struct("<I")
_TYPES = {"u1", "u2", "u4", "u8", "i8"}
_MOST_SECTIONS = 16
_LARGEST_NUMBER = 2**63 - 1
_PIECE_BYTES = 1 << 24


class Section(NamedTuple):
    """One array of a segment: name, element type ("u2": unsigned, two bytes, little-endian) and shape."""

    name: str
    element: str
    rows: int
    columns: int

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return np.dtype(f"<{self.element}").itemsize * self.rows * self.columns


class _Placed(NamedTuple):
    """A section, where it lies and what its bytes sum up to."""

    section: Section
    offset: int
    checksum: int


class Segment:
    """An open segment: its arrays, mapped and read-only."""

    def __init__(self, path: Path, kind: str, reached: int, mapped: mmap.mmap, placed: list[_Placed]) -> None:
        self.path = path
        self.kind = kind
        self.reached = reached
        self._mapped = mapped
        self._placed = placed
        self.arrays = {entry.section.name: _array(mapped, entry) for entry in placed}

    @classmethod
    def open(cls, path: Path, kind: str) -> Segment:
        """Map a segment. Raises BadSegment for anything but a whole segment of this kind, FileNotFoundError."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < PAGE_BYTES:
                raise BadSegment(f"{path.name}: cut short, or no segment")
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            reached, placed = _read_header(mapped[:PAGE_BYTES], kind, len(mapped))
        except BadSegment as error:
            raise BadSegment(f"{path.name}: {error}") from error
        return cls(path, kind, reached, mapped, placed)

    def array(self, name: str, element: str) -> NDArray[Any]:
        """Return a section. Raises BadSegment when there is none of this name and type."""
        found = self.arrays.get(name)
        if found is None or found.dtype != np.dtype(f"<{element}"):
            raise BadSegment(f"{self.path.name}: no section {name} of {element}")
        return found

    def verify(self) -> None:
        """Read the whole file and compare the checksums. Raises BadSegment naming the section that differs."""
        for entry in self._placed:
            if _checksum(self.arrays[entry.section.name]) != entry.checksum:
                raise BadSegment(f"{self.path.name}: section {entry.section.name} was altered")


class SegmentWriter:
    """Write a segment; leaving the context without an error gives the file its name, with one removes it.

    Sections may be written in several pieces and side by side, each from its beginning to its end.
    """

    def __init__(self, path: Path, *, kind: str, reached: int, sections: list[Section]) -> None:
        if not 0 <= reached <= _LARGEST_NUMBER:
            raise ValueError("reached is a number from 0 to 2**63 - 1")
        self._path = path
        self._kind = kind
        self._reached = reached
        self._sections = {section.name: section for section in sections}
        self._offsets: dict[str, int] = {}
        end = PAGE_BYTES
        for section in sections:
            self._offsets[section.name] = end
            end += -(-section.size // PAGE_BYTES) * PAGE_BYTES
        self._size = end
        self._written = dict.fromkeys(self._sections, 0)
        self._checksums = dict.fromkeys(self._sections, 0)

    def __enter__(self) -> Self:
        remove_leftovers(self._path.parent)
        self._handle, self._partial = _locked_partial(self._path)
        try:
            os.ftruncate(self._handle, self._size)
        except OSError:
            self._partial.unlink(missing_ok=True)
            os.close(self._handle)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._commit()
        finally:
            self._partial.unlink(missing_ok=True)
            os.close(self._handle)

    def write(self, name: str, values: NDArray[Any]) -> None:
        """Append values to a section. Raises ValueError when they do not fit, OSError when the disk is full."""
        section = self._sections[name]
        plain = np.ascontiguousarray(values, dtype=f"<{section.element}")
        if self._written[name] + plain.nbytes > section.size:
            raise ValueError(f"section {name} has no room for this")
        if plain.nbytes:
            data = plain.data.cast("B")
            _write_at(self._handle, data, self._offsets[name] + self._written[name])
            self._checksums[name] = zlib.crc32(data, self._checksums[name])
            self._written[name] += plain.nbytes

    def read_back(self, name: str) -> NDArray[Any]:
        """Map a section that is written already, so that what follows from it need not be kept in memory."""
        mapped = mmap.mmap(self._handle, self._size, access=mmap.ACCESS_READ)
        return _array(mapped, _Placed(self._sections[name], self._offsets[name], 0))

    def _commit(self) -> None:
        """Write the header, sync, read everything back, rename, sync the folder."""
        for name, section in self._sections.items():
            if self._written[name] != section.size:
                raise ValueError(f"section {name} is not written to its end")
        _write_at(self._handle, memoryview(self._header()), 0)
        os.fsync(self._handle)
        Segment.open(self._partial, self._kind).verify()
        self._partial.replace(self._path)
        sync_folder(self._path.parent)

    def _header(self) -> bytes:
        """Return the header page."""
        parts = [_HEAD.pack(MAGIC, FORMAT_VERSION, self._kind.encode(), self._reached, len(self._sections))]
        parts += [
            _SECTION.pack(
                name.encode(),
                section.element.encode(),
                section.rows,
                section.columns,
                self._offsets[name],
                self._checksums[name],
            )
            for name, section in self._sections.items()
        ]
        page = b"".join(parts).ljust(PAGE_BYTES - _CHECKSUM.size, b"\0")
        return page + _CHECKSUM.pack(zlib.crc32(page))


def _locked_partial(path: Path) -> tuple[int, Path]:
    """Make a file beside the path, under a passing name, and lock it.

    The lock says that somebody is still writing; it ends with the process, however that ends. Until it is taken,
    somebody else may take the file for a leftover and remove it: then another is made.
    """
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL_SUFFIX)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, Path(name)
        os.close(handle)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer left in the folder; what a living one holds stays."""
    for path in folder.glob(f".*{PARTIAL_SUFFIX}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def sync_folder(folder: Path) -> None:
    """Make names given and removed in the folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_at(handle: int, data: memoryview, offset: int) -> None:
    """Write all of the data at an offset; the system may take it in parts."""
    done = 0
    while done < len(data):
        done += os.pwrite(handle, data[done : done + _PIECE_BYTES], offset + done)


def _checksum(array: NDArray[Any]) -> int:
    """Return the CRC-32 of an array's bytes."""
    return zlib.crc32(array.data.cast("B")) if array.nbytes else 0


def _array(mapped: mmap.mmap, placed: _Placed) -> NDArray[Any]:
    """Return a section as an array over the map."""
    section = placed.section
    if not section.size:
        return np.empty((section.rows, section.columns), dtype=f"<{section.element}")
    count = section.rows * section.columns
    flat: NDArray[Any] = np.frombuffer(mapped, dtype=f"<{section.element}", count=count, offset=placed.offset)
    return flat.reshape(section.rows, section.columns)


def _read_header(page: bytes, kind: str, size: int) -> tuple[int, list[_Placed]]:
    """Return the number reached and the sections. Raises BadSegment."""
    magic, version, written_kind, reached, count = _HEAD.unpack_from(page)
    if magic != MAGIC:
        raise BadSegment("no segment")
    if version != FORMAT_VERSION:
        raise BadSegment(f"format {version}; this program reads {FORMAT_VERSION}")
    if _CHECKSUM.unpack_from(page, PAGE_BYTES - _CHECKSUM.size)[0] != zlib.crc32(page[: -_CHECKSUM.size]):
        raise BadSegment("the header was altered")
    if written_kind.rstrip(b"\0") != kind.encode():
        raise BadSegment(f"not a segment of {kind}")
    if count > _MOST_SECTIONS or reached > _LARGEST_NUMBER:
        raise BadSegment("the header makes no sense")
    placed = [_read_section(page, _HEAD.size + position * _SECTION.size, size) for position in range(count)]
    return reached, placed


def _read_section(page: bytes, at: int, size: int) -> _Placed:
    """Return one section of the header. Raises BadSegment unless it lies inside the file."""
    name, element, rows, columns, offset, checksum = _SECTION.unpack_from(page, at)
    try:
        section = Section(
            name.rstrip(b"\0").decode("ascii"), element.rstrip(b"\0").decode("ascii"), rows, columns
        )
    except UnicodeDecodeError as error:
        raise BadSegment("a section without a name") from error
    if section.element not in _TYPES:
        raise BadSegment(f"section {section.name} of an unknown type")
    if max(rows, columns) > size or offset % PAGE_BYTES or offset + section.size > size:
        raise BadSegment(f"section {section.name} is not inside the file")
    return _Placed(section, offset, checksum)
