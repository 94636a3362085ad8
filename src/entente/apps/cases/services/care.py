"""Care for who looks: settings and viewing time, seen by that person alone (rule 9)."""

import zoneinfo
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from entente.apps.cases.models import ViewingDay, ViewingPreference
from entente.apps.kernel.errors import Invalid

if TYPE_CHECKING:
    from entente.apps.parties.models import Person

MAX_BEACON_SECONDS = 120
"""A page that was left open counts two minutes at most for one beacon."""

MAX_DAILY_MINUTES = 480

_FIELDS = (
    "is_blurred",
    "is_grey",
    "is_small",
    "is_silent",
    "text_behind_click",
    "declined_kinds",
)


def preference_of(person: "Person") -> ViewingPreference:
    """Return a person's settings, the careful defaults where nothing was chosen; writes nothing."""
    return ViewingPreference.objects.filter(person=person).first() or ViewingPreference(person=person)


@transaction.atomic
def save_viewing_preference(
    *, person: "Person", values: Mapping[str, Any], at: datetime
) -> ViewingPreference:
    """Keep a person's own settings. There is no `actor`: nobody else can set them.

    A lower daily limit holds at once, a higher one from the person's next day: a limit that gives way on the day it is
    reached is none. Raises Invalid.
    """
    preference, _created = ViewingPreference.objects.get_or_create(person=person)
    for name in _FIELDS:
        if name in values:
            setattr(preference, name, values[name])
    if values.get("daily_limit_minutes") is not None:
        _set_limit(preference, int(values["daily_limit_minutes"]), at, next_day=_next_day(person, at))
    preference.save()
    return preference


def _set_limit(preference: ViewingPreference, wanted: int, at: datetime, *, next_day: datetime) -> None:
    if not 0 < wanted <= MAX_DAILY_MINUTES:
        raise Invalid(
            _("Choose a daily limit between 1 and %(limit)s minutes.") % {"limit": MAX_DAILY_MINUTES}
        )
    today, waits = limit_minutes(preference, at), waiting_limit(preference, at) is not None
    if wanted <= today:
        preference.daily_limit_minutes = wanted
        preference.next_limit_minutes, preference.next_limit_at = None, None
        return
    preference.daily_limit_minutes, preference.next_limit_minutes = today, wanted
    if not waits:
        preference.next_limit_at = next_day


def limit_minutes(preference: ViewingPreference, at: datetime) -> int:
    """Return the daily limit that holds at a moment."""
    has_come = preference.next_limit_at is not None and preference.next_limit_at <= at
    if has_come and preference.next_limit_minutes is not None:
        return preference.next_limit_minutes
    return preference.daily_limit_minutes


def waiting_limit(preference: ViewingPreference, at: datetime) -> int | None:
    """Return the higher limit that waits for the next day, or None."""
    waits = preference.next_limit_at is not None and preference.next_limit_at > at
    return preference.next_limit_minutes if waits else None


def own_day(person: "Person", at: datetime) -> date:
    """Return the person's own calendar day."""
    return at.astimezone(_zone(person)).date()


def _next_day(person: "Person", at: datetime) -> datetime:
    return datetime.combine(own_day(person, at) + timedelta(days=1), time(), tzinfo=_zone(person))


def _zone(person: "Person") -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(person.timezone or "UTC")


@transaction.atomic
def add_viewing_seconds(*, person: "Person", seconds: int, at: datetime) -> int:
    """Add looked-at seconds to the person's day; return the day's sum."""
    bounded = max(0, min(seconds, MAX_BEACON_SECONDS))
    row, _created = ViewingDay.objects.get_or_create(person=person, day=own_day(person, at))
    ViewingDay.objects.filter(pk=row.pk).update(seconds=F("seconds") + bounded)
    row.refresh_from_db()
    return row.seconds


def seconds_today(person: "Person", at: datetime) -> int:
    """Return how long the person looked today."""
    row = ViewingDay.objects.filter(person=person, day=own_day(person, at)).first()
    return row.seconds if row else 0


def recent_days(person: "Person", at: datetime, *, days: int = 7) -> list[tuple[date, int]]:
    """Return the seconds of the person's last days, today last; days without looking count zero."""
    today = own_day(person, at)
    wanted = [today - timedelta(days=back) for back in reversed(range(days))]
    rows = ViewingDay.objects.filter(person=person, day__in=wanted)
    seconds = dict(rows.values_list("day", "seconds"))
    return [(day, seconds.get(day, 0)) for day in wanted]


def may_look(person: "Person", at: datetime) -> bool:
    """Say whether the person's own daily limit leaves time; nobody may overrule it."""
    return seconds_today(person, at) < limit_minutes(preference_of(person), at) * 60
