"""Forms of a threat to life: which states are concerned and what shows it, then whom one told, how, and when."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.cases.choices import Channel
from entente.apps.cases.services import Told
from entente.apps.kernel.config import config
from entente.core.law.territories import is_country_code, territory
from entente.web import law_text
from entente.web.console.fields import LongTextField, MomentField
from entente.web.console.threat_words import OfferedRecipient

_PARTS: Final = ("channel", "told_at", "reference")
_ELSE: Final = "else"


def member_states() -> list[tuple[str, str]]:
    """Return the member states by name, the invented ones of an exercise among them."""
    members = territory("EU").members(exercise=config().demo)
    return sorted(((code, law_text.country(code)) for code in members), key=lambda pair: pair[1])


class ThreatForm(forms.Form):
    """Which states a threat to life concerns, and what points to it."""

    signs = LongTextField(
        label=gettext_lazy("What points to the threat?"),
        help_text=gettext_lazy(
            "What is said, against whom, where and when, as far as you know. It stays with the case; read it out when you call."
        ),
        rows=4,
    )
    states = forms.MultipleChoiceField(
        label=gettext_lazy("Which states are concerned?"),
        help_text=gettext_lazy("Where the danger is, or whoever threatens. Several are possible."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other_states = forms.CharField(
        label=gettext_lazy("Other states"),
        help_text=gettext_lazy("By their two letters, separated by blanks: GB CH"),
        required=False,
        max_length=200,
    )
    is_unknown = forms.BooleanField(
        label=gettext_lazy(
            "Nobody can tell which state: the contact point of our own state and Europol are told"
        ),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the member states."""
        super().__init__(*args, **kwargs)
        field = self.fields["states"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = member_states()

    def clean_other_states(self) -> list[str]:
        """Read codes of two letters; what is none is named."""
        codes = [code.upper() for code in re.split(r"[\s,;]+", self.cleaned_data["other_states"]) if code]
        wrong = [code for code in codes if not is_country_code(code)]
        if wrong:
            raise forms.ValidationError(
                _("Not the two letters of a state: %(codes)s") % {"codes": ", ".join(wrong)}
            )
        return codes

    @override
    def clean(self) -> dict[str, Any]:
        """Ask for a state, or for the word that nobody can tell: never both, never nothing."""
        given = super().clean() or {}
        named = [*given.get("states", []), *given.get("other_states", [])]
        if bool(named) == bool(given.get("is_unknown")) and not self.errors:
            self.add_error(
                "states",
                _("Either name the states concerned, or say that nobody can tell.")
                if named
                else _("Name the states concerned, or say that nobody can tell."),
            )
        return {**given, "concerned": named}


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient as the page lays it out, with the fields that record that it was told."""

    recipient: OfferedRecipient | None
    fields: list[BoundField]


class WarnedForm(forms.Form):
    """Whom one told: a row per recipient that the law names, and one for somebody else. An empty row says nothing."""

    def __init__(self, *args: Any, recipients: list[OfferedRecipient], **kwargs: Any) -> None:
        """Make the fields of every row; `initial` brings the present moment as `told_at`."""
        super().__init__(*args, **kwargs)
        self.recipients = recipients
        moment = self.initial.get("told_at")
        for number in range(len(recipients)):
            self._add_row(str(number), moment)
        self.fields[f"name_{_ELSE}"] = forms.CharField(label=_("Who is it?"), required=False, max_length=200)
        self._add_row(_ELSE, moment)

    def _add_row(self, row: str, moment: Any) -> None:
        self.fields[f"channel_{row}"] = forms.ChoiceField(
            label=_("How did you tell them?"),
            choices=[("", _("not yet")), *Channel.choices],
            required=False,
            widget=forms.RadioSelect,
        )
        self.fields[f"told_at_{row}"] = MomentField(
            label=_("When?"), help_text=_("In your own time zone."), required=False, initial=moment
        )
        self.fields[f"reference_{row}"] = forms.CharField(
            label=_("Their reference"),
            help_text=_("The number they gave you; where there is none, the name of whoever took it."),
            required=False,
            max_length=200,
        )

    @property
    def rows(self) -> list[Row]:
        """The rows in the order of the law data, somebody else last."""
        named = [Row(one, self._bound(str(number))) for number, one in enumerate(self.recipients)]
        return [*named, Row(None, [self[f"name_{_ELSE}"], *self._bound(_ELSE)])]

    def _bound(self, row: str) -> list[BoundField]:
        return [self[f"{part}_{row}"] for part in _PARTS]

    @override
    def clean(self) -> dict[str, Any]:
        """Collect the rows that say something; one that says half is asked for the rest."""
        given = super().clean() or {}
        told = [self._told(given, str(number), one) for number, one in enumerate(self.recipients)]
        told.append(self._told(given, _ELSE, None))
        said = [one for one in told if one is not None]
        if not said and not self.errors:
            raise forms.ValidationError(_("Say how you told at least one of them."))
        return {**given, "told": said}

    def _told(self, given: dict[str, Any], row: str, one: OfferedRecipient | None) -> Told | None:
        name = one.name if one is not None else given.get(f"name_{_ELSE}", "")
        channel, reference = given.get(f"channel_{row}", ""), given.get(f"reference_{row}", "")
        if not channel:
            if reference or (one is None and name):
                self.add_error(f"channel_{row}", _("Say how you told them."))
            return None
        missing = {
            f"reference_{row}": (reference, _("Say under which reference they have it, or who took it.")),
            f"told_at_{row}": (given.get(f"told_at_{row}"), _("Say when you told them.")),
            f"name_{_ELSE}": (name, _("Say whom you told.")),
        }
        for field, (value, words) in missing.items():
            if not value and field not in self.errors:
                self.add_error(field, words)
        if self.errors:
            return None
        return Told(
            key=one.key if one is not None else "",
            recipient=name,
            channel=channel,
            reference=reference,
            told_at=given[f"told_at_{row}"],
        )
