"""Handing out the bytes of a preview, and counting how long one looked; the reported site is never contacted."""

from typing import Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.content.services import showing
from entente.apps.kernel import clock
from entente.web.accounts.answering import attempt, signed_in
from entente.web.console import player_views
from entente.web.console.fields import LongTextField
from entente.web.console.pages import case_url, posted, show
from entente.web.permissions import requires

_MOST_TEXT: Final = 20_000


@requires("content.open")
@require_GET
def part(request: HttpRequest, case_id: UUID, part_id: UUID) -> HttpResponseBase:
    """Stream one part of a preview; the opening is written into the chain of custody first."""
    me, at = signed_in(request), clock.now()
    cases.case_by_id(case_id)
    player_views.refuse_over_limit(me, at)
    opened = showing.open_part(part_id=part_id, actor=me.actor, case_id=case_id, at=at)
    if opened.media_type.startswith("text/") and getattr(request, "htmx", False):
        text = b"".join(opened.chunks)[: _MOST_TEXT * 4].decode(errors="replace")[:_MOST_TEXT]
        response = show(request, "console/parts/hard_text.html", {"text": text})
        response["Cache-Control"] = player_views.HEADERS["Cache-Control"]
        return response
    return _stream(opened, "inline")


def _stream(opened: showing.OpenedPart, disposition: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(
        opened.chunks, content_type=opened.media_type, headers=player_views.HEADERS
    )
    response["Content-Disposition"] = disposition
    if opened.size_bytes:
        response["Content-Length"] = str(opened.size_bytes)
    return response


class OpenForm(forms.Form):
    """Why an original leaves the vault."""

    reason = LongTextField(
        label=gettext_lazy("Why do you need the original?"),
        help_text=gettext_lazy("It is written into the chain of custody before a byte is read."),
        rows=3,
        min_length=10,
    )


@requires("evidence.open")
@require_http_methods(["GET", "POST"])
def original(request: HttpRequest, case_id: UUID, part_id: UUID) -> HttpResponseBase:
    """Let an original be played, or hand it out as a download of unknown bytes, after a written reason."""
    me, at, case = signed_in(request), clock.now(), cases.case_by_id(case_id)
    player_views.refuse_over_limit(me, at)
    form = OpenForm(posted(request))
    playable = player_views.is_playable(player_views.original_line(case_id, part_id))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if playable and request.POST.get("how") == "play":
            return player_views.permit(request, case_id=case_id, part_id=part_id, reason=reason, at=at)
        opened = attempt(
            form,
            lambda: showing.open_part(
                part_id=part_id,
                actor=me.actor,
                case_id=case_id,
                at=at,
                reason=reason,
            ),
        )
        if opened is not None:
            return _stream(opened, f'attachment; filename="{case.reference}.bin"')
    context = {"form": form, "case": case, "playable": playable, "back": case_url(case_id, "content")}
    return show(request, "console/original.html", context)


@requires("content.open")
@require_POST
def viewing(request: HttpRequest) -> HttpResponse:
    """Add the seconds one looked at hard material to one's own day; seen by oneself alone."""
    text = request.POST.get("seconds", "")
    if text.isdigit():
        case_services.add_viewing_seconds(person=signed_in(request), seconds=int(text[:6]), at=clock.now())
    return HttpResponse(status=204)
