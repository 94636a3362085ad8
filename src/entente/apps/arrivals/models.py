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

    The kind is proposed with reasons and settled by a person; both stay on record. `authority` is the entry of our
    register it comes from, as a signature shows or a person says; `order_type_id` the law a person settled it under.
    `due_at` is the end of the hour presumed to run while it may be an order: set, people ring until it is settled.
    `part_of` is the message this one was split off from. `notice_case_id` is the case of the notice whose text this
    is, where the text looks like more than a notice. `problems` say what could not be read or kept of its file.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    door = models.CharField(max_length=20)
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)
    receipt_proof = models.TextField(default="")
    sender = models.CharField(max_length=300, default="")
    sender_mail = models.CharField(max_length=254, default="")
    authority = models.ForeignKey("parties.Authority", null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=10, default="")
    subject = models.CharField(max_length=300, default="")
    text = models.TextField(default="")
    urls = models.JSONField(default=list)
    form = models.JSONField(null=True)
    signature = models.JSONField(default=dict)
    problems = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    part_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    notice_case_id = models.UUIDField(null=True)
    proposed_kind = models.CharField(max_length=24, choices=ArrivalKind.choices)
    proposed_reasons = models.JSONField(default=list)
    proposed_order_type = models.CharField(max_length=60, default="")
    due_at = models.DateTimeField(null=True)
    settled_kind = models.CharField(max_length=24, choices=ArrivalKind.choices, default="")
    order_type_id = models.CharField(max_length=60, default="")
    settled_by_name = models.CharField(max_length=200, default="")
    settled_at = models.DateTimeField(null=True)
    case_id = models.UUIDField(null=True)

    class Meta:
        """Unsettled arrivals come first in the desk's list."""

        indexes: ClassVar = [
            models.Index(
                fields=["received_at"], name="arrivals_open", condition=models.Q(settled_at__isnull=True)
            ),
            models.Index(fields=["case_id"], name="arrivals_case"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(settled_kind="") | models.Q(settled_at__isnull=False),
                name="arrivals_settled_has_time",
            ),
        ]

    @property
    def is_form_signed(self) -> bool:
        """Whether the boxes themselves carry a valid signature: a sealed letter without boxes is typed in like any other."""
        return bool(self.signature.get("valid")) and bool(self.signature.get("covers_form", True))
