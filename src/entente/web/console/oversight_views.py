"""Oversight from both sides: the overseer checks, opens with a reason, recommends; the host answers."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.cases import threats
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.orders import queries as orders
from entente.apps.oversight import queries, services
from entente.apps.parties.permissions import is_allowed
from entente.web.accounts.answering import actor, attempt, attempt_or_say, signed_in
from entente.web.console import fact_words, words
from entente.web.console.desk_forms import AnswerForm, OpenFileForm, RecommendationForm, RemarkForm
from entente.web.console.finding import found
from entente.web.console.pages import PAGE, mark, older, posted, show
from entente.web.permissions import requires
from entente.web.public.places import basis_title, where

if TYPE_CHECKING:
    from entente.apps.cases.models import Case

KINDS = {
    "decision": gettext_noop("Decision"),
    "order_received": gettext_noop("Order received"),
    "register_change": gettext_noop("Change of the register"),
    "bank_policy": gettext_noop("What a bank does after a match"),
    "signals_adopted": gettext_noop("Signals adopted into a bank"),
    "signals_shared": gettext_noop("Signals shared with partners"),
    "sharing_ended": gettext_noop("Sharing ended"),
    "order_clarified": gettext_noop("Order clarified by its authority"),
    "threat_warned": gettext_noop("Told of a threat to life"),
}


@requires("oversight.view")
@require_GET
def oversight(request: HttpRequest) -> HttpResponse:
    """Show what waits for a check, and what waits for an answer."""
    unchecked = request.GET.get("show", "") != "all"
    lines = queries.copies(unchecked_only=unchecked, before=mark(request), limit=PAGE + 1)
    shown = lines[:PAGE]
    context = {
        "copies": [(line, _(KINDS.get(line.kind, line.kind))) for line in shown],
        "older": older(shown[-1].copied_at, shown[-1].id) if len(lines) > PAGE else "",
        "unchecked": unchecked,
        "recommendations": queries.recommendations(),
        "overseers": queries.overseers(),
        "is_overseer": is_allowed(signed_in(request), "oversight.check"),
    }
    return show(request, "console/oversight.html", context)


@requires("oversight.check")
@require_GET
def oversight_copy(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """Show one copied act to the overseer; the look is recorded."""
    return _copy_page(request, copy_id)


def _copy_page(request: HttpRequest, copy_id: UUID, **given: forms.Form) -> HttpResponse:
    me, at = signed_in(request), clock.now()
    summary = services.read_copy(copy_id=copy_id, overseer=me.actor, at=at)
    line = queries.copy(copy_id)
    is_open = queries.may_read_file(subject_id=line.subject_id, overseer_id=str(me.pk), at=at)
    context: dict[str, Any] = {
        "line": line,
        "kind": _(KINDS.get(line.kind, line.kind)),
        "summary": [(fact_words.name(name), fact_words.text(name, value)) for name, value in summary.items()],
        "recommendations": queries.recommendations(copy_id=copy_id),
        "remark_form": RemarkForm(),
        "open_form": OpenFileForm(),
        "recommendation_form": RecommendationForm(),
        "file": _file(line) if is_open else None,
        **given,
    }
    return show(request, "console/oversight_copy.html", context)


def _file(line: queries.CopyLine) -> dict[str, Any] | None:
    """Return the file behind a copy: decisions with reasons and the record, for eight hours."""
    case = _case_of(line)
    if case is None:
        return None
    return {
        "case": case,
        "items": cases.items_of(case.pk, limit=50),
        "decisions": [
            (one, basis_title(one.basis_id), where(one.scope_kind, one.scope_countries))
            for one in cases.decisions_of(case.pk)
        ],
        "events": [(one, words.event_title(one.kind)) for one in audit.trail_of_case(case.pk)],
    }


def _case_of(line: queries.CopyLine) -> "Case | None":
    if line.kind == "decision":
        return found(cases.decision, line.subject_id).case
    if line.kind in {"order_received", "order_clarified"}:
        return found(orders.order, line.subject_id).case
    if line.kind == "threat_warned":
        return found(threats.case_of_warning, line.subject_id)
    return None


@requires("oversight.check")
@require_POST
def oversight_check(request: HttpRequest, copy_id: UUID) -> HttpResponseBase:
    """Note that the overseer checked an act."""
    form = RemarkForm(request.POST)
    remark = form.cleaned_data["remark"] if form.is_valid() else ""
    attempt_or_say(
        request,
        lambda: services.check_copy(copy_id=copy_id, overseer=actor(request), remark=remark, at=clock.now()),
        _("Checked."),
    )
    return redirect("console:oversight")


@requires("oversight.open_file")
@require_POST
def oversight_open(request: HttpRequest, copy_id: UUID) -> HttpResponseBase:
    """Open the file behind an act, with a written reason that is recorded first."""
    form = OpenFileForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        attempt(
            form,
            lambda: services.open_file(
                copy_id=copy_id, overseer=actor(request), reason=reason, at=clock.now()
            ),
        )
    if form.errors:
        return _copy_page(request, copy_id, open_form=form)
    return redirect("console:oversight_copy", copy_id)


@requires("oversight.recommend")
@require_POST
def oversight_recommend(request: HttpRequest, copy_id: UUID) -> HttpResponseBase:
    """Recommend something; it stays open until answered."""
    form = RecommendationForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        attempt(
            form,
            lambda: services.make_recommendation(
                copy_id=copy_id, text=text, overseer=actor(request), at=clock.now()
            ),
        )
    if form.errors:
        return _copy_page(request, copy_id, recommendation_form=form)
    messages.success(request, _("Your recommendation waits for its answer."))
    return redirect("console:oversight_copy", copy_id)


@requires("oversight.answer")
@require_http_methods(["GET", "POST"])
def oversight_answer(request: HttpRequest, recommendation_id: UUID) -> HttpResponseBase:
    """Answer a recommendation for the host."""
    one = next((row for row in queries.recommendations(limit=10_000) if row.id == recommendation_id), None)
    if one is None:
        raise Missing(_("There is no such recommendation."))
    form = AnswerForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        attempt(
            form,
            lambda: services.answer_recommendation(
                recommendation_id=recommendation_id,
                text=given["text"],
                followed=given["followed"] == "yes",
                actor=actor(request),
                at=clock.now(),
            ),
        )
        if not form.errors:
            messages.success(request, _("The recommendation is answered."))
            return redirect("console:oversight")
    return show(request, "console/oversight_answer.html", {"one": one, "form": form})
