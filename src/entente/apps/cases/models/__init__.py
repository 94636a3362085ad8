"""Tables of the spine, one file per aggregate."""

from entente.apps.cases.models.assessment import Assessment
from entente.apps.cases.models.care import ViewingDay, ViewingPreference
from entente.apps.cases.models.case import Case, CaseItem, Handover
from entente.apps.cases.models.decision import Action, Decision, OutsideLook
from entente.apps.cases.models.leaving import Departure, RouteHandover
from entente.apps.cases.models.letter import Silence, StatementOfReasons
from entente.apps.cases.models.threat import ThreatAlert, ThreatWarning

__all__ = [
    "Action",
    "Assessment",
    "Case",
    "CaseItem",
    "Decision",
    "Departure",
    "Handover",
    "OutsideLook",
    "RouteHandover",
    "Silence",
    "StatementOfReasons",
    "ThreatAlert",
    "ThreatWarning",
    "ViewingDay",
    "ViewingPreference",
]
