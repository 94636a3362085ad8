"""Machine clients: made with a token that is shown once, revoked at once."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.kernel import clock
from entente.apps.parties import queries, services
from entente.web.accounts.answering import actor, attempt, attempt_or_say, page
from entente.web.accounts.house_forms import ClientForm
from entente.web.permissions import requires


@requires("clients.view")
@require_GET
def client_list(request: HttpRequest) -> HttpResponse:
    """Show every client, revoked ones last."""
    rows = sorted(queries.api_clients(), key=lambda one: one.revoked_at is not None)
    return page(request, "accounts/clients/list.html", {"clients": rows})


@requires("clients.manage")
@never_cache
@require_http_methods(["GET", "POST"])
def add_client(request: HttpRequest) -> HttpResponse:
    """Make a client; the answer to the form is the only page that ever shows its token."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: services.create_api_client(**form.cleaned_data, actor=actor(request), at=clock.now()),
        )
        if made is not None:
            client, token = made
            return page(request, "accounts/clients/made.html", {"client": client, "token": token})
    return page(request, "accounts/clients/add.html", {"form": form})


@requires("clients.manage")
@require_POST
def revoke_client(request: HttpRequest, client_id: UUID) -> HttpResponseBase:
    """Make a token useless."""
    attempt_or_say(
        request,
        lambda: services.revoke_api_client(client_id=client_id, actor=actor(request), at=clock.now()),
        _("The token does not work any more."),
    )
    return redirect("clients:list")
