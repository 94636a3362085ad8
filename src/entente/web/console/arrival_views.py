"""The arrival desk: recording what came in by hand, and settling what it is, one key per kind."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.arrivals import queries, services
from entente.apps.arrivals.uploads import ReadUpload, read_upload
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError
from entente.core.law.orders import RemovalOrderForm
from entente.web.accounts.answering import actor, attempt, attempt_or_say
from entente.web.console import order_words, undo, words
from entente.web.console.arrival_forms import ArrivalForm
from entente.web.console.finding import found
from entente.web.console.pages import posted, show, to_case
from entente.web.permissions import requires

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


@requires("arrivals.view")
@require_GET
def arrivals(request: HttpRequest) -> HttpResponse:
    """Show every message that waits to be settled."""
    return show(request, "console/arrivals.html", {"arrivals": queries.unsettled(), "at": clock.now()})


@requires("arrivals.record")
@require_http_methods(["GET", "POST"])
def new_arrival(request: HttpRequest) -> HttpResponseBase:
    """Record a message that arrived by another door."""
    now = timezone.localtime(clock.now()).replace(microsecond=0)
    form = ArrivalForm(
        posted(request),
        request.FILES if request.method == "POST" else None,
        initial={"received_at": now, "zone": ArrivalForm.own_zone()},
    )
    if request.method == "POST" and form.is_valid():
        arrival = attempt(form, lambda: _record(request, form.cleaned_data))
        if arrival is not None:
            messages.success(request, _("Recorded. Now say what it is."))
            return redirect("console:arrival", arrival.pk)
    return show(
        request, "console/arrival_new.html", {"form": form, "steps": [_("What arrived"), _("What is it?")]}
    )


def _record(request: HttpRequest, given: dict[str, Any]) -> Any:
    at = clock.now()
    upload = given["upload"]
    raw = upload.read() if upload is not None else b""
    read = read_upload(upload.name, raw, at) if upload is not None else None
    if read is not None:
        for problem in read.problems:
            messages.warning(request, problem)
    form_urls = _addresses(read)
    draft = services.ArrivalDraft(
        door=given["door"],
        received_at=given["received_at"],
        receipt_proof=given["receipt_proof"],
        sender=given["sender"],
        sender_mail=given["sender_mail"],
        subject=given["subject"],
        text=given["text"] or (read.text if read is not None else ""),
        language=given["language"],
        urls=tuple(dict.fromkeys([*given["urls"], *form_urls])),
        form=read.form if read is not None else None,
        signature=read.signature if read is not None else {},
        raw=raw,
    )
    return services.record_arrival(draft=draft, actor=actor(request), at=at)


def _addresses(read: ReadUpload | None) -> list[str]:
    if read is None or read.form is None:
        return []
    form = RemovalOrderForm.from_json(read.form)
    return [entry.url for entry in form.section_b.contents if entry.url]


@requires("arrivals.view")
@require_GET
def arrival(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    """Ask what a message is, with the proposal and its reasons."""
    one = found(queries.arrival, arrival_id)
    form = RemovalOrderForm.from_json(one.form) if one.form else None
    context = {
        "arrival": one,
        "kinds": KINDS,
        "proposal": next((kind for kind in KINDS if kind[0] == one.proposed_kind), None),
        "reasons": [words.said(reason) for reason in one.proposed_reasons],
        "door": words.DOORS.get(one.door, one.door),
        "sections": order_words.sections(form) if form is not None else [],
        "at": clock.now(),
    }
    return show(request, "console/arrival.html", context)


@requires("arrivals.settle")
@require_POST
def settle(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Settle what a message is; its case opens."""
    one = found(queries.arrival, arrival_id)
    try:
        settled = services.settle_arrival(
            arrival_id=one.pk, kind=request.POST.get("kind", ""), actor=actor(request), at=clock.now()
        )
    except DomainError as error:
        messages.error(request, _(error.message))
        return redirect("console:arrival", arrival_id)
    if settled.case_id is None:
        return redirect("console:inbox")
    _offer_undo(request, settled)
    return to_case(settled.case_id)


def _offer_undo(request: HttpRequest, settled: Any) -> None:
    text = _("Settled: %(kind)s.") % {"kind": settled.get_settled_kind_display()}
    if settled.settled_kind in {"removal_order", "other_binding_order"}:
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
