"""Asking the table of permissions on behalf of a request.

The table is `entente.apps.parties.permissions`. This module turns its answers into pages: a visitor is led
to the sign-in page, somebody without the permission reads why and what to do, and somebody who has not set
up a second factor yet is led to do so first.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

from entente.apps.parties.permissions import (
    CLOSED,
    DEMO_ONLY,
    PERMISSIONS,
    PUBLIC,
    ROUTES,
    SIGNED_IN,
    SIGNED_ORDER,
    Gate,
    Token,
    is_allowed,
)

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

_OTHERS_CHECK: Final = (PUBLIC, SIGNED_ORDER)
_BEFORE_ENROLMENT: Final = frozenset(
    {
        "accounts:enrol",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_add_webauthn",
        "mfa_activate_totp",
    }
)
"""Where somebody without a second factor may go: out, or towards one."""


def requires(permission: str) -> Callable[[View], View]:
    """Wrap a view: visitors sign in first, people without `permission` get a page that says what to do.

    `permission` is a name of the table, or `SIGNED_IN`. A misspelt name fails at import.
    """
    if permission != SIGNED_IN and permission not in PERMISSIONS:
        raise KeyError(f"{permission!r} is not in the table of permissions")

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return _answer(request, permission) or view(request, *args, **kwargs)

        guarded.entente_permission = permission  # type: ignore[attr-defined]  # read by the suite
        return cast("View", guarded)

    return wrap


def answer_for_route(request: HttpRequest, route: str, named: Mapping[str, Any]) -> HttpResponseBase | None:
    """Return the refusal for a route, or None when its view may run. Unlisted routes are refused.

    `named` are the ids in the address: somebody from elsewhere may open only the cases in their hands.
    """
    gate = ROUTES.get(route)
    if gate is None:
        return _refusal(request, _("This address is not in the table of permissions yet."), route)
    if isinstance(gate, Token) or gate in _OTHERS_CHECK:
        return None
    if gate == CLOSED or (gate == DEMO_ONLY and not _is_exercise()):
        raise Http404
    if gate == DEMO_ONLY:
        return None
    refusal = _answer(request, gate)
    if refusal is None and route not in _BEFORE_ENROLMENT and must_enrol(request):
        return redirect("accounts:enrol")
    if refusal is None and gate != SIGNED_IN:
        from entente.web import outsiders

        if not outsiders.may_open(cast("Any", request.user), route, named):
            return _refusal(
                request, _("You see the cases you are asked about. Ask whoever asked you."), str(gate)
            )
    return refusal


def must_enrol(request: HttpRequest) -> bool:
    """Say whether the signed-in person has to set up a passkey or an authenticator app before going on.

    Once found, the second factor is remembered in the session; signing in with it makes a new session. Who
    came through the organisation's own directory was asked there.
    """
    if not getattr(settings, "SECOND_FACTOR_REQUIRED", True) or request.session.get(_SEEN):
        return False
    from allauth.account.internal.flows.login import get_authentication_records

    from entente.apps.parties import queries

    person: Any = request.user
    records = get_authentication_records(request, person)
    strong = any(record.get("method") == "socialaccount" for record in records)
    if strong or queries.ways_in(person.pk) & {"webauthn", "totp"}:
        request.session[_SEEN] = True
        return False
    return True


_SEEN: Final = "entente_second_factor_seen"


def refuse(request: HttpRequest, advice: str) -> HttpResponse:
    """Return the 403 page with what the person can do now."""
    return _refusal(request, advice, "role_required")


class May:
    """What somebody may do, for templates: `{% if may.people_manage %}` asks for `people.manage`."""

    def __init__(self, who: object) -> None:
        """Ask about `who`."""
        self._who = who

    def __getitem__(self, name: str) -> bool:
        """Return whether they hold the permission; a misspelt one raises."""
        return is_allowed(self._who, name.replace("_", ".", 1))


def unlisted_routes() -> list[str]:
    """Return every address of the project that the table does not name; the suite demands an empty list."""
    return sorted({name for name, _pattern in all_routes() if name not in ROUTES})


def all_routes() -> Iterator[tuple[str, str]]:
    """Yield the full name (or `<pattern>` where there is none) and the pattern of every address."""
    yield from _walk(get_resolver(), "", "")


def _walk(resolver: URLResolver, namespace: str, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield (namespace + entry.name if entry.name else f"<{pattern}>"), pattern
        else:
            inner = namespace + (f"{entry.namespace}:" if entry.namespace else "")
            yield from _walk(entry, inner, pattern)


def _answer(request: HttpRequest, gate: Gate) -> HttpResponseBase | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if gate == SIGNED_IN or is_allowed(request.user, str(gate)):
        return None
    return _refusal(
        request,
        _("If your work needs it, ask an administrator for a role that includes it."),
        str(gate),
    )


def _refusal(request: HttpRequest, advice: str, code: str) -> HttpResponse:
    context = {
        "error_title": _("Your role does not include this"),
        "error_text": _("Nothing was changed, and nothing is wrong with your account."),
        "error_advice": advice,
        "error_code": code,
    }
    answer = render(request, "entente/error.html", context, status=403)
    answer.refused_by_table = True  # type: ignore[attr-defined]  # read by the suite: a service may refuse too
    return answer


def _is_exercise() -> bool:
    from entente.apps.kernel import keys

    return keys.is_exercise()
