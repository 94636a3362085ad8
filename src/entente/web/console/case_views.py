"""The case page: the cockpit of one case, the same things always in the same place."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from entente.apps.cases import queries as cases
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.web.accounts.answering import actor, attempt_or_say, signed_in
from entente.web.console import case_page, content_tab, words
from entente.web.console.finding import found, order_of
from entente.web.console.pages import mark, page_number, show, to_case
from entente.web.permissions import May, requires

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from entente.apps.orders.models import Answer
    from entente.apps.parties.models import Person

_TABS = {name for name, _label, _key in case_page.TABS}


@requires("cases.view")
@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case: what it is, how much time is left, what may be done, why."""
    me = signed_in(request)
    may = May(me)
    wanted = request.GET.get("tab", "now")
    tab = wanted if wanted in _TABS else "now"
    page = page_number(request)
    shown = case_page.head(cases.case_by_id(case_id), me, may)
    context = {
        "head": shown,
        "case": shown.case,
        "tab": tab,
        "tabs": case_page.TABS,
        "own_id": str(me.pk),
        "action_tones": words.ACTION_TONES,
        "authenticity_tones": words.AUTHENTICITY_TONES,
        "door": words.DOORS.get(getattr(shown.order or shown.notice, "door", ""), ""),
        "method": words.METHODS.get(shown.order.authenticity_method, "") if shown.order else "",
        **_tab(request, tab, shown, page),
    }
    return show(request, f"console/case_{tab}.html", context)


def _tab(request: HttpRequest, tab: str, shown: case_page.Head, page: int) -> dict[str, Any]:
    if tab == "content":
        return content_tab.content_tab(shown.case, signed_in(request), clock.now(), page)
    if tab == "now":
        return _without_others(signed_in(request), case_page.now_tab(shown, page))
    if tab == "history":
        return case_page.history_tab(shown, mark(request))
    return case_page.form_tab(shown) if tab == "form" else case_page.people_tab(shown)


def _without_others(person: "Person", read: dict[str, Any]) -> dict[str, Any]:
    """Leave related cases out that the person may not see."""
    if not person.from_outside:
        return read
    orders_seen = [order for order in read["related_orders"] if cases.may_see(person, order.case_id)]
    others_seen = [other for other in read["others"] if cases.may_see(person, other.pk)]
    return {**read, "related_orders": orders_seen, "others": others_seen}


@requires("cases.view")
@require_GET
def items(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Return the table of addresses alone, for the page that waits for effects."""
    case_row = cases.case_by_id(case_id)
    page = page_number(request)
    order = orders.of_case(case_id)
    restoring = orders.restoring(order) if order is not None else None
    context = {
        "case": case_row,
        "restoring": restoring,
        "rows": case_page.item_rows(case_row, page),
        "states": cases.item_states(case_id),
        "pages": {"page": page},
    }
    response = show(request, "console/parts/items.html", context)
    if case_row.stage != "effect" and restoring is None:
        response["HX-Refresh"] = "true"  # the effect is there: what one can do next is another thing now
    return response


@requires("orders.check")
@require_POST
def answer_again(request: HttpRequest, case_id: UUID, answer_id: UUID) -> "HttpResponseBase":
    """Send a document again by the road our register names now."""
    answer = _answer(case_id, answer_id)
    attempt_or_say(
        request,
        lambda: order_services.send_answer(answer_id=answer.pk, actor=actor(request), at=clock.now()),
        _("The document is on its way again."),
    )
    return to_case(case_id, "people")


def _answer(case_id: UUID, answer_id: UUID) -> "Answer":
    order = order_of(cases.case_by_id(case_id))
    answer = found(orders.answer, answer_id)
    if answer.order_id != order.pk:
        raise Missing(_("There is nothing at this address."))
    return answer
