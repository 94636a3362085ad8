"""What is one's own: how hard material is shown, how long one looked, in which language one works."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from entente.apps.cases import services as case_services
from entente.apps.cases.services import care
from entente.apps.kernel import clock
from entente.apps.parties import services as parties
from entente.apps.parties.permissions import SIGNED_IN
from entente.web.accounts.answering import attempt, signed_in
from entente.web.console.desk_forms import CareForm
from entente.web.console.pages import back_to, posted, show
from entente.web.permissions import requires


@requires("content.open")
@require_http_methods(["GET", "POST"])
def my_care(request: HttpRequest) -> HttpResponseBase:
    """Show and change how one wants hard material shown; nobody else ever reads this page."""
    person, at = signed_in(request), clock.now()
    kept = care.preference_of(person)
    limit, waits = care.limit_minutes(kept, at), care.waiting_limit(kept, at)
    chosen = {name: getattr(kept, name) for name in CareForm.base_fields}
    form = CareForm(posted(request), initial={**chosen, "daily_limit_minutes": waits or limit})
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: case_services.save_viewing_preference(person=person, values=form.cleaned_data, at=at),
        )
        if saved is not None:
            messages.success(request, _("Saved. Only you see these settings."))
            if care.waiting_limit(saved, at) is not None:
                messages.info(request, _("The higher limit counts from tomorrow."))
            return redirect("console:me")
    days = care.recent_days(person, at)
    most = max([*(seconds for _day, seconds in days), limit * 60, 60])
    context = {
        "form": form,
        "days": [(day, seconds // 60, round(seconds * 100 / most)) for day, seconds in days],
        "today": days[-1][1] // 60,
        "week": sum(seconds for _day, seconds in days) // 60,
        "limit": limit,
        "waits": waits,
    }
    return show(request, "console/me.html", context)


@requires(SIGNED_IN)
@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Work in another language from now on."""
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        me = signed_in(request)
        parties.set_preferences(
            person_id=me.pk,
            name=me.name,
            language=wanted,
            timezone=me.timezone,
            theme=me.theme,
            shortcuts_on=me.shortcuts_on,
        )
    return back_to(request, "accounts:profile")
