"""What a visitor from one country may see of a post. Pure: measures in, answer out.

Two answers for a post that is held back:

- 451 with reasons (RFC 7725), which is the rule;
- 404 with the very bytes of a post that never existed, when the law forbids us to say more ("silent").
  A public measure beside a silent one is shown exactly as if the silent one were not there.
"""

import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Any

# Invented states of exercises; ISO 3166-1 gives these codes to nobody, so no real visitor comes from there.
INVENTED = {"XA": "Arvenia", "XB": "Belmara", "XC": "Corvina"}
# Member states of the European Union, ISO 3166-1 alpha-2.
EU = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK"))
COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure in force on a post."""

    action_id: str
    measure: str
    countries: frozenset[str] | None  # None: everywhere
    label: str
    basis: dict[str, Any]
    explanation_url: str
    silent: bool
    applied_at: str

    @property
    def territory(self) -> str:
        """Name the countries for readers: "CH, EU"."""
        named = self.countries or frozenset()
        whole = {"EU"} | (named - EU - set(INVENTED)) if named >= EU else named
        return ", ".join(sorted(whole))

    def holds_in(self, country: str) -> bool:
        """Say whether the measure reaches visitors from a country."""
        return self.countries is None or country in self.countries


@dataclass(frozen=True, slots=True)
class View:
    """What to answer: state is "open", "blocked" (451) or "gone" (404)."""

    state: str
    blocked_by: tuple[Measure, ...] = ()
    labels: tuple[Measure, ...] = ()


def expand(countries: list[str] | None) -> frozenset[str] | None:
    """Turn ["EU", "CH"] into countries; None means everywhere. ValueError for anything unclear."""
    if countries is None:
        return None
    if not countries or not all(COUNTRY.fullmatch(country) for country in countries):
        raise ValueError("countries must be null or a list of two-letter codes")
    return frozenset(countries) - {"EU"} | (EU.union(INVENTED) if "EU" in countries else frozenset())


def measures_on(db: sqlite3.Connection, post_id: str) -> list[Measure]:
    """Read the measures in force on a post, oldest first."""
    rows = db.execute(
        "SELECT * FROM measures WHERE post_id = ? AND undone_at IS NULL ORDER BY applied_at", (post_id,)
    )
    return [
        Measure(
            action_id=row["action_id"],
            measure=row["measure"],
            countries=expand(json.loads(row["countries"])) if row["countries"] else None,
            label=row["label"] or "",
            basis=json.loads(row["basis"]),
            explanation_url=row["explanation_url"],
            silent=bool(row["silent"]),
            applied_at=row["applied_at"],
        )
        for row in rows
    ]


def view_for(measures: list[Measure], country: str) -> View:
    """Decide what a visitor from a country gets."""
    here = [measure for measure in measures if measure.holds_in(country)]
    holding = [measure for measure in here if measure.measure != "warning_label"]
    told = tuple(measure for measure in holding if not measure.silent)
    if told:
        return View("blocked", blocked_by=told)
    if holding:
        return View("gone")
    return View("open", labels=tuple(measure for measure in here if measure.measure == "warning_label"))
