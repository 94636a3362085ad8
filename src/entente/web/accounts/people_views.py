"""People: who is here, who is invited, who may do what, who leaves, who lost access."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from entente.apps.kernel import clock
from entente.apps.parties import queries, services
from entente.web.accounts.answering import actor, attempt, attempt_or_say, page, signed_in
from entente.web.accounts.forms import DeactivateForm, InviteForm, RecoveryForm, RolesForm
from entente.web.permissions import requires


@requires("people.view")
@require_GET
def people_list(request: HttpRequest) -> HttpResponse:
    """Show everybody with an account, the open invitations and the recoveries under way."""
    at = clock.now()
    everybody = queries.people(include_left=True)
    context = {
        "people": [(one, queries.ways_in(one.id)) for one in everybody if one.is_active],
        "left": [one for one in everybody if not one.is_active],
        "invitations": [(one, one.is_usable(at)) for one in queries.open_invitations()],
        "recoveries": queries.open_recoveries(),
    }
    return page(request, "people/list.html", context)


@requires("people.view")
@require_GET
def person_detail(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Show one person, their roles through time, and what can be done."""
    return _detail(request, person_id)


@requires("people.manage")
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponseBase:
    """Invite somebody; the one-time link leaves by mail and is shown nowhere."""
    form = InviteForm(request.POST or None, initial={"language": signed_in(request).language})
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form, lambda: services.invite_person(**form.cleaned_data, actor=actor(request), at=clock.now())
        )
        if made is not None:
            invitation, _token = made
            messages.success(
                request, _("The invitation to %(email)s is on its way.") % {"email": invitation.email}
            )
            return redirect("people:list")
    return page(request, "people/invite.html", {"form": form})


@requires("people.manage")
@require_POST
def withdraw_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponseBase:
    """Make an invitation's link useless."""
    attempt_or_say(
        request,
        lambda: services.withdraw_invitation(
            invitation_id=invitation_id, actor=actor(request), at=clock.now()
        ),
        _("The invitation was withdrawn; its link does not work any more."),
    )
    return redirect("people:list")


@requires("people.manage")
@require_POST
def roles(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Set somebody's roles."""
    form = RolesForm(request.POST)
    if form.is_valid():
        wanted = form.cleaned_data["roles"]
        attempt(
            form,
            lambda: services.set_roles(
                person_id=person_id, roles=wanted, actor=actor(request), at=clock.now()
            ),
        )
    if form.errors:
        return _detail(request, person_id, roles_form=form)
    messages.success(request, _("The roles were changed."))
    return redirect("people:detail", person_id)


@requires("people.manage")
@require_POST
def deactivate(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Close somebody's account, handing open work over in the same step."""
    form = DeactivateForm(request.POST, successors=_successors(person_id))
    given: int | None = None
    if form.is_valid():
        to = form.cleaned_data["hand_over_to"]
        given = attempt(
            form,
            lambda: services.deactivate_person(
                person_id=person_id,
                hand_over_to=UUID(to) if to else None,
                reason=form.cleaned_data["reason"],
                actor=actor(request),
                at=clock.now(),
            ),
        )
    if given is None:
        return _detail(request, person_id, deactivate_form=form)
    messages.success(
        request, _("The account is closed; open items handed over: %(count)d.") % {"count": given}
    )
    return redirect("people:list")


@requires("people.request_recovery")
@require_POST
def request_recovery(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """Ask, as the first of two people, for lost access to be given back."""
    form = RecoveryForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        attempt(
            form,
            lambda: services.request_recovery(
                person_id=person_id, reason=reason, actor=actor(request), at=clock.now()
            ),
        )
    if form.errors:
        return _detail(request, person_id, recovery_form=form)
    messages.success(request, _("Now a second person confirms. They have been told, and so has the person."))
    return redirect("people:detail", person_id)


@requires("people.confirm_recovery")
@require_GET
def recoveries(request: HttpRequest) -> HttpResponse:
    """Show the recoveries under way, with what the signed-in person may do about each."""
    me = signed_in(request).pk
    rows = [
        (one, one.state == "requested" and me not in {one.requested_by_id, one.person_id})
        for one in queries.open_recoveries()
    ]
    return page(request, "people/recoveries.html", {"recoveries": rows, "now": clock.now()})


@requires("people.confirm_recovery")
@require_POST
def confirm_recovery(request: HttpRequest, recovery_id: UUID) -> HttpResponseBase:
    """Agree as the second person."""
    attempt_or_say(
        request,
        lambda: services.confirm_recovery(recovery_id=recovery_id, actor=actor(request), at=clock.now()),
        _("Every old way in is closed, and a one-time link has been sent to the person's own address."),
    )
    return redirect("people:recoveries")


@requires("people.confirm_recovery")
@require_POST
def cancel_recovery(request: HttpRequest, recovery_id: UUID) -> HttpResponseBase:
    """Stop a recovery."""
    attempt_or_say(
        request,
        lambda: services.cancel_recovery(recovery_id=recovery_id, actor=actor(request), at=clock.now()),
        _("The recovery was stopped."),
    )
    return redirect("people:recoveries")


def _successors(person_id: UUID) -> list[Any]:
    return [one for one in queries.people() if one.id != person_id and not one.from_outside]


def _detail(request: HttpRequest, person_id: UUID, **forms: Any) -> HttpResponse:
    one = queries.person(person_id)
    context = {
        "one": one,
        "ways_in": queries.ways_in(person_id),
        "history": queries.role_history(person_id),
        "recovery": queries.open_recoveries().filter(person_id=person_id).first(),
        "is_me": person_id == signed_in(request).pk,
        "roles_form": RolesForm(initial={"roles": sorted(one.roles)}),
        "deactivate_form": DeactivateForm(successors=_successors(person_id)),
        "recovery_form": RecoveryForm(),
        **forms,
    }
    return page(request, "people/detail.html", context)
