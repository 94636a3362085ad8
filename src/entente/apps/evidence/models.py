"""What is kept, on which ground, and who had it in hand (ISO/IEC 27037: every access and every change).

Nothing here holds content: that lies sealed in the vault, under the key in the item's row.
"""

from typing import ClassVar
from uuid import UUID

from django.db import models

from entente.apps.kernel.ids import new_id


class ItemState(models.TextChoices):
    """`destroying`: the key is gone, the file not yet; from `destroyed` there is a certificate."""

    SEALED = "sealed"
    DESTROYING = "destroying"
    DESTROYED = "destroyed"


class EvidenceItem(models.Model):
    """One sealed copy. Its identifier is also the name of its file and part of its key's wrapping."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    state = models.CharField(max_length=12, choices=ItemState.choices, default=ItemState.SEALED)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    wrapped_key = models.BinaryField(max_length=128)
    method = models.CharField(max_length=60)
    tool_version = models.CharField(max_length=60)
    acquired_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        """Found by what it is about, and by what is left to destroy."""

        indexes: ClassVar = [
            models.Index(fields=["subject_id", "subject_kind"], name="evidence_subject"),
            models.Index(fields=["id"], name="evidence_to_destroy", condition=models.Q(state="destroying")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state="destroyed", destroyed_at__isnull=False)
                | (~models.Q(state="destroyed") & models.Q(destroyed_at__isnull=True)),
                name="evidence_destroyed_has_time",
            ),
        ]

    @property
    def item_id(self) -> UUID:
        """The identifier, under the name the vault asks for."""
        return self.id


class PreservationState(models.TextChoices):
    """A preservation runs, or has ended."""

    ACTIVE = "active"
    ENDED = "ended"


class Preservation(models.Model):
    """A ground in law for keeping everything of one subject until a date; `purposes` are those of the ground."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    case_id = models.UUIDField()
    ground_id = models.CharField(max_length=60)
    purposes = models.JSONField(default=list)
    state = models.CharField(
        max_length=10, choices=PreservationState.choices, default=PreservationState.ACTIVE
    )
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, default="")

    class Meta:
        """One ground runs once per subject and case; those that are due are found first."""

        indexes: ClassVar = [
            models.Index(fields=["subject_id", "state"], name="evidence_kept"),
            models.Index(fields=["until"], name="evidence_due", condition=models.Q(state="active")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "case_id", "ground_id"],
                condition=models.Q(state="active"),
                name="evidence_one_per_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gt=models.F("starts_at")), name="evidence_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(state="active", ended_at__isnull=True)
                | models.Q(state="ended", ended_at__isnull=False),
                name="evidence_ended_has_time",
            ),
        ]


class PreservationExtension(models.Model):
    """Who asked for longer, on what basis, until when. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    preservation = models.ForeignKey(Preservation, on_delete=models.PROTECT, related_name="extensions")
    requested_by = models.CharField(max_length=40)
    basis = models.CharField(max_length=1000)
    until_before = models.DateTimeField()
    until = models.DateTimeField()
    recorded_by_name = models.CharField(max_length=200)
    at = models.DateTimeField()


class CustodyEvent(models.Model):
    """One thing that was done with an item: sealed, read, closed, destroyed. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(EvidenceItem, on_delete=models.PROTECT, related_name="custody")
    kind = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    case_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=60, default="")
    reason = models.CharField(max_length=1000, default="")

    class Meta:
        """Read in order, per item."""

        indexes: ClassVar = [models.Index(fields=["item", "at"], name="evidence_custody")]
