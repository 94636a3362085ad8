"""Forms about exchanges: the settings that each kind of feed asks for, what is secret never shown again."""

from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from entente.apps.banks import queries
from entente.apps.banks.choices import OwnerKind
from entente.core.exchange import feeds, formats
from entente.core.exchange.feeds.feed import Feed, Setting
from entente.web.console.fields import LongTextField

_SETTING: Final = "setting_"
_TITLES: Final = {
    "url": gettext_lazy("Address"),
    "base_url": gettext_lazy("Address of the interface"),
    "format": gettext_lazy("Format"),
    "username": gettext_lazy("User name"),
    "password": gettext_lazy("Password"),
    "token": gettext_lazy("Bearer token, instead of a user name"),
    "members": gettext_lazy("Only entries of these members (numbers, divided by commas)"),
    "function_key": gettext_lazy("Function key"),
    "subscription_key": gettext_lazy("Subscription key"),
    "ideology": gettext_lazy("Ideology"),
    "privacy_group": gettext_lazy("Privacy group (its number)"),
    "access_token": gettext_lazy("Access token"),
}
_CHOICES: Final[dict[str, list[tuple[str, Any]]]] = {
    "format": [(one.name, one.title) for one in formats.FORMATS],
    "ideology": [
        ("all", gettext_lazy("All")),
        ("islamist", gettext_lazy("Islamist")),
        ("far-right", gettext_lazy("Far-right")),
    ],
}
KIND_HELP: Final = {
    "tech_against_terrorism": gettext_lazy(
        "The hash list of Tech Against Terrorism, with user name and password."
    ),
    "threatexchange": gettext_lazy("A privacy group of ThreatExchange, with an access token."),
    "ncmec": gettext_lazy("An interface as NCMEC offers it, with user name and password."),
    "stopncii": gettext_lazy("An interface as StopNCII offers it, with two keys."),
    "http_file": gettext_lazy("A whole list as one file on the Web: CSV, JSON, STIX or MISP."),
}


class ExchangeForm(forms.Form):
    """An exchange of one kind: name, pace, and a field for each setting of the feed."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    every_minutes = forms.IntegerField(
        label=gettext_lazy("Fetch it every (minutes)"),
        help_text=gettext_lazy("1 minute to 10,080, which is a week. Retractions come no faster than this."),
        min_value=1,
        max_value=10_080,
        initial=15,
    )

    def __init__(self, *args: Any, feed: type[Feed], has_credentials: bool = False, **kwargs: Any) -> None:
        """Add a field for each setting."""
        super().__init__(*args, **kwargs)
        self.feed = feed
        for setting in feed.settings:
            self.fields[f"{_SETTING}{setting.name}"] = _field(setting, is_kept=has_credentials)

    @property
    def setting_fields(self) -> Iterator[forms.BoundField]:
        """The fields of the feed."""
        return (self[name] for name in self.fields if name.startswith(_SETTING))

    @override
    def clean(self) -> dict[str, Any]:
        """Hand the settings to the act among the answers; what is empty has its default."""
        given = super().clean() or {}
        settings = {
            name.removeprefix(_SETTING): str(value)
            for name, value in given.items()
            if name.startswith(_SETTING) and value
        }
        return {**given, "settings": settings}


class NewExchangeForm(ExchangeForm):
    """A new exchange, and the bank it fills."""

    bank_id = forms.ChoiceField(
        label=gettext_lazy("Which bank does it fill?"),
        help_text=gettext_lazy(
            "A bank of the partner or authority it comes from. From then on nothing is added to it by hand."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the banks that an exchange may fill."""
        super().__init__(*args, **kwargs)
        field = self.fields["bank_id"]
        if isinstance(field, forms.ChoiceField):
            offered = [(str(line.id), line.policy.name) for line in banks_to_fill()]
            field.choices = [("", _("Choose one")), *offered]


class AnewForm(forms.Form):
    """Why a list is read from its beginning, and whether it may have shrunk."""

    may_shrink = forms.BooleanField(
        label=gettext_lazy("The list has shrunk by more than half, and the partner says that this is right"),
        help_text=gettext_lazy("Only then is retracted what is missing from it."),
        required=False,
    )
    reason = LongTextField(label=gettext_lazy("Why?"), help_text=gettext_lazy("It stays on record."), rows=3)


def banks_to_fill() -> list[queries.BankLine]:
    """Return the banks of partners and authorities that no exchange fills yet."""
    return [
        line
        for line in queries.banks()
        if line.policy.owner_kind != OwnerKind.OWN
        and not line.policy.negative_kind
        and line.exchange_id is None
    ]


def shown_settings(line: queries.ExchangeLine) -> list[tuple[str, str]]:
    """Return the settings of an exchange that are no secret, as people read them."""
    known = feeds.KINDS.get(line.kind)
    titles = {one.name: title(one) for one in known.settings} if known else {}
    return [(titles.get(name, name), value) for name, value in line.settings.items() if value]


def values_of(line: queries.ExchangeLine) -> dict[str, Any]:
    """Return an exchange's settings as the form shows them; no secret among them."""
    settings = {f"{_SETTING}{name}": value for name, value in line.settings.items()}
    return {"name": line.name, "every_minutes": line.every_minutes, **settings}


def title(setting: Setting) -> str:
    """Return what people call a setting; one of a kind that was added here names itself."""
    return str(_TITLES.get(setting.name, setting.title))


def _field(setting: Setting, *, is_kept: bool) -> forms.Field:
    """Return the field of a setting; a secret is asked for and never filled in, and may stay as it is."""
    common: dict[str, Any] = {"label": title(setting), "required": setting.default is None}
    if setting.name in _CHOICES:
        return forms.ChoiceField(choices=_CHOICES[setting.name], initial=setting.default, **common)
    if not setting.is_secret:
        plain = forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off", "dir": "ltr"})
        return forms.CharField(widget=plain, initial=setting.default, max_length=2000, **common)
    common["help_text"] = _("Kept sealed, never shown again.")
    if is_kept:
        common["required"] = False
        common["help_text"] = _("Leave it empty to keep what is sealed. It is never shown.")
    hidden = forms.PasswordInput(attrs={"autocomplete": "new-password", "dir": "ltr"})
    return forms.CharField(widget=hidden, max_length=2000, **common)
