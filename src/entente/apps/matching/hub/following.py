"""The follower of one process: reads the change sequence, feeds every index, and knows how fresh they are."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from django.db.utils import Error as DatabaseTrouble

from entente.apps.banks import queries
from entente.apps.kernel import clock
from entente.apps.matching.hub import opening, since_boot
from entente.apps.matching.hub.building import Builder
from entente.apps.matching.hub.histories import Marks
from entente.apps.matching.hub.holding import Holding
from entente.apps.matching.hub.portions import Portion
from entente.apps.matching.hub.view import NEVER, View
from entente.apps.matching.hub.warming import Warmer
from entente.core.signals.registry import signal_types

if TYPE_CHECKING:
    from entente.apps.banks.queries import ChangeFacts
    from entente.core.matching.changes import Change

_logger = logging.getLogger(__name__)

FAR: Final = 20_000
"""So many changes behind, each type is read for itself: a segment that somebody merged may hold most of them."""

_POLICY_SECONDS: Final = 0.5
_ADOPT_SECONDS: Final = 1.0
_ASSURED_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 10.0


class SequenceBroken(RuntimeError):
    """The counter names changes that are not there: nobody can tell what stands."""


class Follower:
    """Keeps the indexes of one process at the end of the change sequence; one thread at a time calls `step`.

    `view` is for everybody. `holdings` and `problems` are for whoever merges and whoever looks.
    """

    def __init__(self, folder: Path, *, patience_seconds: float, in_background: bool) -> None:
        self._patience_seconds = patience_seconds
        self.view = View()
        self.holdings: dict[str, Holding] = {}
        self.problems: dict[str, str] = {}
        """Why a type cannot be found now; it is tried again."""
        self.not_installed: set[str] = set()
        """Types that signals have and this process does not know: passed over."""
        self._folder = folder
        self._in_background = in_background
        self._has_begun = False
        self._forget()

    def step(self) -> None:
        """Ask the database once and take in what is new. Raises DatabaseError, SequenceBroken."""
        asked_at = since_boot.seconds()
        last = queries.last_change()
        if self._has_begun and not self._is_same_history(last, asked_at):
            _logger.warning("The database is not the one that was read before: every index begins anew.")
            self._builder.stop()
            self._forget()
        if not self._has_begun:
            self._begin(last)
        self._open_due(asked_at)
        self._receive()
        self._follow(last)
        self._receive()
        self._look_around(asked_at)
        self._publish(has_begun=True, known_at=asked_at, trouble="", is_cut_off=False)
        self._is_doubtful = False

    def note_trouble(self, error: Exception) -> None:
        """Say that a step failed. The next one makes sure that the database is still the same."""
        self._is_doubtful = True
        self._publish(trouble=_told(error), is_cut_off=isinstance(error, DatabaseTrouble))

    @property
    def is_busy(self) -> bool:
        """Whether something is still built or loaded."""
        return bool(self._building) or self._warmer.is_busy

    def be_first_to_build(self) -> None:
        """Wait for nobody else to build."""
        self._patience_seconds = self._builder.patience_seconds = 0.0

    def stop(self, seconds: float) -> None:
        """Break off what is being built."""
        self._builder.stop(seconds)

    def _forget(self) -> None:
        """Know nothing."""
        self._marks = Marks()
        self._builder = Builder(
            self._marks, patience_seconds=self._patience_seconds, in_background=self._in_background
        )
        self._has_begun = self._is_doubtful = False
        self._reached = 0
        self._building: set[str] = set()
        self._due: dict[str, float] = {}
        self._waiting: dict[str, Holding] = {}
        self._portion = Portion()
        self._warmer = Warmer(in_background=self._in_background)
        self._policies_at = self._adopted_at = self._assured_at = NEVER
        self.holdings, self.problems, self.not_installed = {}, {}, set()
        self.view = View()

    def _is_same_history(self, last: int, now: float) -> bool:
        """Tell whether the database still has what was read: where something is new or went wrong, and now and then."""
        if last == self._reached and not self._is_doubtful and now - self._assured_at < _ASSURED_SECONDS:
            return True
        self._assured_at = now
        return last >= self._reached and self._marks.is_still(self._reached)

    def _begin(self, last: int) -> None:
        """Take up what the banks hold, from the number that was just asked for."""
        names = queries.types_standing() if last else set()
        self._marks.note(last)
        self._reached, self._has_begun = last, True
        self._admit(names)

    def _admit(self, names: Iterable[str], *, at: float = NEVER) -> None:
        """Say that these types must be opened, at a moment; until then nobody knows what stands of them."""
        known = signal_types()
        for name in names:
            if name in known:
                self._building.add(name)
                self._due[name] = at
            else:
                self.not_installed.add(name)

    def _open_due(self, now: float) -> None:
        """Open what must be; what is large and has no segment is built aside."""
        for name in sorted(name for name, at in self._due.items() if at <= now):
            kind, folder = signal_types()[name], self._folder / name
            try:
                held = opening.opened(kind, folder, self._marks)
            except DatabaseTrouble:
                raise
            except Exception as error:  # noqa: BLE001 - one type never stops the others
                self._fail(name, error)
                continue
            del self._due[name]
            if held is None:
                self._builder.ask(kind, folder)
            else:
                self._hold(held, self._reached)

    def _receive(self) -> None:
        """Take in what was built, and what waited for its loops."""
        while self._waiting and self._warmer.is_done:
            self._hold(self._waiting.popitem()[1], self._reached)
        while (done := self._builder.finished()) is not None:
            if isinstance(done.outcome, Holding):
                self._hold(done.outcome, self._reached)
            else:
                self._fail(done.name, done.outcome)

    def _hold(self, held: Holding, upto: int) -> None:
        """Bring an index to where the others are, and let it answer; if need be as soon as its loops are loaded."""
        if held.is_compiled:
            self._warmer.begin()
            if not self._warmer.is_done:
                self._waiting[held.name] = held
                return
        try:
            held.catch_up(upto)
            held.warm()
        except DatabaseTrouble:
            self._admit([held.name])
            raise
        except Exception as error:  # noqa: BLE001 - one type never stops the others
            self._fail(held.name, error)
        else:
            self._building.discard(held.name)
            self.problems.pop(held.name, None)
            self.holdings = {**self.holdings, held.name: held}

    def _fail(self, name: str, error: Exception) -> None:
        """Take an index out; open it again in a while."""
        _logger.warning("The index of %s does not work and is opened again: %s", name, _told(error))
        self.holdings = {key: held for key, held in self.holdings.items() if key != name}
        self.problems[name] = _told(error)
        self._admit([name], at=since_boot.seconds() + RETRY_SECONDS)

    def _follow(self, last: int) -> None:
        """Take in the changes up to a number."""
        if last - self._reached > FAR:
            self._follow_apart(last)
        while self._reached < last:
            page = queries.changes_after(self._reached, self._portion.rows)
            if not page:
                raise SequenceBroken(f"the counter says {last}, and nothing is behind {self._reached}")
            self._marks.note(page[-1].number)
            self._read_policies()  # before the signals: whoever finds one of them finds its bank
            self._portion.learn(len(page), sum(len(one.value or b"") for one in page))
            self._take(page)

    def _take(self, page: "list[ChangeFacts]") -> None:
        """Feed a page of the sequence to all indexes."""
        upto = page[-1].number
        by_type: dict[str, list[Change]] = {}
        for one in page:
            by_type.setdefault(one.signal_type, []).append((one.number, one.signal_id, one.value))
        for name, held in self.holdings.items():
            try:
                held.take(by_type.get(name, []), after=self._reached, upto=upto)
            except Exception as error:  # noqa: BLE001 - one type never stops the others
                self._fail(name, error)
        self._reached = upto
        self._admit(by_type.keys() - self.holdings.keys() - self._building)
        self._open_due(since_boot.seconds())

    def _follow_apart(self, last: int) -> None:
        """Bring each type to a number that is far ahead, from the newest segment there is."""
        names = queries.types_standing() - self.holdings.keys() - self._building
        self._marks.note(last)
        self._read_policies()
        for held in self.holdings.values():
            held.adopt()
            self._hold(held, last)
        self._reached = last
        self._admit(names)
        self._open_due(since_boot.seconds())

    def _look_around(self, now: float) -> None:
        """Now and then: banks that changed, segments that another process merged."""
        if now - self._policies_at >= _POLICY_SECONDS:
            self._read_policies()
        if now - self._adopted_at >= _ADOPT_SECONDS:
            self._adopted_at = now
            for held in self.holdings.values():
                held.adopt()

    def _read_policies(self) -> None:
        self._policies_at = since_boot.seconds()
        policies = queries.bank_policies()
        if policies:
            self._warmer.begin()
        self._publish(policies=MappingProxyType(policies))

    def _publish(self, **changes: Any) -> None:
        """Let searches see what is so now."""
        view = replace(
            self.view,
            reached=self._reached,
            indexes=MappingProxyType({name: held.index for name, held in self.holdings.items()}),
            building=frozenset(self._building),
            **changes,
        )
        if "policies" in changes or view.indexes.keys() != self.view.indexes.keys():
            view = replace(view, radii=MappingProxyType(_widest(view)))
        self.view = view


def _widest(view: View) -> dict[str, int]:
    """Return for each type how far a match may be for at least one enforced bank, or the type's default."""
    at = clock.now()
    enforced = [policy for policy in view.policies.values() if policy.is_enforced(at)]
    kinds = signal_types()
    return {
        name: max((policy.radius(name) for policy in enforced), default=kinds[name].default_radius)
        for name in view.indexes
    }


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
