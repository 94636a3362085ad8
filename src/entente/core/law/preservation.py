"""Preservation: on which ground content is kept, for which purposes, who may ask, and until when.

TCO Art. 6 covers removals by order or specific measure, for six months, longer only at the request of the competent
authority or a court for review proceedings. A removal after a notice or under the terms has no Art. 6 duty; its ground is
the redress window, six months from the day the person was informed (DSA Art. 20(2)).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from entente.core.law.clocks import period_end
from entente.core.law.errors import UnknownGround
from entente.core.law.reading import Problems, Provenance, Record, read_data, unique
from entente.core.law.rules import Period, read_period


@dataclass(frozen=True, slots=True)
class PreservationGround:
    """One ground for keeping. ``extended_by`` names who may ask for longer; empty means that nobody may."""

    id: str
    title: str
    article: str
    starts: str
    period: Period
    purposes: tuple[str, ...]
    may_ask: tuple[str, ...]
    extended_by: tuple[str, ...]
    extension: str
    provenance: Provenance

    def may_extend(self, who: str) -> bool:
        """Whether this kind of requester (``competent_authority``, ``court``, ``host``) may ask for longer."""
        return who in self.extended_by


def read_preservation(table: Mapping[str, object]) -> Mapping[str, PreservationGround]:
    """Validate a parsed file of preservation grounds. Raises LawDataError with every fault."""
    problems = Problems()
    file = Record(table, "preservation", problems)
    records = file.records("ground")
    found = []
    for record in records:
        found.append(
            PreservationGround(
                id=record.text("id"),
                title=record.text("title"),
                article=record.text("article"),
                starts=record.text("starts"),
                period=read_period(record),
                purposes=record.texts("purposes", required=True),
                may_ask=record.texts("may_ask", required=True),
                extended_by=record.texts("extended_by", required=True),
                extension=record.text("extension"),
                provenance=record.provenance(),
            )
        )
        record.done()
    unique(records, [ground.id for ground in found])
    file.done()
    problems.raise_if_any()
    return {ground.id: ground for ground in found}


@cache
def preservation_grounds() -> Mapping[str, PreservationGround]:
    """Return every preservation ground by id. Raises LawDataError if the file is wrong."""
    return read_preservation(read_data("preservation.toml"))


def preservation_ground(identifier: str) -> PreservationGround:
    """Return one preservation ground, for example ``tco.art6``. Raises UnknownGround."""
    try:
        return preservation_grounds()[identifier]
    except KeyError:
        raise UnknownGround(identifier) from None


def preservation_until(ground: PreservationGround | str, starts_at: datetime, zone: str) -> datetime:
    """Return until when (UTC) a preservation lasts: calendar months in the zone, at the same wall time.

    Raises UnknownGround, NaiveTime, UnknownZone.
    """
    found = preservation_ground(ground) if isinstance(ground, str) else ground
    return period_end(found.period, starts_at, zone=zone)
