"""The words of the short message that carries the letter's address.

The full letter is a page (`/letters/<token>`), made from the same facts in the reader's language; this text
is what an inbox shows. It never quotes the content, and names the state where a state was involved: an order
as an order, a referral as a referral.
"""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from entente.apps.cases import in_force, registries
from entente.apps.cases.given_back import given_back
from entente.apps.cases.models.case import CaseKind
from entente.apps.cases.models.decision import Outcome
from entente.apps.cases.whereabouts import where
from entente.apps.parties import queries as parties
from entente.core.law import bases

if TYPE_CHECKING:
    from entente.apps.cases.models import Decision, StatementOfReasons
    from entente.apps.content.models import ContentItem

SUPPORTED_LANGUAGES = ("en", "fr", "es", "de", "ar")


def host_language() -> str:
    """Return the first language of the host that this program speaks."""
    return next((code for code in parties.host_facts().languages if code in SUPPORTED_LANGUAGES), "en")


def letter_language(item: "ContentItem") -> str:
    """Return the language in which the person behind an item is written to: their own, else the host's first."""
    spoken = item.uploader_language
    return spoken if spoken in SUPPORTED_LANGUAGES else host_language()


def short_texts(statement: "StatementOfReasons", url: str) -> dict[str, dict[str, str]]:
    """Return `subject` and `text` of the message in every language."""
    left = in_force.left_by(statement.decision, until=statement.written_at)
    return {code: _short_text(statement.decision, left, code, url) for code in SUPPORTED_LANGUAGES}


def _short_text(
    decision: "Decision", left: "in_force.Remainder | None", language: str, url: str
) -> dict[str, str]:
    with translation.override(language):
        if left is not None:
            back = given_back(left)
            lines, subject = [back.words(decision.item.url), decision.reasons, url], back.subject
        else:
            lines, subject = [_what(decision), _why(decision), _roads(decision), url], _subject(decision)
        return {"subject": subject, "text": "\n\n".join(line for line in lines if line)}


def rests_on_order(decision: "Decision") -> bool:
    """Say whether a binding order is behind a decision; after a referral the decision is the host's own."""
    return bases.basis(decision.basis_id).kind is bases.BasisKind.ORDER


def is_own_initiative(decision: "Decision") -> bool:
    """Say whether the service looked of its own accord: no order demands the measure, and nobody notified anything."""
    return decision.case.kind == CaseKind.OWN_INITIATIVE


def referred_by(decision: "Decision") -> str:
    """Return the authority that pointed the content out without an order, or an empty text."""
    is_referral = not rests_on_order(decision) and not is_own_initiative(decision)
    return decision.state_involved if is_referral else ""


def _subject(decision: "Decision") -> str:
    if decision.outcome == Outcome.LABEL:
        return _("A warning was placed on your content")
    return _("Your content was restricted")


def _what(decision: "Decision") -> str:
    values = {"url": decision.item.url}
    if decision.outcome == Outcome.LABEL:
        return _("The content at %(url)s now carries a warning. It stays available.") % values
    if decision.scope_kind == "worldwide":
        return _("The content at %(url)s is no longer available anywhere on this service.") % values
    values["where"] = where(decision.scope_kind, decision.scope_countries)
    return _("The content at %(url)s is no longer available %(where)s.") % values


def _why(decision: "Decision") -> str:
    if bases.basis(decision.basis_id).kind is bases.BasisKind.PROVISIONAL:
        return _(
            "An automatic check found it close to known content. No person has judged it yet; a person looks at it now, and it comes back by itself within a day unless they decide otherwise."
        )
    authority = {"authority": decision.state_involved}
    if rests_on_order(decision):
        return (
            _(
                "This follows a binding order of %(authority)s. The order, its reasons and your rights are in the letter."
            )
            % authority
        )
    if is_own_initiative(decision):
        return _of_our_own_accord(decision)
    if decision.state_involved:
        return (
            _(
                "%(authority)s, a public authority, told us about it. That was a referral, not an order: it binds nobody. A person of our service decided this after an assessment. The reasons are in the letter."
            )
            % authority
        )
    return _("A person decided this after an assessment. The reasons are in the letter.")


def _of_our_own_accord(decision: "Decision") -> str:
    if not decision.state_involved:
        return _(
            "A person of our service decided this of our own accord, after an assessment. No order demands it, and nobody sent us a notice. How we came to look at it, and the reasons, are in the letter."
        )
    return _(
        "A person of our service decided this of our own accord, after an assessment. No order demands it, and nobody sent us a notice. A message of %(authority)s, which does not bind us, brought it to our knowledge. How, and our reasons, are in the letter."
    ) % {"authority": decision.state_involved}


def _roads(decision: "Decision") -> str:
    if decision.outcome == Outcome.KEEP:
        return ""
    if decision.redress_road != bases.RedressRoute.CHALLENGE:
        return _(
            "You can lodge a complaint, free of charge, for at least six months. Somebody else will decide about it."
        )
    is_open = registries.scrutiny_open.find(decision.case.intake_kind)
    if is_open is not None and is_open(decision):
        return _(
            "You can ask an authority to examine the order within 48 hours, and go to court. The letter says how."
        )
    return _("You can go to court, and tell us why the order is wrong. The letter says how.")
