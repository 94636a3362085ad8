"""How far a long work is, on standard error: one line that renews itself, or a line now and then where nobody watches."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self, TextIO

from entente.cli.recognising.shown import span

_WATCHED_SECONDS: Final = 0.2
_UNWATCHED_SECONDS: Final = 10.0
_RENEW, _CLEAR = "\r", "\x1b[K"


class Progress:
    """One long work. `total` may be set later; until then only what is done and its rate are told."""

    def __init__(
        self,
        doing: str,
        unit: str,
        *,
        quiet: bool = False,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total = 0
        self._doing, self._unit = doing, unit
        self._stream = stream or sys.stderr
        self._is_watched = self._stream.isatty()
        self._is_quiet = quiet
        self._clock = clock
        self._began = self._said = clock()
        self._done = self._before = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_watched and not self._is_quiet:
            self._stream.write(_RENEW + _CLEAR)
            self._stream.flush()

    @property
    def done(self) -> int:
        """How much is done."""
        return self._done

    def skip(self, count: int) -> None:
        """Count what was done before this work began: it says nothing about how fast it goes."""
        self._done += count
        self._before += count

    def advance(self, count: int = 1) -> None:
        """Count what is done, and say so when it is time."""
        self._done += count
        now = self._clock()
        if self._is_quiet or now - self._said < (
            _WATCHED_SECONDS if self._is_watched else _UNWATCHED_SECONDS
        ):
            return
        self._said = now
        line = self.line()
        self._stream.write(f"{_RENEW}{line}{_CLEAR}" if self._is_watched else f"{line}\n")
        self._stream.flush()

    def above(self, line: str, *, stream: TextIO | None = None) -> None:
        """Print a line of its own, on standard output unless said otherwise, without tearing the renewed one."""
        if self._is_watched and not self._is_quiet:
            self._stream.write(_RENEW + _CLEAR)
            self._stream.flush()
        target = stream or sys.stdout
        target.write(line + "\n")
        target.flush()

    def line(self) -> str:
        """Return how far it is: done, rate, and time left where the total is known."""
        passed = max(self._clock() - self._began, 1e-9)
        rate = (self._done - self._before) / passed
        of = f" of {self.total:,}" if self.total else ""
        words = f"{self._doing} {self._done:,}{of} {self._unit}, {rate:,.0f} a second"
        if self.total and rate:
            words += f", {span((self.total - self._done) / rate)} left"
        return words
