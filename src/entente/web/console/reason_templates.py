"""Reasons to start from, in the language of the person affected; a person edits them before they are sent.

DSA 17 asks for the facts, the ground, why the content falls under it, and the territory; the roads of redress
stand in the letter itself.
"""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import override

from entente.core.law import bases
from entente.web.public.places import ground_title, where

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment

LANGUAGES: Final = ("en", "fr", "es", "de", "ar")


def reasons_for(assessment: "Assessment", language: str) -> str:
    """Return the prepared reasons for a decision that follows this assessment."""
    with override(language if language in LANGUAGES else "en"):
        if assessment.outcome == "keep":
            return _keep(assessment)
        return _restrict(assessment)


def _restrict(assessment: "Assessment") -> str:
    ground = bases.grounds(exercise=True).get(assessment.ground)
    is_terms = ground is not None and ground.kind is bases.GroundKind.TERMS
    opening = (
        _("A person of this service has read your content and finds that it breaks our terms: %(ground)s.")
        if is_terms
        else _("A person of this service has read your content and finds that it is illegal: %(ground)s.")
    ) % {"ground": ground_title(assessment.ground)}
    place = where(assessment.scope_kind, assessment.scope_countries)
    measure = {
        "disable": _("It is not shown any more %(where)s."),
        "restrict_by_country": _("It is not shown any more %(where)s; elsewhere it stays."),
        "warning_label": _("It stays, with a warning in front of it, %(where)s."),
    }[assessment.outcome] % {"where": place}
    return "\n\n".join(
        [
            opening,
            _("What counted for us: [say which words or images, and what they mean in their context]."),
            _(
                "We asked whether it serves education, journalism, art, research or prevention, or is part of a public debate, and found: [say why not]."
            ),
            measure,
        ]
    )


def _keep(assessment: "Assessment") -> str:
    return "\n\n".join(
        [
            _("A person of this service has read the content that was reported to us."),
            _(
                "It stays: [say why, for example that its purpose is journalistic, or that it is part of a public debate]."
            ),
            _("We examined in particular: %(ground)s.") % {"ground": ground_title(assessment.ground)},
        ]
    )
