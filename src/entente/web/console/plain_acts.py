"""Acts on cases that are neither order nor notice: what its route says is done, or it is settled again."""

from typing import TYPE_CHECKING, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.arrivals import queries as arrivals
from entente.apps.arrivals import services
from entente.apps.kernel.errors import Missing
from entente.web.console.acts import Act, Asked, NoFields
from entente.web.console.fields import LongTextField

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival
    from entente.apps.cases.models import Case


class ConcludeForm(forms.Form):
    """What was done."""

    note = LongTextField(
        label=gettext_lazy("What did you do?"),
        help_text=gettext_lazy("Whom you told, when, and how. No content and no personal data."),
        rows=4,
    )


def _arrival(case: "Case") -> "Arrival":
    arrival = arrivals.of_case(case.pk)
    if arrival is None:
        raise Missing(_("This case did not come through the arrival desk."))
    return arrival


def _conclude(asked: Asked) -> object:
    return services.conclude_case(
        case_id=asked.case.pk, note=asked.values["note"], actor=asked.actor, at=asked.at
    )


def _settle_again(asked: Asked) -> object:
    return services.unsettle_arrival(arrival_id=asked.subject.pk, actor=asked.actor, at=asked.at)


ACTS: Final = (
    Act(
        name="case_conclude",
        where="conclude",
        permission="cases.work",
        form=ConcludeForm,
        title=gettext_lazy("It is done: close the case"),
        consequences=gettext_lazy("The clock of the route is met, and the case closes with your note."),
        submit=gettext_lazy("Close the case"),
        run=_conclude,
        done=gettext_lazy("The case is closed."),
    ),
    Act(
        name="settle_again",
        where="settle-again",
        permission="arrivals.settle",
        form=NoFields,
        title=gettext_lazy("Settle again what this is"),
        consequences=gettext_lazy(
            "This case closes, its clocks stop, and the message waits at the arrival desk again. It is possible while nothing was decided."
        ),
        submit=gettext_lazy("Send it back to the desk"),
        run=_settle_again,
        done=gettext_lazy("The message waits at the arrival desk again."),
        load=_arrival,
    ),
)
