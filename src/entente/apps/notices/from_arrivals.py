"""A settled arrival becomes a notice or a referral."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from entente.apps.arrivals.registries import arrival_settled
from entente.apps.kernel.actors import Actor
from entente.apps.notices import services

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival


def register() -> None:
    """Fill the registry for notices and referrals."""
    arrival_settled.register("notice", become_notice)
    arrival_settled.register("referral", become_notice)


def become_notice(arrival: "Arrival", actor: Actor, at: datetime) -> UUID:
    """Receive the notice the message turned out to be; it is assessed before anything happens.

    A text that came in as a notice and was looked at here again is that notice, and no second one.
    """
    if arrival.notice_case_id is not None and arrival.settled_kind == "notice":
        return arrival.notice_case_id
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
            authority_id=arrival.authority_id if arrival.settled_kind == "referral" else None,
        ),
        actor=actor,
        at=at,
    )
    return notice.case_id
