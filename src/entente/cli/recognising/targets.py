"""Files on their way in: opened once and never blocking, regular files alone, and out of a folder by no link.

A folder that is scanned may be written to meanwhile by whoever filled it. So a path below it is opened part by part,
each without following a link: what was a folder a moment ago and is a link now is refused, not followed.
"""

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from entente.cli.recognising.shown import shown

STANDARD_INPUT: Final = "-"

_READ: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_FOLDER: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY
_COPIED_AT_ONCE: Final = 1 << 20


class Unopened(Exception):
    """A file could not be opened: `outcome` is `vanished`, `unreadable` or `not_a_file`."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


def open_named(path: str) -> int:
    """Return a descriptor of the file somebody named; a link is followed, as that person meant it. Raises Unopened."""
    try:
        return _regular(os.open(path, _READ))
    except OSError as error:
        raise _unopened(error) from None
    except ValueError:
        raise Unopened("unreadable", "No file can have such a name.") from None


def open_standard_input(most_bytes: int) -> int:
    """Return a descriptor of what comes in on standard input, copied into a file without a name. Raises Unopened."""
    source, size = sys.stdin.buffer, 0
    with tempfile.TemporaryFile() as file:
        while piece := source.read(_COPIED_AT_ONCE):
            size += len(piece)
            if size > most_bytes:
                raise Unopened("too_large", f"Up to {most_bytes:,} bytes are read from standard input.")
            file.write(piece)
        file.flush()
        return os.dup(file.fileno())


class Tree:
    """The files below a folder. Paths are relative to it, as the file system has them."""

    def __init__(self, root: Path, *, leave_out: Collection[Path] = ()) -> None:
        """Open a folder; `leave_out` are files and folders in it that are not looked at. Raises OSError."""
        self.root = root.resolve(strict=True)
        self._descriptor = os.open(self.root, _FOLDER)
        placed = [path.parent.resolve() / path.name for path in leave_out]
        self._leave_out = {
            str(path.relative_to(self.root)) for path in placed if path.is_relative_to(self.root)
        }
        self.passed_over = 0
        """Links, devices and other things that are no files, met by the last walk."""
        self.unreadable: list[tuple[str, str]] = []
        """Folders that could not be read in the last walk, with the reason."""

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._descriptor)

    def files(self) -> Iterator[str]:
        """Yield every file, folder by folder in the order of their names; no link is followed."""
        self.passed_over = 0
        self.unreadable.clear()
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            try:
                files, folders = self._listed(folder)
            except OSError as error:
                self.unreadable.append((folder or ".", error.strerror or type(error).__name__))
                continue
            yield from files
            waiting.extend(reversed(folders))

    def open(self, path: str) -> int:
        """Return a descriptor of a file below the folder. Raises Unopened, also where a link has come in between."""
        folder, _, name = path.rpartition("/")
        try:
            above = self._opened(folder)
            try:
                return _regular(os.open(name, _READ | os.O_NOFOLLOW, dir_fd=above))
            finally:
                os.close(above)
        except OSError as error:
            raise _unopened(error) from None

    def _opened(self, folder: str) -> int:
        """Return a descriptor of a folder below, reached without a link. Raises OSError."""
        held = os.dup(self._descriptor)
        for part in filter(None, folder.split("/")):
            try:
                below = os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=held)
            finally:
                os.close(held)
            held = below
        return held

    def _listed(self, folder: str) -> tuple[list[str], list[str]]:
        """Return files and folders in one folder, sorted. Raises OSError."""
        files: list[str] = []
        folders: list[str] = []
        prefix = f"{folder}/" if folder else ""
        held = self._opened(folder)
        try:
            with os.scandir(held) as entries:
                for entry in entries:
                    path = prefix + entry.name
                    if path in self._leave_out:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        files.append(path)
                    else:
                        self.passed_over += 1
        finally:
            os.close(held)
        return sorted(files), sorted(folders)


def _regular(descriptor: int) -> int:
    """Return a descriptor of a regular file; close any other. Raises Unopened."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise Unopened("not_a_file", "It is a folder, a device or a pipe.")


def _unopened(error: OSError) -> Unopened:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return Unopened("vanished", "There is no such file.")
    if error.errno == errno.ELOOP:
        return Unopened("not_a_file", "It is a link.")
    return Unopened("unreadable", shown(error.strerror or type(error).__name__))
