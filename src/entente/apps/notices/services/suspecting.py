"""What a notice may be besides: a threat to life, an order or a request for data in the words of a form for notices.

The notice stays one and is answered as one. Its text is laid on the arrival desk too, where people ring until somebody
has said what it is: five working days are for a notice, not for a life.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from entente.apps.arrivals import services as arrivals
from entente.apps.kernel.actors import Actor
from entente.core.law.intake import Kind

if TYPE_CHECKING:
    from entente.apps.notices.models import Notice

DIRECT_DOORS: Final = frozenset({"public_form", "api"})
"""Doors where nobody has asked "what is this?" yet; at the desk a person has answered."""

_MORE_THAN_A_NOTICE: Final = frozenset(
    {Kind.REMOVAL_ORDER, Kind.OTHER_BINDING_ORDER, Kind.THREAT_TO_LIFE, Kind.DATA_REQUEST}
)


def lay_on_desk(notice: "Notice", urls: tuple[str, ...], actor: Actor, at: datetime) -> bool:
    """Bring a notice's text to the arrival desk where it looks like more than a notice; return whether it does.

    Part of the transaction that receives the notice.
    """
    if notice.door not in DIRECT_DOORS or notice.kind != "notice":
        return False
    proposal = arrivals.propose(
        text=notice.explanation, sender_mail=notice.notifier_mail, through_notice_form=True
    )
    if proposal.kind not in _MORE_THAN_A_NOTICE:
        return False
    arrivals.record_arrival(
        draft=arrivals.ArrivalDraft(
            door=notice.door,
            received_at=notice.received_at,
            receipt_proof=_("It came through our own form for notices."),
            sender=notice.notifier_name,
            sender_mail=notice.notifier_mail,
            text=notice.explanation,
            language=notice.notifier_language,
            urls=urls,
            notice_case_id=notice.case_id,
        ),
        actor=actor,
        at=at,
    )
    return True
