"""Messages as they arrived, kept as they came."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class ArrivalKind(models.TextChoices):
    """The seven things a message can be (issue, point 5)."""

    REMOVAL_ORDER = "removal_order", _("Removal order")
    OTHER_ORDER = "other_binding_order", _("Other binding order")
    REFERRAL = "referral", _("Referral")
    NOTICE = "notice", _("Notice")
    DATA_REQUEST = "data_request", _("Request for data")
    THREAT = "threat_to_life", _("Threat to life")
    UNCLEAR = "unclear", _("Unclear")


class Arrival(models.Model):
    """One message. `received_at` is when it reached the contact point, with the proof that shows it.

    The kind is proposed with reasons and settled by a person; both stay on record.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    door = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)
    receipt_proof = models.TextField(default="")
    sender = models.CharField(max_length=300, default="")
    sender_mail = models.CharField(max_length=254, default="")
    language = models.CharField(max_length=10, default="")
    subject = models.CharField(max_length=300, default="")
    text = models.TextField(default="")
    urls = models.JSONField(default=list)
    form = models.JSONField(null=True)
    signature = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    proposed_kind = models.CharField(max_length=24, choices=ArrivalKind.choices)
    proposed_reasons = models.JSONField(default=list)
    settled_kind = models.CharField(max_length=24, choices=ArrivalKind.choices, default="")
    settled_by_name = models.CharField(max_length=200, default="")
    settled_at = models.DateTimeField(null=True)
    case_id = models.UUIDField(null=True)

    class Meta:
        """Unsettled arrivals come first in the desk's list."""

        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="arrivals_open", condition=models.Q(settled_at__isnull=True)
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(settled_kind="") | models.Q(settled_at__isnull=False),
                name="arrivals_settled_has_time",
            ),
        ]
