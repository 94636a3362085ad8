"""Where a measure holds, in the words of whoever reads."""

from collections.abc import Collection

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entente.apps.kernel.config import config
from entente.core.law.territories import is_exercise_state, territory


def country_name(code: str) -> str:
    """Return a country's name in the reader's language; invented states by their own, unknown ones by their code."""
    if not code or is_exercise_state(code):
        return _(territory(code).title) if code else ""
    from babel import Locale

    return str(Locale.parse(get_language() or "en").territories.get(code, code))


def where(scope_kind: str, countries: Collection[str]) -> str:
    """Return where a measure holds as the end of a sentence: "in all Member States of the European Union"."""
    if scope_kind == "worldwide":
        return _("everywhere on this service")
    union = territory("EU")
    if set(countries) == set(union.members(exercise=config().demo)):
        return _("in all Member States of the European Union")
    return _("in these countries: %(names)s") % {
        "names": ", ".join(sorted(country_name(code) for code in countries))
    }
