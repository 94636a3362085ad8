"""Where the label of an entity may support a restriction.

The Security Council's lists bind all members of the United Nations; the European Union's bind its Member States; what
one state designated holds in that state, and nowhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from entente.core.law.territories import territory

UNITED_NATIONS = "UN"
EUROPEAN_UNION = "EU"


@dataclass(frozen=True, slots=True)
class DesignationFacts:
    """Who designated, since which day, until which day (that day included); None while it lasts."""

    designated_by: str
    since: date
    until: date | None = None
    reference: str = ""

    def holds_on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Territories:
    """Everywhere, or in these countries (ISO 3166-1 alpha-2); in none when nobody's designation holds."""

    everywhere: bool = False
    countries: frozenset[str] = frozenset()

    def covers(self, country: str) -> bool:
        """Tell whether a country is among them."""
        return self.everywhere or country in self.countries


def territories_of(
    designations: Iterable[DesignationFacts], *, on: date, exercise: bool = False
) -> Territories:
    """Return where a label with these designations may support a restriction on a day.

    With `exercise` the invented states count as Member States.
    """
    countries: set[str] = set()
    for designation in designations:
        if not designation.holds_on(on):
            continue
        if designation.designated_by == UNITED_NATIONS:
            return Territories(everywhere=True)
        countries |= territory(designation.designated_by).members(exercise=exercise)
    return Territories(countries=frozenset(countries))
