"""Forms about signals: opinions, labels, ends; what is chosen in a list and goes on together."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.banks import queries
from entente.apps.banks.choices import OpinionKind, OwnerKind, SharingUse
from entente.apps.kernel.config import config
from entente.core.exchange.entries import MAX_ENTITY_CHARACTERS, MAX_NOTE_CHARACTERS
from entente.core.law import bases
from entente.web.accounts.fields import LinesField
from entente.web.console.fields import LongTextField, MomentField


class OpinionForm(forms.Form):
    """What one person thinks of a signal."""

    says = forms.ChoiceField(
        label=gettext_lazy("What do you say?"),
        choices=[
            (OpinionKind.CONFIRM, gettext_lazy("It is right")),
            (OpinionKind.CONTEST, gettext_lazy("It is wrong, or goes too far")),
            (OpinionKind.WITHDRAWN, gettext_lazy("I take my opinion back")),
        ],
        widget=forms.RadioSelect,
    )
    reason = LongTextField(label=gettext_lazy("Why?"), rows=3)


class LabelsForm(forms.Form):
    """Whom content is taken to come from, what it does, what else is to be known."""

    entity = forms.CharField(
        label=gettext_lazy("Entity"),
        help_text=gettext_lazy(
            "The group it is taken to come from. A new name is a name only, until somebody records who designated it."
        ),
        max_length=MAX_ENTITY_CHARACTERS,
        required=False,
    )
    labels = LinesField(
        label=gettext_lazy("Labels"),
        help_text=gettext_lazy("What the content does: one per line."),
        required=False,
    )
    note = LongTextField(label=gettext_lazy("Note"), max_length=MAX_NOTE_CHARACTERS, required=False, rows=3)


class EndForm(forms.Form):
    """Until when a signal stands."""

    expires_at = MomentField(
        label=gettext_lazy("It ends on"),
        help_text=gettext_lazy("Empty: it has no end. In your own time zone."),
        required=False,
    )
    reason = LongTextField(label=gettext_lazy("Why?"), help_text=gettext_lazy("It stays on record."), rows=3)


class ChosenForm(forms.Form):
    """Signals that were chosen in a list; the form carries their numbers."""

    signals = forms.CharField(widget=forms.HiddenInput, required=False, max_length=30_000)


class RetractForm(ChosenForm):
    """Why signals are taken back."""

    reason = LongTextField(
        label=gettext_lazy("Why?"),
        help_text=gettext_lazy("It stays on record, and whoever decided because of it reads it."),
        rows=3,
    )


class AdoptForm(ChosenForm):
    """Into which bank of this service signals are adopted, and why."""

    into_bank_id = forms.ChoiceField(label=gettext_lazy("Into which bank of this service?"))
    reason = LongTextField(
        label=gettext_lazy("Why are they right?"),
        help_text=gettext_lazy("What you looked at, and on what ground you make them your own."),
        rows=4,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the banks that people of this service fill."""
        super().__init__(*args, **kwargs)
        _offer(
            self,
            "into_bank_id",
            [line for line in _in_use() if not line.policy.is_shared and not line.policy.negative_kind],
        )


class ShareForm(ChosenForm):
    """What is proposed to share: where to, for what, on which ground, with which statement."""

    bank_id = forms.ChoiceField(label=gettext_lazy("Into which shared bank?"))
    use_at_most = forms.ChoiceField(
        label=gettext_lazy("For what may partners use it?"),
        choices=SharingUse.choices,
        initial=SharingUse.OPEN_CASE,
        help_text=gettext_lazy(
            "What depends on its setting (a text, an address, praise, a picture from the news) can be shared to open cases only."
        ),
        widget=forms.RadioSelect,
    )
    ground_id = forms.ChoiceField(label=gettext_lazy("On what ground is it unlawful?"))
    statement = LongTextField(
        label=gettext_lazy("Statement"),
        help_text=gettext_lazy("Why the content is what you say. The second person takes it over."),
        rows=4,
    )
    is_unlawful_in_any_setting = forms.BooleanField(
        label=gettext_lazy("The content is unlawful whatever its setting"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the shared banks, and the grounds of the law data."""
        super().__init__(*args, **kwargs)
        _offer(self, "bank_id", [line for line in _in_use() if line.policy.is_shared])
        field = self.fields["ground_id"]
        if isinstance(field, forms.ChoiceField):
            grounds = bases.grounds(exercise=config().demo).values()
            field.choices = [("", _("Choose one")), *((one.id, _(one.title)) for one in grounds)]


class DesignationForm(forms.Form):
    """Who designated an entity, since when, where it can be read."""

    entity = forms.CharField(label=gettext_lazy("Entity"), max_length=MAX_ENTITY_CHARACTERS)
    designated_by = forms.CharField(
        label=gettext_lazy("Designated by"),
        help_text=gettext_lazy("UN, EU, or the two letters of a state."),
        max_length=2,
    )
    since = forms.DateField(label=gettext_lazy("Since"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=gettext_lazy("Until, that day included"),
        help_text=gettext_lazy("Empty while it lasts."),
        widget=forms.DateInput(attrs={"type": "date"}),
        required=False,
    )
    reference = forms.CharField(
        label=gettext_lazy("Where it can be read"),
        help_text=gettext_lazy("The list or the act, with its number."),
        max_length=300,
    )

    def clean_designated_by(self) -> str:
        """Write codes as they are kept."""
        return str(self.cleaned_data["designated_by"]).upper()


def _in_use() -> list[queries.BankLine]:
    return [line for line in queries.banks() if line.policy.owner_kind == OwnerKind.OWN]


def _offer(form: forms.Form, name: str, lines: list[queries.BankLine]) -> None:
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = [("", _("Choose one")), *((str(line.id), line.policy.name) for line in lines)]
        if not lines:
            field.help_text = _("There is none yet: make one on the page of all banks.")
