"""The form of the arrival desk: what arrived, when exactly, how, and what shows it."""

import zoneinfo
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.kernel.config import config
from entente.web.console import words
from entente.web.console.fields import AddressesField, LongTextField, MomentField, ZoneField, in_zone

_DOORS: Final = ("mail", "post", "fax", "telephone", "portal", "in_person", "upload", "other")
_LANGUAGES: Final = (
    ("", gettext_lazy("not known")),
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("ar", "العربية"),
)


class ArrivalForm(forms.Form):
    """A message that reached the contact point by another door than the interface or the public form."""

    door = forms.ChoiceField(
        label=gettext_lazy("How did it arrive?"), choices=[(name, words.DOORS[name]) for name in _DOORS]
    )
    received_at = MomentField(
        label=gettext_lazy("When exactly did it reach the contact point?"),
        help_text=gettext_lazy("Not when it was opened or typed in: the legal clock runs from its arrival."),
    )
    zone = ZoneField(help_text=gettext_lazy("The zone of the clock you read this time from."))
    receipt_proof = LongTextField(
        label=gettext_lazy("What shows when it arrived?"),
        help_text=gettext_lazy("Mail headers, a delivery note, a fax line, the register of calls."),
        rows=3,
    )
    sender = forms.CharField(label=gettext_lazy("Who sent it?"), max_length=300)
    sender_mail = forms.EmailField(
        label=gettext_lazy("From which e-mail address?"), required=False, max_length=254
    )
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=300, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=_LANGUAGES, required=False)
    text = LongTextField(
        label=gettext_lazy("What does it say?"),
        help_text=gettext_lazy("The text as it came."),
        required=False,
        rows=6,
        max_length=200_000,
    )
    urls = AddressesField(
        label=gettext_lazy("Addresses it names"),
        help_text=gettext_lazy("One per line."),
        required=False,
        rows=3,
        max_length=2_000_000,
    )
    upload = forms.FileField(
        label=gettext_lazy("The form itself, as JSON or PDF"),
        help_text=gettext_lazy("A filled removal-order form is read, and an electronic signature checked."),
        required=False,
    )

    @override
    def clean(self) -> dict[str, Any]:
        """Put time and zone together, and ask for a message that says something."""
        given = super().clean() or {}
        moment, zone = given.get("received_at"), given.get("zone")
        if moment and zone in zoneinfo.available_timezones():
            try:
                given["received_at"] = in_zone(moment, zone)
            except forms.ValidationError as error:
                self.add_error("received_at", error)
        if not (given.get("text") or given.get("urls") or given.get("upload")):
            self.add_error("text", _("Give the text, an address, or the file."))
        limit = config().limits.upload_bytes
        upload = given.get("upload")
        if upload is not None and upload.size > limit:
            self.add_error(
                "upload", _("A form may have %(limit)d MB at most.") % {"limit": limit // 1_000_000}
            )
        return given

    @staticmethod
    def own_zone() -> str:
        """Return the signed-in person's zone, the first guess."""
        return timezone.get_current_timezone_name()
