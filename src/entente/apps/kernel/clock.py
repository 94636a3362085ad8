"""The one place that reads the time.

Services take `at` and never ask; views, endpoints, commands and the worker ask here, once. In an
exercise the visitor may move the clock forward: the offset is a file of eight bytes in the data
directory that every process maps, so that reading it costs no system call.
"""

import mmap
import struct
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

_OFFSET_FILE = "clock-offset"
_FORMAT = "<q"  # microseconds, signed, little endian
_lock = threading.Lock()
_mapped: dict[str, mmap.mmap] = {}


class ClockNotMovable(RuntimeError):
    """The clock moves only in an exercise (demo) instance."""


def now() -> datetime:
    """Return the current moment in UTC, moved by the exercise offset where there is one."""
    return datetime.now(UTC) + offset()


def offset() -> timedelta:
    """Return how far the exercise clock runs ahead of the machine's; zero outside an exercise."""
    from entente.apps.kernel.config import config

    settings = config()
    if not settings.demo:
        return timedelta(0)
    (microseconds,) = struct.unpack(_FORMAT, _map(settings.data_dir)[:8])
    return timedelta(microseconds=microseconds)


def shift(by: timedelta) -> timedelta:
    """Move the exercise clock forward by `by` and return the new offset.

    Raises ClockNotMovable outside an exercise or for a step backwards: what has expired stays so.
    """
    from entente.apps.kernel.config import config

    settings = config()
    if not settings.demo:
        raise ClockNotMovable("The clock can be moved in an exercise only.")
    if by < timedelta(0):
        raise ClockNotMovable("The exercise clock goes forward only.")
    with _lock:
        total = offset() + by
        view = _map(settings.data_dir)
        view[:8] = struct.pack(_FORMAT, round(total / timedelta(microseconds=1)))
        view.flush()
    return total


def _map(data_dir: Path) -> mmap.mmap:
    path = data_dir / _OFFSET_FILE
    key = str(path)
    if key not in _mapped:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(struct.pack(_FORMAT, 0))
        with path.open("r+b") as handle:
            _mapped[key] = mmap.mmap(handle.fileno(), 8)
    return _mapped[key]
