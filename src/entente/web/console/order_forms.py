"""Forms of what a person records or answers about an order."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from entente.web.console import words
from entente.web.console.fields import LongTextField, MomentField


class CallBackForm(forms.Form):
    """Whom one spoke to, at the number of our own register."""

    note = LongTextField(
        label=_("Whom did you speak to, and when?"),
        help_text=_("Name, post, time, and what they confirmed. It stays with the order."),
        rows=3,
    )


class RefuteForm(forms.Form):
    """How one knows that the order is not genuine."""

    note = LongTextField(label=_("How do you know that it is not genuine?"), rows=3)


class ImpossibleForm(forms.Form):
    """Annex III: the ground, what the authority must know, and which addresses it is about."""

    ground = forms.ChoiceField(
        label=_("Ground of Annex III"), choices=list(words.GROUNDS.items()), widget=forms.RadioSelect
    )
    explanation = LongTextField(
        label=_("What the authority must know"),
        help_text=_("It is sent as you write it. Name the error, or the information you need."),
    )
    items = forms.MultipleChoiceField(
        label=_("Addresses"),
        help_text=_("Nothing ticked means every address that is not in effect yet."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, items: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the addresses that are still open; one alone needs no choice."""
        super().__init__(*args, **kwargs)
        field = self.fields["items"]
        if isinstance(field, forms.MultipleChoiceField) and len(items) > 1:
            field.choices = items
        else:
            del self.fields["items"]


class ResumeForm(forms.Form):
    """When an obstacle ceased."""

    ceased_at = MomentField(label=_("When did the obstacle cease?"), help_text=_("In your own time zone."))
    note = LongTextField(label=_("What shows it?"), rows=3)


class HandedOverForm(forms.Form):
    """How a document reached the authority without us."""

    how = LongTextField(
        label=_("How was it handed over?"),
        help_text=_("Who brought it, to whom, by which road, and what confirms it."),
        rows=3,
    )


class CorrectReceiptForm(forms.Form):
    """When an order really reached the contact point, with what shows it."""

    received_at = MomentField(label=_("When did it reach us?"), help_text=_("In your own time zone."))
    proof = LongTextField(
        label=_("What shows it?"), help_text=_("Mail headers, a delivery note, a fax line."), rows=3
    )


FATES: Final = (
    ("withdrawn", _("Withdrawn by its issuer")),
    ("ceased", _("Ceased to have effect after scrutiny")),
    ("annulled", _("Annulled by a court")),
)


class EndOrderForm(forms.Form):
    """What ended the order."""

    fate = forms.ChoiceField(label=_("What happened?"), choices=FATES, widget=forms.RadioSelect)
    by_whom = forms.CharField(label=_("By whom?"), max_length=300)
    happened_at = MomentField(label=_("When?"), help_text=_("In your own time zone."))
    document = LongTextField(label=_("Which document says so?"), required=False, rows=3)


class FinalForm(forms.Form):
    """What made the order final."""

    happened_at = MomentField(label=_("Since when?"), help_text=_("In your own time zone."))
    document = LongTextField(
        label=_("What shows it?"),
        help_text=_("No appeal in time, or a judgment that confirmed it."),
        rows=3,
    )


class CourteousForm(forms.Form):
    """The courteous answer to what does not bind this service."""

    text = LongTextField(label=_("Your answer"), help_text=_("It is sent as it stands here."), rows=12)


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = LongTextField(label=_("Why?"), rows=3)


class SecondLookForm(forms.Form):
    """What a second person found."""

    note = LongTextField(label=_("What did you find?"), required=False, rows=3)


class CourseForm(forms.Form):
    """The reasons of the course chosen after the assessment."""

    reasons = LongTextField(
        label=_("Reasons"),
        help_text=_("They go to the authority where the course is a request, and into the record always."),
        rows=10,
    )

    def __init__(self, *args: Any, rest: int = 0, **kwargs: Any) -> None:
        """Ask about `rest` addresses that have no assessment of their own, where there are any."""
        super().__init__(*args, **kwargs)
        if rest:
            self.fields["same_for_rest"] = forms.BooleanField(
                label=ngettext(
                    "I have looked at the other %(count)d address too: the same holds there",
                    "I have looked at the other %(count)d addresses too: the same holds there",
                    rest,
                )
                % {"count": rest},
                required=True,
                error_messages={
                    "required": _("Assess the other addresses one by one, or say that the same holds there.")
                },
            )
