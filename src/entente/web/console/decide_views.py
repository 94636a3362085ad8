"""Deciding about reported content after its assessment, for one address or many; choosing the course of an order."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from entente.apps.cases import decided
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services.deciding import Ruling
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Conflict, DomainError, Missing
from entente.apps.matching import queries as matching
from entente.apps.matching import services as matching_services
from entente.apps.notices import queries as notices
from entente.apps.notices import services as notice_services
from entente.apps.orders import services as order_services
from entente.web.accounts.answering import actor
from entente.web.console import order_forms, reason_templates
from entente.web.console.acts import Act, Asked
from entente.web.console.assess_forms import OUTCOMES, who_understood
from entente.web.console.decide_forms import DecideForm
from entente.web.console.finding import item_of, order_of
from entente.web.console.pages import posted, show, to_case
from entente.web.permissions import requires
from entente.web.public.places import ground_title, where

if TYPE_CHECKING:
    from entente.apps.cases.models import Assessment, Case, CaseItem
    from entente.apps.notices.models import Notice

MATCH: Final = "match"
"""The intake kind of a case that a known signal opened."""

BATCH: Final = 10
"""Decisions written in one request; the page goes on by itself and shows how far it is."""


@requires("cases.decide")
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, case_id: UUID, item_id: UUID) -> HttpResponseBase:
    """Ask for basis and reasons, then decide; the outcome is the assessment's."""
    case = cases.case_by_id(case_id)
    item = item_of(case, item_id)
    state_involved = _state_involved(case)
    assessment = _assessment_of(case, item)
    others = _others(case, item)
    form = DecideForm(
        posted(request),
        assessment=assessment,
        others=others,
        initial={"reasons": reason_templates.reasons_for(assessment, _language(item))},
    )
    if request.method == "POST" and form.is_valid():
        ruling = _ruling(form, assessment, state_involved)
        ids = [str(item.pk), *form.cleaned_data.get("others", [])]
        request.session[_key(case)] = {
            "ruling": _plain(ruling),
            "assessment": str(assessment.pk),
            "supersedes": {str(item.pk): request.POST.get("supersedes", "")},
            "left": ids,
            "total": len(ids),
        }
        refusal = _decide_batch(request, case)
        if refusal is None:
            return _onward(request, case)
        form.add_error(None, refusal)
    context = {
        "case": case,
        "item": item,
        "form": form,
        "assessment": assessment,
        "outcome": dict(OUTCOMES["notice"]).get(assessment.outcome, assessment.outcome),
        "ground": ground_title(assessment.ground),
        "where": where(assessment.scope_kind, assessment.scope_countries),
        "understood": who_understood(assessment),
        "language": _language(item),
        "superseded": item.decision,
    }
    return show(request, "console/decide.html", context)


def _key(case: "Case") -> str:
    return f"console_bulk_{case.pk}"


def _plain(ruling: Ruling) -> dict[str, Any]:
    """Return a ruling as a session keeps it."""
    plain = asdict(ruling)
    plain["scope_countries"] = list(ruling.scope_countries)
    plain["ends_at"] = ruling.ends_at.isoformat() if ruling.ends_at else None
    return plain


def _ruling_of(plain: dict[str, Any]) -> Ruling:
    ends = plain["ends_at"]
    return Ruling(
        **{
            **plain,
            "scope_countries": tuple(plain["scope_countries"]),
            "ends_at": datetime.fromisoformat(ends) if ends else None,
        }
    )


def _onward(request: HttpRequest, case: "Case") -> HttpResponseBase:
    left = request.session.get(_key(case))
    if left:
        return redirect("console:decide_progress", case.pk)
    return to_case(case.pk)


def _decide_batch(request: HttpRequest, case: "Case") -> str | None:
    """Decide the next addresses; return why the very first one was refused, or None."""
    work = request.session[_key(case)]
    ruling = _ruling_of(work["ruling"])
    assessment = next(one for one in cases.assessments_of(case.pk) if str(one.pk) == work["assessment"])
    batch, work["left"] = work["left"][:BATCH], work["left"][BATCH:]
    refused = []
    for text in batch:
        try:
            _decide_one(
                case,
                item_id=UUID(text),
                ruling=ruling,
                assessment=assessment,
                actor=actor(request),
                at=clock.now(),
                supersedes=_id_or_none(work["supersedes"].get(text, "")),
            )
        except DomainError as error:
            refused.append(_(error.message))
    if refused and len(refused) == len(batch):
        del request.session[_key(case)]
        return str(refused[0])
    for reason in dict.fromkeys(refused):
        messages.warning(request, reason)
    request.session.modified = True
    if not work["left"]:
        del request.session[_key(case)]
        done = ngettext("Decided: %(count)d address.", "Decided: %(count)d addresses.", work["total"])
        messages.success(request, done % {"count": work["total"]})
    return None


def _id_or_none(text: str) -> UUID | None:
    """Return the decision the person saw and replaces, or None where they saw none."""
    try:
        return UUID(text)
    except ValueError:
        return None


@requires("cases.decide")
@require_http_methods(["GET", "POST"])
def decide_progress(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Go on with a decision for many addresses, a batch per request, showing how far it is."""
    case = cases.case_by_id(case_id)
    work = request.session.get(_key(case))
    if not work:
        return to_case(case_id)
    if request.method == "POST":
        refusal = _decide_batch(request, case)
        if refusal is not None:
            messages.error(request, refusal)
        work = request.session.get(_key(case))
        if not work and not getattr(request, "htmx", False):
            return to_case(case_id)
    total = work["total"] if work else 0
    context = {"case": case, "total": total, "done": total - len(work["left"]) if work else 0, "work": work}
    is_part = getattr(request, "htmx", False)
    return show(request, "console/parts/progress.html" if is_part else "console/progress.html", context)


def _decide_one(case: "Case", **given: Any) -> object:
    """Decide about one address in the room the case came from."""
    if case.intake_kind == MATCH:
        return matching_services.decide_match(case_id=case.pk, **given)
    return notice_services.decide_notice(notice_id=_notice_of(case).pk, **given)


def _state_involved(case: "Case") -> str:
    """Return the authority that pointed the content out: that of a referral, or of a bank of referrals."""
    if case.intake_kind == MATCH:
        return matching.authority_behind(case.pk)
    return _notice_of(case).state_involved


def _notice_of(case: "Case") -> "Notice":
    notice = notices.of_case(case.pk)
    if notice is None:
        raise Missing(_("Only reported content is decided here; an order is executed, then assessed."))
    return notice


def _assessment_of(case: "Case", item: "CaseItem") -> "Assessment":
    done = [one for one in decided.newer_assessments(case.pk) if one.is_complete]
    own = next((one for one in done if one.item_id == item.pk), None)
    if own is None:
        raise Conflict(_("Assess this address in full first; nothing is decided with a gap."))
    return own


def _others(case: "Case", item: "CaseItem") -> list[tuple[str, str]]:
    rows = cases.undecided_items(case.pk, limit=1000)
    return [(str(row.pk), row.url) for row in rows if row.pk != item.pk]


def _language(item: "CaseItem") -> str:
    return case_services.letter_language(item.content_item)


def _ruling(form: DecideForm, assessment: "Assessment", state_involved: str) -> Ruling:
    given = form.cleaned_data
    is_kept = assessment.outcome == "keep"
    return Ruling(
        outcome=assessment.outcome,
        basis_id=given["basis"],
        reasons=given["reasons"],
        facts=given["facts"],
        ground_id="" if is_kept else assessment.ground,
        scope_kind=assessment.scope_kind or "countries",
        scope_countries=tuple(assessment.scope_countries),
        label=given.get("label", ""),
        state_involved=state_involved,
        ends_at=given.get("ends_at"),
    )


def _complete_assessment(case: "Case") -> "Assessment":
    done = order_services.usable_assessments(order_of(case))
    if not done:
        raise Conflict(_("Assess the order in full first; nothing is concluded with a gap."))
    return done[0]


def _prefill(_request: HttpRequest, _case: "Case", assessment: "Assessment") -> dict[str, Any]:
    return {"reasons": assessment.reasoning}


def _shown(_request: HttpRequest, case: "Case", assessment: "Assessment") -> dict[str, Any]:
    return {
        "outcome": dict(OUTCOMES["order"]).get(assessment.outcome, assessment.outcome),
        "order": order_of(case),
    }


def _rest(_request: HttpRequest, case: "Case", _assessment: "Assessment") -> dict[str, Any]:
    return {"rest": len(order_services.unassessed(order_of(case)))}


def _choose(asked: Asked) -> object:
    return order_services.choose_course(
        order_id=order_of(asked.case).pk,
        course=asked.subject.outcome,
        reasons=asked.values["reasons"],
        same_for_rest=asked.values.get("same_for_rest", False),
        actor=asked.actor,
        at=asked.at,
    )


ACTS: Final = (
    Act(
        name="course",
        where="course",
        permission="orders.assess",
        form=order_forms.CourseForm,
        title=gettext_lazy("Choose the course"),
        consequences=gettext_lazy(
            "The content stays disabled in every case: an order is challenged, not ignored."
        ),
        submit=gettext_lazy("Conclude"),
        run=_choose,
        done=gettext_lazy("The course is chosen."),
        load=_complete_assessment,
        prefill=_prefill,
        options=_rest,
        more=_shown,
        template="console/course.html",
    ),
)
