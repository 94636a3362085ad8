"""The inbox: what has to be done, the least legal time first; searching; handing over many at once."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from entente.apps.arrivals import queries as arrivals
from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.errors import CaseMissing
from entente.apps.cases.services import care
from entente.apps.deadlines import queries as deadlines
from entente.apps.kernel import clock
from entente.apps.orders import queries as orders
from entente.apps.parties import queries as parties
from entente.apps.parties.permissions import is_allowed
from entente.apps.parties.types import PersonFacts
from entente.web.accounts.answering import actor, signed_in
from entente.web.console import handing, turns, words
from entente.web.console.pages import back_to, page_number, show, to_case
from entente.web.permissions import requires

WITH: Final = ("mine", "nobody")
STATES: Final = ("open", "closed", "left")
_BAND: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address of the inbox asks for; anything unknown counts as not asked."""

    text: str
    kind: str
    stage: str
    held: str
    state: str
    page: int

    @classmethod
    def read(cls, request: HttpRequest) -> "Wanted":
        """Read the filters from the address."""

        def one_of(name: str, known: Any, otherwise: str = "") -> str:
            value = request.GET.get(name, "")
            return value if value in known else otherwise

        return cls(
            text=request.GET.get("q", "").strip()[:200],
            kind=one_of("kind", words.KINDS),
            stage=one_of("stage", words.STAGES),
            held=one_of("with", WITH),
            state=one_of("state", STATES, "open"),
            page=page_number(request),
        )

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the plain inbox is asked for."""
        return bool(self.text or self.kind or self.stage or self.held or self.state != "open")

    def address(self, page: int) -> str:
        """Return the address of another page of the same list."""
        asked = {"q": self.text, "kind": self.kind, "stage": self.stage, "with": self.held}
        state = "" if self.state == "open" else self.state
        given = {name: value for name, value in {**asked, "state": state}.items() if value}
        return "?" + urlencode({**given, "page": page})


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its drawings; looked up here, because fifty rows of template lookups cost more than the query."""

    row: cases.InboxRow
    url: str
    near: int | None
    icon: str
    tone: str
    is_done: bool
    waits: bool = False


def lines(rows: list[cases.InboxRow], *, are_left: bool = False) -> list[Line]:
    """Return rows as the table draws them; one that left waits until somebody records the hand-over."""
    return [
        Line(
            row=row,
            url=reverse("console:case", args=[row.id]),
            near=words.near_seconds(row.legal_rule_id),
            icon=words.KIND_ICONS.get(row.kind, "question"),
            tone=words.STAGE_TONES.get(row.stage, "neutral"),
            is_done=row.stage == "done" and not (are_left and row.legal_due_at),
            waits=are_left and row.legal_due_at is not None,
        )
        for row in rows
    ]


@requires("cases.view")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the open cases by legal time left, with what needs somebody at once above them."""
    me, at, wanted = signed_in(request), clock.now(), Wanted.read(request)
    found = cases.inbox(_filter(request, wanted), page=wanted.page)
    may_hand_over = is_allowed(me, "cases.hand_over") and not me.from_outside
    first = not wanted.is_filtered and wanted.page == 1 and not me.from_outside
    context = {
        "wanted": wanted,
        "rows": lines(found.rows, are_left=wanted.state == "left"),
        "previous_url": wanted.address(found.page - 1) if found.page > 1 else "",
        "next_url": wanted.address(found.page + 1) if found.has_more else "",
        "kinds": words.KINDS,
        "stages": words.STAGES,
        "people": _takers() if may_hand_over and found.rows and wanted.state == "open" else [],
        "arrivals": arrivals.unsettled(limit=_BAND + 1)
        if is_allowed(me, "arrivals.view") and not me.from_outside
        else [],
        "refused": orders.refused(limit=_BAND) if first and is_allowed(me, "orders.view") else [],
        "band": _BAND,
        "overdue": [line for line in deadlines.expired(limit=_BAND) if line.case_id] if first else [],
        "here": request.get_full_path(),
        "at": at,
        "search_text": wanted.text,
    }
    return show(request, "console/inbox.html", context)


def _filter(request: HttpRequest, wanted: Wanted) -> cases.InboxFilter:
    me = signed_in(request)
    return cases.InboxFilter(
        text=wanted.text,
        kind=wanted.kind,
        stage=wanted.stage,
        mine=me if wanted.held == "mine" else None,
        unassigned=wanted.held == "nobody",
        state=wanted.state,
        reader=me,
    )


def _takers() -> list[PersonFacts]:
    """Return who can be handed a case."""
    return parties.people_with_role("reviewer", "senior_reviewer", "legal", "on_call")


@requires("cases.hand_over")
@require_POST
def hand_over(request: HttpRequest) -> HttpResponseBase:
    """Hand the ticked cases over to a person, or put them back into the common inbox."""
    ids = [UUID(text) for text in request.POST.getlist("case") if _is_uuid(text)]
    to = request.POST.get("to", "")
    home = reverse("console:inbox")
    if not ids or not to:
        messages.warning(request, _("Tick at least one case, and choose a person."))
        return back_to(request, home)
    if not is_allowed(signed_in(request), "cases.hand_over_others"):
        others = [case_id for case_id in ids if _held_by_another(request, case_id)]
        ids = [case_id for case_id in ids if case_id not in others]
        if others:
            messages.warning(
                request, _("Cases that somebody else holds are handed over by them, or by a senior person.")
            )
    person = parties.person(UUID(to)) if _is_uuid(to) else None
    at = clock.now()
    changed = case_services.hand_over_cases(case_ids=ids, to_person=person, actor=actor(request), at=at)
    done = ngettext("%(count)d case changed hands.", "%(count)d cases changed hands.", changed)
    text, back = done % {"count": changed}, request.POST.get("next", home)
    if changed:
        handing.offer_to_undo(request, text, case_ids=ids, to=person, at=at, back=back)
    else:
        messages.info(request, text)
    return back_to(request, home)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _held_by_another(request: HttpRequest, case_id: UUID) -> bool:
    holder = cases.case_by_id(case_id).assigned_to_id
    return holder is not None and holder != signed_in(request).pk


@requires("cases.work")
@require_POST
def next_case(request: HttpRequest) -> HttpResponseBase:
    """Open the next case for me: least time left, and a lighter one after a heavy one."""
    me, at = signed_in(request), clock.now()
    preference = care.preference_of(me)
    found = cases.next_case_for(
        me,
        after_heavy=turns.is_lighter_due(request, me, at),
        declined_kinds=preference.declined_kinds,
    )
    if found is None:
        messages.info(request, _("Nothing waits for you."))
        return redirect("console:inbox")
    case_services.assign_case(case_id=found, person=me, actor=me.actor, at=at)
    turns.begin(request)
    return to_case(found)


@requires("cases.view")
@require_GET
def search(request: HttpRequest) -> HttpResponseBase:
    """Search open and closed cases by number, address, title or sender; an exact number opens its case."""
    me, text = signed_in(request), request.GET.get("q", "").strip()[:200]
    if text:
        try:
            exact = cases.case_by_reference(text).pk
        except CaseMissing:
            exact = None
        if exact is not None and cases.may_see(me, exact):
            return to_case(exact)
    lists = [
        (label, lines(cases.inbox(asked).rows))
        for label, asked in (
            (_("Open"), cases.InboxFilter(text=text, reader=me)),
            (_("Closed"), cases.InboxFilter(text=text, state="closed", reader=me)),
        )
        if text
    ]
    context = {
        "text": text,
        "search_text": text,
        "lists": lists,
        "nothing": not any(rows for _label, rows in lists),
    }
    return show(request, "console/search.html", context)
