"""What one does with a case itself: take it, give it back, hand it over, mark it, look at it again."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services import opening
from entente.apps.kernel import clock
from entente.apps.kernel.errors import DomainError, Missing, Refused
from entente.apps.parties import queries as parties
from entente.apps.parties.permissions import is_allowed
from entente.web.accounts.answering import actor, attempt_or_say, signed_in
from entente.web.console import handing, turns, undo
from entente.web.console.acts import Act, Asked
from entente.web.console.order_forms import SecondLookForm
from entente.web.console.pages import case_url, to_case
from entente.web.permissions import requires

if TYPE_CHECKING:
    from entente.apps.cases.models import Case


@requires("cases.work")
@require_POST
def assign(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Take a case, or (on undo) get it back."""
    me, case = signed_in(request), cases.case_by_id(case_id)
    holder = case.assigned_to_id
    if holder not in {None, me.pk} and not is_allowed(me, "cases.hand_over_others"):
        messages.warning(
            request,
            _("%(name)s holds this case. Ask for it.") % {"name": getattr(case.assigned_to, "name", "")},
        )
        return to_case(case_id)
    attempt_or_say(
        request,
        lambda: case_services.assign_case(case_id=case_id, person=me, actor=me.actor, at=clock.now()),
        _("The case is yours."),
    )
    return to_case(case_id)


@requires("cases.work")
@require_POST
def hand_back(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Put a case back into the common inbox: one key, no reason, no question."""
    me, case = signed_in(request), cases.case_by_id(case_id)
    if case.assigned_to_id not in {None, me.pk} and not is_allowed(me, "cases.hand_over_others"):
        raise Refused(_("Somebody else holds this case; only they can hand it back."))
    try:
        case_services.hand_back_case(case_id=case_id, actor=me.actor, at=clock.now())
    except DomainError as error:
        messages.error(request, _(error.message))
        return to_case(case_id)
    turns.note(request, is_heavy=case.is_heavy)
    undo.offer(
        request,
        _("%(reference)s is back in the common inbox.") % {"reference": case.reference},
        reverse("console:case_assign", args=[case_id]),
    )
    return redirect("console:inbox")


@requires("cases.work")
@require_POST
def mark_heavy(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """Say that a case is hard to look at, or that it is not."""
    case = cases.case_by_id(case_id)
    heavy = request.POST.get("heavy") == "yes"
    case_services.mark_heavy(case_id=case_id, is_heavy=heavy, actor=actor(request), at=clock.now())
    turns.note(request, is_heavy=heavy)
    undo.offer(
        request,
        _("Marked as hard to look at. The next case you get is a lighter one.")
        if heavy
        else _("Mark removed."),
        reverse("console:case_heavy", args=[case.pk]),
        heavy="no" if heavy else "yes",
    )
    return to_case(case_id)


@requires("actions.confirm")
@require_POST
def retry_action(request: HttpRequest, case_id: UUID, action_id: UUID) -> HttpResponseBase:
    """Send a measure the platform refused again."""
    case = cases.case_by_id(case_id)
    action = cases.action(action_id)
    if action is None or action.decision.case_id != case.pk:
        raise Missing(_("There is nothing at this address."))
    attempt_or_say(
        request,
        lambda: case_services.retry_action(action_id=action_id, actor=actor(request), at=clock.now()),
        _("The measure is on its way again."),
    )
    return to_case(case_id)


class HandOverForm(forms.Form):
    """To whom a case goes."""

    to = forms.ChoiceField(label=gettext_lazy("To whom?"))

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the people who work on cases."""
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        if isinstance(field, forms.ChoiceField):
            field.choices = people


def _people(request: HttpRequest, case: "Case", _subject: Any) -> dict[str, Any]:
    me = signed_in(request)
    if case.assigned_to_id not in {None, me.pk} and not is_allowed(me, "cases.hand_over_others"):
        raise Refused(_("Somebody else holds this case; they hand it over, or a senior person does."))
    people = parties.people_with_role("reviewer", "senior_reviewer", "legal", "on_call")
    return {"people": [(str(one.id), one.name) for one in people if one.id != case.assigned_to_id]}


def _hand_over(asked: Asked) -> object:
    person = parties.person(UUID(asked.values["to"]))
    return case_services.hand_over_cases(
        case_ids=[asked.case.pk], to_person=person, actor=asked.actor, at=asked.at
    )


def _handed_over(act: Act, request: HttpRequest, asked: Asked) -> None:
    handing.offer_to_undo(
        request,
        str(act.done),
        case_ids=[asked.case.pk],
        to=parties.person(UUID(asked.values["to"])),
        at=asked.at,
        back=case_url(asked.case.pk),
    )


def _look_again(asked: Asked) -> object:
    return opening.confirm_second_look(
        case_id=asked.case.pk, note=asked.values["note"], actor=asked.actor, at=asked.at
    )


ACTS: Final = (
    Act(
        name="case_hand_over",
        where="hand-over",
        permission="cases.hand_over",
        form=HandOverForm,
        title=gettext_lazy("Hand the case over"),
        consequences=gettext_lazy("The person finds it in their inbox. No reason is asked."),
        submit=gettext_lazy("Hand over"),
        run=_hand_over,
        done=gettext_lazy("The case changed hands."),
        options=_people,
        tell=_handed_over,
    ),
    Act(
        name="second_look",
        where="second-look",
        permission="cases.work",
        form=SecondLookForm,
        title=gettext_lazy("Look at it again as the second person"),
        consequences=gettext_lazy(
            "What one person did at once, a second person looks at within a working day. Whoever did it cannot be that person."
        ),
        submit=gettext_lazy("I have looked"),
        run=_look_again,
        done=gettext_lazy("The second look is on record."),
    ),
)
