"""Acts about a threat to life, on a case of whatever kind: it is seen, whom the law names is told, or it was none.

The case goes on along its own road beside it; nothing here decides about the content.
"""

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.cases import services as case_services
from entente.apps.kernel import clock
from entente.apps.kernel.errors import Missing
from entente.web.console.acts import Act, Asked
from entente.web.console.fields import LongTextField
from entente.web.console.threat_forms import ThreatForm, WarnedForm
from entente.web.console.threat_words import ThreatView, threat_view

if TYPE_CHECKING:
    from entente.apps.cases.models import Case


class NoThreatForm(forms.Form):
    """How one knows that there is no threat."""

    reason = LongTextField(label=gettext_lazy("How do you know?"), rows=3)


def _threat(case: "Case") -> ThreatView:
    found = threat_view(case.pk)
    if found is None:
        raise Missing(_("Nobody saw a threat to life here."))
    return found


def _known(_request: HttpRequest, case: "Case", _subject: Any) -> dict[str, Any]:
    """Show what was said before, so that a state learned later is added and not started over."""
    found = threat_view(case.pk)
    if found is None:
        return {}
    members = {code for code, _name in ThreatForm().fields["states"].choices}  # type: ignore[attr-defined]
    states = found.alert.states
    return {
        "signs": found.alert.signs,
        "states": [code for code in states if code in members],
        "other_states": " ".join(code for code in states if code not in members),
        "is_unknown": not states,
    }


def _raise(asked: Asked) -> object:
    return case_services.raise_threat_alert(
        case_id=asked.case.pk,
        states=asked.values["concerned"],
        signs=asked.values["signs"],
        actor=asked.actor,
        at=asked.at,
    )


def _recipients(_request: HttpRequest, _case: "Case", threat: ThreatView) -> dict[str, Any]:
    return {"recipients": threat.recipients}


def _now(_request: HttpRequest, _case: "Case", _threat: ThreatView) -> dict[str, Any]:
    return {"told_at": timezone.localtime(clock.now()).replace(microsecond=0)}


def _warn(asked: Asked) -> object:
    return case_services.warn_of_threat(
        case_id=asked.case.pk, told=asked.values["told"], actor=asked.actor, at=asked.at
    )


def _drop(asked: Asked) -> object:
    return case_services.drop_threat_alert(
        case_id=asked.case.pk, reason=asked.values["reason"], actor=asked.actor, at=asked.at
    )


ACTS: Final = (
    Act(
        name="threat_alert",
        where="threat",
        permission="cases.warn",
        form=ThreatForm,
        title=gettext_lazy("Threat to life"),
        consequences=gettext_lazy(
            "Next you see whom to call. The content is kept, a clock runs until everybody whom the law names was told, and the case goes on along its own road."
        ),
        submit=gettext_lazy("Show whom to tell"),
        tone="danger",
        run=_raise,
        done=gettext_lazy("Now call them, then record it."),
        template="console/threat.html",
        prefill=_known,
        then="console:threat_warned",
    ),
    Act(
        name="threat_warned",
        where="threat/told",
        permission="cases.warn",
        form=WarnedForm,
        title=gettext_lazy("Tell whom the law names, and record it"),
        consequences=gettext_lazy(
            "Your record stands under your name. The clock is met with the last of those the law names, and somebody else looks at it within a working day."
        ),
        submit=gettext_lazy("Record it"),
        run=_warn,
        done=gettext_lazy("It is on record who was told."),
        load=_threat,
        prefill=_now,
        options=_recipients,
        template="console/threat_warned.html",
    ),
    Act(
        name="threat_dropped",
        where="threat/none",
        permission="cases.warn",
        form=NoThreatForm,
        title=gettext_lazy("There is no threat to life"),
        consequences=gettext_lazy(
            "Nobody is told, the clock stops, and somebody else looks at it within a working day."
        ),
        submit=gettext_lazy("There is none"),
        run=_drop,
        done=gettext_lazy("The clock of the threat has stopped. Somebody else looks at it."),
        load=_threat,
    ),
)
