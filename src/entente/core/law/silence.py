"""Lawful silence towards the person affected, and its end (TCO Art. 11(3)).

The issuing authority may decide that the content provider is not told, for as long as necessary and six weeks at most;
it may justify an extension once, of six weeks at most. The end comes by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from entente.core.law.clocks import aware, due_at
from entente.core.law.errors import LawError
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique
from entente.core.law.rules import deadline_rule, deadline_rules

MESSAGES = {
    "silence.no_justification": "An extension of the silence needs its justification.",
    "silence.too_late": "The extension was decided after the silence had ended at %(ended)s.",
    "silence.before_start": "The silence would end at %(until)s, before it was decided.",
}


class SilenceRefused(LawError):
    """A silence, or its extension, that the law does not give."""

    def __init__(self, code: str, **params: str) -> None:
        self.code = code
        self.message = MESSAGES[code]
        self.params = params
        super().__init__(self.message % params)


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """Under which orders silence may be asked, for which purposes, for how long (two deadline rules)."""

    id: str
    title: str
    order_types: tuple[str, ...]
    article: str
    first_rule: str
    extension_rule: str
    purposes: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Extension:
    """The one extension: when it was decided, why, and (if shorter than the law allows) until when."""

    decided_at: datetime
    justification: str
    until: datetime | None = None


def read_silences(table: Mapping[str, object]) -> Mapping[str, SilenceRule]:
    """Validate a parsed file of silence rules. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "silences", problems)
    records = file.records("silence")
    found = []
    for record in records:
        rule = SilenceRule(
            id=record.text("id"),
            title=record.text("title"),
            order_types=record.texts("order_types", required=True),
            article=record.text("article"),
            first_rule=record.text("first_rule"),
            extension_rule=record.text("extension_rule"),
            purposes=record.texts("purposes", required=True),
            provenance=record.provenance(),
        )
        for identifier in (rule.first_rule, rule.extension_rule):
            if identifier and identifier not in deadline_rules():
                record.note(f"{identifier!r} is no deadline rule")
        found.append(rule)
        record.done()
    unique(records, [rule.id for rule in found])
    file.done()
    problems.raise_if_any()
    return {rule.id: rule for rule in found}


@cache
def silence_rules() -> Mapping[str, SilenceRule]:
    """Return every silence rule by id. Raises LawDataError if the file is wrong."""
    return read_silences(read_data("silences.toml"))


def silence_rule(order_type_id: str) -> SilenceRule | None:
    """Return the silence that an order type may ask for, or None where its law gives none."""
    return next((rule for rule in silence_rules().values() if order_type_id in rule.order_types), None)


def silence_end(
    rule: SilenceRule,
    decided_at: datetime,
    *,
    zone: str,
    asked_until: datetime | None = None,
    extension: Extension | None = None,
) -> datetime:
    """Return when the silence ends (UTC): six weeks after the authority's decision, or earlier if it asked for less.

    With an extension: six weeks after the first end, or its own earlier ``until``. Raises SilenceRefused for an extension
    without justification or decided after the first end, and for an end that is not after its start.
    """
    end = _bounded(rule.first_rule, decided_at, asked_until, zone)
    if extension is None:
        return end
    if not extension.justification.strip():
        raise SilenceRefused("silence.no_justification")
    if aware(extension.decided_at) > end:
        raise SilenceRefused("silence.too_late", ended=end.isoformat())
    return _bounded(rule.extension_rule, end, extension.until, zone)


def _bounded(rule_id: str, starts_at: datetime, asked_until: datetime | None, zone: str) -> datetime:
    longest = due_at(deadline_rule(rule_id), starts_at, zone=zone)
    if asked_until is None:
        return longest
    if aware(asked_until) <= aware(starts_at):
        raise SilenceRefused("silence.before_start", until=aware(asked_until).isoformat())
    return min(longest, aware(asked_until))
