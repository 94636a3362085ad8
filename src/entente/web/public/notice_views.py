"""Reporting content, the receipt, and what became of it (Regulation (EU) 2022/2065, Arts 16 and 20).

A notifier learns the decision and the reasons, never who is behind the content.
"""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.apps.cases import in_force
from entente.apps.cases import queries as cases
from entente.apps.complaints import queries as complaints
from entente.apps.complaints import services as complaint_services
from entente.apps.kernel import clock
from entente.apps.kernel.actors import PUBLIC
from entente.apps.kernel.errors import DomainError
from entente.apps.notices import queries, services
from entente.apps.notices.errors import NoticeIncomplete
from entente.apps.parties import queries as parties
from entente.web.documents.pdf import pdf_available
from entente.web.public import places, throttle
from entente.web.public.letter_forms import ComplaintForm
from entente.web.public.notice_forms import NoticeForm
from entente.web.public.pages import nothing_here, page, private, public, speak

if TYPE_CHECKING:
    from uuid import UUID

    from entente.apps.cases.models import Decision
    from entente.apps.cases.queries import ItemView
    from entente.apps.notices.models import Notice


@require_http_methods(["GET", "HEAD", "POST"])
@public
def new_notice(request: HttpRequest) -> HttpResponse:
    """Take a notice from anybody; nothing happens to the content before a person has assessed it."""
    host = parties.host_facts()
    form = NoticeForm(
        request.POST or None, initial={"urls": request.GET.get("url", "")}, service_hosts=host.service_hosts
    )
    if request.method == "POST":
        if not throttle.notices.allows(request):
            return page(request, "public/too_many.html", {"host": host}, status=429)
        if form.is_valid():
            received = _receive(form)
            if received is not None:
                return redirect("public:notice_receipt", token=received.token)
    return page(request, "public/new_notice.html", {"form": form, "host": host})


def _receive(form: NoticeForm) -> "Notice | None":
    at = clock.now()
    draft = services.NoticeDraft(
        urls=form.cleaned_data["urls"],
        explanation=form.cleaned_data["explanation"],
        good_faith=form.cleaned_data["good_faith"],
        door="public_form",
        received_at=at,
        ground_claimed=form.cleaned_data["ground_claimed"],
        notifier_name=form.cleaned_data["notifier_name"],
        notifier_mail=form.cleaned_data["notifier_mail"],
        notifier_language=get_language() or "en",
    )
    try:
        return services.receive_notice(draft=draft, actor=PUBLIC, at=at)
    except NoticeIncomplete as gaps:
        for name, words in dict(gaps.facts.get("gaps") or {"": gaps.message}).items():
            form.add_error(name if name in form.fields else None, str(words))
        return None


@require_safe
@private
def notice_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm that a notice has arrived, with the link to follow it and the signed receipt."""
    notice = _find(request, token)
    context = {
        "notice": notice,
        "status_url": services.receiving.status_url(notice),
        "items": cases.items_of(notice.case_id),
        "pdf_available": pdf_available(),
    }
    return page(request, "public/notice_receipt.html", context)


@require_safe
@private
def notice_receipt_json(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the signed receipt, as it was made."""
    notice = _find(request, token)
    response = JsonResponse(notice.receipt, json_dumps_params={"indent": 2, "sort_keys": True})
    name = f"receipt-{notice.case.reference}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@private
def notice(request: HttpRequest, token: str) -> HttpResponse:
    """Show what became of a notice."""
    found = _find(request, token)
    context = {
        "notice": found,
        "rows": [_row(found, item) for item in cases.items_of(found.case_id)],
        "until": complaint_services.complaint_until(found.answered_at) if found.answered_at else None,
        "at": clock.now(),
    }
    return page(request, "public/notice.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def notice_complaint(request: HttpRequest, token: str, item_id: "UUID") -> HttpResponse:
    """Take a complaint of the notifier against a decision to keep (DSA 20(1))."""
    found = _find(request, token)
    at = clock.now()
    item = next((item for item in cases.items_of(found.case_id) if item.id == item_id), None)
    if item is None or item.decision is None or item.decision.outcome != "keep" or found.answered_at is None:
        raise nothing_here()
    known = _complaint_about(found, item)
    if known:
        return redirect("public:complaint", token=known)
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            lodged = complaint_services.lodge_complaint(
                decision=cases.decision(item.decision.pk),
                complainant="notifier",
                informed_at=found.answered_at,
                text=form.cleaned_data["text"],
                contact_mail=form.cleaned_data["contact_mail"] or found.notifier_mail,
                language=get_language() or "en",
                actor=PUBLIC,
                at=at,
            )
        except DomainError as error:
            form.add_error(None, _(error.message))
        else:
            return redirect("public:complaint", token=lodged.token)
    context = {
        "form": form,
        "notice": found,
        "item": item,
        "until": complaint_services.complaint_until(found.answered_at),
    }
    return page(request, "public/notice_complaint.html", context)


def _find(request: HttpRequest, token: str) -> "Notice":
    notice = queries.by_token(token)
    if notice is None:
        raise nothing_here()
    speak(request, notice.notifier_language)
    return notice


def _row(notice: "Notice", item: "ItemView") -> dict[str, object]:
    """Return one address with what was decided; of a restoration only that it happened, not what the person wrote."""
    decision = item.decision if notice.answered_at else None
    if decision is None:
        return {"item": item, "decision": None}
    return {
        "item": item,
        "decision": decision,
        "reasons": "" if decision.outcome == "restore" else decision.reasons,
        "ground": places.ground_title(decision.ground_id),
        "article": places.ground_article(decision.ground_id),
        "where": places.where(decision.scope_kind, decision.scope_countries),
        "is_back": _is_back(decision),
        "complaint": _complaint_about(notice, item),
    }


def _is_back(decision: "Decision") -> bool:
    """Say whether nothing else holds what a restoration gave back."""
    left = in_force.left_by(decision)
    return left is not None and not left.is_held


def _complaint_about(notice: "Notice", item: "ItemView") -> str:
    """Return the token of the notifier's complaint about an address, where there is one."""
    for row in complaints.of_case(notice.case_id):
        is_theirs = row.complainant == "notifier" and row.decision.item_id == item.id
        if is_theirs and item.decision is not None and row.decision_id == item.decision.pk:
            return row.token
    return ""
