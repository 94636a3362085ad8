"""Forms about the house: machine clients, the register of authorities, the host's profile."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from entente.apps.parties.choices import (
    AuthorityKind,
    AuthorityStatus,
    CertificatePurpose,
    ClientKind,
    Competence,
    Scope,
    SizeClass,
)
from entente.apps.parties.services.register import AuthorityEntry
from entente.web.accounts.fields import LinesField, MomentField

_CODE: Final = {
    "class": "code",
    "dir": "ltr",
    "spellcheck": "false",
    "autocomplete": "off",
    "autocapitalize": "off",
}
"""How a box for keys and certificates is: one width for every sign, left to right, corrected by nobody."""


class ClientForm(forms.Form):
    """A program that will speak to this instance."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("The program and where it runs, as in Agora production.")
    )
    kind = forms.ChoiceField(label=_("Whose program"), choices=ClientKind.choices)
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )


class AuthorityForm(forms.Form):
    """An entry of the register, from a source of our own."""

    name = forms.CharField(label=_("Official name"), max_length=200)
    country = forms.CharField(
        label=_("Country"),
        max_length=2,
        help_text=_("Two letters, as in FR."),
        widget=forms.TextInput(attrs={"size": 3, "autocapitalize": "characters"}),
    )
    kind = forms.ChoiceField(label=_("Kind of body"), choices=AuthorityKind.choices)
    competences = forms.MultipleChoiceField(
        label=_("What the law lets it do"),
        choices=Competence.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    languages = LinesField(
        label=_("Languages it works in"), required=False, rows=2, help_text=_("Short tags, as in fr, en.")
    )
    callback_phone = forms.CharField(
        label=_("Telephone for calling back"),
        required=False,
        help_text=_("From a source you found yourself, never from a message that claims to come from them."),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    contact_mail = forms.EmailField(label=_("Contact address for mail"), required=False)
    mail_domains = LinesField(
        label=_("Mail domains it writes from"),
        required=False,
        help_text=_("One per line. A hint of who writes, never a proof."),
    )
    callback_url = forms.CharField(
        label=_("Web address for feedback"),
        required=False,
        help_text=_("Where Annex II and III are sent, if the authority takes them by machine."),
        widget=forms.TextInput(attrs={"inputmode": "url"}),
    )
    source_note = forms.CharField(
        label=_("Where this comes from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The published list, the letter, the person you spoke to."),
    )

    def entry(self, *, exercise: bool) -> AuthorityEntry:
        """Return what the service takes."""
        return AuthorityEntry(**self.cleaned_data, exercise=exercise)


class StatusForm(forms.Form):
    """The standing of an authority from now on."""

    status = forms.ChoiceField(label=_("Standing"), choices=AuthorityStatus.choices)
    reason = forms.CharField(label=_("Why"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class KeyForm(forms.Form):
    """A public key, given in person or checked on the telephone."""

    public_key = forms.CharField(
        label=_("Public key (Ed25519)"),
        widget=forms.Textarea(attrs={**_CODE, "rows": 5}),
        help_text=_("PEM, JWK or base64. The public half only: a private key is refused and counts as lost."),
    )
    key_id = forms.CharField(
        label=_("Name of the key"),
        required=False,
        max_length=120,
        help_text=_("The keyid its signatures carry. Left empty, it is named by its fingerprint."),
    )
    valid_from = MomentField(label=_("Valid from"))
    valid_until = MomentField(label=_("Valid until"), required=False)
    replaces = forms.ChoiceField(
        label=_("Replaces"), required=False, help_text=_("The old key ends when this one begins.")
    )

    def __init__(self, *args: Any, running: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the running keys of the authority."""
        super().__init__(*args, **kwargs)
        self.fields["replaces"].choices = [("", _("No other key")), *running]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A reason in words."""

    reason = forms.CharField(label=_("Why"), max_length=1000)


class CertificateForm(forms.Form):
    """A certificate that seals or signs the authority's forms."""

    purpose = forms.ChoiceField(label=_("It makes"), choices=CertificatePurpose.choices)
    pem = forms.CharField(
        label=_("Certificate (PEM)"),
        widget=forms.Textarea(attrs={**_CODE, "rows": 6}),
        help_text=_("The certificate that seals or signs, or the one of the service that issued it."),
    )


class HostForm(forms.Form):
    """Who the hosting service is, as far as the law asks."""

    name = forms.CharField(label=_("Name of the service"), max_length=200)
    established_in = forms.CharField(
        label=_("Main establishment"),
        max_length=2,
        required=False,
        help_text=_("Two letters of the country. Empty if outside the European Union."),
    )
    represented_in = forms.CharField(
        label=_("Legal representative"),
        max_length=2,
        required=False,
        help_text=_("The country of the representative named under Article 17, if there is one."),
    )
    representative_name = forms.CharField(
        label=_("Name of the representative"), max_length=200, required=False
    )
    offers_in = LinesField(
        label=_("Countries it offers its service in"), required=False, help_text=_("Two letters each.")
    )
    disseminates_to_public = forms.TypedChoiceField(
        label=_("Who can see what users put there?"),
        choices=[
            ("True", _("Anybody: it disseminates to the public")),
            ("False", _("Only people the user chose, as in private messages or private storage")),
        ],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        help_text=_(
            "Regulation (EU) 2021/784 concerns services that disseminate information to the public (Art. 1(2), 2(3))."
        ),
    )
    service_hosts = LinesField(
        label=_("Host names of the service"),
        required=False,
        help_text=_("One per line, as in forum.example. An order for another host is not ours."),
    )
    contact_point_mail = forms.EmailField(
        label=_("Contact point for orders"), help_text=_("The address published under Article 15.")
    )
    languages = LinesField(
        label=_("Languages of the contact point"),
        required=False,
        rows=2,
        help_text=_("Short tags, as in en, fr."),
    )
    size_class = forms.ChoiceField(label=_("Size"), choices=SizeClass.choices)
    terms_url = forms.CharField(label=_("Terms and conditions"), required=False)
