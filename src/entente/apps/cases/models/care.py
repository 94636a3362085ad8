"""Care for who looks: personal settings and viewing time. Nobody else ever reads these rows."""

from typing import ClassVar

from django.db import models

from entente.apps.kernel.ids import new_id


class ViewingPreference(models.Model):
    """How one person wants hard material shown, and how much of it in a day.

    A higher limit waits beside the one that holds until `next_limit_at`, the start of the person's next day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField("parties.Person", on_delete=models.PROTECT, related_name="+")
    is_blurred = models.BooleanField(default=True)
    is_grey = models.BooleanField(default=True)
    is_small = models.BooleanField(default=True)
    is_silent = models.BooleanField(default=True)
    text_behind_click = models.BooleanField(default=True)
    declined_kinds = models.JSONField(default=list)
    daily_limit_minutes = models.PositiveIntegerField(default=120)
    next_limit_minutes = models.PositiveIntegerField(null=True)
    next_limit_at = models.DateTimeField(null=True)


class ViewingDay(models.Model):
    """Seconds one person looked at hard material on one day (their own day, their own zone).

    There is no case here on purpose: the sum serves the person's own limit and nothing else.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey("parties.Person", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    seconds = models.PositiveIntegerField(default=0)

    class Meta:
        """One row per person and day."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "day"], name="cases_viewing_day")]
