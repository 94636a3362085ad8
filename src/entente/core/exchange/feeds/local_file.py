"""A whole list as one file on this machine, read in bounded memory, and only if it has changed.

Which files may be named is the caller's to say: whoever names one reads what it holds, as far as it is a list.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entente.core.exchange.errors import CheckpointUnreadable, FeedUnreadable
from entente.core.exchange.feeds.feed import Page

if TYPE_CHECKING:
    from pathlib import Path

    from entente.core.exchange.entries import Bad, Entry
    from entente.core.exchange.formats import Format

_CHECKPOINT = re.compile(r"[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}")


def read_file(path: Path, file_format: Format, checkpoint: str) -> Page:
    """Return the page that a file is: everything it lists, or nothing if it has not changed since the checkpoint.

    The entries are read while they are asked for, each time anew; that raises FormatUnreadable, and FeedUnreadable if
    the file was changed meanwhile. Raises CheckpointUnreadable, FeedUnreadable for what is no regular file, OSError.
    """
    if checkpoint and not _CHECKPOINT.fullmatch(checkpoint):
        raise CheckpointUnreadable("the checkpoint is not one of this feed")
    seen = _seen(path.stat())
    if seen == checkpoint:
        return Page((), seen, None)
    return Page(Listed(path, file_format, seen), seen, None, is_whole=True)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a file lists, as long as it is the one that was seen."""

    path: Path
    format: Format
    seen: str

    def __iter__(self) -> Iterator[Entry | Bad]:
        # Without blocking: a pipe that took the file's place must not hold us up before it is refused.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            self._check(descriptor)
            yield from self.format.read(file)
            self._check(descriptor)

    def _check(self, descriptor: int) -> None:
        if _seen(os.fstat(descriptor)) != self.seen:
            raise FeedUnreadable("the file was changed while it was read; read it again")


def _seen(status: os.stat_result) -> str:
    """Return by what a change of the file is known: which one it is, its length, its time. Raises FeedUnreadable."""
    if not stat.S_ISREG(status.st_mode):
        raise FeedUnreadable("it is not a regular file")
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
