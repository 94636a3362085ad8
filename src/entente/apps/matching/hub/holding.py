"""The index of one signal type as a process holds it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entente.apps.banks import queries
from entente.apps.matching.hub import histories
from entente.apps.matching.hub.histories import Marks
from entente.apps.matching.hub.portions import Portion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entente.core.matching.changes import Change
    from entente.core.matching.indexes import SignalIndex
    from entente.core.matching.segmented import SegmentedIndex
    from entente.core.signals.signal_type import SignalType


@dataclass(slots=True)
class Holding:
    """One type with its index.

    `adopted` is the newest segment in its folder that was looked at; up to the number `followed` every change was
    heard of.
    """

    kind: "SignalType"
    folder: Path
    index: "SignalIndex"
    marks: Marks
    adopted: str = ""
    followed: int = 0

    @classmethod
    def of(cls, kind: "SignalType", folder: Path, marks: Marks) -> "Holding":
        """Open what the folder of a type holds. Segments of another history are thrown away first. Raises OSError."""
        from entente.core.matching.indexes import index_for

        histories.drop_foreign(folder)
        adopted = histories.newest_segment(folder)
        held = cls(kind, folder, index_for(kind, folder), marks, adopted)
        held.followed = held.index.reached
        held.vouch()
        return held

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.kind.name

    @property
    def segmented(self) -> "SegmentedIndex[Any] | None":
        """The index, where it is one that keeps segments."""
        from entente.core.matching.segmented import SegmentedIndex

        return self.index if isinstance(self.index, SegmentedIndex) else None

    @property
    def is_compiled(self) -> bool:
        """Whether it asks with compiled loops."""
        return self.segmented is not None and self.segmented.is_compiled

    def vouch(self) -> None:
        """Let every segment that is merged here have its mark."""
        if self.segmented is not None:
            self.segmented.before_write = self._write_mark

    def take(self, changes: "list[Change]", *, after: int, upto: int) -> None:
        """Take in what are all changes of this type behind `after` and up to `upto`. Raises ChangesMissing."""
        from entente.core.matching.errors import ChangesMissing

        if self.followed < after:
            raise ChangesMissing(f"read after {after} where {self.followed} is reached")
        # What keeps no segments copies all it holds each time: where nothing changed, it is told nothing.
        if changes or self.segmented is not None:
            self.index.apply(changes, read=(min(after, self.index.reached), upto))
        self.followed = max(self.followed, upto)

    def catch_up(self, upto: int) -> None:
        """Read the changes of this type alone, from where its index is up to a number at least."""
        portion = Portion()
        while self.index.reached < upto:
            after, limit = self.index.reached, portion.rows
            page = queries.changes_after(after, limit, signal_type=self.name)
            last = page[-1].number if page else 0
            done = last if len(page) == limit else max(upto, last)
            self.marks.note(done)
            self.index.apply([(one.number, one.signal_id, one.value) for one in page], read=(after, done))
            portion.learn(len(page), sum(len(one.value or b"") for one in page))
        self.followed = max(self.followed, self.index.reached)

    def adopt(self) -> None:
        """Pick up a segment that another process wrote, unless it is of another history."""
        if histories.newest_segment(self.folder) != self.adopted:
            histories.drop_foreign(self.folder)
            self.index.refresh()
            self.adopted = histories.newest_segment(self.folder)

    def warm(self) -> None:
        """Ask once, so that nobody's first question waits for what is loaded."""
        self.index.search(self.kind.parse(self.kind.examples.canonical[0]), self.kind.default_radius)

    def rebuild_marked(self, rows: "Iterable[tuple[int, bytes]]", reached: int, mark: str) -> bool:
        """Write a segment of all (row, value) that stand at a number, with the mark that was noted before they were read.

        Reading takes so long that the marks noted since may have pushed this one out.
        """
        if self.segmented is not None:
            self.segmented.before_write = partial(histories.write_mark, self.folder, mark=mark)
        try:
            return self.index.rebuild(rows, reached)
        finally:
            self.vouch()
            self.adopted = histories.newest_segment(self.folder)

    def _write_mark(self, number: int) -> None:
        histories.write_mark(self.folder, number, self.marks.mark(number))
