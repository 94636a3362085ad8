"""The form of a notice (Regulation (EU) 2022/2065, Art. 16(2))."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.apps.content import services as content
from entente.apps.content.addresses import AddressError
from entente.core.law import bases


def ground_choices() -> list[tuple[str, str]]:
    """Return what a notifier may take the content for; being unsure is an answer."""
    types = [
        (ground.id, _(ground.title))
        for ground in bases.grounds().values()
        if ground.kind == bases.GroundKind.TCO_TYPE
    ]
    return [("", _("I am not sure")), *types, ("other", _("Something else that is illegal"))]


class NoticeForm(forms.Form):
    """Where, why, who (if they want), in good faith; and a box that only programs fill in."""

    urls = forms.CharField(
        label=gettext_lazy("Where is it?"),
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "url", "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("The exact address from your browser. Several addresses: one on each line."),
    )
    explanation = forms.CharField(
        label=gettext_lazy("Why do you think it is illegal?"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "A few sentences help us most: what it says or shows, and what it could lead to."
        ),
    )
    ground_claimed = forms.ChoiceField(
        label=gettext_lazy("What is it, in your view?"), choices=ground_choices, required=False
    )
    notifier_name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=gettext_lazy("Whoever posted the content does not learn it."),
    )
    notifier_mail = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=gettext_lazy(
            "We send you the receipt and the decision. Without it, keep the link you get next."
        ),
    )
    good_faith = forms.BooleanField(
        label=gettext_lazy("I believe in good faith that what I write is accurate and complete."),
        error_messages={"required": gettext_lazy("The law asks for this statement.")},
    )
    website = forms.CharField(
        label=gettext_lazy("Leave this box empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args: Any, service_hosts: Iterable[str] = (), **kwargs: Any) -> None:
        """Know which addresses are this service's own."""
        super().__init__(*args, **kwargs)
        self._hosts = tuple(host.lower() for host in service_hosts)

    def clean_urls(self) -> tuple[str, ...]:
        """Read the addresses, each in its canonical form; name the line that cannot be read."""
        found = []
        for line in _addresses(str(self.cleaned_data["urls"])):
            try:
                address = content.canonical_url(line)
            except AddressError as error:
                raise forms.ValidationError(
                    _("“%(address)s” cannot be used. %(why)s") % {"address": line[:200], "why": error}
                ) from error
            if self._hosts and not _is_ours(address.host, self._hosts):
                raise forms.ValidationError(
                    _("%(url)s is not on this service. We answer for: %(hosts)s.")
                    % {"url": line[:200], "hosts": ", ".join(self._hosts)}
                )
            found.append(address.url)
        return tuple(dict.fromkeys(found))

    def clean_website(self) -> str:
        """Turn programs away, and tell a person who filled it in by accident what to do."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(
                _("Please empty this box and send the form again; it tells programs from people.")
            )
        return ""


def _addresses(text: str) -> Iterator[str]:
    """Yield what stands on each line; several addresses on one line count when each of them looks like one."""
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = line.split()
        yield from parts if all("://" in part for part in parts) else [line]


def _is_ours(host: str, ours: tuple[str, ...]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in ours)
