"""Telling the person affected by hand, where the platform could not pass the letter on."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.cases import queries as cases
from entente.apps.cases import services as case_services
from entente.apps.cases.services import telling
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.web.console.acts import Act, Asked
from entente.web.console.fields import MomentField

if TYPE_CHECKING:
    from entente.apps.cases.models import Case, StatementOfReasons


class ToldForm(forms.Form):
    """How the person affected was told, and when."""

    how = forms.ChoiceField(
        label=gettext_lazy("How did you tell them?"),
        choices=telling.WAYS,
        widget=forms.RadioSelect,
    )
    told_at = MomentField(
        label=gettext_lazy("When?"),
        help_text=gettext_lazy("In your own time zone. Their time to answer runs from this moment."),
    )
    note = forms.CharField(
        label=gettext_lazy("In a few words"),
        help_text=gettext_lazy("No name and no address: what shows that they were told."),
        max_length=300,
        required=False,
    )


def _letter(case: "Case", *, statement_id: UUID) -> "StatementOfReasons":
    found = cases.statement(statement_id)
    if found is None or found.case_id != case.pk or not telling.to_tell_by_hand([found]):
        raise Missing(_("There is no letter here that somebody has to pass on by hand."))
    return found


def _now(_request: HttpRequest, _case: "Case", _letter: "StatementOfReasons") -> dict[str, Any]:
    return {"told_at": timezone.localtime(clock.now()).replace(microsecond=0)}


def _about(_request: HttpRequest, _case: "Case", letter: "StatementOfReasons") -> dict[str, Any]:
    return {"about": letter.decision.item.url}


def _tell(asked: Asked) -> object:
    return case_services.tell_by_hand(
        statement_id=asked.subject.pk,
        how=asked.values["how"],
        note=asked.values["note"],
        told_at=asked.values["told_at"],
        actor=asked.actor,
        at=asked.at,
    )


ACTS: Final = (
    Act(
        name="letter_told",
        where="letters/<uuid:statement_id>/told",
        permission="letters.tell",
        form=ToldForm,
        title=gettext_lazy("The person affected was told by hand"),
        consequences=gettext_lazy(
            "Their time to contest begins with the moment you name, the message is not tried again, and the alarm ends. Give them the address of the letter, or a print of it."
        ),
        submit=gettext_lazy("They were told"),
        run=_tell,
        done=gettext_lazy("It is on record that they were told."),
        tab="people",
        load=_letter,
        prefill=_now,
        more=_about,
    ),
)
