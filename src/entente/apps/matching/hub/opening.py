"""How the index of a type comes into a process: opened, read into memory where it is little, or built."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from entente.apps.banks import queries
from entente.apps.matching.hub import since_boot
from entente.apps.matching.hub.histories import Marks
from entente.apps.matching.hub.holding import Holding
from entente.apps.matching.hub.portions import Stopped, standing_rows

if TYPE_CHECKING:
    from entente.core.signals.signal_type import SignalType

MOST_IN_MEMORY: Final = 20_000
"""So many signals are read into the memory of each process; more are built into a segment that all of them map."""

_MOST_BYTES: Final = 32_000_000
_LOCK_NAME: Final = "build.lock"
_LOOK_SECONDS: Final = 0.2
_FOLDER_MODE: Final = 0o700
_NEVER: Final = Event()


def opened(kind: "SignalType", folder: Path, marks: Marks) -> Holding | None:
    """Open the index of a type: its newest segment, else what stands, if it is little. None where it must be built."""
    held = Holding.of(kind, folder, marks)
    if held.index.reached:
        return held
    reached = queries.last_change()
    marks.note(reached)
    if held.segmented is None:
        held.index.rebuild(standing_rows(kind.name, _NEVER), reached)
    else:
        rows = _few(kind.name)
        if rows is None:
            return None
        held.segmented.fill(rows, reached)
    held.followed = reached
    return held


def built(kind: "SignalType", folder: Path, marks: Marks, *, patience_seconds: float, stop: Event) -> Holding:
    """Build the segment of a type from all that stands, or wait until another process of this host has.

    Only one builds at a time, and nobody before `patience_seconds`: so the worker comes first where there is one. If it
    is killed, the next one begins. Raises Stopped, OSError.
    """
    held = Holding.of(kind, folder, marks)
    may_build_at = since_boot.seconds() + patience_seconds
    while not _is_there(held):
        if since_boot.seconds() >= may_build_at and _built_alone(held, stop):
            break
        if stop.wait(_LOOK_SECONDS):
            raise Stopped(f"the index of {kind.name} is not built")
    return held


def rebuild(held: Holding, stop: Event) -> bool:
    """Write a segment of all that stands in the database; False when another process is writing. Raises Stopped, OSError."""
    held.folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    reached = queries.last_change()
    mark = held.marks.note(reached)
    return held.rebuild_marked(standing_rows(held.name, stop), reached, mark)


def _is_there(held: Holding) -> bool:
    """Tell whether somebody has written a segment, and take it."""
    held.adopt()
    return held.index.reached > 0


def _built_alone(held: Holding, stop: Event) -> bool:
    """Build unless another process does; tell whether there is an index now."""
    with _alone(held.folder) as alone:
        # The one before may have finished this moment.
        return alone and (_is_there(held) or rebuild(held, stop))


def _few(signal_type: str) -> list[tuple[int, bytes]] | None:
    """Return all that stands of a type, None where that is much."""
    rows: list[tuple[int, bytes]] = []
    size = 0
    for row in standing_rows(signal_type, _NEVER):
        rows.append(row)
        size += len(row[1])
        if len(rows) > MOST_IN_MEMORY or size > _MOST_BYTES:
            return None
    return rows


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Hold the builder's lock of a folder, which ends with the process; False while another one holds it."""
    with (folder / _LOCK_NAME).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
