"""Time left, in words.

Owns how a duration until a legal deadline is written and at which level it
stands. ``static/entente/countdown.js`` writes the same text every second; the
words it uses come from :func:`words`, so that page and script cannot differ.
Nothing here decides a deadline: that is ``entente.apps.deadlines``.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from django.utils.translation import gettext

Level = Literal["ample", "near", "over", "met", "none"]

#: Without a start to measure from, the last quarter of the legal hour is near.
NEAR_SECONDS: Final = 900
#: With a start, the last quarter of the whole time is near.
NEAR_SHARE: Final = 0.25

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 86_400


@dataclass(frozen=True)
class TimeText:
    """One moment of a countdown: the figure, the word beside it, the level."""

    clock: str
    word: str
    level: Level
    near_seconds: int


def units() -> dict[str, str]:
    """Give the short unit signs of the reader's language."""
    return {
        "d": gettext("d"),
        "h": gettext("h"),
        "min": gettext("min"),
    }


def words() -> dict[str, object]:
    """Give every word the countdown script needs, in the reader's language."""
    return {
        "units": units(),
        "ample": gettext("left"),
        "near": gettext("left, near its end"),
        "over": gettext("over"),
        # {time} and {label} are filled in by the script.
        "announce": gettext("{time} left: {label}"),
        "announce_over": gettext("The time is over: {label}"),
        "selected": gettext("{count} selected"),
        "help": gettext("Show keyboard shortcuts"),
    }


def clock_text(seconds: int) -> str:
    """Write a duration of whole seconds, its two largest units.

    Under an hour the seconds run (``38:12``); above, they would only distract
    (``5 h 08 min``, ``12 d 4 h``).
    """
    sign = units()
    if seconds < HOUR:
        return f"{seconds // MINUTE:02d}:{seconds % MINUTE:02d}"
    if seconds < 2 * DAY:
        return f"{seconds // HOUR} {sign['h']} {seconds % HOUR // MINUTE:02d} {sign['min']}"
    return f"{seconds // DAY} {sign['d']} {seconds % DAY // HOUR} {sign['h']}"


def step_text(seconds: int) -> str:
    """Write the time since a start at which an alarm stands, in one whole unit."""
    sign = units()
    if seconds < 2 * HOUR:
        return f"{seconds // MINUTE} {sign['min']}"
    if seconds < 4 * DAY:
        return f"{seconds // HOUR} {sign['h']}"
    return f"{seconds // DAY} {sign['d']}"


def near_from(*, due_at: datetime, start_at: datetime | None, near_seconds: int | None) -> int:
    """Say how many seconds before the end the time counts as near."""
    if near_seconds is not None:
        return near_seconds
    if start_at is None or start_at >= due_at:
        return NEAR_SECONDS
    return int((due_at - start_at).total_seconds() * NEAR_SHARE)


def describe(
    *,
    due_at: datetime | None,
    now: datetime,
    start_at: datetime | None = None,
    near_seconds: int | None = None,
    met_at: datetime | None = None,
) -> TimeText:
    """Describe the time left until ``due_at`` as it stands ``now``.

    What is left is rounded up and what is past is rounded down to whole seconds,
    so that ``00:00`` with the word "left" is never shown.
    """
    if due_at is None:
        return TimeText("", gettext("no deadline"), "none", NEAR_SECONDS)
    near = near_from(due_at=due_at, start_at=start_at, near_seconds=near_seconds)
    if met_at is not None:
        spare = (due_at - met_at).total_seconds()
        word = gettext("left when met") if spare >= 0 else gettext("late when met")
        return TimeText(clock_text(abs(int(spare))), word, "met", near)
    left = (due_at - now).total_seconds()
    if left <= 0:
        return TimeText(clock_text(math.floor(-left)), gettext("over"), "over", near)
    level: Level = "near" if left <= near else "ample"
    word = gettext("left, near its end") if level == "near" else gettext("left")
    return TimeText(clock_text(math.ceil(left)), word, level, near)
