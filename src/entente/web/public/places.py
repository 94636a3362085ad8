"""Where a measure holds, in words; and what law data calls things, in the reader's language."""

from collections.abc import Collection
from typing import Final

from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from entente.apps.kernel.config import config
from entente.core.law import bases
from entente.core.law.territories import is_exercise_state, territory

_UNION_ACTS: Final = ("Regulation (EU)", "Directive (EU)")
_WORDS_OF_CITATIONS: Final = (
    ("Regulation (EU)", gettext_lazy("Regulation (EU)")),
    ("Directive (EU)", gettext_lazy("Directive (EU)")),
    (", Arts ", gettext_lazy(", Arts ")),
    (", Art. ", gettext_lazy(", Art. ")),
    (" and ", gettext_lazy(" and ")),
    (", as each Member State made it law", gettext_lazy(", as each Member State made it law")),
)
_OWN_TERMS: Final = gettext_noop("the service's terms, in the clause named in the decision")


def country_name(code: str) -> str:
    """Return a country's name in the reader's language; invented states by their own, unknown ones by their code."""
    if not code or is_exercise_state(code):
        return _(territory(code).title) if code else ""
    from babel import Locale

    return str(Locale.parse(get_language() or "en").territories.get(code, code))


def language_name(code: str) -> str:
    """Return a language's name in the reader's language, else its code (BCP 47)."""
    from babel import Locale

    return str(Locale.parse(get_language() or "en").languages.get(code.partition("-")[0], code))


def where(scope_kind: str, countries: Collection[str]) -> str:
    """Return where a measure holds as the end of a sentence: "in all Member States of the European Union"."""
    if scope_kind == "worldwide":
        return _("everywhere on this service")
    union = territory("EU")
    exercise = config().demo
    if set(countries) == set(union.members(exercise=exercise)):
        return _("in all Member States of the European Union")
    return _("in these countries: %(names)s") % {
        "names": ", ".join(sorted(country_name(code) for code in countries))
    }


def basis_title(basis_id: str) -> str:
    """Return a legal basis by its title."""
    return _(bases.basis(basis_id).title)


def basis_article(basis_id: str) -> str:
    """Return the provision a legal basis rests on."""
    return citation(bases.basis(basis_id).article)


def ground_title(ground_id: str) -> str:
    """Return what the content is held to be, or an empty text."""
    if not ground_id:
        return ""
    found = bases.grounds(exercise=True).get(ground_id)
    return _(found.title) if found else ground_id


def ground_article(ground_id: str) -> str:
    """Return the provision behind a ground, or an empty text."""
    found = bases.grounds(exercise=True).get(ground_id)
    return citation(found.article) if found else ""


def citation(article: str) -> str:
    """Return a provision as the reader cites it; an act of a state stays in that state's own words."""
    if article == _OWN_TERMS:
        return _(article)
    if article.startswith(_UNION_ACTS):
        for english, word in _WORDS_OF_CITATIONS:
            article = article.replace(english, str(word))
    return article
