"""What the law engine says, for a reader: countries by their names, days as the reader's language writes them.

Owns the step between a `Said` of the law engine, whose parameters are codes and ISO days, and a sentence on a page.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.web.public.places import citation, country_name
from entente.web.templatetags.entente_ui import brief

_COUNTRIES: Final = frozenset({"country", "countries", "issuing_state", "host_state", "state"})
_PHRASES: Final = frozenset({"basis", "measure", "outcome", "purpose", "safeguard", "tie", "title"})
"""Parameters that are words of the law data themselves, in the catalogs like its sentences."""
_CODE_LENGTH: Final = 2
AUTHORITY_TYPES: Final = {
    "judge_court_investigating_judge": gettext_lazy("judge, court or investigating judge"),
    "law_enforcement": gettext_lazy("law enforcement authority"),
    "other": gettext_lazy("other competent authority"),
}
"""The kinds of authority that section E of Annex I offers."""


def sentence(template: str, params: Mapping[str, Any] | None) -> str:
    """Return a sentence of the law engine in the reader's language, with its parameters made readable."""
    if not template:
        return ""
    return _(template) % {name: readable(name, value) for name, value in (params or {}).items()}


def readable(name: str, value: Any) -> Any:
    """Return one parameter as a reader would write it; what is no code stays as it is."""
    if not isinstance(value, str):
        return value
    if name == "instrument":
        return citation(value)
    if name in _COUNTRIES:
        return ", ".join(country(code) for code in value.split(", "))
    return _(value) if name in _PHRASES and value else day(value)


def country(code: str) -> str:
    """Return the name of a country given by its two letters; anything else as it was written."""
    return country_name(code) if len(code) == _CODE_LENGTH and code.isupper() else code


def day(text: str) -> str:
    """Return an ISO day as the reader writes days; anything else as it was written."""
    try:
        return brief(date.fromisoformat(text), "j M Y") if len(text) == len("2026-01-31") else text
    except ValueError:
        return text
