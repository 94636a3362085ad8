"""Form fields used by several of our forms."""

import zoneinfo
from functools import lru_cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class LinesField(forms.CharField):
    """Several short values, one per line or separated by commas."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        """Show a small text area."""
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "spellcheck": "false"}))
        super().__init__(**kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        """Return the values as a list without doubles."""
        text = super().to_python(value) or ""
        return list(
            dict.fromkeys(part.strip() for part in text.replace(",", "\n").split("\n") if part.strip())
        )

    @override
    def prepare_value(self, value: Any) -> Any:
        """Write a list one per line."""
        return "\n".join(value) if isinstance(value, list | tuple | set | frozenset) else value

    @override
    def validate(self, value: Any) -> None:
        """Only ask that something is there where it is required."""
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    @override
    def run_validators(self, value: Any) -> None:
        """Leave the rest to the service, which names what is wrong."""


@lru_cache(maxsize=1)
def timezone_choices() -> list[tuple[str, str]]:
    """Return the IANA zones people live in, each as its own label."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    names = sorted(name for name in zoneinfo.available_timezones() if name.startswith(areas))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


def language_choices() -> list[tuple[str, str]]:
    """Return the languages of the program, each in its own words."""
    from django.conf import settings

    return list(settings.LANGUAGES)


DATE_TIME_HELP = _("In your own time zone.")


class MomentField(forms.DateTimeField):
    """A moment typed with the browser's own picker, in the person's time zone."""

    def __init__(self, **kwargs: Any) -> None:
        """Use the native control; without it, the format is shown."""
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        kwargs.setdefault("help_text", DATE_TIME_HELP)
        super().__init__(
            widget=widget,
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
            **kwargs,
        )
