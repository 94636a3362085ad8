"""Copies that never came: asking for them once more, and bringing one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from entente.apps.cases import queries as cases
from entente.apps.content import queries as content
from entente.apps.content import services as content_services
from entente.apps.content.services.receiving import BROUGHT_BY_STAFF
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.web.accounts.answering import actor, attempt, attempt_or_say
from entente.web.console.pages import case_url, posted, show, to_case
from entente.web.copies import CopyForm, take_in
from entente.web.permissions import requires


@requires("content.request")
@require_POST
def ask_again(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Ask anew for every copy of a case that was given up."""
    cases.case_by_id(case_id)
    attempt_or_say(
        request,
        lambda: content_services.ask_snapshots_again(case_id=case_id, actor=actor(request), at=clock.now()),
        _("Asked again, from the start: at once, and then for a week."),
    )
    return to_case(case_id, "content")


@requires("content.bring")
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest, case_id: UUID, snapshot_id: UUID) -> HttpResponseBase:
    """Bring a copy that is missing; who brought it goes on record, and into its chain of custody."""
    case = cases.case_by_id(case_id)
    copy = content.preview_by_id(snapshot_id)
    if copy is None or copy.case_id != case.pk or not copy.is_missing:
        raise Missing(_("No copy is missing here."))
    form = CopyForm(posted(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        attempt(
            form,
            lambda: take_in(
                form,
                snapshot_id=snapshot_id,
                case_id=case.pk,
                method=BROUGHT_BY_STAFF,
                actor=actor(request),
                at=clock.now(),
            ),
        )
        if not form.errors:
            messages.success(request, _("The copy is sealed. Its still is being made."))
            return to_case(case.pk, "content")
    context = {"case": case, "copy": copy, "form": form, "back": case_url(case.pk, "content")}
    return show(request, "console/copy_upload.html", context)
