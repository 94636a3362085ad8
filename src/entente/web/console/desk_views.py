"""The desks that watch: deadlines, the rota, deliveries, the record, the protected sources."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.audit import queries as audit
from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.content.services import protecting
from entente.apps.deadlines import queries as deadlines
from entente.apps.deadlines import services as deadline_services
from entente.apps.deliveries import queries as deliveries
from entente.apps.deliveries import services as delivery_services
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.parties import queries as parties
from entente.web.accounts.answering import actor, attempt, attempt_or_say, signed_in
from entente.web.console import fact_words, words
from entente.web.console.desk_forms import SOURCE_KINDS, ChangeShiftForm, ShiftForm, SourceForm
from entente.web.console.pages import PAGE, back_to, mark, older, posted, show
from entente.web.permissions import requires
from entente.web.templatetags.entente_ui import brief

_ROTA_DAYS: Final = 14
_STATES: Final = ("pending", "delivered", "acknowledged", "failed", "cancelled")
_ROOMS: Final = (
    "orders",
    "cases",
    "notices",
    "complaints",
    "arrivals",
    "content",
    "evidence",
    "deadlines",
    "deliveries",
    "oversight",
    "parties",
    "banks",
)


@requires("deadlines.view")
@require_GET
def deadline_list(request: HttpRequest) -> HttpResponse:
    """Show what runs, what has passed unmet, and what woke me."""
    me = signed_in(request)
    context = {
        "expired": deadlines.expired(limit=50),
        "running": deadlines.nearest(limit=100),
        "waiting": deliveries.open_pages(me.pk),
    }
    return show(request, "console/deadlines.html", context)


@requires("deadlines.view")
@require_GET
def deadline(request: HttpRequest, deadline_id: UUID) -> HttpResponse:
    """Show one clock: its rule, its alarms, its restarts."""
    line = deadlines.deadline(deadline_id)
    return show(
        request,
        "console/deadline.html",
        {"line": line, "history": [(event, _detail(event)) for event in deadlines.history(deadline_id)]},
    )


def _detail(event: deadlines.DeadlineEvent) -> str:
    """Return what an event of a clock adds: from when it counts, or why; the names of alarm steps say nothing."""
    return "" if event.what in {"rung", "missed"} else fact_words.text("", event.detail)


@requires("deadlines.acknowledge")
@require_POST
def deadline_acknowledge(request: HttpRequest, deadline_id: UUID) -> HttpResponseBase:
    """Say that I have taken an alarm on; escalation stops."""
    attempt_or_say(
        request,
        lambda: deadline_services.acknowledge_alarm(
            deadline_id=deadline_id, actor=actor(request), at=clock.now()
        ),
        _("You have it. Nobody else is woken for it until the last steps."),
    )
    return back_to(request, "console:deadlines")


@requires("deadlines.view")
@require_POST
def page_seen(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """Take one's own page down."""
    me = signed_in(request)
    if delivery_id not in {page.delivery_id for page in deliveries.open_pages(me.pk, limit=200)}:
        raise Missing(_("This page does not wait for you."))
    delivery_services.acknowledge(delivery_id=delivery_id, at=clock.now(), facts={"applied": True})
    return back_to(request, "console:deadlines")


@requires("rota.view")
@require_http_methods(["GET"])
def on_call(request: HttpRequest) -> HttpResponse:
    """Show who is on call now and for two weeks, and where nobody is."""
    return _rota(request)


def _rota(request: HttpRequest, form: ShiftForm | None = None) -> HttpResponse:
    at = clock.now()
    until = at + timedelta(days=_ROTA_DAYS)
    start = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    context = {
        "now": deadlines.on_call(at),
        "shifts": deadlines.rota(from_at=at, until=until),
        "gaps": deadlines.rota_gaps(from_at=at, until=until),
        "at": at,
        "until": until,
        "form": form
        or ShiftForm(
            people=_on_call_people(),
            initial={"starts_at": start, "ends_at": start + timedelta(hours=12), "position": 0},
        ),
    }
    return show(request, "console/on_call.html", context)


def _on_call_people() -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in parties.people_with_role("on_call")]


@requires("rota.edit")
@require_POST
def shift_add(request: HttpRequest) -> HttpResponseBase:
    """Put somebody on call."""
    form = ShiftForm(request.POST, people=_on_call_people())
    if form.is_valid():
        given = form.cleaned_data
        attempt(
            form,
            lambda: deadline_services.add_shift(
                person_id=UUID(given["person"]),
                starts_at=given["starts_at"],
                ends_at=given["ends_at"],
                position=given["position"],
                actor=actor(request),
                at=clock.now(),
            ),
        )
    if form.errors:
        return _rota(request, form)
    messages.success(request, _("The shift is on the rota."))
    return redirect("console:on_call")


@requires("rota.edit")
@require_http_methods(["GET", "POST"])
def shift_change(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """Hand a shift over, or swap it."""
    at = clock.now()
    shifts = deadlines.rota(from_at=at, until=at + timedelta(days=_ROTA_DAYS * 4))
    shift = next((one for one in shifts if one.id == shift_id), None)
    if shift is None:
        raise Missing(_("There is no such shift, or it is over."))
    form = ChangeShiftForm(
        posted(request),
        people=[pair for pair in _on_call_people() if pair[0] != str(shift.person_id)],
        shifts=[(str(one.id), _shift_text(one)) for one in shifts if one.person_id != shift.person_id],
    )
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: _change(request, shift_id, form.cleaned_data, at))
        if not form.errors:
            messages.success(request, _("The rota is changed."))
            return redirect("console:on_call")
    return show(request, "console/shift.html", {"form": form, "shift": shift})


def _shift_text(shift: deadlines.ShiftLine) -> str:
    start = timezone.localtime(shift.starts_at)
    return f"{shift.person_name}, {brief(start, 'D j M Y, H:i')}"


def _change(request: HttpRequest, shift_id: UUID, given: dict[str, Any], at: datetime) -> None:
    if given["to"]:
        deadline_services.hand_shift(
            shift_id=shift_id, to_person_id=UUID(given["to"]), actor=actor(request), at=at
        )
    else:
        deadline_services.swap_shifts(
            shift_id=shift_id, other_shift_id=UUID(given["other"]), actor=actor(request), at=at
        )


@requires("rota.edit")
@require_POST
def shift_remove(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """Take a shift off the rota."""
    attempt_or_say(
        request,
        lambda: deadline_services.remove_shift(shift_id=shift_id, actor=actor(request), at=clock.now()),
        _("The shift is off the rota. Look at the gaps."),
    )
    return redirect("console:on_call")


@requires("deliveries.view")
@require_GET
def delivery_list(request: HttpRequest) -> HttpResponse:
    """Show what waits, what fails, and what was sent."""
    at = clock.now()
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    case_id = _case_id(request)
    lines = deliveries.deliveries(state=state, case_id=case_id, limit=PAGE + 1, before=mark(request))
    context = {
        "backlog": deliveries.backlog(at=at),
        "failing": deliveries.failing(),
        "lines": lines[:PAGE],
        "older": older(lines[PAGE - 1].created_at, lines[PAGE - 1].id) if len(lines) > PAGE else "",
        "state": state,
        "of_case": cases.case_by_id(case_id) if case_id else None,
        "states": [(one, words.DELIVERY_STATES[one]) for one in _STATES],
    }
    return show(request, "console/deliveries.html", context)


def _case_id(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("case", ""))
    except ValueError:
        return None


@requires("deliveries.view")
@require_GET
def delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show one delivery with every attempt."""
    context = {
        "line": deliveries.delivery(delivery_id),
        "attempts": deliveries.attempts_of(delivery_id),
    }
    return show(request, "console/delivery.html", context)


@requires("deliveries.retry")
@require_POST
def delivery_again(request: HttpRequest, delivery_id: UUID) -> HttpResponseBase:
    """Send a delivery again now."""
    attempt_or_say(
        request,
        lambda: delivery_services.send_again(delivery_id=delivery_id, actor=actor(request), at=clock.now()),
        _("It is on its way again."),
    )
    return redirect("console:delivery", delivery_id)


@requires("audit.view")
@require_GET
def audit_list(request: HttpRequest) -> HttpResponse:
    """Show the record, newest first, of one room or all."""
    room = request.GET.get("room", "")
    room = room if room in _ROOMS else ""
    lines = audit.latest(limit=PAGE + 1, before=mark(request), kind_prefix=f"{room}:" if room else "")
    shown = lines[:PAGE]
    context = {
        "lines": [(line, words.event_title(line.kind), words.event_icon(line.kind)) for line in shown],
        "older": older(shown[-1].at, shown[-1].id) if len(lines) > PAGE else "",
        "room": room,
        "rooms": [(one, words.ROOMS[one]) for one in _ROOMS],
    }
    return show(request, "console/audit.html", context)


@requires("register.view")
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Show the protected corpus."""
    return _sources(request, SourceForm())


def _sources(request: HttpRequest, form: SourceForm) -> HttpResponse:
    labels = dict(SOURCE_KINDS)
    rows = [(line, labels.get(line.kind, line.kind)) for line in content.protected_sources()]
    return show(request, "console/sources.html", {"rows": rows, "form": form})


@requires("register.edit")
@require_POST
def source_add(request: HttpRequest) -> HttpResponseBase:
    """Protect a host, or the start of a path."""
    form = SourceForm(request.POST)
    if form.is_valid():
        attempt(
            form,
            lambda: protecting.add_protected_source(
                **form.cleaned_data, actor=actor(request), at=clock.now()
            ),
        )
    if form.errors:
        return _sources(request, form)
    messages.success(request, _("The source is protected."))
    return redirect("console:sources")


@requires("register.edit")
@require_POST
def source_remove(request: HttpRequest, source_id: UUID) -> HttpResponseBase:
    """Take a source off the list."""
    protecting.remove_protected_source(source_id=source_id, actor=actor(request), at=clock.now())
    messages.success(request, _("The source is not protected any more."))
    return redirect("console:sources")
