"""The letter to the person affected, the copy of the order, the complaint, the request for scrutiny.

Whoever holds the address is the person it was sent to: there is no account and no other check. A letter the law
holds back is not there, for nobody, and looks like an address that never was (rule 14).
"""

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.apps.cases import queries as cases
from entente.apps.complaints import queries as complaints
from entente.apps.complaints import services as complaint_services
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel import clock
from entente.apps.kernel.actors import Actor
from entente.apps.kernel.errors import DomainError
from entente.apps.orders import facts
from entente.web.documents.pdf import pdf_available
from entente.web.public import letter_facts, roads
from entente.web.public.letter_forms import ComplaintForm, ScrutinyForm, scrutiny_words
from entente.web.public.pages import nothing_here, page, private, speak

if TYPE_CHECKING:
    from entente.apps.cases.models import StatementOfReasons
    from entente.apps.complaints.models import ScrutinyRequest

AFFECTED = Actor(kind="affected", id="affected", name="")
"""Whoever holds the letter's address; we do not know who it is and do not ask."""


def find(request: HttpRequest, token: str) -> "StatementOfReasons":
    """Return the letter behind an address and go on in its language. Raises Http404."""
    statement = cases.statement_by_token(token)
    if statement is None:
        raise nothing_here()
    speak(request, statement.language)
    return statement


@require_safe
@private
def letter(request: HttpRequest, token: str) -> HttpResponse:
    """Show the letter as it stands now."""
    statement = find(request, token)
    made = letter_facts.letter_of(statement, at=clock.now())
    context = {"letter": made, "token": token, "pdf_available": pdf_available()}
    return page(request, "public/letter.html", context)


@require_safe
@private
def letter_order(request: HttpRequest, token: str) -> HttpResponse:
    """Show the person their copy of the order, without the addresses of other people (TCO 11(2))."""
    from entente.web.documents.order_copy import copy_for_person

    statement = find(request, token)
    copy = copy_for_person(statement)
    if copy is None:
        raise nothing_here()
    context = {"document": copy, "token": token, "pdf_available": pdf_available()}
    return page(request, "public/letter_order.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def letter_complaint(request: HttpRequest, token: str) -> HttpResponse:
    """Take a complaint against our own decision, or what the person says against an order."""
    statement = find(request, token)
    at = clock.now()
    made = letter_facts.letter_of(statement, at=at)
    road = next((road for road in made.roads if road.id in {"complaint", "challenge"}), None)
    if road is not None and road.done_at is not None:
        return redirect(road.url)
    form = ComplaintForm(request.POST or None)
    if request.method == "POST" and road is not None and form.is_valid():
        try:
            lodged = complaint_services.lodge_complaint(
                decision=statement.decision,
                complainant="affected",
                informed_at=statement.informed_at or at,
                text=form.cleaned_data["text"],
                contact_mail=form.cleaned_data["contact_mail"],
                language=get_language() or "en",
                actor=AFFECTED,
                at=at,
            )
        except DomainError as error:
            form.add_error(None, _(error.message))
        else:
            return redirect("public:complaint", token=lodged.token)
    context = {"form": form, "letter": made, "road": road, "token": token}
    return page(request, "public/letter_complaint.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def letter_scrutiny(request: HttpRequest, token: str) -> HttpResponse:
    """Prepare, download or send a request for scrutiny of the order (TCO 4(4))."""
    statement = find(request, token)
    at = clock.now()
    made = letter_facts.letter_of(statement, at=at)
    road = next((road for road in made.roads if road.id == "scrutiny"), None)
    if road is None:
        raise nothing_here()
    authority = facts.scrutiny_authority()
    done = complaints.scrutiny_request_of(statement.pk)
    form = ScrutinyForm(request.POST or None, initial={"text": scrutiny_words(made, statement)})
    if request.method == "POST" and done is None and form.is_valid():
        try:
            complaint_services.request_scrutiny(
                statement=statement,
                text=form.cleaned_data["text"],
                name=form.cleaned_data["name"],
                contact_mail=form.cleaned_data["contact_mail"],
                actor=AFFECTED,
                at=at,
            )
        except DomainError as error:
            form.add_error(None, _(error.message))
        else:
            return redirect("public:letter_scrutiny", token=token)
    starts_at, until = roads.scrutiny_window(statement)
    context = {
        "form": form,
        "letter": made,
        "road": road,
        "token": token,
        "authority": authority,
        "done": done,
        "sending": _sending(done),
        "starts_at": starts_at,
        "until": until,
        "is_late": until is not None and at > until,
        "pdf_available": pdf_available(),
    }
    return page(request, "public/letter_scrutiny.html", context)


def _sending(request: "ScrutinyRequest | None") -> str:
    """Return how far a request is: `sent`, `under_way`, `failed`, or `unsent` where nobody was there to send it to."""
    if request is None or request.delivery_id is None:
        return "unsent"
    state = deliveries.delivery(request.delivery_id).state
    return {"delivered": "sent", "acknowledged": "sent", "pending": "under_way"}.get(state, "failed")


@require_safe
@private
def complaint(request: HttpRequest, token: str) -> HttpResponse:
    """Show what became of a complaint; a proposed rejection is not an answer yet, so its words stay inside."""
    found = complaints.by_token(token)
    if found is None:
        raise nothing_here()
    speak(request, found.language)
    is_decided = found.decided_at is not None
    context = {
        "complaint": found,
        "is_decided": is_decided,
        "reasons": found.reasons if is_decided else "",
        "back": letter_facts.back_after(found.decision) if found.state == "upheld" else None,
    }
    return page(request, "public/complaint.html", context)
