"""Form fields the console shares: moments with their zone, long texts, addresses one per line."""

import zoneinfo
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override


class MomentField(forms.DateTimeField):
    """A date and a time to the second, read in the signed-in person's zone, as the page says."""

    def __init__(self, **kwargs: Any) -> None:
        """Use the browser's own picker, with seconds."""
        widget = forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"
        )
        kwargs.setdefault("widget", widget)
        kwargs.setdefault("input_formats", ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S"])
        super().__init__(**kwargs)


class LongTextField(forms.CharField):
    """Words of a person; a few lines high, as long as they need."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        """Make room for some lines."""
        kwargs.setdefault("max_length", 20_000)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class AddressesField(LongTextField):
    """Web addresses, one per line."""

    @override
    def clean(self, value: Any) -> list[str]:
        """Return the addresses, without blanks and repetitions."""
        text = super().clean(value)
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class ZoneField(forms.ChoiceField):
    """The time zone a moment was written in; the person's own first."""

    def __init__(self, **kwargs: Any) -> None:
        """Offer every zone this machine knows."""
        kwargs.setdefault("label", gettext_lazy("Time zone"))
        super().__init__(choices=zone_choices, **kwargs)


def zone_choices() -> list[tuple[str, str]]:
    """Return the person's own zone, UTC, and all the others."""
    own = timezone.get_current_timezone_name()
    first = [name for name in dict.fromkeys([own, "UTC"]) if name in zoneinfo.available_timezones()]
    others = sorted(zoneinfo.available_timezones() - set(first))
    return [(name, name) for name in [*first, *others]]


def in_zone(naive_or_aware: datetime, zone: str) -> datetime:
    """Return the moment a wall clock in `zone` showed. Raises ValidationError for a time that never was there."""
    naive = naive_or_aware.astimezone(timezone.get_current_timezone()).replace(tzinfo=None)
    moment = naive.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    back = moment.astimezone(zoneinfo.ZoneInfo("UTC")).astimezone(zoneinfo.ZoneInfo(zone))
    if back.replace(tzinfo=None) != naive:
        raise forms.ValidationError(_("This time did not exist in that zone: the clocks went forward."))
    return moment
