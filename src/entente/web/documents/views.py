"""Documents over HTTP: one address each for people (HTML), machines (JSON) and paper (PDF)."""

from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from entente.apps.complaints import queries as complaints
from entente.apps.kernel import clock
from entente.apps.notices import queries as notices
from entente.apps.orders import queries as orders
from entente.apps.parties import queries as parties
from entente.web.documents import annexes, order_copy
from entente.web.documents.pdf import Document, as_html, as_pdf
from entente.web.permissions import requires
from entente.web.public import letter_facts
from entente.web.public.letter_forms import scrutiny_words
from entente.web.public.letter_views import find
from entente.web.public.pages import nothing_here, private, public

CONTENT_ROWS = 5
"""How many addresses the printed form has room for; an order with more is sent as JSON."""


@require_safe
@requires("orders.view")
@private
def answer(request: HttpRequest, answer_id: UUID, kind: str) -> HttpResponse:  # noqa: ARG001
    """Show, hand out or print what was sent to an authority."""
    try:
        found = orders.answer(answer_id)
    except ObjectDoesNotExist:
        raise nothing_here() from None
    document = annexes.of_answer(found)
    if kind == "json":
        response = JsonResponse(found.document, json_dumps_params={"indent": 2})
        response.headers["Content-Disposition"] = f'attachment; filename="{document.name}.json"'
        return response
    return pdf_response(document) if kind == "pdf" else HttpResponse(as_html(document))


@require_safe
@private
def letter_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the letter to the person affected as PDF."""
    statement = find(request, token)
    letter = letter_facts.letter_of(statement, at=clock.now())
    document = Document(
        template="documents/letter.html",
        context={"letter": letter, "token": token, "now": clock.now()},
        title=_("Statement of reasons %(reference)s") % {"reference": statement.case.reference},
        name=f"letter-{statement.case.reference}",
        keywords=letter.basis_article,
        author=letter.host,
    )
    return pdf_response(document)


@require_safe
@private
def letter_order_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the person's copy of the order as PDF."""
    document = order_copy.copy_for_person(find(request, token))
    if document is None:
        raise nothing_here()
    return pdf_response(document)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def scrutiny_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out the request for scrutiny for the person to sign and send themselves; nothing is kept here.

    A POST carries the words as the person has changed them; what was sent already is printed as it was sent.
    """
    statement = find(request, token)
    letter = letter_facts.letter_of(statement, at=clock.now())
    sent = complaints.scrutiny_request_of(statement.pk)
    if letter.order is None:
        raise nothing_here()
    text = sent.text if sent else request.POST.get("text", "") or scrutiny_words(letter, statement)
    document = Document(
        template="documents/scrutiny.html",
        context={
            "letter": letter,
            "text": text[:20_000],
            "name": sent.name if sent else request.POST.get("name", "")[:200],
            "mail": sent.contact_mail if sent else request.POST.get("contact_mail", "")[:254],
            "sent_at": sent.requested_at if sent else None,
        },
        title=_("Request for scrutiny of removal order %(reference)s")
        % {"reference": letter.order.reference},
        name=f"scrutiny-{statement.case.reference}",
        keywords="Regulation (EU) 2021/784, Art. 4(4)",
        author=sent.name if sent else "",
    )
    return pdf_response(document)


@require_safe
@private
def receipt_pdf(request: HttpRequest, token: str) -> HttpResponse:  # noqa: ARG001
    """Hand out the signed receipt of a notice as a document for people; the JSON beside it is what verifies."""
    notice = notices.by_token(token)
    if notice is None:
        raise nothing_here()
    document = Document(
        template="documents/receipt.html",
        context={"notice": notice, "receipt": notice.receipt, "host": parties.host_facts()},
        title=_("Receipt %(reference)s") % {"reference": notice.case.reference},
        name=f"receipt-{notice.case.reference}",
        keywords="Regulation (EU) 2022/2065, Art. 16(4)",
    )
    return pdf_response(document)


@require_safe
@public
def removal_order_form(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Hand an authority an empty Annex I whose boxes this service reads by itself."""
    host = parties.host_facts()
    document = Document(
        template="documents/annex1_form.html",
        context={"host": host, "boxes": order_copy.boxes(), "rows": range(CONTENT_ROWS)},
        title=_("Removal order under Regulation (EU) 2021/784 (Annex I)"),
        name="removal-order",
        keywords="Regulation (EU) 2021/784, Annex I",
        author=host.name,
        has_form=True,
    )
    return pdf_response(document)


def pdf_response(document: Document) -> HttpResponse:
    """Return a document as a PDF to keep. Raises PdfUnavailable."""
    response = HttpResponse(as_pdf(document), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.name}.pdf"'
    return response
