"""The outbox's tables: deliveries, every attempt, and the mailbox of an exercise."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.deliveries.types import LONGEST_DETAIL, DeliveryState
from entente.apps.kernel.ids import new_id


class Delivery(models.Model):
    """One message on its way.

    There is no foreign key to the subject on purpose: the outbox serves every room and knows none of them. The
    claim is a lease: `next_attempt_at` moves to its end, so a worker that died simply lets it run out.
    `alarm_at` is empty when nothing is left to ring.
    """

    class State(models.TextChoices):
        """Where it stands."""

        PENDING = DeliveryState.PENDING.value, _("Waiting")
        DELIVERED = DeliveryState.DELIVERED.value, _("Delivered")
        ACKNOWLEDGED = DeliveryState.ACKNOWLEDGED.value, _("Answered")
        FAILED = DeliveryState.FAILED.value, _("Given up")
        CANCELLED = DeliveryState.CANCELLED.value, _("Called off")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transport = models.CharField(max_length=20)
    purpose = models.CharField(max_length=60)
    destination = models.CharField(max_length=320)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    headers = models.JSONField(default=dict)
    payload = models.JSONField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    alarm_at = models.DateTimeField(null=True)
    alarmed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    idempotency_key = models.CharField(max_length=200, null=True, unique=True)  # noqa: DJ001 - null is not a key

    class Meta:
        """The worker's way in, the alarm's, the subject's, the case's and the reader's."""

        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(
                fields=["alarm_at"],
                name="delivery_alarm",
                condition=models.Q(alarm_at__isnull=False, alarmed_at__isnull=True),
            ),
            models.Index(fields=["subject_id", "purpose"], name="delivery_subject"),
            models.Index(fields=["case_id"], name="delivery_case", condition=models.Q(case_id__isnull=False)),
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="delivery_pending_has_a_next_attempt",
                condition=models.Q(state="pending", next_attempt_at__isnull=False)
                | (~models.Q(state="pending") & models.Q(next_attempt_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="delivery_acknowledged_has_its_time",
                condition=~models.Q(state="acknowledged") | models.Q(acknowledged_at__isnull=False),
            ),
        ]


class DeliveryAttempt(models.Model):
    """One attempt and what came of it. `detail` never holds a body, an address or a secret."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12)
    status_code = models.PositiveSmallIntegerField(null=True)
    detail = models.CharField(max_length=LONGEST_DETAIL)
    took_ms = models.PositiveIntegerField()

    class Meta:
        """In the order they were made."""

        ordering: ClassVar = ["at", "id"]


class MailboxMessage(models.Model):
    """A mail of an exercise: it lands here, in the instance's own mailbox page, and nowhere else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="+")
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField()
    message_id = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        """Newest first, per recipient."""

        indexes: ClassVar = [models.Index(fields=["recipient", "-at"], name="mailbox_recipient")]


class MailboxFile(models.Model):
    """A file of a mail of an exercise."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    message = models.ForeignKey(MailboxMessage, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    content = models.BinaryField()
