"""Appointing an overseer for this service, and ending it: by the service that named them, with its ground (rule 7).

An administrator gives the role; the legal person appoints in the name of the service. So nobody watches who was
chosen by one hand alone.
"""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.oversight import queries, services
from entente.apps.parties import queries as parties
from entente.web.accounts.answering import actor, attempt
from entente.web.console.fields import LongTextField
from entente.web.console.pages import posted, show
from entente.web.permissions import requires

BODY: Final = "platform"
"""In whose name a platform's overseer is appointed; the law names other bodies for other hats."""


class AppointForm(forms.Form):
    """Whom, and why."""

    person = forms.ChoiceField(
        label=gettext_lazy("Whom"),
        help_text=gettext_lazy(
            "People with the overseer role, which goes with no other. An administrator gives it."
        ),
    )
    ground = LongTextField(
        label=gettext_lazy("On which ground?"),
        help_text=gettext_lazy(
            "Who decided it, when, and for how long. It stays on record and goes into the public log."
        ),
        rows=3,
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer whoever holds the role and is not appointed yet."""
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if isinstance(field, forms.ChoiceField):
            field.choices = people


class EndForm(forms.Form):
    """Why the appointment ends."""

    ground = LongTextField(label=gettext_lazy("Why does it end?"), rows=3)


@requires("oversight.appoint")
@require_http_methods(["GET", "POST"])
def oversight_appoint(request: HttpRequest) -> HttpResponseBase:
    """Appoint an overseer; from then on they get a copy of every act they may oversee."""
    appointed = {one.person_id for one in queries.overseers()}
    people = [
        (str(one.id), one.name) for one in parties.people_with_role("overseer") if one.id not in appointed
    ]
    form = AppointForm(posted(request), people=people)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        attempt(
            form,
            lambda: services.appoint_overseer(
                person_id=UUID(given["person"]),
                body=BODY,
                ground=given["ground"],
                actor=actor(request),
                at=clock.now(),
            ),
        )
        if not form.errors:
            messages.success(request, _("Appointed. From now on every act is copied to them."))
            return redirect("console:oversight")
    context = {
        "form": form,
        "heading": _("Appoint an overseer"),
        "consequences": _(
            "They see decisions, reasons and figures without names, open a file only with a written reason, and "
            "recommend. They never decide. What happened before is not copied."
        ),
        "submit": _("Appoint"),
        "nobody": not people,
    }
    return show(request, "console/oversight_appoint.html", context)


@requires("oversight.appoint")
@require_http_methods(["GET", "POST"])
def oversight_end(request: HttpRequest, appointment_id: UUID) -> HttpResponseBase:
    """End an appointment that this service made."""
    one = next((row for row in queries.overseers() if row.id == appointment_id), None)
    if one is None:
        raise Missing(_("There is no such appointment in force."))
    form = EndForm(posted(request))
    if request.method == "POST" and form.is_valid():
        ground = form.cleaned_data["ground"]
        attempt(
            form,
            lambda: services.end_appointment(
                appointment_id=appointment_id, body=BODY, ground=ground, actor=actor(request), at=clock.now()
            ),
        )
        if not form.errors:
            messages.success(request, _("The appointment has ended. What was copied before stays."))
            return redirect("console:oversight")
    context = {
        "form": form,
        "heading": _("End the appointment of %(name)s") % {"name": one.name},
        "consequences": _("Recommendations that wait for an answer go on waiting."),
        "submit": _("End it"),
        "nobody": False,
    }
    return show(request, "console/oversight_appoint.html", context)
