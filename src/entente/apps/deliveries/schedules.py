"""When a failed attempt is repeated, as data per purpose.

Quick first retries while a legal deadline is near, then exponential backoff with jitter so that many deliveries to a
platform that comes back do not arrive in one burst. While an alarm is still ahead the wait never exceeds a third of
the time left to it: people are woken only after the machine really tried.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from entente.core.law.rules import Who

_SHARE_OF_TIME_LEFT = 3
_SHORTEST_WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long to wait after each failed attempt, in seconds; `jitter` is the share the wait may vary by."""

    quick_seconds: tuple[float, ...]
    factor: float
    longest_seconds: float
    give_up_after: timedelta
    jitter: float = 0.2

    def wait_seconds(self, attempt: int, *, random: Callable[[], float]) -> float:
        """Return the wait after attempt number `attempt` (1 is the first); `random` returns 0 to below 1."""
        if attempt <= len(self.quick_seconds):
            base = self.quick_seconds[attempt - 1]
        else:
            # The exponent is bounded: a large power would overflow long before the longest wait matters.
            further = min(attempt - len(self.quick_seconds), 64)
            base = min(self.quick_seconds[-1] * self.factor**further, self.longest_seconds)
        return base * (1 + self.jitter * (2 * random() - 1))


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a kind of message needs.

    `expects_answer`: being delivered is not enough, the effect must be answered. `wakes`: whom its alarm wakes; what
    can wait for the morning wakes nobody who is on call at night.
    """

    schedule: Schedule
    expects_answer: bool = False
    wakes: Who = Who.ON_CALL


URGENT: Final = Schedule(
    quick_seconds=(1, 2, 4, 8, 15), factor=2, longest_seconds=60, give_up_after=timedelta(days=7)
)
"""Inside a legal hour: five attempts in half a minute, then every minute, for a week."""

ORDINARY: Final = Schedule(
    quick_seconds=(5, 30, 120), factor=2, longest_seconds=3600, give_up_after=timedelta(days=5)
)
"""Letters and answers: within minutes at first, then hourly, for five days (as SMTP servers do, RFC 5321 4.5.4.1)."""

BURST: Final = timedelta(hours=1)
"""Messages of one case that fail in the same way within this time fail together: the first of them wakes people."""

PURPOSES: Final = {
    "action.apply": Purpose(URGENT, expects_answer=True),
    "action.undo": Purpose(URGENT, expects_answer=True),
    "deadline.alarm": Purpose(URGENT),
    "delivery.alarm": Purpose(URGENT),
    "page.notice": Purpose(URGENT),
    "snapshot.requested": Purpose(URGENT),
    "answer.feedback": Purpose(URGENT),
    "answer.impossibility": Purpose(URGENT),
    "notice.receipt": Purpose(ORDINARY, wakes=Who.SENIOR),
    "notice.answer": Purpose(ORDINARY, wakes=Who.SENIOR),
    "complaint.answer": Purpose(ORDINARY, wakes=Who.SENIOR),
}
"""Purposes whose needs are known here; an upper layer may register others in `registries.purposes`."""


def purpose_of(name: str) -> Purpose:
    """Return what a purpose needs: registered, known here, or ordinary."""
    from entente.apps.deliveries.registries import purposes

    return purposes.find(name) or PURPOSES.get(name) or Purpose(ORDINARY)


def next_attempt_at(
    *,
    schedule: Schedule,
    attempt: int,
    now: datetime,
    alarm_at: datetime | None,
    retry_after_seconds: float | None,
    random: Callable[[], float],
) -> datetime:
    """Return when to try again.

    The other side's Retry-After is honoured up to the schedule's longest wait, never beyond a third of the time left
    before the alarm: a platform cannot talk us past a legal deadline.
    """
    wait = schedule.wait_seconds(attempt, random=random)
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, schedule.longest_seconds))
    if alarm_at is not None and alarm_at > now:
        wait = min(wait, (alarm_at - now).total_seconds() / _SHARE_OF_TIME_LEFT)
    return now + timedelta(seconds=max(wait, _SHORTEST_WAIT_SECONDS))
