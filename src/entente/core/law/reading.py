"""Reading the data files: every fault of a file is collected, so that one start shows all of them.

A `Record` hands out typed values and writes down what is wrong instead of raising; the caller asks `Problems.raise_if_any`
once at the end. Each record inherits ``source``, ``as_of`` and ``certainty`` from its file where it has none of its own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from importlib import resources
from typing import TypeVar

from entente.core.law.errors import LawDataError

Choice = TypeVar("Choice", bound=StrEnum)

PROVENANCE_KEYS = ("source", "as_of", "certainty")


class Certainty(StrEnum):
    """How sure we are of a fact of law: seen in a source, or from memory with high, medium or low confidence."""

    SEEN = "seen"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value comes from, the day it was read, and how certain it is."""

    source: str
    as_of: date
    certainty: Certainty


@dataclass(slots=True)
class Problems:
    """The faults found so far in one file."""

    found: list[str] = field(default_factory=list)

    def note(self, where: str, what: str) -> None:
        """Write one fault down."""
        self.found.append(f"{where}: {what}")

    def raise_if_any(self) -> None:
        """Raise LawDataError with every fault, if there is one."""
        if self.found:
            raise LawDataError(self.found)


class Record:
    """One table of a data file, read key by key; what is missing, mistyped or unknown becomes a problem."""

    def __init__(
        self,
        table: Mapping[str, object],
        where: str,
        problems: Problems,
        inherited: Mapping[str, object] | None = None,
    ) -> None:
        self._table = table
        self._where = where
        self._problems = problems
        self._inherited = dict(inherited or {})
        self._inherited.update({key: table[key] for key in PROVENANCE_KEYS if key in table})
        self._read: set[str] = set(PROVENANCE_KEYS)

    @property
    def where(self) -> str:
        """The place of this record, for messages."""
        return self._where

    def note(self, what: str) -> None:
        """Write down a fault of this record."""
        self._problems.note(self._where, what)

    def has(self, key: str) -> bool:
        """Whether the key is written."""
        return key in self._table

    def _value(self, key: str, *, required: bool) -> object | None:
        self._read.add(key)
        if key in self._table:
            return self._table[key]
        if required:
            self.note(f"{key} is missing")
        return None

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a non-empty text."""
        value = self._value(key, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.note(f"{key} must be a text that is not empty")
            return ""
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return true or false."""
        value = self._value(key, required=default is None)
        if value is None:
            return bool(default)
        if not isinstance(value, bool):
            self.note(f"{key} must be true or false")
            return False
        return value

    def whole(self, key: str, *, least: int, default: int | None = None) -> int:
        """Return a whole number not under ``least``."""
        value = self._value(key, required=default is None)
        if value is None:
            return least if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.note(f"{key} must be a whole number of at least {least}")
            return least
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._value(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.note(f"{key} must be a list of texts")
            return ()
        return tuple(value)

    def day(self, key: str) -> date | None:
        """Return a date, or None where the key is absent."""
        value = self._value(key, required=False)
        if value is None or type(value) is date:
            return value
        self.note(f"{key} must be a date")
        return None

    def choice(self, key: str, kind: type[Choice], *, default: Choice | None = None) -> Choice:
        """One of the values of an enumeration."""
        value = self._value(key, required=default is None)
        return self._chosen(key, value, kind, default)

    def choices(self, key: str, kind: type[Choice]) -> tuple[Choice, ...]:
        """Several values of an enumeration."""
        return tuple(self._chosen(key, value, kind, None) for value in self.texts(key))

    def _chosen(self, key: str, value: object, kind: type[Choice], default: Choice | None) -> Choice:
        fallback = default or next(iter(kind))
        if value is None:
            return fallback
        if isinstance(value, str) and value in set(kind):
            return kind(value)
        self.note(f"{key} is {value!r}, which is none of {', '.join(kind)}")
        return fallback

    def record(self, key: str, *, required: bool = True) -> "Record":
        """Return a table inside this one; empty where it is missing."""
        value = self._value(key, required=required)
        if value is not None and not isinstance(value, dict):
            self.note(f"{key} must be a table")
            value = None
        return Record(value or {}, f"{self._where}.{key}", self._problems, self._inherited)

    def records(self, key: str, *, required: bool = True) -> list["Record"]:
        """Return a list of tables inside this one; each is named by its ``id`` where it has one."""
        value = self._value(key, required=required)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.note(f"{key} must be a list of tables")
            return []
        return [
            Record(item, f"{self._where}.{key}[{item.get('id', number)}]", self._problems, self._inherited)
            for number, item in enumerate(value)
        ]

    def provenance(self) -> Provenance:
        """Source, day and certainty of this record, its own or its file's."""
        merged = Record(self._inherited, self._where, self._problems)
        as_of = merged.day("as_of")
        if as_of is None:
            merged.note("as_of is missing")
        return Provenance(
            source=merged.text("source"),
            as_of=as_of or date.min,
            certainty=merged.choice("certainty", Certainty),
        )

    def done(self) -> None:
        """Say which keys nobody asked for: a misspelt key must not be a silent default."""
        for key in sorted(set(self._table) - self._read):
            self.note(f"{key} is not a known key")


def read_data(name: str) -> Mapping[str, object]:
    """Return the parsed content of one data file of this package (for example ``deadlines.toml``)."""
    text = resources.files("entente.core.law").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def unique(records: list[Record], ids: list[str]) -> None:
    """Note every id that is written twice."""
    seen: set[str] = set()
    for record, identifier in zip(records, ids, strict=True):
        if identifier in seen:
            record.note(f"the id {identifier!r} is written twice")
        seen.add(identifier)
