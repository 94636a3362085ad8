"""One table, which no code path may update or delete from; the database refuses both."""

from typing import ClassVar

from django.db import models

from entente.apps.kernel.ids import new_id


class AuditEvent(models.Model):
    """One thing somebody did.

    There is no foreign key to the actor on purpose: erasing or renaming an account must never touch
    history, so the event keeps the actor's opaque id and the name as it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=200)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)

    class Meta:
        """Two ways in: by subject and by case."""

        indexes: ClassVar = [
            models.Index(fields=["subject_id", "at"], name="audit_subject"),
            models.Index(
                fields=["case_id", "at"], name="audit_case", condition=models.Q(case_id__isnull=False)
            ),
            models.Index(fields=["at"], name="audit_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__contains=":"), name="audit_kind_has_source"),
        ]
