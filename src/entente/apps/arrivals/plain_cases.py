"""Kinds that open a plain case: requests for data, threats to life, unclear messages.

Their rooms come later; what matters now is that none of them is mistaken for an order, that a threat to
life starts its clock at once, and that a request for data discloses nothing by itself.
"""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.arrivals.registries import arrival_settled
from entente.apps.cases import services as cases
from entente.apps.content import services as content
from entente.apps.content.addresses import AddressError
from entente.apps.deadlines import services as deadlines
from entente.apps.kernel.actors import Actor

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival
    from entente.apps.content.models import ContentItem

_KINDS = {"data_request": "data_request", "threat_to_life": "threat", "unclear": "unclear"}
_CLOCKS = {"threat_to_life": "dsa.threat_to_life"}


def register() -> None:
    """Fill the registry for the plain kinds."""
    for kind in _KINDS:
        arrival_settled.register(kind, open_plain_case)


def open_plain_case(arrival: "Arrival", actor: Actor, at: datetime) -> UUID:
    """Open a case for a message that is neither order nor notice."""
    case = cases.open_case(
        kind=_KINDS[arrival.settled_kind],
        stage="answer" if arrival.settled_kind != "unclear" else "settle",
        intake_kind="arrival",
        intake_id=arrival.id,
        title=arrival.subject or arrival.sender,
        sender=arrival.sender,
        items=_items(arrival, at),
        actor=actor,
        at=at,
    )
    rule_id = _CLOCKS.get(arrival.settled_kind)
    if rule_id:
        deadlines.start_deadline(
            subject_kind="arrival",
            subject_id=arrival.id,
            rule_id=rule_id,
            trigger_at=arrival.received_at,
            at=at,
            case_id=case.id,
        )
    return case.id


def _items(arrival: "Arrival", at: datetime) -> "list[ContentItem]":
    items = []
    for url in dict.fromkeys(arrival.urls):
        try:
            items.append(content.register_content(url=content.canonical_url(url).url, at=at))
        except AddressError:
            continue  # the message keeps the text as it came; a case can live without a readable address
    return items
