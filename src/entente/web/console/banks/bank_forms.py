"""Forms about banks: what is set on one, why it changes, until when it rests."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.banks import queries
from entente.apps.banks.choices import MOST_PROVISIONAL_HOURS, BankPolicy, NegativeKind, OwnerKind
from entente.apps.banks.services import BankOwner, BankSettings
from entente.core.exchange import formats
from entente.web.console.arrival_forms import authorities
from entente.web.console.banks import words
from entente.web.console.fields import LongTextField, MomentField

_RADIUS: Final = "radius_"
_RECOGNISES: Final = "nothing"
_SHORT_OF_RESTRICT: Final = [(one.value, one.label) for one in (BankPolicy.OBSERVE, BankPolicy.OPEN_CASE)]


class ReasonForm(forms.Form):
    """Why somebody does something."""

    reason = LongTextField(label=gettext_lazy("Why?"), help_text=gettext_lazy("It stays on record."), rows=3)


class GroundForm(forms.Form):
    """Why a bank should restrict."""

    ground = LongTextField(
        label=gettext_lazy("Why should it restrict?"),
        help_text=gettext_lazy(
            "What the bank holds, who looked at it, how often it was wrong. The second person, the public log and the overseer read it."
        ),
        rows=4,
    )


class NoteForm(forms.Form):
    """Why a proposal is refused or taken back."""

    note = LongTextField(label=gettext_lazy("Why not?"), rows=3)


class DisableForm(forms.Form):
    """Until when nothing of a bank, or one signal, matches."""

    until = MomentField(label=gettext_lazy("Until"), help_text=gettext_lazy("In your own time zone."))
    reason = LongTextField(label=gettext_lazy("Why?"), help_text=gettext_lazy("It stays on record."), rows=3)


class SettingsForm(forms.Form):
    """What a person sets on a bank; how far a match may be, for each type that knows a distance."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("What it holds, in a few words.")
    )
    basis = LongTextField(
        label=gettext_lazy("On what does it rest?"),
        help_text=gettext_lazy("In words: your terms, a law, an agreement with the partner."),
        rows=3,
    )
    basis_reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("The article or section. A bank that restricts needs one."),
        max_length=300,
        required=False,
    )
    policy = forms.ChoiceField(label=gettext_lazy("After a match"), widget=forms.RadioSelect)
    share_of_traffic = forms.FloatField(
        label=gettext_lazy("Share of the checks it is asked for, in per cent"),
        help_text=gettext_lazy("Begin with a few per cent to see how often it is wrong."),
        min_value=0,
        max_value=100,
        initial=100,
    )
    provisional_hours = forms.IntegerField(
        label=gettext_lazy("A provisional restriction ends by itself after (hours)"),
        min_value=1,
        max_value=MOST_PROVISIONAL_HOURS,
        initial=MOST_PROVISIONAL_HOURS,
    )
    disabled_until = MomentField(
        label=gettext_lazy("Nothing matches until"),
        help_text=gettext_lazy("Empty: it matches at once."),
        required=False,
    )
    expires_at = MomentField(
        label=gettext_lazy("The whole bank expires on"),
        help_text=gettext_lazy("Empty: it has no end."),
        required=False,
    )

    def __init__(self, *args: Any, was: str = "", **kwargs: Any) -> None:
        """Offer the policies one person may set, and a radius for each type that has one."""
        super().__init__(*args, **kwargs)
        field = self.fields["policy"]
        if isinstance(field, forms.ChoiceField):
            kept = [(was, BankPolicy(was).label)] if was == BankPolicy.RESTRICT else []
            field.choices = [*_SHORT_OF_RESTRICT, *kept]
            field.initial = BankPolicy.OPEN_CASE
        self.fields |= {
            f"{_RADIUS}{name}": forms.IntegerField(
                label=words.type_title(name),
                help_text=_("0 to %(most)s %(unit)s; empty means %(usual)s.")
                % {"most": widest, "unit": words.unit(name), "usual": usual},
                min_value=0,
                max_value=widest,
                required=False,
            )
            for name, usual, widest in words.ranged_types()
        }

    @property
    def radius_fields(self) -> list[forms.BoundField]:
        """The radii, in the order of the types."""
        return [self[name] for name in self.fields if name.startswith(_RADIUS)]

    @property
    def settings(self) -> BankSettings:
        """What was set, as the service takes it."""
        given = self.cleaned_data
        return BankSettings(
            **{name: given[name] for name in ("name", "basis", "basis_reference", "policy")},
            radii={
                name.removeprefix(_RADIUS): value
                for name, value in given.items()
                if name.startswith(_RADIUS) and value is not None
            },
            share_of_traffic=given["share_of_traffic"] / 100,
            provisional_hours=given["provisional_hours"],
            disabled_until=given["disabled_until"],
            expires_at=given["expires_at"],
        )

    @override
    def clean(self) -> dict[str, Any]:
        """Hand the settings to the act among the answers."""
        given = super().clean() or {}
        return given if self.errors else {**given, "settings": self.settings}


class NewBankForm(SettingsForm):
    """A new bank: whose it is and what it protects never change afterwards."""

    owner_kind = forms.ChoiceField(
        label=gettext_lazy("Whose bank is it?"),
        choices=OwnerKind.choices,
        initial=OwnerKind.OWN,
        widget=forms.RadioSelect,
    )
    owner = forms.CharField(
        label=gettext_lazy("Name of the partner or authority"), max_length=200, required=False
    )
    authority_id = forms.TypedChoiceField(
        label=gettext_lazy("or an authority of our register"), coerce=UUID, empty_value=None, required=False
    )
    negative_kind = forms.ChoiceField(
        label=gettext_lazy("What does it do?"),
        choices=[
            (_RECOGNISES, gettext_lazy("It recognises what may have to go")),
            *[(one.value, one.label) for one in NegativeKind],
        ],
        help_text=gettext_lazy(
            "Journalism, evidence and counter-speech are protected: a match with them overrules every other bank."
        ),
        initial=_RECOGNISES,
    )
    is_shared = forms.BooleanField(
        label=gettext_lazy("Partners get what lies in it"),
        help_text=gettext_lazy("Only a bank of this service. Signals come into it when two people agree."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the register."""
        super().__init__(*args, **kwargs)
        field = self.fields["authority_id"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("none")), *authorities()]

    @override
    def clean(self) -> dict[str, Any]:
        """Hand the owner to the act among the answers."""
        given = super().clean()
        if not self.errors:
            given["negative_kind"] = given["negative_kind"].removeprefix(_RECOGNISES)
            given["bank_owner"] = BankOwner(
                kind=given["owner_kind"], name=given["owner"], authority_id=given["authority_id"]
            )
        return given


class ChangeBankForm(SettingsForm):
    """Another setting of a bank, and why."""

    reason = LongTextField(label=gettext_lazy("Why?"), help_text=gettext_lazy("It stays on record."), rows=3)


class ExportForm(forms.Form):
    """In which form a bank leaves as a file."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=[(one.name, one.title) for one in formats.FORMATS]
    )


def values_of(line: queries.BankLine) -> Mapping[str, Any]:
    """Return a bank's settings as the form shows them."""
    policy = line.policy
    return {
        "name": policy.name,
        "basis": line.basis,
        "basis_reference": line.basis_reference,
        "policy": policy.policy,
        "share_of_traffic": round(policy.share_of_traffic * 100, 6),
        "provisional_hours": policy.provisional_hours,
        "disabled_until": policy.disabled_until,
        "expires_at": policy.expires_at,
        **{f"{_RADIUS}{name}": radius for name, radius in policy.radii.items()},
    }
