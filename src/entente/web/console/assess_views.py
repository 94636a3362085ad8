"""Assessing one address in full, on both roads: a draft that is never lost, the gaps named while one writes."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import AssessmentIncomplete
from entente.apps.cases.services import assessing
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError, Refused
from entente.apps.notices import queries as notices
from entente.apps.orders import facts
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.apps.parties.permissions import is_allowed
from entente.web.accounts.answering import signed_in
from entente.web.console import words
from entente.web.console.assess_forms import AssessForm, default_countries
from entente.web.console.finding import item_of, order_of
from entente.web.console.pages import show, to_case
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment, Case, CaseItem
    from entente.apps.parties.models import Person
    from entente.core.law.assessment import Gap

_PARTS = (
    ("test", "test_"),
    ("factors", "factor_"),
)


@requires("cases.assess")
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponseBase:
    """Show the assessment of one address; POST completes it, or only keeps the draft."""
    case, item, road = _asked(request, case_id, item_id)
    me = signed_in(request)
    if request.method == "POST":
        form = AssessForm(request.POST, road=road, closed=_closed(case, road))
        form.is_valid()  # nothing is required in a draft; what is unreadable is left out
        draft = _save(form, case, item, me)
        if "draft" not in request.POST and _complete(request, draft, me):
            return _onward(case, item, road)
        if "draft" in request.POST:
            messages.success(request, _("Your draft is kept."))
        return redirect("console:assess", case_id, item_id)
    draft_or_none = _draft(case, item, me)
    form = AssessForm(
        initial=_initial(draft_or_none),
        road=road,
        ground=draft_or_none.ground if draft_or_none else "",
        closed=_closed(case, road),
    )
    context = {
        "case": case,
        "item": item,
        "road": road,
        "form": form,
        "draft": draft_or_none,
        "order": orders.of_case(case.pk) if road == "order" else None,
        "notice": notices.of_case(case.pk) if road == "notice" else None,
        "gaps": named_gaps(assessing.gaps_of(draft_or_none)) if draft_or_none else None,
        **_fieldsets(form),
    }
    return show(request, "console/assess.html", context)


@requires("cases.assess")
@require_POST
def autosave(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponse:
    """Keep the draft while one writes; answer with what is still missing, and with the territory's choices."""
    case, item, road = _asked(request, case_id, item_id)
    form = AssessForm(request.POST, road=road, closed=_closed(case, road))
    form.is_valid()
    me = signed_in(request)
    before = _draft(case, item, me)
    draft = _save(form, case, item, me)
    context = {
        "gaps": named_gaps(assessing.gaps_of(draft)),
        "form": AssessForm(
            initial=_initial(draft), road=road, ground=draft.ground, closed=_closed(case, road)
        ),
        "ground_changed": draft.ground != (before.ground if before is not None else ""),
        "road": road,
        "at": clock.now(),
    }
    return show(request, "console/parts/gaps.html", context)


def _asked(request: HttpRequest, case_id: UUID, item_id: UUID) -> "tuple[Case, CaseItem, str]":
    case = cases.case_by_id(case_id)
    item = item_of(case, item_id)
    road = "order" if case.intake_kind == "removal_order" else "notice"
    if road == "order" and not is_allowed(signed_in(request), "orders.assess"):
        raise Refused(_("A senior or legal person assesses an executed order."))
    if road == "order":
        order_services.check_assessor(order=order_of(case), actor=signed_in(request).actor)
    return case, item, road


def _closed(case: "Case", road: str) -> tuple[str, ...]:
    """Return the conclusions that lead nowhere here: an order of the host's own state is not scrutinised (TCO 4)."""
    order = orders.of_case(case.pk) if road == "order" else None
    return ("ask_for_scrutiny",) if order is not None and not facts.may_be_scrutinised(order) else ()


def _draft(case: "Case", item: "CaseItem", person: "Person") -> "Assessment | None":
    own = (one for one in cases.assessments_of(case.pk) if one.assessed_by_id == person.pk)
    return next((one for one in own if one.item_id == item.pk and not one.is_complete), None)


def _initial(draft: "Assessment | None") -> dict[str, Any]:
    return AssessForm.initial_of(draft, assessing.FORM_FIELDS) if draft is not None else {}


def _save(form: AssessForm, case: "Case", item: "CaseItem", person: "Person") -> "Assessment":
    values = form.values()
    if values.get("ground") and form.road == "notice" and not values.get("scope_kind"):
        values["scope_kind"], values["scope_countries"] = default_countries(values["ground"])
    return case_services.save_assessment_draft(
        case_id=case.pk,
        item_id=item.pk,
        values=values,
        road=form.road,
        person_id=person.pk,
        at=clock.now(),
    )


def _complete(request: HttpRequest, draft: "Assessment", person: "Person") -> bool:
    try:
        case_services.complete_assessment(assessment_id=draft.pk, actor=person.actor, at=clock.now())
    except AssessmentIncomplete:
        messages.error(
            request, _("Nothing is decided with a gap. What is missing is listed beside the form.")
        )
        return False
    except DomainError as error:
        messages.error(request, _(error.message))
        return False
    messages.success(request, _("The assessment is complete."))
    return True


def _onward(case: "Case", item: "CaseItem", road: str) -> HttpResponseBase:
    if road == "notice":
        return redirect("console:decide", case.pk, item.pk)
    return redirect("console:course", case.pk) if case.stage == "assess" else to_case(case.pk)


def named_gaps(gaps: "tuple[Gap, ...]") -> list[tuple[str, str]]:
    """Return each gap as the id of its field and its sentence."""
    return [("id_" + _field_of(gap.field), words.said(gap)) for gap in gaps]


def _field_of(where: str) -> str:
    if where == "scope":
        return "scope_kind"
    return where.replace("test.", "test_").replace("factors.", "factor_")


def _fieldsets(form: AssessForm) -> dict[str, Any]:
    return {
        name: [form[field] for field in form.fields if field.startswith(prefix)] for name, prefix in _PARTS
    }
