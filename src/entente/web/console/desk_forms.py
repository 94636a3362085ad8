"""Forms of the desks: shifts, protected sources, recommendations, one's own settings."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from entente.web.console.fields import LongTextField, MomentField


class ShiftForm(forms.Form):
    """A shift of the rota."""

    person = forms.ChoiceField(label=_("Who"))
    starts_at = MomentField(label=_("From"), help_text=_("In your own time zone."))
    ends_at = MomentField(label=_("Until"))
    position = forms.TypedChoiceField(
        label=_("Place"), choices=[(0, _("First: woken at once")), (1, _("Backup"))], coerce=int
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer whoever has the on-call role."""
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        if isinstance(field, forms.ChoiceField):
            field.choices = people


class ChangeShiftForm(forms.Form):
    """Give a shift to somebody else, or swap it with another one."""

    to = forms.ChoiceField(label=_("Hand it to"), required=False)
    other = forms.ChoiceField(label=_("or swap it with"), required=False)

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], shifts: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer people with the role, and the other shifts."""
        super().__init__(*args, **kwargs)
        for name, choices in (("to", people), ("other", shifts)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("nobody chosen") if name == "to" else _("none chosen")), *choices]

    @override
    def clean(self) -> dict[str, Any]:
        """Ask for exactly one of the two."""
        given = super().clean() or {}
        if bool(given.get("to")) == bool(given.get("other")):
            raise forms.ValidationError(_("Choose a person, or a shift to swap with."))
        return given


SOURCE_KINDS: Final = (
    ("press", _("Press")),
    ("archive", _("Archive")),
    ("research", _("Research")),
    ("government", _("Government")),
    ("human_rights", _("Human-rights documentation")),
)


class SourceForm(forms.Form):
    """A host, or the start of a path, that is never disabled on a doubt."""

    pattern = forms.CharField(
        label=_("Host, or host and start of the path"),
        help_text=_("archive.example, or site.example/records"),
        max_length=2000,
    )
    kind = forms.ChoiceField(label=_("Why is it protected?"), choices=SOURCE_KINDS)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class RemarkForm(forms.Form):
    """What an overseer notes about a checked act."""

    remark = LongTextField(label=_("Remark"), required=False, rows=2)


class OpenFileForm(forms.Form):
    """Why an overseer opens a file."""

    reason = LongTextField(
        label=_("Why do you open this file?"),
        help_text=_("Your reason is recorded first. The file stays open for eight hours."),
        rows=3,
    )


class RecommendationForm(forms.Form):
    """What an overseer recommends."""

    text = LongTextField(
        label=_("What do you recommend?"), help_text=_("It stays open until it is answered."), rows=4
    )


class AnswerForm(forms.Form):
    """The host's answer to a recommendation."""

    followed = forms.ChoiceField(
        label=_("Do you follow it?"),
        choices=[("yes", _("Yes, we follow it")), ("no", _("No, and we say why"))],
        widget=forms.RadioSelect,
    )
    text = LongTextField(label=_("Answer"), rows=5)


MEDIA: Final = (
    ("video", _("Video")),
    ("image", _("Images")),
    ("audio", _("Sound")),
    ("text", _("Text")),
    ("heavy", _("Cases marked as hard to look at")),
)


class CareForm(forms.Form):
    """How one person wants hard material shown; nobody else sees or sets it."""

    is_blurred = forms.BooleanField(label=_("Blurred"), required=False)
    is_grey = forms.BooleanField(label=_("Without colour"), required=False)
    is_small = forms.BooleanField(label=_("Small"), required=False)
    is_silent = forms.BooleanField(
        label=_("Silent"),
        help_text=_("A film or a sound that you play from the vault starts muted."),
        required=False,
    )
    text_behind_click = forms.BooleanField(label=_("Text behind a click"), required=False)
    declined_kinds = forms.MultipleChoiceField(
        label=_("I do not look at"),
        help_text=_("You are not asked why. Hand such a case back with one key."),
        choices=MEDIA,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    daily_limit_minutes = forms.IntegerField(
        label=_("At most so many minutes a day"),
        help_text=_(
            "When they are over, everything stays closed until tomorrow. Nobody can overrule it: a lower limit holds at once, a higher one from tomorrow."
        ),
        min_value=1,
        max_value=480,
    )
