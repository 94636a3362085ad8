"""Handing cases over, and taking that back with one key while they are still where they went."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from entente.apps.cases import services as case_services
from entente.apps.kernel import clock
from entente.apps.parties.types import PersonFacts
from entente.web.accounts.answering import actor, signed_in
from entente.web.console import undo
from entente.web.console.pages import back_to
from entente.web.permissions import requires

_KEY: Final = "console_handed_over"


def offer_to_undo(
    request: HttpRequest,
    text: str,
    *,
    case_ids: Sequence[UUID],
    to: PersonFacts | None,
    at: datetime,
    back: str,
) -> None:
    """Say that cases changed hands at `at`, and offer to take it back; `back` is where one goes on then.

    What can be taken back is kept in the session, not in the page: the page only asks for it.
    """
    if signed_in(request).from_outside:  # what left their hands is not theirs to fetch
        messages.success(request, text)
        return
    request.session[_KEY] = {
        "cases": [str(case_id) for case_id in case_ids],
        "to": str(to.id) if to is not None else "",
        "at": at.isoformat(),
    }
    undo.offer(request, text, reverse("console:hand_over_undo"), next=back)


@requires("cases.hand_over")
@require_POST
def take_back(request: HttpRequest) -> HttpResponseBase:
    """Undo the last hand-over of this session."""
    kept: dict[str, Any] | None = request.session.pop(_KEY, None)
    taken_back = 0
    if kept is not None:
        taken_back = case_services.take_back_hand_over(
            case_ids=[UUID(case_id) for case_id in kept["cases"]],
            holder_id=UUID(kept["to"]) if kept["to"] else None,
            handed_at=datetime.fromisoformat(kept["at"]),
            actor=actor(request),
            at=clock.now(),
        )
    if taken_back:
        done = ngettext(
            "%(count)d case is back where it was.", "%(count)d cases are back where they were.", taken_back
        )
        messages.success(request, done % {"count": taken_back})
    else:
        messages.warning(request, _("Nothing was taken back: the cases moved on meanwhile."))
    return back_to(request, reverse("console:inbox"))
