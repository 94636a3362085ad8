"""What the end of a measure gives back, in the words of whoever reads: all of it, some of it, or nothing yet.

Content comes back where nothing else holds it. Another measure that holds it on is named by the page that explains it;
where the law keeps that one silent, the content is not available there, and nothing more is said (rule 14).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from entente.apps.cases.models.decision import Outcome
from entente.apps.cases.whereabouts import where_in, why_page

if TYPE_CHECKING:
    from entente.apps.cases.in_force import Remainder


@dataclass(frozen=True, slots=True)
class StillHeld:
    """Where another measure keeps the content unavailable. `url` explains it; empty where the law imposes silence."""

    where: str
    url: str

    @property
    def words(self) -> str:
        """Return a sentence about it."""
        if not self.url:
            return _("It is not available %(where)s.") % {"where": self.where}
        return _("It stays unavailable %(where)s because of another measure, explained here: %(why)s") % {
            "where": self.where,
            "why": self.url,
        }


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What is given back. `held` is empty where all of it is; else `where` says where it is back, empty for nowhere."""

    is_warning: bool = False
    held: tuple[StillHeld, ...] = ()
    where: str = ""

    @property
    def subject(self) -> str:
        """Return what happened, in a line."""
        if self.is_warning:
            return _("A warning on your content was taken away")
        if self.held:
            return _("A measure on your content has ended")
        return _("Your content is available again")

    def words(self, url: str) -> str:
        """Return what happened to the content at `url`, in a few sentences."""
        values = {"url": url}
        if self.is_warning:
            return _("The warning on the content at %(url)s was taken away.") % values
        if not self.held:
            return _("The content at %(url)s has been restored.") % values
        lines = [_("A measure on the content at %(url)s, of which we told you, has ended.") % values]
        if self.where:
            lines.append(_("The content is available again %(where)s.") % {"where": self.where})
        return " ".join([*lines, *(held.words for held in self.held)])


def given_back(left: "Remainder") -> GivenBack:
    """Put into words what the end of a measure gives back."""
    held = [
        StillHeld(where_in(left.area.shared(other.area)), why_page(other.action_id)) for other in left.told
    ]
    if not left.unexplained.is_nowhere:
        held.append(StillHeld(where_in(left.unexplained), ""))
    is_somewhere = left.is_held and not left.freed.is_nowhere
    return GivenBack(
        is_warning=left.kind == Outcome.LABEL,
        held=tuple(held),
        where=where_in(left.freed) if is_somewhere else "",
    )
