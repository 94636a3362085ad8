"""The arrival desk: recording what came in by hand, and settling what it is, one key per kind."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.arrivals import queries, services
from entente.apps.arrivals.uploads import ReadUpload, UploadUnreadable, read_upload
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.apps.kernel.errors import Conflict, DomainError
from entente.apps.orders import queries as orders
from entente.apps.orders import services as order_services
from entente.core.law.orders import RemovalOrderForm
from entente.web.accounts.answering import actor, attempt, attempt_or_say
from entente.web.console import order_words, player_views, undo, words
from entente.web.console.annex_form import AnnexForm
from entente.web.console.arrival_forms import ArrivalForm, MessageForm, SettleForm
from entente.web.console.finding import found
from entente.web.console.pages import back_to, posted, show, to_case
from entente.web.console.preview_views import OpenForm
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival

KINDS: Final = (
    (
        "removal_order",
        "1",
        gettext_lazy("Removal order"),
        gettext_lazy("An authority of a Member State orders removal under Regulation (EU) 2021/784."),
        gettext_lazy("The hour runs from its arrival. It is checked, executed, and assessed afterwards."),
    ),
    (
        "other_binding_order",
        "2",
        gettext_lazy("Other binding order"),
        gettext_lazy("An order under another law, for example Art. 9 of Regulation (EU) 2022/2065."),
        gettext_lazy("Whether it binds here is computed first; its own law sets the clock."),
    ),
    (
        "referral",
        "3",
        gettext_lazy("Referral"),
        gettext_lazy("An authority of our register alerts us and asks; it orders nothing."),
        gettext_lazy("It is assessed in full before anything happens."),
    ),
    (
        "notice",
        "4",
        gettext_lazy("Notice"),
        gettext_lazy("Anybody reports content they hold to be illegal."),
        gettext_lazy("It is assessed in full before anything happens, and the sender is told the result."),
    ),
    (
        "data_request",
        "5",
        gettext_lazy("Request for data"),
        gettext_lazy("Somebody asks for data about a user, or asks us to keep them."),
        gettext_lazy("Nothing is disclosed by itself; the legal person answers."),
    ),
    (
        "threat_to_life",
        "6",
        gettext_lazy("Threat to life"),
        gettext_lazy("It points to an imminent danger for somebody's life."),
        gettext_lazy("The authorities of the state concerned are told at once; a clock starts."),
    ),
    (
        "unclear",
        "7",
        gettext_lazy("Unclear"),
        gettext_lazy("Nobody can tell yet."),
        gettext_lazy("It stays in the inbox until somebody has asked the sender."),
    ),
)
"""Kind, key, name, one sentence, consequence."""


ORDERS: Final = ("removal_order", "other_binding_order")
HINTS: Final = {
    "signature": gettext_lazy("its valid signature"),
    "domain": gettext_lazy("the domain it was sent from"),
    "form": gettext_lazy("section E of its form"),
    "name": gettext_lazy("the name of the sender"),
}
"""What points to an authority of the register."""


@requires("arrivals.view")
@require_GET
def arrivals(request: HttpRequest) -> HttpResponse:
    """Show every message that waits to be settled, and every order that was too long to be taken in."""
    context = {"arrivals": queries.unsettled(), "refused": orders.refused(), "at": clock.now()}
    return show(request, "console/arrivals.html", context)


@requires("orders.check")
@require_POST
def refused_seen(request: HttpRequest, refused_id: UUID) -> HttpResponseBase:
    """Say that somebody has looked at an order that was too long, so that it is shown no more."""
    attempt_or_say(
        request,
        lambda: order_services.mark_refusal_seen(refused_id=refused_id, actor=actor(request), at=clock.now()),
        _("It is shown no more. The record keeps it."),
    )
    return back_to(request, "console:arrivals")


@requires("arrivals.record")
@require_http_methods(["GET", "POST"])
def new_arrival(request: HttpRequest) -> HttpResponseBase:
    """Record a message that arrived by another door; a paper order's boxes may be typed in at once."""
    now = timezone.localtime(clock.now()).replace(microsecond=0)
    form = ArrivalForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial={"received_at": now, "zone": ArrivalForm.own_zone()},
    )
    annex = AnnexForm(posted(request), with_contents=False)
    if request.method == "POST" and form.is_valid() and annex.is_valid():
        arrival = attempt(form, lambda: _record(request, form.cleaned_data, annex))
        if arrival is not None:
            messages.success(request, _("Recorded. Now say what it is."))
            return redirect("console:arrival", arrival.pk)
    context = {
        "form": form,
        "annex": annex,
        "is_annex_open": bool(annex.errors),
        "steps": [_("What arrived"), _("What is it?")],
    }
    return show(request, "console/arrival_new.html", context)


def _record(request: HttpRequest, given: dict[str, Any], annex: AnnexForm) -> Any:
    at = clock.now()
    upload = given["upload"]
    raw = upload.read() if upload is not None else b""
    read, problems = _read(upload.name, raw, at) if upload is not None else (None, ())
    form = read.form if read is not None else None
    if form is None and annex.is_filled:
        form = annex.written()
    elif form is not None and annex.is_filled:
        problems += (
            _("The file is a filled form and counts alone; what was typed into the boxes was left out."),
        )
    for problem in problems:
        messages.warning(request, problem)
    draft = services.ArrivalDraft(
        door=given["door"],
        received_at=given["received_at"],
        receipt_proof=given["receipt_proof"],
        sender=given["sender"],
        sender_mail=given["sender_mail"],
        authority_id=UUID(given["authority"]) if given["authority"] else None,
        subject=given["subject"],
        text=given["text"] or (read.text if read is not None else ""),
        language=given["language"],
        urls=tuple(dict.fromkeys([*given["urls"], *_addresses(form)])),
        form=form,
        signature=read.signature if read is not None else {},
        problems=problems,
        raw=raw,
    )
    return services.record_arrival(draft=draft, actor=actor(request), at=at)


def _read(name: str, raw: bytes, at: Any) -> tuple[ReadUpload | None, tuple[str, ...]]:
    """Read a file; one that cannot be read is kept with its message all the same, and typed in."""
    try:
        read = read_upload(name, raw, at)
    except UploadUnreadable as error:
        return None, (error.message,)
    return read, read.problems


def _addresses(form: dict[str, Any] | None) -> list[str]:
    written = RemovalOrderForm.from_json(form or {})
    return [entry.url for entry in written.section_b.contents if entry.url]


@requires("arrivals.record")
@require_http_methods(["GET", "POST"])
def edit_arrival(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Type in more of a message that nobody has settled: what a scan says, the boxes of a form on paper."""
    one = found(queries.arrival, arrival_id)
    if one.settled_at is not None:
        raise Conflict(_("This message is settled already."))
    initial = {
        "subject": one.subject,
        "text": one.text,
        "language": one.language,
        "urls": "\n".join(one.urls),
    }
    form = MessageForm(posted(request), initial=initial)
    written = RemovalOrderForm.from_json(one.form or {})
    annex = AnnexForm(posted(request), form=written if one.form else None, with_contents=False)
    if request.method == "POST" and form.is_valid() and annex.is_valid():
        given = form.cleaned_data
        completion = services.Completion(
            subject=given["subject"],
            text=given["text"],
            language=given["language"],
            urls=tuple(given["urls"]),
            form=_typed_form(one, annex, given["urls"]),
        )
        done = attempt(
            form,
            lambda: services.complete_arrival(
                arrival_id=one.pk, completion=completion, actor=actor(request), at=clock.now()
            ),
        )
        if done is not None:
            messages.success(request, _("Written down. Now say what it is."))
            return redirect("console:arrival", one.pk)
    context = {"arrival": one, "form": form, "annex": annex, "original": queries.original_of(one)}
    return show(request, "console/arrival_edit.html", context)


def _typed_form(one: "Arrival", annex: AnnexForm, urls: list[str]) -> dict[str, Any] | None:
    """Return the form as it is typed now; where it names addresses of its own, they are those beside it."""
    if one.is_form_signed:
        return one.form
    if not annex.is_filled:
        return None
    written = {**(one.form or {}), **annex.written()}
    kept = {str(entry["url"]): entry for entry in written["section_b"]["contents"]}
    if kept:
        contents = [kept.get(url, {"url": url, "additional_information": ""}) for url in urls]
        written["section_b"] = {**written["section_b"], "contents": contents}
    return written


@requires("arrivals.view")
@require_GET
def arrival(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    """Ask what a message is, with the proposal and its reasons."""
    return _asked(request, found(queries.arrival, arrival_id))


def _asked(request: HttpRequest, one: "Arrival", given: SettleForm | None = None) -> HttpResponse:
    form = RemovalOrderForm.from_json(one.form) if one.form else None
    proposals = queries.issuers_of(one)
    clocks = [
        line for line in deadlines.of_subject("arrival", one.pk) if line.state in {"running", "expired"}
    ]
    limit = config().limits.order_addresses
    context = {
        "arrival": one,
        "kinds": KINDS,
        "reasons": [words.said(reason) for reason in one.proposed_reasons],
        "settle": given or _settle_form(one, proposals),
        "is_order": one.proposed_kind in ORDERS or bool(given) or bool(proposals),
        "hints": [(hint.authority, HINTS[hint.why]) for hint in proposals],
        "clock": clocks[-1] if clocks else None,
        "door": words.DOORS.get(one.door, one.door),
        "original": queries.original_of(one),
        "sections": order_words.sections(form) if form is not None else [],
        "parts": -(-queries.count_addresses(one) // limit) if queries.is_too_long(one) else 0,
        "addresses": queries.count_addresses(one),
        "limit": limit,
        "split_kind": one.proposed_kind if one.proposed_kind in ORDERS else ORDERS[0],
        "at": clock.now(),
    }
    return show(request, "console/arrival.html", context)


def _settle_form(one: "Arrival", proposals: list[queries.IssuerProposal], data: Any = None) -> SettleForm:
    first = one.authority_id or (proposals[0].authority.id if len(proposals) == 1 else None)
    return SettleForm(data, arrival=one, first=first)


@requires("arrivals.settle")
@require_POST
def settle(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Settle what a message is; its case opens."""
    one = found(queries.arrival, arrival_id)
    form = _settle_form(one, queries.issuers_of(one), request.POST)
    if not form.is_valid():
        return _asked(request, one, form)
    try:
        settled = services.settle_arrival(
            arrival_id=one.pk,
            kind=request.POST.get("kind", ""),
            actor=actor(request),
            at=clock.now(),
            chosen=form.chosen(),
        )
    except DomainError as error:
        named = str(error.facts.get("field", ""))
        if named in form.fields and one.settled_at is None:
            form.add_error(named, _(error.message))
            return _asked(request, one, form)
        messages.error(request, _(error.message))
        return redirect("console:arrival", arrival_id)
    if settled.case_id is None:
        return redirect("console:inbox")
    _offer_undo(request, settled)
    return to_case(settled.case_id)


@requires("arrivals.settle")
@require_POST
def split(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Split a message that is too long for one order, and settle every part of it as the same kind of order."""
    one = found(queries.arrival, arrival_id)
    kind = request.POST.get("kind", "")
    form = _settle_form(one, queries.issuers_of(one), request.POST)
    if kind not in ORDERS or not form.is_valid():
        return _asked(request, one, form)
    try:
        parts = services.split_arrival(arrival_id=one.pk, actor=actor(request), at=clock.now())
        settled = [
            services.settle_arrival(
                arrival_id=part.pk, kind=kind, actor=actor(request), at=clock.now(), chosen=form.chosen()
            )
            for part in parts
        ]
    except DomainError as error:
        # What was split stays split: its parts wait at the desk, and ring.
        messages.error(request, _(error.message))
        return redirect("console:arrivals")
    messages.success(request, _("Taken in as %(count)s orders of the same hour.") % {"count": len(settled)})
    first = settled[0].case_id
    return to_case(first) if first is not None else redirect("console:inbox")


def _offer_undo(request: HttpRequest, settled: Any) -> None:
    text = _("Settled: %(kind)s.") % {"kind": settled.get_settled_kind_display()}
    if settled.settled_kind in ORDERS:
        messages.success(request, text)  # an order stays an order; its own exits are on the case page
        return
    undo.offer(request, text, reverse("console:arrival_unsettle", args=[settled.pk]))


@requires("arrivals.settle")
@require_POST
def unsettle(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Take a settling back while nothing followed."""
    found(queries.arrival, arrival_id)
    attempt_or_say(
        request,
        lambda: services.unsettle_arrival(arrival_id=arrival_id, actor=actor(request), at=clock.now()),
        _("Taken back. Say again what it is."),
    )
    return redirect("console:arrival", arrival_id)


@requires("evidence.open")
@require_http_methods(["GET", "POST"])
def original(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Hand out the file a message came as, after a written reason."""
    one = found(queries.arrival, arrival_id)
    form = OpenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        opened = attempt(
            form,
            lambda: services.open_original(
                arrival_id=one.pk,
                actor=actor(request),
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            ),
        )
        if opened is not None:
            headers = {
                **player_views.HEADERS,
                "Content-Disposition": f'attachment; filename="{opened.file_name}"',
                "Content-Length": str(opened.size_bytes),
            }
            return StreamingHttpResponse(
                opened.chunks, content_type="application/octet-stream", headers=headers
            )
    context = {"form": form, "arrival": one, "original": queries.original_of(one)}
    return show(request, "console/arrival_original.html", context)
