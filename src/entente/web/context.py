"""What every page needs around its content.

The base templates say what they read (`entente/base.html`, `entente/console.html`). Whatever costs a query is lazy: a
letter or an error page never pays for the cockpit's frame.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from entente.apps.deadlines import queries as deadlines
from entente.apps.deliveries import queries as deliveries
from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.apps.parties.permissions import OPEN_TO_OUTSIDERS, PERMISSIONS, ROUTES, is_allowed

_WORK, _WATCH, _HOUSE = _("Work"), _("Watch"), _("House")

NAV: Final = (
    ("console:inbox", _("Inbox"), "inbox", "g i", _WORK),
    ("console:arrival_new", _("New arrival"), "plus", "g n", _WORK),
    ("console:search", _("Search"), "search", "g s", _WORK),
    ("console:matches", _("Matches"), "copy", "g m", _WORK),
    ("console:banks", _("Banks"), "layers", "g b", _WORK),
    ("console:deadlines", _("Deadlines"), "clock", "g d", _WATCH),
    ("console:on_call", _("On call"), "phone", "g o", _WATCH),
    ("console:deliveries", _("Deliveries"), "send", "g e", _WATCH),
    ("console:oversight", _("Oversight"), "eye", "g v", _WATCH),
    ("console:audit", _("Record"), "book", "g a", _WATCH),
    ("register:list", _("Register"), "scale", "g r", _HOUSE),
    ("console:sources", _("Protected sources"), "shield", "g c", _HOUSE),
    ("console:exchanges", _("Exchanges"), "link", "g x", _HOUSE),
    ("people:list", _("People"), "people", "g p", _HOUSE),
    ("clients:list", _("API clients"), "key", "", _HOUSE),
    ("host:profile", _("This service"), "globe", "", _HOUSE),
)
"""The rail: route, label, icon, shortcut, group. What somebody may not open is not shown."""

_ROOM_OF: Final = {
    "case": "inbox",
    "match": "matches",
    **dict.fromkeys(("bank", "restrict", "signal", "sharing", "entities", "entity"), "banks"),
    "exchange": "exchanges",
}
"""The room of a page whose address is called otherwise."""

_FOOTER: Final = (
    ("public:new_notice", _("Report content")),
    ("public:authorities", _("For authorities")),
    ("public:find", _("Follow a notice or a letter")),
)
_MANY: Final = 50
_A_MOMENT: Final = timedelta(microseconds=1)


def layout(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the base templates."""
    house = config()
    person = getattr(request, "user", None)
    known = person is not None and person.is_authenticated
    frame: dict[str, Any] = {
        "instance_name": house.instance_name,
        "is_exercise": house.demo,
        "server_now": clock.now(),
        "languages": django_settings.LANGUAGES,
        "set_language_url": _url("console:language")
        if known
        else _url("public:set_language", "set_language"),
        "footer_links": SimpleLazyObject(_footer_links),
        "shortcuts_enabled": bool(getattr(person, "shortcuts_on", False)),
        "theme": getattr(person, "theme", ""),
    }
    return {**frame, **_cockpit(request, person)} if known else frame


def _cockpit(request: HttpRequest, person: Any) -> dict[str, Any]:
    at = clock.now()
    return {
        "person": person,
        "home_url": SimpleLazyObject(lambda: _home(person)),
        "search_url": _url("console:search") if is_allowed(person, "cases.view") else "",
        "viewing_url": _url("console:viewing") if is_allowed(person, "content.open") else "",
        "sign_out_url": _url("account_logout"),
        "person_menu": SimpleLazyObject(lambda: _person_menu(person)),
        "nav_items": SimpleLazyObject(lambda: _nav(request, person)),
        "on_call_now": SimpleLazyObject(lambda: _on_call(person, at)),
        "next_due": SimpleLazyObject(lambda: _next_due(person)),
        "console_notices": SimpleLazyObject(lambda: _pages_for(request, person)),
    }


def _url(*names: str) -> str:
    """Return the address of the first route that exists, or an empty text while its room is not built."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _home(person: Any) -> str:
    from entente.web.accounts.adapters import landing_url

    return landing_url(person)


def _may_open(person: Any, route: str) -> bool:
    gate = ROUTES.get(route)
    if person.from_outside and route not in OPEN_TO_OUTSIDERS:
        return False
    return gate in PERMISSIONS and is_allowed(person, str(gate))


def _nav(request: HttpRequest, person: Any) -> list[dict[str, Any]]:
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match else ""
    items = []
    for route, label, icon, shortcut, group in NAV:
        url = _url(route) if _may_open(person, route) else ""
        if url:
            items.append(
                {
                    "url": url,
                    "label": label,
                    "icon": icon,
                    "shortcut": shortcut,
                    "group": group,
                    "current": here == route or _stands_in(here, route),
                }
            )
    return items


def _stands_in(here: str, route: str) -> bool:
    """Say whether a page belongs to a room of the rail: a case belongs to the inbox."""
    room, _colon, page = here.partition(":")
    if room == "console":
        first = page.split("_", 1)[0]
        return route in {f"console:{first}", f"console:{_ROOM_OF.get(first, first)}"}
    return bool(page) and route.startswith(f"{room}:")


def _person_menu(person: Any) -> list[dict[str, Any]]:
    entries = [
        (_url("console:me"), _("What I look at, and how"))
        if is_allowed(person, "content.open")
        else ("", ""),
        (_url("accounts:profile"), _("My account")),
        (_url("mfa_index"), _("Passkeys and second factor")),
    ]
    return [{"url": url, "label": label} for url, label in entries if url]


def _footer_links() -> list[dict[str, Any]]:
    links = [(_url(route), label) for route, label in _FOOTER]
    return [{"url": url, "label": label} for url, label in links if url]


def _on_call(person: Any, at: datetime) -> dict[str, Any] | None:
    if person.from_outside:
        return None
    shifts = deadlines.rota(from_at=at, until=at + _A_MOMENT)
    first = min(shifts, key=lambda shift: shift.position, default=None)
    if first is None:
        return None
    return {
        "name": first.person_name,
        "until": first.ends_at,
        "is_me": first.person_id == person.pk,
        "url": _url("console:on_call"),
    }


def _next_due(person: Any) -> dict[str, Any] | None:
    if person.from_outside or not is_allowed(person, "deadlines.view"):
        return None
    line = next((one for one in deadlines.nearest(limit=_MANY) if one.suspended_at is None), None)
    if line is None:
        return None
    to_case = line.case_id is not None and is_allowed(person, "cases.view")
    return {
        "due_at": line.due_at,
        "start_at": line.starts_at,
        "steps": [int((step - line.starts_at).total_seconds()) for step in line.announce_at],
        "label": _("Nearest deadline"),
        "url": reverse("console:case", args=[line.case_id]) if to_case else _url("console:deadlines"),
    }


def _pages_for(request: HttpRequest, person: Any) -> list[dict[str, Any]]:
    """Return what woke this person and still waits, in one line: a wall of alarms hides the work."""
    desk = _url("console:deadlines")
    if request.path == desk or person.from_outside or not is_allowed(person, "deadlines.view"):
        return []
    pages = deliveries.open_pages(person.pk, limit=_MANY)
    if not pages:
        return []
    many = ngettext("%(count)d alarm waits for you.", "%(count)d alarms wait for you.", len(pages))
    first = min(pages, key=lambda page: page.created_at)
    return [
        {
            "tone": "caution",
            "title": "",
            "text": many % {"count": len(pages)} if len(pages) > 1 else first.subject,
            "url": desk,
            "label": _("See and acknowledge"),
        }
    ]
