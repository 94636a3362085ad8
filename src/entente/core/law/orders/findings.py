"""What is missing, contradictory or doubtful in a form, and to which ground of Annex III it leads."""

from dataclasses import dataclass
from enum import StrEnum

from entente.core.law.texts import Said


class Severity(StrEnum):
    """A box that is empty, a box that contradicts something, or a box worth a second look."""

    MISSING = "missing"
    CONTRADICTORY = "contradictory"
    DOUBTFUL = "doubtful"


class ImpossibilityGround(StrEnum):
    """The reasons of Annex III, section B (TCO Art. 3(7) and 3(8))."""

    FORCE_MAJEURE = "force_majeure"
    MANIFEST_ERROR = "manifest_error"
    INSUFFICIENT_INFORMATION = "insufficient_information"


@dataclass(frozen=True, kw_only=True)
class Finding(Said):
    """One thing found in a form: where, how bad, under which article, and the Annex III ground it may carry."""

    field: str
    severity: Severity
    article: str
    annex3_ground: ImpossibilityGround | None = None
