"""The page on which the hand at a small host hands over the copy that is missing: its link came with the measure.

Whoever holds the link may bring the copy of that one item, once, while it is missing; nobody sees anything through it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from entente.apps.cases import queries as cases
from entente.apps.content.services.receiving import BROUGHT_BY_HAND
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError
from entente.web.copies import CopyForm, take_in
from entente.web.public.confirm_views import HAND, missing_copy
from entente.web.public.pages import nothing_here, page, private


@require_http_methods(["GET", "HEAD", "POST"])
@private
def confirm_copy(request: HttpRequest, token: str) -> HttpResponse:
    """Take in the copy of the item behind a confirmation link."""
    action = cases.action_by_token(token)
    copy = missing_copy(action) if action is not None else None
    if action is None or copy is None:
        raise nothing_here()
    is_sent = request.method == "POST"
    form = CopyForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if is_sent and form.is_valid():
        try:
            take_in(
                form,
                snapshot_id=copy.snapshot_id,
                case_id=copy.case_id,
                method=BROUGHT_BY_HAND,
                actor=HAND,
                at=clock.now(),
            )
        except DomainError as error:
            form.add_error(None, _(error.message))
        else:
            return redirect("public:confirm", token=token)
    return page(request, "public/confirm_copy.html", {"action": action, "url": copy.url, "form": form})
