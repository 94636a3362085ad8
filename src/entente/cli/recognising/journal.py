"""What a scan has done already: one line of JSON for each file, appended and synced in batches.

The first line says which scan it is. After a `kill -9` or a power cut the end may be torn: from the first line on that
is not whole, the rest is cut off, and those files are looked at again. While a scan runs it holds the file's lock.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Self

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIGEST_BYTES: Final = 16
_VERSION: Final = 1
_KEY: Final = "entente_scan"


class JournalProblem(Exception):
    """The journal cannot be used for this scan; the message says why and what to do."""


class Done:
    """Which files are done: sixteen bytes for each, so that ten million take 160 MB."""

    def __init__(self, paths: Iterable[str]) -> None:
        import numpy as np

        digests = bytearray()
        for path in paths:
            digests += _digest(path)
        found: NDArray[np.uint64] = np.frombuffer(bytes(digests), np.uint64).reshape(-1, 2)
        self._digests = found[np.argsort(found[:, 0], kind="stable")]

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, path: str) -> bool:
        import numpy as np

        head, tail = np.frombuffer(_digest(path), np.uint64)
        begin, end = (np.searchsorted(self._digests[:, 0], head, side=side) for side in ("left", "right"))
        return bool((self._digests[begin:end, 1] == tail).any())


class Journal:
    """The journal of one scan, open for appending."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file

    @classmethod
    def begin(cls, path: Path, header: dict[str, Any]) -> Self:
        """Make a new journal. Raises JournalProblem where there is one already, OSError."""
        try:
            file = path.open("x+b")
        except FileExistsError:
            raise JournalProblem(
                f"An unfinished scan lies in {path}. Go on with it by --resume, or remove it."
            ) from None
        _lock(path, file)
        journal = cls(path, file)
        journal.append(_as_line({_KEY: _VERSION, **header}))
        _sync_folder(path.parent)
        return journal

    @classmethod
    def resume(cls, path: Path, header: dict[str, Any]) -> Self:
        """Open a journal to go on with its scan; with none there, begin one.

        Raises JournalProblem for that of another scan, or one that somebody is writing; OSError.
        """
        try:
            file = path.open("r+b")
        except FileNotFoundError:
            return cls.begin(path, header)
        _lock(path, file)
        first = file.readline()
        if not first.endswith(b"\n"):  # killed before the first line was whole
            file.truncate(0)
            journal = cls(path, file)
            journal.append(_as_line({_KEY: _VERSION, **header}))
            return journal
        if _read(first) != json.loads(_as_line({_KEY: _VERSION, **header})):
            file.close()
            raise JournalProblem(
                f"{path} is the journal of another scan: other folder, banks, types or version. "
                "Remove it to start anew."
            )
        _cut_torn_end(file)
        return cls(path, file)

    def append(self, lines: bytes) -> None:
        """Write whole lines, and see them on the disk. Raises OSError."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(lines)
        self._file.flush()
        os.fsync(self._file.fileno())

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield what is written of each file, in the order in which they were done."""
        with self.path.open("rb") as file:
            file.readline()
            for line in file:
                yield json.loads(line)

    def done(self) -> Done:
        """Return which files are done."""
        return Done(record["path"] for record in self.records())

    def close(self) -> None:
        """Leave it for another time."""
        self._file.close()

    def remove(self) -> None:
        """End the scan."""
        self.path.unlink(missing_ok=True)
        self.close()


def _digest(path: str) -> bytes:
    return blake2b(path.encode("utf-8", "surrogateescape"), digest_size=_DIGEST_BYTES).digest()


def _as_line(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode("ascii") + b"\n"


def _read(line: bytes) -> dict[str, Any] | None:
    """Return what a line holds; None for one that is not whole."""
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _cut_torn_end(file: BinaryIO) -> None:
    """Cut off everything from the first line on that is not whole."""
    whole = file.tell()
    for line in file:
        record = _read(line)
        if record is None or "path" not in record:
            file.truncate(whole)
            return
        whole += len(line)


def _lock(path: Path, file: BinaryIO) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise JournalProblem(f"Another scan is writing {path}.") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
