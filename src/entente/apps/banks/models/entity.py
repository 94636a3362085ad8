"""Whom content is taken to come from, and who designated them: a label of a signal, never of a person's content."""

from typing import ClassVar

from django.db import models

from entente.apps.kernel.ids import new_id


class EntityLabel(models.Model):
    """The name of a group or movement. Without a designation it is a name, and supports nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        """By name."""

        ordering: ClassVar = ["name"]


class Designation(models.Model):
    """Who designated an entity, since which day, until which day; `designated_by` is UN, EU or a state (ISO 3166-1)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    label = models.ForeignKey(EntityLabel, on_delete=models.PROTECT, related_name="designations")
    designated_by = models.CharField(max_length=2)
    since = models.DateField()
    until = models.DateField(null=True)
    reference = models.CharField(max_length=300)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        """One designator says it once at a time."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["label", "designated_by", "since"], name="banks_designation_once"
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="banks_designation_ends_after",
            ),
            models.CheckConstraint(condition=~models.Q(reference=""), name="banks_designation_has_reference"),
        ]
