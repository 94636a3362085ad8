"""Of which history a segment is: beside each lies the mark of the last change it holds, written before it appears.

A database that was restored from an older copy gives out the numbers behind the copy again, for other changes. A
segment from before holds what is not so any more, under numbers that look right. So a segment is used only where the
database knows the change that its mark names. What has no mark, or another one, is thrown away.
"""

import contextlib
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from entente.apps.banks import queries

_SEGMENTS: Final = "*.segment"
_MARK_SUFFIX: Final = ".mark"
_MOST_KEPT: Final = 1024


class MarkForgotten(LookupError):
    """Nobody remembers which change had this number when it was read: a segment up to it cannot be vouched for now."""


class Marks:
    """The marks of the last numbers that this process has read up to; for any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, str] = OrderedDict()
        self._turn = threading.Lock()

    def note(self, number: int) -> str:
        """Remember the change that has this number now, and return its mark."""
        mark = queries.change_mark(number)
        with self._turn:
            self._kept[number] = mark
            self._kept.move_to_end(number)
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return mark

    def mark(self, number: int) -> str:
        """Return the mark of a number that was noted. Raises MarkForgotten."""
        with self._turn:
            if number not in self._kept:
                raise MarkForgotten(f"the change {number} was not noted")
            return self._kept[number]

    def is_still(self, number: int) -> bool:
        """Tell whether the database still has the change that was noted under a number; False for a forgotten one."""
        with contextlib.suppress(MarkForgotten):
            return queries.change_mark(number) == self.mark(number)
        return False


def write_mark(folder: Path, number: int, mark: str) -> None:
    """Write the mark of a segment that is about to appear. Raises OSError."""
    path = _mark_of(folder, number)
    made = path.with_name(f".{path.name}.{os.getpid()}")
    with made.open("w", encoding="ascii") as file:
        file.write(mark)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def newest_segment(folder: Path) -> str:
    """Return the name of the newest segment in a folder; empty without one."""
    return max((path.name for path in folder.glob(_SEGMENTS)), default="")


def drop_foreign(folder: Path) -> None:
    """Delete the segments of a folder that are not of this database's history."""
    for path in folder.glob(_SEGMENTS):
        if not _is_ours(path):
            path.unlink(missing_ok=True)


def forget_marks(folder: Path) -> None:
    """Delete the marks of segments that are gone; those of the newest and of any to come stay."""
    newest = newest_segment(folder)
    for path in folder.glob(f"*{_MARK_SUFFIX}"):
        if path.with_suffix(".segment").name < newest:
            path.unlink(missing_ok=True)


def _is_ours(segment: Path) -> bool:
    with contextlib.suppress(ValueError, OSError):
        number = int(segment.stem)
        mark = _mark_of(segment.parent, number).read_text(encoding="ascii")
        return mark != "" and mark == queries.change_mark(number)
    return False


def _mark_of(folder: Path, number: int) -> Path:
    return folder / f"{number:020d}{_MARK_SUFFIX}"
