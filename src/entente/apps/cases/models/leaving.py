"""A case that left for a route of the law data, and what of it was handed over to whom."""

from typing import ClassVar

from django.db import models

from entente.apps.kernel.ids import new_id


class Departure(models.Model):
    """The suspected-child-abuse key was pressed for a case, once and for good.

    The case may stay open after it: what needs no look, such as the hour of an order, goes on.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField("cases.Case", on_delete=models.PROTECT, related_name="departure")
    route_id = models.CharField(max_length=40)
    left_at = models.DateTimeField()
    left_by_name = models.CharField(max_length=200)


class RouteHandover(models.Model):
    """Somebody told a recipient of the route; `reference` is what the recipient calls it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    departure = models.ForeignKey(Departure, on_delete=models.PROTECT, related_name="hand_overs")
    recipient_id = models.CharField(max_length=40, default="")
    recipient = models.CharField(max_length=200)
    reference = models.CharField(max_length=200)
    handed_over_at = models.DateTimeField()
    handed_over_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        """A hand-over names whom and what."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(recipient="") & ~models.Q(reference=""),
                name="cases_route_handover_named",
            ),
        ]
