"""What the visitor chooses for a further order."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from entente.core.law import bases


def _kinds() -> list[tuple[str, str]]:
    return [
        (str(ground.tco_type), _(ground.title))
        for ground in bases.grounds().values()
        if ground.tco_type is not None
    ]


class DemoOrderForm(forms.Form):
    """Who orders, about which post, on which ground, with silence or without."""

    sender = forms.ChoiceField(label=gettext_lazy("Who sends the order"))
    url = forms.ChoiceField(label=gettext_lazy("About which post"))
    kind = forms.ChoiceField(label=gettext_lazy("On which ground"), choices=_kinds)
    reasons = forms.CharField(
        label=gettext_lazy("The authority's reasons"),
        max_length=2000,
        initial=gettext_lazy("The text calls on readers to take a bridge by force."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_silent = forms.BooleanField(
        label=gettext_lazy("Ask for silence (section C)"),
        required=False,
        help_text=gettext_lazy("The author then learns nothing for six weeks, and nobody else either."),
    )

    def __init__(
        self,
        *args: Any,
        senders: Sequence[tuple[str, str]],
        posts: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        """Offer the authorities and posts of this exercise."""
        super().__init__(*args, **kwargs)
        self.fields["sender"].choices = list(senders)  # type: ignore[attr-defined]
        self.fields["url"].choices = list(posts)  # type: ignore[attr-defined]
