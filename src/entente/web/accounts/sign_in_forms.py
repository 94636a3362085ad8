"""allauth's forms where ours say something else."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]
    """Address and password, labelled, without placeholders that vanish while typing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Label the fields."""
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        for name, autocomplete in (("login", "username webauthn"), ("password", "current-password")):
            attrs = self.fields[name].widget.attrs
            attrs.pop("placeholder", None)
            attrs["autocomplete"] = autocomplete


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey signs in on its own unless somebody says it is a second factor only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tick the box, and say in our words what it means."""
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this passkey")
        self.fields["name"].help_text = _("So that you recognise it later: the device it lives on.")
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("Sign in with this passkey alone")
        self.fields["passwordless"].help_text = _(
            "The device then asks for your finger, face or PIN. Leave it out for an old key without a PIN: "
            "it then serves as a second factor after the password."
        )
