"""Complaints about a decision of the case: upheld by one person, rejected by two, or used to challenge an order."""

from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.complaints import queries, services
from entente.apps.kernel.errors import Missing
from entente.web.console.acts import Act, Asked, NoFields
from entente.web.console.fields import LongTextField
from entente.web.console.finding import found

if TYPE_CHECKING:
    from entente.apps.cases.models import Case
    from entente.apps.complaints.models import Complaint


class ReasonsForm(forms.Form):
    """Reasons the person can understand."""

    reasons = LongTextField(
        label=gettext_lazy("Reasons"),
        help_text=gettext_lazy("In words the person can understand; they read them as you write them."),
        rows=8,
    )


class ChallengeForm(ReasonsForm):
    """Whether a complaint about an order is used to challenge it."""

    is_used = forms.ChoiceField(
        label=gettext_lazy("What do you do with it?"),
        choices=[
            ("yes", gettext_lazy("We use it to challenge the order, or to ask for its withdrawal")),
            ("no", gettext_lazy("We do not challenge the order, and say why")),
        ],
        widget=forms.RadioSelect,
    )
    field_order = ("is_used", "reasons")


class ReturnForm(forms.Form):
    """Why a proposed rejection goes back."""

    note = LongTextField(label=gettext_lazy("Why do you not agree?"), rows=4)


def _complaint(case: "Case", complaint_id: UUID) -> "Complaint":
    complaint = found(queries.complaint, complaint_id)
    if complaint.case_id != case.pk:
        raise Missing(_("There is nothing at this address."))
    return complaint


def _uphold(asked: Asked) -> object:
    return services.uphold_complaint(
        complaint_id=asked.subject.pk, reasons=asked.values["reasons"], actor=asked.actor, at=asked.at
    )


def _propose(asked: Asked) -> object:
    return services.propose_rejection(
        complaint_id=asked.subject.pk, reasons=asked.values["reasons"], actor=asked.actor, at=asked.at
    )


def _confirm(asked: Asked) -> object:
    return services.confirm_rejection(complaint_id=asked.subject.pk, actor=asked.actor, at=asked.at)


def _return(asked: Asked) -> object:
    return services.return_proposal(
        complaint_id=asked.subject.pk, note=asked.values["note"], actor=asked.actor, at=asked.at
    )


def _challenge(asked: Asked) -> object:
    return services.answer_challenge(
        complaint_id=asked.subject.pk,
        is_used=asked.values["is_used"] == "yes",
        reasons=asked.values["reasons"],
        actor=asked.actor,
        at=asked.at,
    )


def _act(name: str, *, where: str, form: type[forms.Form], run: Any, **texts: Any) -> Act:
    return Act(
        name=name,
        where=f"complaints/<uuid:complaint_id>/{where}",
        permission="complaints.decide",
        form=form,
        run=run,
        tab="people",
        load=_complaint,
        template="console/complaint_act.html",
        **texts,
    )


ACTS: Final = (
    _act(
        "complaint_uphold",
        where="uphold",
        form=ReasonsForm,
        run=_uphold,
        title=gettext_lazy("Uphold the complaint"),
        consequences=gettext_lazy(
            "What was restricted is restored at once; a complaint of the notifier opens the assessment again. One person is enough; a second one looks at it within a working day."
        ),
        submit=gettext_lazy("Uphold, restore"),
        done=gettext_lazy("The complaint is upheld."),
    ),
    _act(
        "complaint_reject",
        where="reject",
        form=ReasonsForm,
        run=_propose,
        title=gettext_lazy("Propose to reject the complaint"),
        consequences=gettext_lazy(
            "A rejection takes two people. Yours is the proposal; somebody else, who did not take the first decision either, confirms it or sends it back."
        ),
        submit=gettext_lazy("Propose the rejection"),
        done=gettext_lazy("Proposed. A second person has to confirm it."),
    ),
    _act(
        "complaint_confirm",
        where="confirm",
        form=NoFields,
        run=_confirm,
        title=gettext_lazy("Confirm the rejection as the second person"),
        consequences=gettext_lazy(
            "The complaint is rejected for good here; the person is told which roads remain."
        ),
        submit=gettext_lazy("Confirm the rejection"),
        done=gettext_lazy("The complaint is rejected."),
    ),
    _act(
        "complaint_return",
        where="return",
        form=ReturnForm,
        run=_return,
        title=gettext_lazy("Send the proposal back"),
        consequences=gettext_lazy("The complaint is open again, with your note in the record."),
        submit=gettext_lazy("Send back"),
        done=gettext_lazy("The proposal went back."),
    ),
    _act(
        "complaint_answer",
        where="answer",
        form=ChallengeForm,
        run=_challenge,
        title=gettext_lazy("Answer a complaint about an order"),
        consequences=gettext_lazy(
            "We may not restore what a binding order holds down. The complaint can be the ground of a challenge, or of a request that the issuer withdraw."
        ),
        submit=gettext_lazy("Answer"),
        done=gettext_lazy("The complaint is answered."),
    ),
)
