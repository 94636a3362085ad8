"""The published schema of leaves: which public facts and which commitments each kind may hold.

A kind is declared beside the services that append it and published with the log, so that anyone can check that a
leaf says what its kind allows and nothing more. There is no free-form field: every public fact has a shape, and the
shapes that could carry an address or a person are either closed (codes, countries, counts, days) or read by
`entente.core.tlog.disclosure` (short public text). Times finer than a day do not exist in a kind that concerns one
person (DESIGN.md rule 10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

from entente.core.tlog.canonical import LARGEST_SAFE_INTEGER
from entente.core.tlog.disclosure import address_in, fine_time_in
from entente.core.tlog.errors import LeafRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from entente.core.tlog.canonical import JSONValue

Shape = Literal["choice", "code", "country", "countries", "count", "flag", "day", "time", "digest", "text"]

LONGEST_TEXT = 200
MOST_COUNTRIES = 250

_PATTERNS: dict[Shape, re.Pattern[str]] = {
    "code": re.compile(r"[a-z0-9_]{1,60}(?:[.:][a-z0-9_]{1,60}){0,5}"),
    "country": re.compile(r"[A-Z]{2}"),
    "digest": re.compile(r"[0-9a-f]{64}"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_JURISDICTION = re.compile(r"[a-z]{2}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class PublicField:
    """The shape of one public fact. Make one with the functions below."""

    shape: Shape
    allowed: frozenset[str] = frozenset()
    """For "choice" the closed set of values; for "code" the first parts that may be followed by a dot."""
    required: bool = True


def choice(*values: str, required: bool = True) -> PublicField:
    """Return the shape of one word out of a closed set."""
    return PublicField("choice", frozenset(values), required)


def code(*namespaces: str, required: bool = True) -> PublicField:
    """Return the shape of an identifier of ours, such as a rule id.

    A dotted identifier looks like a host name, so its first part must be one of `namespaces` ("tco", "dsa"), or two
    letters for a jurisdiction with nothing behind them that would make it a host ("fr.lcen.withdrawal_request").
    """
    return PublicField("code", frozenset(namespaces), required)


def country(*, required: bool = True) -> PublicField:
    """Return the shape of an ISO 3166-1 alpha-2 code; "EU" is allowed by its shape."""
    return PublicField("country", required=required)


def countries(*, required: bool = True) -> PublicField:
    """Return the shape of a list of country codes."""
    return PublicField("countries", required=required)


def count(*, required: bool = True) -> PublicField:
    """Return the shape of a whole number from zero."""
    return PublicField("count", required=required)


def flag(*, required: bool = True) -> PublicField:
    """Return the shape of a yes or no."""
    return PublicField("flag", required=required)


def on_day(*, required: bool = True) -> PublicField:
    """Return the shape of a calendar day, YYYY-MM-DD in UTC; see `day`."""
    return PublicField("day", required=required)


def at_time(*, required: bool = True) -> PublicField:
    """Return the shape of a moment to the second, YYYY-MM-DDTHH:MM:SSZ; refused in kinds about one person."""
    return PublicField("time", required=required)


def digest(*, required: bool = True) -> PublicField:
    """Return the shape of a SHA-256 of something itself public, 64 hexadecimal digits.

    Never the digest of an address, a file or a name: whoever has those could find the leaf. Commit to them instead.
    """
    return PublicField("digest", required=required)


def text(*, required: bool = True) -> PublicField:
    """Return the shape of a short public text, such as a registered authority's name; read for addresses."""
    return PublicField("text", required=required)


@dataclass(frozen=True, slots=True)
class LeafKind:
    """What one kind of leaf may say. `personal`: it concerns one person, so its times are days."""

    name: str
    facts: Mapping[str, PublicField]
    commitments: frozenset[str] = field(default_factory=frozenset)
    personal: bool = True

    def __post_init__(self) -> None:
        """Refuse a declaration that could not be kept. Raises LeafRefused."""
        if not _NAME.fullmatch(self.name):
            raise LeafRefused(f"kind {self.name!r}: write it as what_happened")
        for name in (*self.facts, *self.commitments):
            if not _FIELD.fullmatch(name):
                raise LeafRefused(f"kind {self.name}: field {name!r} is no plain word")
        if self.personal and any(fact.shape == "time" for fact in self.facts.values()):
            raise LeafRefused(f"kind {self.name}: a kind about one person holds days, not times")

    def published(self) -> dict[str, JSONValue]:
        """Return the schema entry as it is published with the log."""
        return {
            "kind": self.name,
            "personal": self.personal,
            "commitments": sorted(self.commitments),
            "facts": {
                name: {"shape": fact.shape, "allowed": sorted(fact.allowed), "required": fact.required}
                for name, fact in sorted(self.facts.items())
            },
        }


def day(at: datetime) -> str:
    """Return the UTC calendar day of an aware time: the finest public time where one person is concerned."""
    return at.astimezone(UTC).date().isoformat()


def second(at: datetime) -> str:
    """Return an aware time to the second in UTC, for kinds that concern no single person."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check(kind: LeafKind, facts: Mapping[str, JSONValue], commitments: Mapping[str, JSONValue]) -> None:
    """Check facts and commitments against their kind. Raises LeafRefused naming the field."""
    for unknown in sorted(facts.keys() - kind.facts.keys()):
        raise LeafRefused(f"{kind.name}: no public field {unknown!r}")
    for unknown in sorted(commitments.keys() - kind.commitments):
        raise LeafRefused(f"{kind.name}: no commitment {unknown!r}")
    for name, shape in kind.facts.items():
        if name not in facts:
            if shape.required:
                raise LeafRefused(f"{kind.name}: {name!r} is missing")
            continue
        problem = _problem(shape, facts[name], personal=kind.personal)
        if problem:
            raise LeafRefused(f"{kind.name}: {name!r} {problem}")


def _problem(shape: PublicField, value: JSONValue, *, personal: bool) -> str | None:
    """Say what is wrong with one value, without repeating the value; None when nothing is."""
    if shape.shape == "flag":
        return None if isinstance(value, bool) else "is not yes or no"
    if shape.shape == "count":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and 0 <= value <= LARGEST_SAFE_INTEGER else "is not a count"  # type: ignore[operator]
    if shape.shape == "countries":
        good = isinstance(value, list | tuple) and len(value) <= MOST_COUNTRIES
        return None if good and all(map(_is_country, value)) else "is not a list of countries"  # type: ignore[arg-type]
    if not isinstance(value, str):
        return "is not text"
    return _text_problem(shape, value, personal=personal)


def _text_problem(shape: PublicField, value: str, *, personal: bool) -> str | None:
    """Say what is wrong with one value that is written as text."""
    if shape.shape == "choice":
        return None if value in shape.allowed else "is not one of the published values"
    if shape.shape in {"day", "time"}:
        return None if _is_moment(value, day_only=shape.shape == "day") else f"is not a {shape.shape}"
    if shape.shape == "text":
        return _free_text_problem(value, personal=personal)
    if not _PATTERNS[shape.shape].fullmatch(value):
        return f"is not a {shape.shape}"
    if shape.shape == "code" and not _is_in_namespace(value, shape.allowed):
        return "is a dotted name outside its namespaces"
    return None


def _is_in_namespace(value: str, namespaces: frozenset[str]) -> bool:
    """Tell whether a code is plain, or dotted in a way that can be no host name."""
    first, dot, _rest = value.partition(".")
    if not dot or first in namespaces:
        return True
    return _JURISDICTION.fullmatch(first) is not None and address_in(value) is None


def _free_text_problem(value: str, *, personal: bool) -> str | None:
    """Say what a short public text must not hold."""
    if not value.strip() or len(value) > LONGEST_TEXT or not value.isprintable():
        return f"is not one line of at most {LONGEST_TEXT} characters"
    found = address_in(value)
    if found:
        return f"holds an address ({found})"
    return "holds a time finer than a day" if personal and fine_time_in(value) else None


def _is_country(value: object) -> bool:
    """Tell whether a value has the shape of a country code."""
    return isinstance(value, str) and _PATTERNS["country"].fullmatch(value) is not None


def _is_moment(value: str, *, day_only: bool) -> bool:
    """Tell whether a text is a real day, or a real moment to the second, in the one form we write."""
    try:
        if day_only:
            return date.fromisoformat(value).isoformat() == value
        return second(datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)) == value
    except ValueError:
        return False
