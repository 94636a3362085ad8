"""Where something holds, as a set: some countries, or everywhere but some.

A scope (`core.law.scopes`) is what a decision names. What is left of it once other measures are taken off may be neither
the world nor a list of countries, so it is counted here.
"""

from dataclasses import dataclass

from entente.core.law.scopes import Scope


@dataclass(frozen=True, slots=True)
class Area:
    """Some countries (ISO 3166-1 alpha-2), or with `is_rest_of_world` everywhere but those; without any, nowhere."""

    countries: frozenset[str] = frozenset()
    is_rest_of_world: bool = False

    @classmethod
    def of(cls, scope: Scope) -> "Area":
        """Return where a scope holds."""
        return cls(scope.countries, scope.is_worldwide)

    @property
    def is_nowhere(self) -> bool:
        """Say whether nothing is left."""
        return not self.is_rest_of_world and not self.countries

    @property
    def is_everywhere(self) -> bool:
        """Say whether nothing is taken off the world."""
        return self.is_rest_of_world and not self.countries

    def has(self, country: str) -> bool:
        """Say whether a country belongs to it."""
        return (country in self.countries) != self.is_rest_of_world

    def without(self, other: "Area") -> "Area":
        """Return what is left when `other` is taken off."""
        return self.shared(Area(other.countries, not other.is_rest_of_world))

    def shared(self, other: "Area") -> "Area":
        """Return what belongs to both."""
        if self.is_rest_of_world and other.is_rest_of_world:
            return Area(self.countries | other.countries, is_rest_of_world=True)
        if self.is_rest_of_world:
            return Area(other.countries - self.countries)
        if other.is_rest_of_world:
            return Area(self.countries - other.countries)
        return Area(self.countries & other.countries)
