"""Territorial scope of a measure: the world, or a list of countries, and the limits a basis sets.

Design rule 3: every basis has a smallest and a largest scope and the tool refuses outside both. A removal order holds in
all Member States (TCO Art. 3(1)) and the world is more than it asks; an order under DSA Art. 9 is limited to what is
strictly necessary (Art. 9(2)(b)); content that is unlawful in one country only is restricted there only.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from entente.core.law.errors import ScopeOutside
from entente.core.law.territories import is_country_code, is_exercise_state, territory


class ScopeKind(StrEnum):
    """Everywhere, or in listed countries."""

    WORLDWIDE = "worldwide"
    COUNTRIES = "countries"


class Bound(StrEnum):
    """A limit of a scope; what it comes to depends on the `ScopeFacts`."""

    ONE_COUNTRY = "one_country"
    ISSUING_STATE = "issuing_state"
    WHERE_ILLEGAL = "where_illegal"
    ALL_MEMBERS = "all_members"
    WORLDWIDE = "worldwide"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a measure holds. Raises ScopeOutside for an empty list or a code that is none."""

    kind: ScopeKind
    countries: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.kind is ScopeKind.WORLDWIDE and self.countries:
            raise ScopeOutside("scope.worldwide_with_countries", MESSAGES["scope.worldwide_with_countries"])
        if self.kind is ScopeKind.COUNTRIES and not self.countries:
            raise ScopeOutside("scope.empty", MESSAGES["scope.empty"])
        for code in sorted(self.countries):
            if not is_country_code(code):
                raise ScopeOutside("scope.no_country", MESSAGES["scope.no_country"], country=code)

    @classmethod
    def everywhere(cls) -> "Scope":
        """Return the whole world."""
        return cls(ScopeKind.WORLDWIDE)

    @classmethod
    def of(cls, *countries: str) -> "Scope":
        """Return these countries (ISO 3166-1 alpha-2)."""
        return cls(ScopeKind.COUNTRIES, frozenset(countries))

    @property
    def is_worldwide(self) -> bool:
        """Whether it holds everywhere."""
        return self.kind is ScopeKind.WORLDWIDE


@dataclass(frozen=True, slots=True)
class ScopeFacts:
    """What the limits are counted from: the regime's territory, the issuing state, where the content is unlawful."""

    territory: str = "EU"
    issuing_state: str | None = None
    illegal_in: frozenset[str] = field(default_factory=frozenset)
    exercise: bool = False


REST_OF_WORLD = "the rest of the world"
MESSAGES = {
    "scope.worldwide_with_countries": "A worldwide scope names no countries.",
    "scope.empty": "A scope names at least one country, or the whole world.",
    "scope.no_country": "%(country)s is not a two-letter country code.",
    "scope.invented_state": "%(country)s is an invented state; it exists in exercises only.",
    "scope.too_small": "This basis asks for at least %(smallest)s; missing: %(missing)s.",
    "scope.too_large": "This basis allows at most %(largest)s; the scope goes beyond it: %(beyond)s.",
    "scope.issuing_state_missing": "The limits of this basis cannot be known: the issuing state is missing.",
    "scope.illegal_in_missing": "The limits of this basis cannot be known: where the content is unlawful is missing.",
}

BOUND_NAMES = {
    Bound.ONE_COUNTRY: "one country",
    Bound.ISSUING_STATE: "the state of the issuing authority",
    Bound.WHERE_ILLEGAL: "the countries where the content is unlawful",
    Bound.ALL_MEMBERS: "all states where the law applies",
    Bound.WORLDWIDE: "the whole world",
}


def bound_countries(bound: Bound, facts: ScopeFacts) -> frozenset[str] | None:
    """Return the countries a bound comes to, or None for the world and for "one country".

    Raises ScopeOutside if the fact it is counted from is not known.
    """
    if bound is Bound.ISSUING_STATE:
        if facts.issuing_state is None:
            _refuse("scope.issuing_state_missing")
        return frozenset({facts.issuing_state})
    if bound is Bound.WHERE_ILLEGAL:
        if not facts.illegal_in:
            _refuse("scope.illegal_in_missing")
        return facts.illegal_in
    if bound is Bound.ALL_MEMBERS:
        return territory(facts.territory).members(exercise=facts.exercise)
    return None


def scope_at(bound: Bound, facts: ScopeFacts) -> Scope:
    """Return the scope that a bound names. "One country" is the issuing state, or the first country of the unlawful ones."""
    if bound is Bound.WORLDWIDE:
        return Scope.everywhere()
    if bound is Bound.ONE_COUNTRY:
        bound = Bound.ISSUING_STATE if facts.issuing_state else Bound.WHERE_ILLEGAL
        countries = bound_countries(bound, facts) or frozenset()
        return Scope.of(min(countries))
    return Scope(ScopeKind.COUNTRIES, bound_countries(bound, facts) or frozenset())


def check_limits(scope: Scope, smallest: Bound, largest: Bound, facts: ScopeFacts) -> None:
    """Refuse a scope outside its limits. Raises ScopeOutside with a message that names the limit."""
    if not facts.exercise:
        for code in sorted(scope.countries):
            if is_exercise_state(code):
                raise ScopeOutside("scope.invented_state", MESSAGES["scope.invented_state"], country=code)
    if not scope.is_worldwide:
        _check_smallest(scope, smallest, facts)
    if largest is not Bound.WORLDWIDE:
        _check_largest(scope, largest, facts)


def _check_smallest(scope: Scope, smallest: Bound, facts: ScopeFacts) -> None:
    if smallest is Bound.WORLDWIDE:
        _refuse("scope.too_small", smallest=BOUND_NAMES[smallest], missing=REST_OF_WORLD)
    least = bound_countries(smallest, facts) or frozenset()
    if least - scope.countries:
        _refuse("scope.too_small", smallest=BOUND_NAMES[smallest], missing=_listed(least - scope.countries))


def _check_largest(scope: Scope, largest: Bound, facts: ScopeFacts) -> None:
    if scope.is_worldwide:
        _refuse("scope.too_large", largest=BOUND_NAMES[largest], beyond=REST_OF_WORLD)
    most = bound_countries(largest, facts)
    if most is None and len(scope.countries) > 1:
        _refuse("scope.too_large", largest=BOUND_NAMES[largest], beyond=_listed(scope.countries))
    if most is not None and scope.countries - most:
        _refuse("scope.too_large", largest=BOUND_NAMES[largest], beyond=_listed(scope.countries - most))


def _refuse(code: str, **params: str) -> NoReturn:
    raise ScopeOutside(code, MESSAGES[code], **params)


def _listed(countries: frozenset[str]) -> str:
    return ", ".join(sorted(countries))
