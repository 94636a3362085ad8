"""The words of the short message that carries the letter's address.

The full letter is a page (`/letters/<token>`), made from the same facts in the reader's language; this text
is what an inbox shows. It never quotes the content, and names the state where a state was involved.
"""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from entente.apps.cases.models.decision import Outcome

if TYPE_CHECKING:
    from entente.apps.cases.models import Decision, StatementOfReasons


def short_text(statement: "StatementOfReasons", language: str, url: str) -> dict[str, str]:
    """Return `subject` and `text` of the message in `language`."""
    decision = statement.decision
    with translation.override(language):
        lines = [_what(decision), _why(decision), _roads(decision), url]
        return {"subject": _subject(decision), "text": "\n\n".join(line for line in lines if line)}


def _subject(decision: "Decision") -> str:
    if decision.outcome == Outcome.RESTORE:
        return _("Your content is available again")
    if decision.outcome == Outcome.LABEL:
        return _("A warning was placed on your content")
    return _("Your content was restricted")


def _what(decision: "Decision") -> str:
    values = {"url": decision.item.url, "countries": ", ".join(decision.scope_countries)}
    if decision.outcome == Outcome.RESTORE:
        return _("The content at %(url)s has been restored.") % values
    if decision.outcome == Outcome.LABEL:
        return _("The content at %(url)s now carries a warning. It stays available.") % values
    if decision.scope_kind == "worldwide":
        return _("The content at %(url)s is no longer available anywhere on this service.") % values
    if decision.state_involved:
        return _("The content at %(url)s is no longer available in the territory the order names.") % values
    return _("The content at %(url)s is no longer available in: %(countries)s.") % values


def _why(decision: "Decision") -> str:
    if decision.outcome == Outcome.RESTORE:
        return decision.reasons
    if decision.state_involved:
        return _(
            "This follows a binding order of %(authority)s. The order, its reasons and your rights are in the letter."
        ) % {"authority": decision.state_involved}
    return _("A person decided this after an assessment. The reasons are in the letter.")


def _roads(decision: "Decision") -> str:
    if decision.outcome in {Outcome.RESTORE, Outcome.KEEP}:
        return ""
    if decision.redress_road == "challenge":
        return _(
            "You can ask an authority to examine the order within 48 hours, and go to court. The letter says how."
        )
    return _(
        "You can lodge a complaint, free of charge, for at least six months. Somebody else will decide about it."
    )
