"""The ground floor's one table: answers kept for repeated requests."""

from django.db import models

from entente.apps.kernel.ids import new_id


class KeptAnswer(models.Model):
    """The answer to a request that carried an Idempotency-Key, for those who did not hear it the first time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=64, unique=True)
    request_digest = models.CharField(max_length=64)
    status = models.PositiveIntegerField()
    body = models.JSONField()
    kept_until = models.DateTimeField(db_index=True)
