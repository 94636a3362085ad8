"""Deadline rules: what starts a clock, how long it runs, who must act, and when people are woken.

The rows are those of ``data/deadlines.toml``: the law's (each with its article) and the house's own, whose basis is
``house``. Three kinds: a *limit* must be met before it ends; a *minimum* must have passed before something may be done
(12 hours of prior information, TCO Art. 3(2)); a *window* is a span somebody else may use (six months to complain,
DSA Art. 20(1)), whose end merely closes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache

from entente.core.law.errors import UnknownRule
from entente.core.law.reading import Certainty, Problems, Record, read_data, unique


class Unit(StrEnum):
    """The units a legal period is counted in; `clocks.due_at` says how each one ends."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    CALENDAR_MONTHS = "calendar_months"
    QUARTERS = "quarters"
    WORKING_DAYS = "working_days"
    END_OF_WORKING_DAY = "end_of_working_day"
    DATE_OF_NEXT_YEAR = "date_of_next_year"


class RuleKind(StrEnum):
    """Whether the period limits a duty, must pass first, or is open to somebody else."""

    LIMIT = "limit"
    MINIMUM = "minimum"
    WINDOW = "window"


class Who(StrEnum):
    """Whom an alarm step wakes; ``all`` means everybody on the rota, legal included."""

    ON_CALL = "on_call"
    BACKUP = "backup"
    SENIOR = "senior"
    LEGAL = "legal"
    ALL = "all"


class Anchor(StrEnum):
    """What the offset of an alarm step is counted from."""

    TRIGGER = "trigger"
    END = "end"


@dataclass(frozen=True, slots=True)
class Period:
    """A number and its unit. For ``date_of_next_year`` the value is month times 100 plus day (1 March is 301)."""

    value: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class AlarmStep:
    """One rung of an alarm ladder.

    ``offset`` is elapsed time: after the trigger, or, with the anchor ``end``, before the end (zero is the end itself).
    ``announce`` says whether a screen reader speaks the time left at this step.
    """

    id: str
    offset: timedelta
    anchor: Anchor
    who: Who
    announce: bool

    @property
    def is_expiry(self) -> bool:
        """Whether this step is the end itself."""
        return self.anchor is Anchor.END and not self.offset


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """One row of the deadline table.

    ``basis`` is the article, or ``house``. ``period_set_by`` is ``house`` where the law only says "without undue delay"
    and the number is ours. ``strict`` means counted from the very instant of the trigger (design rule 4).
    ``restarted_by`` names the rules that may start it again. ``zone`` and ``calendar`` are set where the law itself fixes
    them and then win over the host's.
    """

    id: str
    title: str
    trigger: str
    period: Period
    kind: RuleKind
    actor: str
    basis: str
    jurisdiction: str
    period_set_by: str
    strict: bool
    suspendable: bool
    restarted_by: tuple[str, ...]
    alarms: tuple[AlarmStep, ...]
    zone: str | None
    calendar: str | None
    source: str
    as_of: date
    certainty: Certainty

    @property
    def is_house_rule(self) -> bool:
        """Whether the clock is the house's own and not the law's."""
        return self.basis == "house"


_ELAPSED = {"minutes": 60, "hours": 3600, "days": 86400, "": 0}


def _read_step(record: Record) -> AlarmStep:
    written = [key for key in ("after", "before_end", "at_end") if record.has(key)]
    if len(written) != 1:
        record.note("write exactly one of after, before_end, at_end")
    seconds = 0
    for key in ("after", "before_end"):
        if record.has(key):
            span = record.record(key)
            for unit in ("minutes", "hours", "days"):
                seconds += span.whole(unit, least=0, default=0) * _ELAPSED[unit]
            span.done()
    if record.has("at_end"):
        record.flag("at_end")
    step = AlarmStep(
        id=record.text("id"),
        offset=timedelta(seconds=seconds),
        anchor=Anchor.TRIGGER if record.has("after") else Anchor.END,
        who=record.choice("who", Who),
        announce=record.flag("announce"),
    )
    record.done()
    return step


def _read_ladders(file: Record) -> dict[str, tuple[AlarmStep, ...]]:
    records = file.records("ladder")
    ladders: dict[str, tuple[AlarmStep, ...]] = {}
    ids = []
    for record in records:
        ids.append(record.text("id"))
        step_records = record.records("steps")
        steps = tuple(_read_step(step) for step in step_records)
        unique(step_records, [step.id for step in steps])
        if not any(step.is_expiry for step in steps):
            record.note("the ladder has no step at the end")
        ladders[ids[-1]] = steps
        record.done()
    unique(records, ids)
    return ladders


_MONTH = 100
_LAST_MONTH = 12
_LAST_DAY = 31


def read_period(record: Record, key: str = "period") -> Period:
    """Return a period written as ``{ value = 1, unit = "hours" }``."""
    table = record.record(key)
    period = Period(value=table.whole("value", least=1), unit=table.choice("unit", Unit))
    if period.unit is Unit.DATE_OF_NEXT_YEAR and not (
        1 <= period.value // _MONTH <= _LAST_MONTH and 1 <= period.value % _MONTH <= _LAST_DAY
    ):
        table.note("value must be month times 100 plus day")
    table.done()
    return period


def _read_rule(record: Record, ladders: Mapping[str, tuple[AlarmStep, ...]]) -> DeadlineRule:
    ladder = record.text("ladder")
    if ladder and ladder not in ladders:
        record.note(f"ladder {ladder!r} is not written in this file")
    provenance = record.provenance()
    rule = DeadlineRule(
        id=record.text("id"),
        title=record.text("title"),
        trigger=record.text("trigger"),
        period=read_period(record),
        kind=record.choice("kind", RuleKind, default=RuleKind.LIMIT),
        actor=record.text("actor"),
        basis=record.text("basis"),
        jurisdiction=record.text("jurisdiction"),
        period_set_by=record.text("period_set_by", default="law"),
        strict=record.flag("strict", default=True),
        suspendable=record.flag("suspendable", default=False),
        restarted_by=record.texts("restarted_by"),
        alarms=ladders.get(ladder, ()),
        zone=record.text("zone", default="") or None,
        calendar=record.text("calendar", default="") or None,
        source=provenance.source,
        as_of=provenance.as_of,
        certainty=provenance.certainty,
    )
    if rule.period_set_by not in ("law", "house"):
        record.note("period_set_by must be law or house")
    record.done()
    return rule


def read_rules(table: Mapping[str, object]) -> Mapping[str, DeadlineRule]:
    """Validate a parsed deadline file and return its rules by id. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "deadlines", problems)
    ladders = _read_ladders(file)
    records = file.records("rule")
    rules = [_read_rule(record, ladders) for record in records]
    unique(records, [rule.id for rule in rules])
    known = {rule.id for rule in rules}
    for record, rule in zip(records, rules, strict=True):
        for restart in rule.restarted_by:
            if restart not in known:
                record.note(f"restarted_by names {restart!r}, which is not a rule")
    file.done()
    problems.raise_if_any()
    return {rule.id: rule for rule in rules}


@cache
def deadline_rules() -> Mapping[str, DeadlineRule]:
    """Every deadline rule by id. Raises LawDataError if the file is wrong."""
    return read_rules(read_data("deadlines.toml"))


def deadline_rule(identifier: str) -> DeadlineRule:
    """One deadline rule, for example ``tco.execute``. Raises UnknownRule."""
    try:
        return deadline_rules()[identifier]
    except KeyError:
        raise UnknownRule(identifier) from None
