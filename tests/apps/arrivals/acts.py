"""Short words for what happens at the arrival desk, for the tests of several rooms."""

from datetime import datetime
from typing import Any
from uuid import UUID

from entente.apps.arrivals import services
from entente.apps.arrivals.models import Arrival
from entente.apps.cases import services as cases
from tests import world
from tests.world import NOW


def arrive(at: datetime = NOW, **changes: Any) -> Arrival:
    """Record a message that reached the contact point."""
    values: dict[str, Any] = {
        "door": "mail",
        "received_at": NOW,
        "receipt_proof": "mail headers",
        "sender": "Somebody",
        "sender_mail": "somebody@mail.example",
        "subject": "A message",
        "text": "Please look at https://agora.example/p/1, I think it is not right at all.",
        "urls": ("https://agora.example/p/1",),
    }
    draft = services.ArrivalDraft(**{**values, **changes})
    return services.record_arrival(draft=draft, actor=world.actor("reviewer"), at=at)


def fax(at: datetime = NOW, **changes: Any) -> Arrival:
    """Record an order on paper: no sender's domain, no boxes, only what somebody typed in a hurry."""
    values: dict[str, Any] = {
        "door": "fax",
        "receipt_proof": "fax line of 09:00",
        "sender": "Office for Exercises",
        "sender_mail": "",
        "subject": "Removal order",
        "text": "Removal order under Regulation (EU) 2021/784.",
    }
    return arrive(at, **{**values, **changes})


def settle(
    arrival: Arrival,
    kind: str = "removal_order",
    at: datetime = NOW,
    chosen: services.Chosen | None = None,
    **said: Any,
) -> Arrival:
    """Say what a message is, and (as keywords) which authority, of which state, under which law."""
    return services.settle_arrival(
        arrival_id=arrival.id,
        kind=kind,
        actor=world.actor("reviewer"),
        at=at,
        chosen=services.Chosen(**said) if said else chosen,
    )


def warn(case_id: UUID, at: datetime = NOW) -> None:
    """Say of a case that it holds a threat to life, and tell whom the law names of the one state concerned."""
    actor = world.actor("legal")
    cases.raise_threat_alert(case_id=case_id, states=["DE"], signs="A place and an hour.", actor=actor, at=at)
    told = cases.Told(
        key="DE:state_authorities", recipient="the police", channel="telephone", reference="T-1", told_at=at
    )
    cases.warn_of_threat(case_id=case_id, told=[told], actor=actor, at=at)
