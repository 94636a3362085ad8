"""Entity labels: whom content is taken to come from, who designated them, and where that counts."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from entente.apps.banks import queries, services
from entente.apps.banks.territories import EUROPEAN_UNION, UNITED_NATIONS, Territories
from entente.apps.kernel import clock
from entente.web import law_text
from entente.web.console.banks import places
from entente.web.console.banks.acts import Act, Asked, Place
from entente.web.console.banks.signal_forms import DesignationForm
from entente.web.console.pages import show
from entente.web.permissions import requires

_MOST = 200
_MANY_COUNTRIES = 12


@requires("banks.view")
@require_GET
def entities(request: HttpRequest) -> HttpResponse:
    """Show entity labels with their designations."""
    asked = request.GET.get("q", "").strip()
    today = clock.now().date()
    lines = queries.entities(name_contains=asked, limit=_MOST + 1)
    context = {
        "rows": [
            {
                "line": line,
                "designations": designation_rows(line, today),
                "where": where_it_supports(queries.territories(line.id, on=today)),
            }
            for line in lines[:_MOST]
        ],
        "q": asked,
        "is_cut": len(lines) > _MOST,
        "most": _MOST,
        "place": _here(),
    }
    return show(request, "console/banks/entities.html", context)


def designation_rows(line: queries.EntityLine, today: date) -> list[dict[str, Any]]:
    """Return who designated an entity, and whether that is in force today."""
    return [
        {"facts": one, "by": designator(one.designated_by), "holds": one.holds_on(today)}
        for one in line.designations
    ]


def designator(code: str) -> str:
    """Return who designated, in words."""
    named = {UNITED_NATIONS: _("United Nations"), EUROPEAN_UNION: _("European Union")}
    return named[code] if code in named else law_text.country(code)


def where_it_supports(found: Territories) -> str:
    """Return where the label may support a restriction."""
    if found.everywhere:
        return _("everywhere")
    if not found.countries:
        return _("nowhere: nobody's designation is in force")
    if len(found.countries) > _MANY_COUNTRIES:
        return _("in %(count)d countries") % {"count": len(found.countries)}
    return ", ".join(sorted(law_text.country(code) for code in found.countries))


def _here(_subject: Any = None) -> Place:
    return Place(_("Entities"), reverse("console:entities"), places.rooms())


def _record(asked: Asked) -> Any:
    return services.record_designation(**asked.values, actor=asked.actor, at=asked.at)


DESIGNATE = Act(
    name="entity_designate",
    where="entities/designate",
    permission="banks.edit",
    form=DesignationForm,
    title=gettext_lazy("Record a designation"),
    consequences=gettext_lazy(
        "A restriction because of this entity may reach where the designation holds, and nowhere else: one state's never binds another. The same one again takes the new end and reference."
    ),
    submit=gettext_lazy("Record it"),
    run=_record,
    done=gettext_lazy("The designation is recorded."),
    load=lambda _request: None,
    place=_here,
    prefill=lambda request, _subject: {"entity": request.GET.get("entity", "")},
)
ACTS = (DESIGNATE,)
