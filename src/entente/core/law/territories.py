"""Territories: the sets of countries a law speaks of, and the invented states of the exercises.

In an exercise, and only there, the invented member states count as members of the territory ``EU``, so that the real
rules can be played without naming a real state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from entente.core.law.errors import UnknownTerritory
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique

COUNTRY_LENGTH = 2


@dataclass(frozen=True, slots=True)
class Territory:
    """A named set of countries. ``exercise_members`` are invented states, members in exercise mode only."""

    id: str
    title: str
    real_members: frozenset[str]
    exercise_members: frozenset[str]
    provenance: Provenance

    def members(self, *, exercise: bool = False) -> frozenset[str]:
        """Return the countries of the territory; with ``exercise`` the invented ones too."""
        return self.real_members | self.exercise_members if exercise else self.real_members


@dataclass(frozen=True, slots=True)
class ExerciseState:
    """An invented state: its code begins with X and its name is invented."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Atlas:
    """All territories and invented states by id."""

    territories: Mapping[str, Territory]
    exercise_states: Mapping[str, ExerciseState]


def _countries(record: Record, key: str) -> frozenset[str]:
    codes = record.texts(key)
    for code in codes:
        if not is_country_code(code):
            record.note(f"{key} holds {code!r}, which is no two-letter country code")
    return frozenset(codes)


def is_country_code(code: str) -> bool:
    """Whether the text looks like an ISO 3166-1 alpha-2 code (two capital letters)."""
    return len(code) == COUNTRY_LENGTH and code.isascii() and code.isalpha() and code.isupper()


def read_territories(table: Mapping[str, object]) -> Atlas:
    """Validate a parsed territory file. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "territories", problems)
    records = file.records("territory")
    territories = []
    for record in records:
        territories.append(
            Territory(
                id=record.text("id"),
                title=record.text("title"),
                real_members=_countries(record, "members"),
                exercise_members=_countries(record, "exercise_members"),
                provenance=record.provenance(),
            )
        )
        record.done()
    unique(records, [territory.id for territory in territories])
    state_records = file.records("exercise_state", required=False)
    states = []
    for record in state_records:
        states.append(ExerciseState(id=record.text("id"), title=record.text("title")))
        record.provenance()
        record.done()
    unique(state_records, [state.id for state in states])
    invented = {state.id for state in states}
    for record, territory in zip(records, territories, strict=True):
        for code in sorted(territory.exercise_members - invented):
            record.note(f"exercise_members holds {code!r}, which is no exercise_state")
    file.done()
    problems.raise_if_any()
    return Atlas(
        {territory.id: territory for territory in territories}, {state.id: state for state in states}
    )


@cache
def atlas() -> Atlas:
    """Every territory. Raises LawDataError if the file is wrong."""
    return read_territories(read_data("territories.toml"))


def territory(identifier: str) -> Territory:
    """One territory, for example ``EU``; a single country is a territory of its own. Raises UnknownTerritory."""
    known = atlas().territories.get(identifier)
    if known is not None:
        return known
    if is_country_code(identifier):
        return _single_country(identifier)
    raise UnknownTerritory(identifier)


def _single_country(code: str) -> Territory:
    eu = atlas().territories["EU"]
    state = atlas().exercise_states.get(code)
    title = state.title if state else code
    return Territory(code, title, frozenset({code}), frozenset(), eu.provenance)


def exercise_states() -> Mapping[str, ExerciseState]:
    """Return the invented states by code."""
    return atlas().exercise_states


def is_exercise_state(code: str) -> bool:
    """Whether the code is one of the invented states."""
    return code in atlas().exercise_states
