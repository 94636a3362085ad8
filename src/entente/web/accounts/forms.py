"""Forms about people: profile, invitation, roles, leaving, recovery."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from entente.apps.parties.choices import Theme
from entente.apps.parties.roles import ROLE_DUTIES, Role
from entente.apps.parties.types import PersonFacts
from entente.web.accounts.fields import language_choices, timezone_choices


class RolesField(forms.MultipleChoiceField):
    """Check boxes for roles, each with its duty."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer every role."""
        super().__init__(
            choices=[(role.value, f"{role.label}: {ROLE_DUTIES[role]}") for role in Role],
            widget=forms.CheckboxSelectMultiple,
            **kwargs,
        )


class ProfileForm(forms.Form):
    """How somebody wants the screens."""

    name = forms.CharField(label=_("Your name"), max_length=120, help_text=_("As colleagues will see it."))
    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezone_choices)
    theme = forms.ChoiceField(label=_("Appearance"), choices=Theme.choices, widget=forms.RadioSelect)
    shortcuts_on = forms.BooleanField(
        label=_("Keyboard shortcuts"),
        required=False,
        help_text=_(
            "Single keys act. Turn them off if you speak to your computer or press keys by accident."
        ),
    )


class AcceptInvitationForm(forms.Form):
    """What a new person says about themselves; without a password, a passkey comes next."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    timezone = forms.ChoiceField(label=_("Time zone"), choices=timezone_choices)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave it empty to use a passkey alone, which is safer and quicker. You set it up next."),
    )
    confidentiality_agreed = forms.BooleanField(
        label=_("I will keep what I see here to myself and to those I am asked to share it with."),
        error_messages={"required": _("Without this promise no account is opened.")},
    )

    def __init__(self, *args: Any, names_nobody: bool, **kwargs: Any) -> None:
        """Ask for the address only where the link names nobody (the first administrator)."""
        super().__init__(*args, **kwargs)
        if not names_nobody:
            del self.fields["email"]


class InviteForm(forms.Form):
    """Whom to invite, to do what."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label=_("Name"), max_length=120, required=False)
    language = forms.ChoiceField(label=_("Language of the invitation"), choices=language_choices)
    roles = RolesField(label=_("Roles"))
    from_outside = forms.BooleanField(
        label=_("A second person from elsewhere"),
        required=False,
        help_text=_(
            "Somebody who does not work here and helps where two people are needed. They see only the files "
            "they are asked about. Never the overseer, an authority, or somebody who complained."
        ),
    )


class RolesForm(forms.Form):
    """The roles somebody holds from now on."""

    roles = RolesField(label=_("Roles"), required=False)


class DeactivateForm(forms.Form):
    """Who leaves, and who takes over."""

    hand_over_to = forms.ChoiceField(
        label=_("Who takes over"),
        required=False,
        help_text=_("Needed while there is open work."),
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)

    def __init__(self, *args: Any, successors: Iterable[PersonFacts], **kwargs: Any) -> None:
        """Offer the colleagues who can take over."""
        super().__init__(*args, **kwargs)
        choices = [("", _("Nobody: there is no open work")), *((str(one.id), one.name) for one in successors)]
        self.fields["hand_over_to"].choices = choices  # type: ignore[attr-defined]


class RecoveryForm(forms.Form):
    """Why somebody's access is to be given back."""

    reason = forms.CharField(
        label=_("How do you know that it is really them who ask?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("You saw them, or called a number you already had. A message alone is not enough."),
    )
