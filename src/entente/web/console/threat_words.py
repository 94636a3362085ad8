"""A threat to life as a page shows it: whom the law names, how our register reaches them, and who was told."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from entente.apps.cases import threats
from entente.apps.parties import queries as parties
from entente.web import law_text
from entente.web.console import words
from entente.web.public.places import citation

if TYPE_CHECKING:
    from uuid import UUID

    from entente.apps.cases.models import ThreatAlert, ThreatWarning
    from entente.apps.parties.types import AuthorityFacts


@dataclass(frozen=True, slots=True)
class OfferedRecipient:
    """One recipient of the law in the reader's words. `authorities` are those of our register in that state."""

    key: str
    name: str
    article: str
    authorities: "tuple[AuthorityFacts, ...]"
    warnings: "tuple[ThreatWarning, ...]"


@dataclass(frozen=True, slots=True)
class ThreatView:
    """The threat of a case: what was seen, which states, whom to tell, who was told beside those."""

    alert: "ThreatAlert"
    where: str
    recipients: list[OfferedRecipient]
    others: "list[ThreatWarning]"

    @property
    def untold(self) -> int:
        """How many whom the law names nobody has told."""
        return sum(not one.warnings for one in self.recipients)

    @property
    def is_untouched(self) -> bool:
        """Whether nobody at all was told, so that it can still be said that there is no threat."""
        return not self.others and not any(one.warnings for one in self.recipients)


def threat_view(case_id: "UUID") -> ThreatView | None:
    """Return the threat that stands in a case as a page shows it, or None."""
    threat = threats.threat_of(case_id)
    if threat is None:
        return None
    alert = threat.alert
    keys = {one.key for one in threat.recipients}
    return ThreatView(
        alert=alert,
        where=", ".join(law_text.country(code) for code in alert.states) or _("nobody can tell which state"),
        recipients=[
            OfferedRecipient(
                key=one.key,
                name=words.said(one.said),
                article=citation(one.article),
                authorities=_known(one, alert.host_state),
                warnings=one.warnings,
            )
            for one in threat.recipients
        ],
        others=[one for one in threat.warnings if one.recipient_key not in keys],
    )


_KINDS: Final = {
    "state_authorities": frozenset({"police", "prosecutor", "court"}),
    "contact_point": frozenset({"competent_authority", "police"}),
}
"""Recipient of the law data -> the kinds of authority of our register that it may be."""


def _known(recipient: threats.Recipient, host_state: str) -> "tuple[AuthorityFacts, ...]":
    """Return which authorities of our register, with a number to call, may be a recipient; of our own state if unknown."""
    wanted = host_state if recipient.state == threats.UNKNOWN else recipient.state
    kinds = _KINDS.get(recipient.said.code, frozenset())
    return tuple(
        one
        for one in parties.authorities()
        if one.country == wanted and one.kind in kinds and one.callback_phone
    )
