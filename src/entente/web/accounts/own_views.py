"""One's own account: coming in by a link, setting up a way in, preferences."""

from typing import TYPE_CHECKING, Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError
from entente.apps.parties import queries, services
from entente.apps.parties.choices import InvitationPurpose
from entente.apps.parties.permissions import SIGNED_IN
from entente.apps.parties.roles import Role
from entente.web.accounts.adapters import landing_url
from entente.web.accounts.answering import attempt, page, signed_in
from entente.web.accounts.forms import AcceptInvitationForm, ProfileForm
from entente.web.permissions import must_enrol, requires

if TYPE_CHECKING:
    from entente.apps.parties.models import Person

_INVITATION, _RECOVERY = "entente_invitation", "entente_recovery"


@require_GET
@never_cache
def invitation_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Take the secret out of the address at once, so that it stays in no history, log or referrer."""
    request.session[_INVITATION] = token
    return redirect("accounts:invitation")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@never_cache
def invitation(request: HttpRequest) -> HttpResponseBase:
    """Accept an invitation; opening the page never uses the link up."""
    token = str(request.session.get(_INVITATION, ""))
    found = queries.invitation_for_token(token, at=clock.now()) if token else None
    if found is None:
        return page(request, "accounts/link_useless.html", {"kind": "invitation"}, status=410)
    if request.user.is_authenticated:
        return page(request, "accounts/sign_out_first.html", {"next": request.path})
    form = AcceptInvitationForm(
        request.POST or None,
        names_nobody=found.purpose == InvitationPurpose.FIRST_ADMINISTRATOR,
        initial={"name": found.name, "language": _language(request, found), "timezone": "Europe/Brussels"},
    )
    if request.method == "POST" and form.is_valid():
        facts = {**form.cleaned_data, "password": form.cleaned_data["password"] or None}
        person = attempt(form, lambda: services.accept_invitation(token=token, **facts, at=clock.now()))
        if person is not None:
            del request.session[_INVITATION]
            return _let_in(request, person, "invitation")
    labels = dict(Role.choices)
    context = {"form": form, "invitation": found, "roles": [labels.get(role, role) for role in found.roles]}
    return page(request, "accounts/invitation.html", context)


@require_GET
@never_cache
def recovery_link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Take the secret out of the address at once."""
    request.session[_RECOVERY] = token
    return redirect("accounts:recovery")


@require_http_methods(["GET", "POST"])
@never_cache
def recovery(request: HttpRequest) -> HttpResponseBase:
    """Come back in after two people agreed; only the button uses the link up."""
    token = str(request.session.get(_RECOVERY, ""))
    found = queries.recovery_for_token(token, at=clock.now()) if token else None
    if found is None:
        return page(request, "accounts/link_useless.html", {"kind": "recovery"}, status=410)
    if request.user.is_authenticated:
        return page(request, "accounts/sign_out_first.html", {"next": request.path})
    if request.method == "POST":
        del request.session[_RECOVERY]
        try:
            person = services.use_recovery(token=token, at=clock.now())
        except DomainError:
            return page(request, "accounts/link_useless.html", {"kind": "recovery"}, status=410)
        return _let_in(request, person, "recovery")
    return page(request, "accounts/recovery.html", {"recovery": found})


@requires(SIGNED_IN)
@require_GET
def enrol(request: HttpRequest) -> HttpResponseBase:
    """Lead to a passkey, or to an authenticator app, and say why."""
    person = signed_in(request)
    context = {
        "has_password": person.has_usable_password(),
        "is_required": must_enrol(request),
        "ways_in": queries.ways_in(person.pk),
        "landing_url": landing_url(person),
    }
    return page(request, "accounts/enrol.html", context)


@requires(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponseBase:
    """Show and change how one wants the screens."""
    me = signed_in(request)
    names = list(ProfileForm.base_fields)
    form = ProfileForm(request.POST or None, initial={name: getattr(me, name) for name in names})
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: services.set_preferences(person_id=me.pk, **form.cleaned_data))
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect("accounts:profile")
    labels = dict(Role.choices)
    context = {
        "form": form,
        "roles": [labels.get(role, role) for role in sorted(me.role_names)],
        "ways_in": queries.ways_in(me.pk),
        "history": queries.role_history(me.pk),
    }
    return page(request, "accounts/profile.html", context)


def _let_in(request: HttpRequest, person: "Person", method: str) -> HttpResponseBase:
    """Sign somebody in who just proved themselves by a one-time link, and lead them to set up a way in."""
    record_authentication(request, person, method=method, reauthenticated=True)
    login = Login(user=person, redirect_url=reverse("accounts:enrol"))
    response: HttpResponseBase = perform_login(request, login)
    return response


def _language(request: HttpRequest, found: Any) -> str:
    first = found.purpose == InvitationPurpose.FIRST_ADMINISTRATOR
    return str(getattr(request, "LANGUAGE_CODE", "en")) if first else str(found.language)
