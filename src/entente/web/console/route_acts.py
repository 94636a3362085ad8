"""Routes out of the ordinary loop: whom to tell by the law data, the key that starts one, and the hand-over."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.apps.parties import queries as parties
from entente.core.law import routes
from entente.web.console import turns, words
from entente.web.console.acts import Act, Asked, NoFields
from entente.web.console.fields import MomentField

if TYPE_CHECKING:
    from entente.apps.cases.models import Case, Departure

_SOMEBODY_ELSE: Final = "other"
_OF_KIND: Final = {"threat": "threat_to_life", "data_request": "data_request"}


@dataclass(frozen=True, slots=True)
class RouteView:
    """A route as a page shows it: what to do, step by step, and whom to tell by the law of the host's state."""

    title: str
    instruction: str
    steps: list[str]
    recipients: dict[str, str]
    article: str


def route_view(route_id: str) -> RouteView:
    """Return a route of the law data in the reader's language."""
    host = parties.host_facts()
    advice = routes.advise(
        route_id, state=None, host_state=host.established_in or host.represented_in or None
    )
    return RouteView(
        title=_(advice.route.title),
        instruction=_(advice.route.instruction),
        steps=[_(step) for step in advice.route.steps],
        recipients={recipient.code: words.said(recipient) for recipient in advice.recipients},
        article=advice.article,
    )


def routes_of(case: "Case", departure: "Departure | None") -> list[RouteView]:
    """Return the routes a case follows: that of the key first, then that of its kind.

    Whom to tell of a threat to life depends on the states concerned, which its own part of the page asks for.
    """
    taken = [departure.route_id] if departure is not None else []
    found = [route_view(one) for one in (*taken, _OF_KIND.get(case.kind, "")) if one]
    return [*found[:-1], replace(found[-1], recipients={})] if case.kind == "threat" else found


class HandedOverForm(forms.Form):
    """Whom one told, when, and under which reference they have it."""

    recipient = forms.ChoiceField(label=gettext_lazy("Whom did you tell?"), widget=forms.RadioSelect)
    somebody_else = forms.CharField(
        label=gettext_lazy("Who is it?"),
        help_text=gettext_lazy("Only if you told somebody else."),
        max_length=200,
        required=False,
    )
    handed_over_at = MomentField(
        label=gettext_lazy("When?"), help_text=gettext_lazy("In your own time zone.")
    )
    reference = forms.CharField(
        label=gettext_lazy("Their reference"),
        help_text=gettext_lazy(
            "The number of the report; where there is none, the name of whoever took it. No content and no address."
        ),
        max_length=200,
    )

    def __init__(self, *args: Any, recipients: dict[str, str], **kwargs: Any) -> None:
        """Offer the recipients the route names, and somebody else."""
        super().__init__(*args, **kwargs)
        self.recipients = recipients
        field = self.fields["recipient"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [*recipients.items(), (_SOMEBODY_ELSE, _("Somebody else"))]

    @override
    def clean(self) -> dict[str, Any]:
        """Ask who somebody else is."""
        given = super().clean() or {}
        if given.get("recipient") == _SOMEBODY_ELSE and not given.get("somebody_else", "").strip():
            self.add_error("somebody_else", _("Say whom you told."))
        return given


def _departure(case: "Case") -> "Departure":
    found = cases.departure_of(case.pk)
    if found is None:
        raise Missing(_("This case took no route."))
    return found


def _recipients(_request: HttpRequest, _case: "Case", departure: "Departure") -> dict[str, Any]:
    return {"recipients": route_view(departure.route_id).recipients}


def _now(_request: HttpRequest, _case: "Case", _departure: "Departure") -> dict[str, Any]:
    return {"handed_over_at": timezone.localtime(clock.now()).replace(microsecond=0)}


def _record(asked: Asked) -> object:
    chosen = asked.values["recipient"]
    is_named = chosen != _SOMEBODY_ELSE
    named = route_view(asked.subject.route_id).recipients
    return case_services.record_route_handover(
        case_id=asked.case.pk,
        recipient_id=chosen if is_named else "",
        recipient=named[chosen] if is_named else asked.values["somebody_else"],
        reference=asked.values["reference"],
        handed_over_at=asked.values["handed_over_at"],
        actor=asked.actor,
        at=asked.at,
    )


def _send_away(asked: Asked) -> object:
    return case_services.leave_case_to_route(case_id=asked.case.pk, actor=asked.actor, at=asked.at)


def _sent_away(_act: Act, request: HttpRequest, asked: Asked) -> None:
    """Say what remains, and remember that this was hard, whoever marked it so."""
    turns.note(request, is_heavy=True)
    if cases.case_by_id(asked.case.pk).state == "open":
        said = _(
            "The preview is closed for everybody and legal is woken. What is left here needs no look. Take a break if you need one."
        )
    else:
        said = _(
            "The preview is closed for everybody and the case has left. Legal is woken. Take a break if you need one."
        )
    messages.success(request, said)


def _where_it_goes(_request: HttpRequest, _case: "Case", _subject: Any) -> dict[str, Any]:
    return {"route": route_view("suspected_child_abuse")}


ACTS: Final = (
    Act(
        name="case_child_abuse",
        where="suspected-child-abuse",
        permission="cases.send_away",
        form=NoFields,
        title=gettext_lazy("Suspected child abuse"),
        consequences="",
        submit=gettext_lazy("Close it for everybody"),
        tone="danger",
        run=_send_away,
        done="",
        template="console/child_abuse.html",
        more=_where_it_goes,
        tell=_sent_away,
    ),
    Act(
        name="route_handed_over",
        where="route/handed-over",
        permission="cases.hand_to_route",
        form=HandedOverForm,
        title=gettext_lazy("Record the hand-over"),
        consequences=gettext_lazy(
            "The clock of the route ends with your record, under your name. Tell further recipients, and record each."
        ),
        submit=gettext_lazy("Record it"),
        run=_record,
        done=gettext_lazy("The hand-over is on record."),
        load=_departure,
        options=_recipients,
        prefill=_now,
    ),
)
