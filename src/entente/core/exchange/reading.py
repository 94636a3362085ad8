"""From what a partner wrote to an entry: values through their signal types, times, texts trimmed, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from entente.core.exchange.entries import Entry
from entente.core.exchange.errors import MalformedEntry
from entente.core.signals.errors import MalformedSignal
from entente.core.signals.registry import signal_types

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_SECONDS = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""

_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,9})?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MOST_REASON_CHARACTERS = 200
_TELLING_CHARACTERS = 8
"""A reason may share shorter texts than this with what was written, by chance."""


def make_entry(
    *,
    signal_type: str,
    written: str,
    labels: Iterable[str] = (),
    entity: str = "",
    note: str = "",
    partner_ref: str = "",
    is_retracted: bool = False,
    changed_at: datetime | None = None,
) -> Entry:
    """Return the entry for a written signal; blanks around texts and repeated labels are dropped.

    Nothing is trimmed from the signal itself. Without a type and a written signal it is the retraction of a
    reference. Raises MalformedEntry.
    """
    return Entry(
        signal_type=signal_type,
        value=read_value(signal_type, written) if signal_type or written else b"",
        labels=_tidy_labels(labels) if labels else (),
        entity=entity.strip(),
        note=note.replace("\r\n", "\n").strip(),
        partner_ref=partner_ref.strip(),
        is_retracted=is_retracted,
        changed_at=changed_at,
    )


def read_value(signal_type: str, written: str) -> bytes:
    """Return the canonical value of a written signal. Raises MalformedEntry, which does not repeat it."""
    try:
        kind = signal_types()[signal_type]
    except KeyError:
        raise MalformedEntry("no signal type of this name is known here") from None
    try:
        return kind.parse(written)
    except MalformedSignal as error:
        raise MalformedEntry(_presentable(str(error), written)) from None
    except Exception as error:  # noqa: BLE001 - a third party's type may fail in any way; the next line must be read
        raise MalformedEntry(
            f"the signal type {signal_type} failed to read it ({type(error).__name__})"
        ) from None


def write_value(entry: Entry) -> str:
    """Return the written form of an entry's value. Raises MalformedEntry if it is not canonical, or of no known type.

    Empty for the retraction of a reference.
    """
    if not entry.signal_type:
        return ""
    try:
        return signal_types()[entry.signal_type].write(entry.value)
    except KeyError:
        raise MalformedEntry("no signal type of this name is known here") from None
    except MalformedSignal as error:
        raise MalformedEntry(_presentable(str(error), "")) from None


def read_time(written: str) -> datetime:
    """Return a written time in UTC: ISO 8601 with date, seconds and offset. Raises MalformedEntry."""
    if _TIME.fullmatch(written):
        try:
            return datetime.fromisoformat(written.replace(",", ".").upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the thirtieth of February; the first day of the calendar, east of Greenwich
    raise MalformedEntry("the time is not ISO 8601 with seconds and an offset")


def read_unix_time(seconds: float) -> datetime:
    """Return seconds since 1970 as a time in UTC. Raises MalformedEntry."""
    if not 0 <= seconds <= _LATEST_SECONDS:  # false for what is no number at all, too
        raise MalformedEntry("the time is not a number of seconds since 1970")
    return _EPOCH + timedelta(seconds=seconds)


def write_time(at: datetime) -> str:
    """Return a time in UTC as ISO 8601, its fraction only where it has one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _tidy_labels(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, labels))))


def _presentable(reason: str, written: str) -> str:
    """Return why a type refused what was written, on one line and without what was written."""
    shown = _CONTROL.sub(" ", reason)[:_MOST_REASON_CHARACTERS].strip()
    if not shown or (len(written) >= _TELLING_CHARACTERS and written in reason):
        return "it is not a signal of its type"
    return shown
