"""A settled arrival becomes a notice or a referral."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.arrivals.registries import arrival_settled
from entente.apps.kernel.actors import Actor
from entente.apps.notices import services
from entente.apps.parties import queries as parties

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival


def register() -> None:
    """Fill the registry for notices and referrals."""
    arrival_settled.register("notice", become_notice)
    arrival_settled.register("referral", become_notice)


def become_notice(arrival: "Arrival", actor: Actor, at: datetime) -> UUID:
    """Receive the notice the message turned out to be; it is assessed before anything happens."""
    notice = services.receive_notice(
        draft=services.NoticeDraft(
            urls=tuple(arrival.urls),
            explanation=arrival.text or arrival.subject,
            good_faith=True,
            door=arrival.door,
            received_at=arrival.received_at,
            kind=arrival.settled_kind,
            notifier_name=arrival.sender,
            notifier_mail=arrival.sender_mail,
            notifier_language=arrival.language or "en",
            authority_id=_authority_id(arrival) if arrival.settled_kind == "referral" else None,
        ),
        actor=actor,
        at=at,
    )
    return notice.case_id


def _authority_id(arrival: "Arrival") -> UUID | None:
    found = (
        parties.authority_for_mail_domain(arrival.sender_mail.rpartition("@")[2])
        if arrival.sender_mail
        else None
    )
    return found.id if found else None
