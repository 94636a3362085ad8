"""Who oversees, what they got to see, what they said and were answered."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from entente.apps.kernel.ids import new_id


class OverseerAppointment(models.Model):
    """A person appointed to oversee, by which body, since when. Ended, never deleted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    body = models.CharField(max_length=60)
    appointed_at = models.DateTimeField()
    appointed_by_name = models.CharField(max_length=200)
    ground = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=200, default="")
    end_ground = models.TextField(default="")

    class Meta:
        """One running appointment per person."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(ended_at__isnull=True), name="overseer_one_running"
            ),
        ]


class OverseerCopy(models.Model):
    """A copy of one act for the overseer: its kind, the opaque id of its subject, a sealed summary."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    summary_sealed = models.BinaryField()
    copied_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    checked_by_name = models.CharField(max_length=200, default="")
    remark = models.TextField(default="")

    class Meta:
        """What waits for a check comes first; copies are also found by their subject."""

        verbose_name_plural = "overseer copies"
        indexes: ClassVar = [
            models.Index(fields=["checked_at", "-copied_at"], name="copy_unchecked"),
            models.Index(fields=["subject_id"], name="copy_subject"),
        ]


class FileOpening(models.Model):
    """The overseer opened the file behind a copy, for a written reason. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    copy = models.ForeignKey(OverseerCopy, on_delete=models.PROTECT, related_name="openings")
    overseer_id = models.CharField(max_length=80)
    overseer_name = models.CharField(max_length=200)
    reason = models.TextField()
    at = models.DateTimeField()
    until = models.DateTimeField()


class Recommendation(models.Model):
    """The overseer's advice. It stays open until it is answered, and the answer says whether it is followed."""

    class State(models.TextChoices):
        """Whether it was answered."""

        OPEN = "open", _("Waiting for an answer")
        ANSWERED = "answered", _("Answered")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    copy = models.ForeignKey(OverseerCopy, on_delete=models.PROTECT, related_name="recommendations")
    text = models.TextField()
    made_by_id = models.CharField(max_length=80)
    made_by_name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(default="")
    answered_by_name = models.CharField(max_length=200, default="")
    answered_at = models.DateTimeField(null=True)
    is_followed = models.BooleanField(null=True)

    class Meta:
        """Open ones first; an answer is whole or absent."""

        indexes: ClassVar = [models.Index(fields=["state", "made_at"], name="recommendation_open")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="recommendation_answer_whole",
                condition=models.Q(state="open", answered_at__isnull=True, is_followed__isnull=True)
                | models.Q(state="answered", answered_at__isnull=False, is_followed__isnull=False),
            ),
        ]
