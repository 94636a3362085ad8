"""Where a measure holds, in the words of whoever reads."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from entente.apps.kernel.config import config
from entente.core.law.territories import is_exercise_state, territory

if TYPE_CHECKING:
    from entente.core.law.areas import Area


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
    return _("in these countries: %(names)s") % {"names": _names(countries)}


def where_in(area: "Area") -> str:
    """Return where something holds as `where` does; of the world, or most of the Union, what is left out."""
    if area.is_everywhere:
        return where("worldwide", ())
    if area.is_rest_of_world:
        return _("everywhere but in these countries: %(names)s") % {"names": _names(area.countries)}
    union = territory("EU").members(exercise=config().demo)
    missing = union - area.countries
    if missing and area.countries < union and len(missing) < len(area.countries):
        return _("in all Member States of the European Union but these: %(names)s") % {
            "names": _names(missing)
        }
    return where("countries", area.countries)


def _names(codes: Collection[str]) -> str:
    return ", ".join(sorted(country_name(code) for code in codes))


def why_page(action_id: UUID) -> str:
    """Return the address of the page that explains a measure to whoever meets it."""
    return f"{config().base_url.rstrip('/')}/why/{action_id}"
