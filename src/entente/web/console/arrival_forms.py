"""The forms of the arrival desk: what arrived, when exactly, how, what shows it; and what it is."""

import zoneinfo
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.arrivals.services import Chosen
from entente.apps.kernel.config import config
from entente.apps.parties import queries as parties
from entente.core.law.intake import REMOVAL_ORDER_TYPE
from entente.core.law.orders import RemovalOrderForm, order_types
from entente.web.console import annex_form, words
from entente.web.console.fields import AddressesField, LongTextField, MomentField, ZoneField, in_zone
from entente.web.public.places import citation

if TYPE_CHECKING:
    from entente.apps.arrivals.models import Arrival

_DOORS: Final = ("mail", "post", "fax", "telephone", "portal", "in_person", "upload", "other")
_LANGUAGES: Final = (
    ("", gettext_lazy("not known")),
    ("en", "English"),
    ("fr", "Français"),
    ("es", "Español"),
    ("de", "Deutsch"),
    ("ar", "العربية"),
)


def authorities() -> list[tuple[str, str]]:
    """Return the register as a choice, by country and name."""
    return [(str(one.id), f"{one.name} ({one.country})") for one in parties.authorities()]


class MessageForm(forms.Form):
    """What a message says."""

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


class ArrivalForm(MessageForm):
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
    authority = forms.ChoiceField(
        label=gettext_lazy("Which authority of our register does it claim to be?"),
        required=False,
        help_text=gettext_lazy("Leave it open if you do not know; it is asked again in the next step."),
        choices=lambda: [("", _("open")), *authorities()],
    )
    upload = forms.FileField(
        label=gettext_lazy("The file itself: the form, a scan, the letter"),
        help_text=gettext_lazy(
            "It is sealed as it came. A filled removal-order form (JSON or PDF) is read, and an electronic signature checked."
        ),
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


NOBODY: Final = "none"
"""The choice of an authority that is not in our register."""


class SettleForm(forms.Form):
    """From whom an order is, and under which law; asked for together with what a message is."""

    authority = forms.ChoiceField(
        label=gettext_lazy("Which authority of our register does it claim to be?"),
        required=False,
        help_text=gettext_lazy(
            "A claim, not a proof: the number to call back and its competence come from this entry."
        ),
    )
    issuing_state = forms.ChoiceField(
        label=gettext_lazy("If it is not in our register: of which state?"), required=False
    )
    order_type = forms.ChoiceField(label=gettext_lazy("Under which law?"), required=False)

    def __init__(self, data: Any = None, *, arrival: "Arrival", first: UUID | None) -> None:
        """Offer the register, the best hint chosen; the states; and the laws, the one cited chosen."""
        state = RemovalOrderForm.from_json(arrival.form or {}).section_a.issuing_state.upper()
        initial = {
            "authority": str(first or ""),
            "issuing_state": state,
            "order_type": arrival.order_type_id or arrival.proposed_order_type,
        }
        super().__init__(data, initial=initial)
        self.recorded = str(arrival.authority_id or "")
        offered: dict[str, list[tuple[str, Any]]] = {
            "authority": [("", _("not said yet")), (NOBODY, _("none of our register")), *authorities()],
            "issuing_state": [("", _("not known")), *annex_form.states()],
            "order_type": [("", _("not said yet")), *laws()],
        }
        for name, choices in offered.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices

    def chosen(self) -> Chosen:
        """Return what the person said; whoever sends no answer at all leaves what was recorded."""
        authority = self.cleaned_data["authority"] if "authority" in self.data else self.recorded
        return Chosen(
            authority_id=UUID(authority) if authority not in {"", NOBODY} else None,
            issuing_state=self.cleaned_data["issuing_state"],
            order_type_id=self.cleaned_data["order_type"],
        )


def laws() -> list[tuple[str, str]]:
    """Return the laws beside Regulation (EU) 2021/784 under which an order can come."""
    return [
        (kind.id, f"{_(kind.title)} – {citation(kind.instrument)}")
        for kind in order_types().values()
        if kind.id != REMOVAL_ORDER_TYPE
    ]
