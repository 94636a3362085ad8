"""Seconds that nobody can set: they go on while the machine sleeps, and do not jump when its clock is put right."""

import time
from typing import Final

# A machine that woke up after an hour must know that what it read is an hour old; the monotonic clock stood still.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds() -> float:
    """Return the seconds since the machine started."""
    return time.clock_gettime(_CLOCK)
