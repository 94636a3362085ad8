"""Whom the law names about a threat to life in a case, and who has told them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from entente.apps.cases.models import ThreatAlert, ThreatWarning
from entente.core.law import routes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from entente.apps.cases.models import Case

ROUTE = routes.RouteKind.THREAT_TO_LIFE
UNKNOWN = "unknown"
GROUND = "house.threat_to_life"
"""On which content is kept for whom was told. The person affected reads nothing of it: it would tip them off."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient the law names; `key` tells it from the same office of another state. `warnings` are what it got."""

    key: str
    state: str
    said: routes.Recipient
    article: str
    warnings: tuple[ThreatWarning, ...]


@dataclass(frozen=True, slots=True)
class Threat:
    """The threat of a case: its newest alert, whom the law names for it, and everybody who was told."""

    alert: ThreatAlert
    recipients: tuple[Recipient, ...]
    warnings: tuple[ThreatWarning, ...]

    @property
    def untold(self) -> tuple[Recipient, ...]:
        """Whom the law names and nobody has told."""
        return tuple(one for one in self.recipients if not one.warnings)


def threat_of(case_id: UUID) -> Threat | None:
    """Return the threat to life that stands in a case, or None. A recipient told before stays told."""
    alert = ThreatAlert.objects.filter(case_id=case_id, dropped_at=None).order_by("-raised_at", "-id").first()
    if alert is None:
        return None
    warnings = tuple(ThreatWarning.objects.filter(alert__case_id=case_id).order_by("told_at", "id"))
    return Threat(alert=alert, recipients=tuple(_recipients(alert, warnings)), warnings=warnings)


def _recipients(alert: ThreatAlert, warnings: tuple[ThreatWarning, ...]) -> "Iterable[Recipient]":
    states = list(dict.fromkeys(alert.states))
    advices = routes.advise_states(ROUTE, states=states, host_state=alert.host_state or None)
    for state, advice in zip(states or [UNKNOWN], advices, strict=True):
        for said in advice.recipients:
            key = f"{state}:{said.code}"
            told = tuple(one for one in warnings if one.recipient_key == key)
            yield Recipient(key=key, state=state, said=said, article=advice.article, warnings=told)


def case_of_warning(warning_id: UUID) -> "Case":
    """Return the case a warning belongs to."""
    return ThreatWarning.objects.select_related("alert__case").get(pk=warning_id).alert.case


def alone_in(case_id: UUID, actor_id: str) -> frozenset[UUID]:
    """Return the alerts of a case that somebody raised, dropped or warned about: another person looks at those."""
    own = Q(raised_by_id_text=actor_id) | Q(dropped_by_id_text=actor_id)
    raised = ThreatAlert.objects.filter(own, case_id=case_id)
    told = ThreatWarning.objects.filter(alert__case_id=case_id, told_by_id_text=actor_id)
    return frozenset(raised.values_list("pk", flat=True)) | frozenset(told.values_list("alert_id", flat=True))
