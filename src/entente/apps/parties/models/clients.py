"""Machines that speak to this instance with a bearer token."""

from typing import ClassVar

from django.db import models
from typing_extensions import override

from entente.apps.kernel.ids import new_id
from entente.apps.parties import choices

NAME_LENGTH = 120


class ApiClient(models.Model):
    """A program with a token. Only the token's SHA-256 is kept; the token is shown once."""

    Kind = choices.ClientKind

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=NAME_LENGTH)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PLATFORM)
    scopes = models.JSONField(default=list)
    token_hash = models.CharField(max_length=64, unique=True)
    token_hint = models.CharField(max_length=8)
    created_by_name = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    revoked_by_name = models.CharField(max_length=200, blank=True, default="")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering: ClassVar = ["-created_at", "-id"]

    @override
    def __str__(self) -> str:
        return self.name
