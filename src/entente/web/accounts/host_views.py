"""The host's profile: who the service is, as far as the law asks."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from entente.apps.kernel import clock
from entente.apps.kernel.config import config
from entente.apps.parties import queries, services
from entente.web.accounts.answering import actor, attempt, page
from entente.web.accounts.house_forms import HostForm
from entente.web.permissions import requires


@requires("host.view")
@require_GET
def host_profile(request: HttpRequest) -> HttpResponse:
    """Show the profile, what is missing in it, and how the configuration lets measures reach the service."""
    profile, facts = queries.host_profile(), queries.host_facts()
    platform = config().platform
    context = {
        "profile": profile,
        "facts": facts,
        "by_webhook": platform.kind == "webhook",
        "mail": platform.manual_mail or facts.contact_point_mail,
    }
    return page(request, "accounts/host/profile.html", context)


@requires("host.edit")
@require_http_methods(["GET", "POST"])
def edit_host(request: HttpRequest) -> HttpResponseBase:
    """Write the profile."""
    form = HostForm(request.POST or None, initial=_initial())
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form,
            lambda: services.set_host_profile(**form.cleaned_data, actor=actor(request), at=clock.now()),
        )
        if done is not None:
            messages.success(request, _("The profile was saved. It decides from now on which orders bind."))
            return redirect("host:profile")
    return page(request, "accounts/host/edit.html", {"form": form})


def _initial() -> dict[str, Any]:
    profile = queries.host_profile()
    if profile is None:
        return {}
    return {name: getattr(profile, name) for name in HostForm.base_fields}
