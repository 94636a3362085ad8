"""What has been played so far, in sentences, from the record of who did what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.audit import queries as audit

_SENTENCES: Final = {
    "arrivals:arrival:recorded": gettext_lazy("A message was recorded"),
    "arrivals:arrival:settled": gettext_lazy("Somebody said what a message is"),
    "orders:removal_order:received": gettext_lazy("A removal order arrived; its hour began"),
    "orders:removal_order:received_again": gettext_lazy("The same order arrived again and was recognised"),
    "orders:removal_order:checked": gettext_lazy("The five questions were answered"),
    "orders:removal_order:executed": gettext_lazy("The order was executed"),
    "orders:removal_order:impossible": gettext_lazy("The order was reported as impossible"),
    "orders:removal_order:verified": gettext_lazy("The order proved genuine"),
    "orders:removal_order:refuted": gettext_lazy("The order proved false"),
    "orders:removal_order:withdrawn": gettext_lazy("The authority withdrew its order"),
    "orders:removal_order:ceased": gettext_lazy("The order ceased after scrutiny"),
    "orders:removal_order:annulled": gettext_lazy("A court annulled the order"),
    "orders:removal_order:final": gettext_lazy("The order became final"),
    "orders:removal_order:course_chosen": gettext_lazy("It was decided what to do about the order"),
    "orders:answer:feedback": gettext_lazy("Annex II went to the authority"),
    "orders:answer:impossibility": gettext_lazy("Annex III went to the authority"),
    "orders:answer:not_binding": gettext_lazy("A courteous answer went out"),
    "orders:answer:scrutiny_request": gettext_lazy("Scrutiny was asked for"),
    "orders:answer:withdrawal_request": gettext_lazy("The authority was asked to withdraw"),
    "notices:notice:received": gettext_lazy("A notice arrived"),
    "notices:referral:received": gettext_lazy("A referral arrived"),
    "notices:own_initiative:opened": gettext_lazy("A case under our own terms was opened"),
    "notices:notice:answered": gettext_lazy("The notifier was told"),
    "cases:assessment:completed": gettext_lazy("A full assessment was completed"),
    "cases:decision:issued": gettext_lazy("A decision was taken"),
    "cases:action:applied": gettext_lazy("The platform carried out the measure"),
    "cases:action:undone": gettext_lazy("The platform restored the content"),
    "cases:action:refused": gettext_lazy("The platform said that it cannot"),
    "cases:action:looked_at_from_outside": gettext_lazy("The tool looked from outside"),
    "cases:silence:started": gettext_lazy("A lawful silence began"),
    "cases:silence:ended": gettext_lazy("The silence ended; the letter went out"),
    "cases:case:closed": gettext_lazy("A case was closed"),
    "complaints:complaint:lodged": gettext_lazy("A complaint was lodged"),
    "complaints:complaint:upheld": gettext_lazy("A complaint was upheld; the content is back"),
    "complaints:complaint:rejected": gettext_lazy("A complaint was rejected by two people"),
    "complaints:complaint:used": gettext_lazy("A complaint was used to challenge the order"),
    "complaints:scrutiny_request:sent": gettext_lazy("The person affected asked for scrutiny"),
}
"""Only what a visitor would call an event of the story; housekeeping stays in the auditor's record."""
_HAPPY: Final = ("undone", "upheld", "executed", "applied", "withdrawn", "ceased", "annulled")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the story, as the timeline shows it."""

    at: datetime
    title: str
    who: str
    text: str
    tone: str


def so_far(*, limit: int = 14) -> list[Event]:
    """Return the newest events of the story, newest first."""
    lines = [line for line in audit.latest(limit=300) if line.kind in _SENTENCES]
    return [
        Event(
            at=line.at,
            title=str(_SENTENCES[line.kind]),
            who=line.actor_name or _("somebody from outside"),
            text="",
            tone="ample" if line.kind.endswith(_HAPPY) else "",
        )
        for line in lines[:limit]
    ]
