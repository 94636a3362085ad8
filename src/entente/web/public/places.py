"""Where a measure holds, in words; and what law data calls things, in the reader's language."""

from typing import Final

from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _

from entente.apps.cases.whereabouts import country_name, where
from entente.core.law import bases

__all__ = [
    "basis_article",
    "basis_title",
    "citation",
    "country_name",
    "ground_article",
    "ground_title",
    "language_name",
    "where",
]

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


def language_name(code: str) -> str:
    """Return a language's name in the reader's language, else its code (BCP 47)."""
    from babel import Locale

    return str(Locale.parse(get_language() or "en").languages.get(code.partition("-")[0], code))


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
